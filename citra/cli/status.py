"""``citra status``."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from citra.cli.common import echo_json, json_option
from citra.documents import JAKARTA

if TYPE_CHECKING:
    from citra.config import Settings
    from citra.verbs.coverage import DayCoverage
    from citra.verbs.status import SourceStatus, Status

#: Names of sources that are spelled out where there are many.
NAMED = 8


@click.command()
@json_option
@click.pass_obj
def status(settings: Settings, /, as_json: bool) -> None:
    """Sources, their last success and health, sizes of lake and index, and what was refused and why.

    Health is that of yesterday and today against the source's own history: silent, flood, layout changed or ok.

    \b
    citra status
    citra status --json | jq .rejects
    """
    from citra.lake import Lake
    from citra.verbs.coverage import coverage
    from citra.verbs.status import status as look
    from crawlers.source import load_sources

    lake, now = Lake(settings.lake.path), datetime.now(JAKARTA)
    found = look(lake, settings.index.location, load_sources(settings.crawl.sources or None))
    health = coverage(lake, since=now.date() - timedelta(days=1), until=now.date(), now=now).newest()
    if as_json:
        echo_json(dataclasses.asdict(found) | {"health": [dataclasses.asdict(day) for day in health.values()]})
    else:
        show(found, health, now)


def show(found: Status, health: Mapping[str, DayCoverage], now: datetime) -> None:
    """The status as tables on stdout."""
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, soft_wrap=True)
    if found.sources:
        table = Table("source", "last success", "hours", "waiting", "health", "", box=None, pad_edge=False)
        for one in found.sources:
            state = _health(health.get(one.name))
            numbers = (str(one.partitions), str(one.waiting))
            table.add_row(one.name, _ago(one.last_success, now), *numbers, escape(state), escape(_fault(one)))
        console.print(table)
    else:
        console.print("Nothing was crawled yet: start with `citra crawl`, or `citra run` for a demonstration.")
    if found.never_crawled:
        some = ", ".join(found.never_crawled[:NAMED])
        more = len(found.never_crawled) - NAMED
        console.print(f"never crawled: {some}" + (f" and {more} more (citra sources list)" if more > 0 else ""))
    console.print("lake: " + ", ".join(f"{area} {size / 1e6:,.1f} MB" for area, size in found.lake.items()))
    if found.index:
        stats = found.index
        period = f"{stats.first_day} to {stats.last_day}" if stats.first_day else "no dates"
        console.print(
            f"index: {stats.mentions:,} texts, {stats.stories:,} stories, {period}, {stats.bytes / 1e6:,.1f} MB,"
            f" snapshot {stats.snapshot}, models {', '.join(stats.models) or 'none'}"
        )
    else:
        console.print(f"index: {found.index_error}", markup=False)
    for stage, reasons in found.rejects.items():
        console.print(f"rejects of {stage}: " + ", ".join(f"{reason} {n:,}" for reason, n in reasons.items()))


def _ago(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return "never"
    hours = (now - moment).total_seconds() / 3600
    return (
        f"{hours * 60:.0f} min ago" if hours < 1 else f"{hours:.0f} h ago" if hours < 48 else f"{hours / 24:.0f} d ago"
    )


def _health(day: DayCoverage | None) -> str:
    if day is None:
        return "unknown"
    return f"{day.status} on {day.day}: {day.reason}" if day.reason else day.status


def _fault(one: SourceStatus) -> str:
    return one.error or ("silent: offered nothing" if one.silent else "")
