"""``citra compare``."""

from __future__ import annotations

import dataclasses
import sys
from typing import Any

import click

from citra.cli.common import echo_json, err, json_option
from citra.cli.filters import query_of, query_options
from citra.config import Settings

_SIDE = {"above": "more negative", "below": "less negative", "unclear": "no clear difference"}


@click.command()
@click.argument("query", nargs=-1)
@click.option("--query", "more", metavar="QUERY", help="The query, as an option.")
@query_options
@click.option(
    "--by", type=click.Choice(["office", "region", "topic", "source", "kind"]), default="office", show_default=True,
    help="What stands beside each other.",
)  # fmt: skip
@click.option(
    "--level", type=click.Choice(["province", "regency"]), default="province", show_default=True,
    help="Of regions: provinces with all in them, or regencies and cities.",
)  # fmt: skip
@click.option("--top", type=int, default=30, show_default=True, help="How many lines: those with most texts.")
@click.option(
    "--count-by", type=click.Choice(["placements", "stories"]), default="placements", show_default=True,
    help="What the share is a share of: texts, or stories.",
)  # fmt: skip
@click.option("--plot", type=click.Path(dir_okay=False, writable=True), help="Draw it into a PNG or SVG file.")
@json_option
@click.pass_obj
def compare(
    settings: Settings, /, query: tuple[str, ...], more: str | None, by: Any, level: Any, top: int, plot: str | None,
    as_json: bool, **options: Any,
) -> None:  # fmt: skip
    """Rank offices, regions, topics or sources by their share of negative texts.

    Shares of few texts are drawn towards that of all, the more the fewer they are; each rank has the interval in which
    the true one lies. Ministries that were split or renamed inside the period are one line, with the date.

    \b
    Examples:
      citra compare --by office --last 30d
      citra compare antrean --by region --level regency --last 1y --plot wilayah.png
      citra compare --office bkn --office kemenpan-rb --office lan --last 90d
    """
    from citra.corrections import read_corrections
    from citra.lake import Lake
    from citra.verbs.compare import compare_units
    from citra.verbs.correction import human_ids

    asked = query_of(settings, (*query, *([more] if more else [])), **options)
    human = human_ids(read_corrections(Lake(settings.lake.path)))
    found = compare_units(
        settings.index.location, asked, by=by, level=level, top=top, model=settings.analyse.model, human=human
    )
    if plot:
        from citra.trends.plot_compare import draw_comparison

        draw_comparison(
            [line.standing for line in found.lines], [line.name for line in found.lines], plot,
            title=" ".join(query) or more or "Semua teks",
            foot=f"kueri {asked.id} · indeks {found.index_version} · model {found.model_version or '–'}",
        )  # fmt: skip
        err.print(f"drawn: {plot}", markup=False, soft_wrap=True)
    if as_json:
        echo_json(_json(found))
    else:
        _show(found)


def _json(found: Any) -> dict[str, Any]:
    from citra.trends.compare import VERDICT_ID

    lines = [
        {
            "id": line.id,
            "name": line.name,
            "members": line.members,
            "voice": line.voice,
            **{name: value for name, value in dataclasses.asdict(line.standing).items() if name != "id"},
            "label_id": VERDICT_ID[line.standing.verdict],
            "breaks": [dataclasses.asdict(one) for one in line.breaks],
            "query_id": line.query.id,
        }
        for line in found.lines
    ]
    return {
        "by": found.by,
        "lines": lines,
        "units": found.units,
        "mentions": found.mentions,
        "corrected": found.confusion is not None,
        "gold": found.confusion.gold if found.confusion else None,
        "query_id": found.query.id,
        "index_version": found.index_version,
        "model_version": found.model_version,
        "notes": found.notes,
    }


def _show(found: Any) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, width=None if sys.stdout.isatty() else 130)
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("Rank")
    table.add_column(found.by.capitalize(), max_width=46)
    for name in ("Texts", "Stories", "Voice", "Own", "Negative [95 %]", "Borrowed"):
        table.add_column(name, justify="right")
    table.add_column("Against the mean")
    for line in found.lines:
        one = line.standing
        own = one.corrected or one.share
        shrunk = f"{one.shrunk.value:6.1%} \\[{one.shrunk.low:.0%}–{one.shrunk.high:.0%}]"
        table.add_row(
            f"{one.rank} ({one.rank_low}–{one.rank_high})", line.name, f"{one.placements:,}", f"{one.stories:,}",
            f"{line.voice:.0%}", f"{own.value:.0%}" if own else "too few", shrunk, f"{one.borrowed:.0%}",
            _SIDE[one.verdict],
        )  # fmt: skip
    if found.lines:
        console.print(table)
    for line in found.lines:
        for one in line.breaks:
            console.print(f"{one.day}: {one.text} ({_moved(one.change)})", markup=False, soft_wrap=True)
    for note in found.notes:
        console.print(f"note: {note}", markup=False, soft_wrap=True)


def _moved(change: Any) -> str:
    if change.difference is None:
        return "too few stories on one side to compare"
    return f"{change.before.value:.0%} before, {change.now.value:.0%} after: {change.verdict}"
