"""``citra words``."""

from __future__ import annotations

import dataclasses
import sys
from typing import Any

import click

from citra.cli.common import echo_json, json_option, track
from citra.cli.filters import query_of, query_options
from citra.config import Settings


@click.command()
@click.argument("query", nargs=-1)
@click.option("--query", "more", metavar="QUERY", help="The query, as an option.")
@query_options
@click.option(
    "--against", metavar="BASELINE",
    help="before (the period before), rest (all other texts of the period), or a query of the same period "
    "[default: before where there is a period, else rest].",
)  # fmt: skip
@click.option("--top", type=int, default=20, show_default=True, help="How many words at most.")
@json_option
@click.pass_obj
def words(
    settings: Settings, /, query: tuple[str, ...], more: str | None, against: str | None, top: int, as_json: bool,
    **options: Any,
) -> None:  # fmt: skip
    """Words that tell a period or a topic from its baseline, with texts that show them.

    Counted in stories: a wire text on 60 sites counts once. Forms of one word are one line, under the form that is
    written most often. Only words beyond what chance would bring among so many.

    \b
    Examples:
      citra words --last 7d
      citra words --topic corruption --last 30d --against rest
      citra words pppk --last 30d --against cpns --json
    """
    from citra.verbs.words import distinctive_words

    asked = query_of(settings, (*query, *([more] if more else [])), **options)
    baseline: Any = against
    if against not in {None, "before", "rest"}:
        other: Any = {**options, "last": None, "since": asked.since, "until": asked.until}
        baseline = query_of(settings, (str(against),), **other)
    found = distinctive_words(settings.index.location, asked, against=baseline, top=top, watch=track)
    if as_json:
        echo_json(_json(found))
    else:
        _show(found)


def _json(found: Any) -> dict[str, Any]:
    lines = []
    for line in found.words:
        flat = {field.name: getattr(line, field.name) for field in dataclasses.fields(line)}
        flat["query_id"] = flat.pop("query").id
        flat["examples"] = [dataclasses.asdict(one) for one in line.examples]
        lines.append(flat)
    return {
        "words": lines,
        "baseline": found.kind,
        "stories": found.stories,
        "stories_before": found.stories_before,
        "query_id": found.query.id,
        "index_version": found.index_version,
        "notes": found.notes,
    }


def _show(found: Any) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    for line in found.words:
        console.print(
            f"{line.word}  {line.now:,} of {found.stories:,} stories ({line.share_now:.1%}), "
            f"baseline {line.before:,} ({line.share_before:.1%}), z {line.z:.1f}",
            style="bold", markup=False,
        )  # fmt: skip
        for one in line.examples:
            text = Text(one.snippet.text)
            for start, end in one.snippet.marks:
                text.stylize("bold reverse", start, end)
            day = f"{one.published:%Y-%m-%d}" if one.published else "undated"
            console.print(Text(f"    {day} {one.source}: ", style="cyan") + text)
    for note in found.notes:
        console.print(f"note: {note}", markup=False, soft_wrap=True)
