"""``citra story``."""

from __future__ import annotations

import dataclasses
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from citra.cli.common import echo_json, err, json_option
from citra.config import Settings
from citra.documents import JAKARTA

if TYPE_CHECKING:
    from citra.verbs.story import StoryAnswer

_PACE = {"single": "one text with a time", "wave": "a wave: a wire text or a release", "slow": "travelled slowly"}


@click.command()
@click.argument("story_id", metavar="ID")
@click.option("--plot", type=click.Path(dir_okay=False, writable=True), help="Draw the spread into a PNG or SVG file.")
@json_option
@click.pass_obj
def story(settings: Settings, story_id: str, plot: str | None, as_json: bool) -> None:
    """All texts of a story: who had it first, how it spread over time and kinds of source.

    ID is a story's, or that of any of its texts (`citra search --json` shows both). First means first among the
    sources that are collected.

    \b
    Examples:
      citra story 5d41402abc4b2a76b9719d91
      citra story 5d41402abc4b2a76b9719d91 --plot sebaran.png
    """
    from citra.verbs.story import story as run

    found = run(settings.index.location, story_id)
    if plot:
        from citra.trends.plot_story import draw_spread

        draw_spread(found.spread, plot, title=found.copies[0].title)
        err.print(f"drawn: {plot}", markup=False, soft_wrap=True)
    if as_json:
        echo_json(_json(found))
    else:
        _show(found)


def _json(found: StoryAnswer) -> dict[str, Any]:
    return {
        "id": found.id,
        "spread": _plain(dataclasses.asdict(found.spread)),
        "copies": [_plain(dataclasses.asdict(one)) for one in found.copies],
        "offices": found.offices,
        "regions": found.regions,
        "query_id": found.query.id,
        "index_version": found.index_version,
    }


def _plain(value: Any) -> Any:
    """Times at +07:00 as ISO 8601, lengths of time in seconds."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    if hasattr(value, "astimezone"):
        return value.astimezone(JAKARTA).isoformat()
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def _show(found: StoryAnswer) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, width=None if sys.stdout.isatty() else 130)
    seen = found.spread
    console.print(found.copies[0].title, style="bold", markup=False)
    console.print(f"story {found.id}: {seen.texts} texts, {seen.sources} sources; {_PACE[seen.pace]}", markup=False)
    if seen.first and seen.first.at:
        near = ", ".join(one.source for one in seen.runners_up)
        first = f"{seen.first.source}, {seen.first.at.astimezone(JAKARTA):%Y-%m-%d %H:%M}"
        console.print(f"first: {first}{f' (within five minutes: {near})' if near else ''}", markup=False)
        console.print(f"half of the texts after {_long(seen.half)}, nine tenths after {_long(seen.most)}")
    kinds = Table("Kind", "Texts", "Sources", "First", "After", box=None, header_style="bold", pad_edge=False)
    for one in seen.kinds:
        at = f"{one.first.astimezone(JAKARTA):%Y-%m-%d %H:%M}" if one.first else "no time"
        kinds.add_row(one.kind, str(one.texts), str(one.sources), at, _long(one.delay))
    console.print(kinds)
    table = Table("Published", "Source", "Sentiment", "Title", box=None, header_style="bold", pad_edge=False)
    table.add_column("Address", overflow="fold")
    for copy in found.copies:
        at = f"{copy.published:%m-%d %H:%M}" if copy.published else "no time"
        title = copy.title.replace("[", r"\[")
        table.add_row(at, copy.source, copy.sentiment, title[:60], copy.url.replace("[", r"\["))
    console.print(table)


def _long(length: timedelta | None) -> str:
    if length is None:
        return "–"
    minutes = int(length.total_seconds() // 60)
    return (
        f"{minutes // 1440} d {minutes % 1440 // 60} h" if minutes >= 1440 else f"{minutes // 60}:{minutes % 60:02d} h"
    )
