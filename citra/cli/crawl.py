"""``citra crawl``."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click
from rich.live import Live
from rich.table import Table

from citra.cli.common import echo_json, err, json_option
from citra.documents import JAKARTA
from citra.errors import InputError

if TYPE_CHECKING:
    from citra.config import Settings
    from citra.verbs.crawl import CrawlReport


def moment(text: str, now: datetime) -> datetime:
    """``24h``, ``7d`` before ``now``, or the beginning of ``2026-11-01`` in Jakarta.

    :raises InputError: none of these.
    """
    if found := re.fullmatch(r"(\d{1,5})\s*([hdw])", text.strip()):
        hours = int(found[1]) * {"h": 1, "d": 24, "w": 168}[found[2]]
        return now - timedelta(hours=hours)
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"--since {text!r}: write 24h, 7d or a day such as 2026-11-01") from None
    return (when if when.tzinfo else when.replace(tzinfo=JAKARTA)).astimezone(UTC)


class Board:
    """Progress of a crawl on stderr: a live table on a terminal, else a line for each finished source."""

    def __init__(self) -> None:
        self._rows: dict[str, list[str]] = {}
        self._live = Live(console=err, transient=True, refresh_per_second=4) if sys.stderr.isatty() else None

    def __enter__(self) -> Board:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def __call__(self, event: Mapping[str, Any]) -> None:
        row = self._rows.setdefault(event["source"], ["0", "0", "…"])
        if event["event"] == "response":
            row[0] = str(event["requests"])
        elif event["event"] == "stored":
            row[1] = str(int(row[1]) + event["records"])
        elif event["event"] == "done":
            faults = event["tally"]["errors"]
            row[0] = str(event["tally"]["requests"])
            row[2] = faults[0] if faults else "done"
            if not self._live:
                err.print(f"{event['source']}: {row[0]} requests, {row[1]} new, {row[2]}", markup=False)
        if self._live:
            table = Table("source", "requests", "new", "", box=None)
            for name, cells in self._rows.items():
                table.add_row(name, *cells)
            self._live.update(table)


@click.command()
@click.option("--source", "names", multiple=True, metavar="NAME", help="Only this one; may be repeated.")
@click.option("--since", default="7d", show_default=True, help="Pass over what is older: 24h, 7d, 2026-11-01.")
@click.option("--lake", "lake_path", help="Folder or URL of the lake [default: of the settings].")
@click.option("--sources", "folder", help="Folder with further source definitions [default: of the settings].")
@click.option("--force", is_flag=True, help="Ask also the feeds that rest because they rarely bring something new.")
@json_option
@click.pass_context
def crawl(
    ctx: click.Context, names: tuple[str, ...], since: str, lake_path: str | None, folder: str | None, force: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Fetch sources into WARC files, one for each source and hour.

    What was fetched before is not fetched again, but for recent articles, once, to see whether they were edited.
    A feed that rarely brings something new is asked less often. An interrupted crawl goes on where it was.

    \b
    citra crawl                                  all sources, last seven days
    citra crawl --source kompas --source bkn --since 24h
    citra crawl --sources my-sources --json
    """
    from citra.app import crawl_options, crawlable, left_out
    from citra.lake import Lake
    from citra.verbs.crawl import crawl as crawl_sources

    settings: Settings = ctx.obj
    if folder:
        own = settings.crawl.model_copy(update={"sources": folder})
        settings = settings.model_copy(update={"crawl": own})
    for line in () if names else left_out(settings):
        err.print(line, markup=False)
    now = datetime.now(UTC)
    lake, start = Lake(lake_path or settings.lake.path), moment(since, now)
    options = {**crawl_options(settings), "force": force}
    with Board() as board:
        report = crawl_sources(crawlable(settings, names), lake, since=start, now=now, progress=board, **options)
    echo_json(report.to_json()) if as_json else show(report)
    ctx.exit(0 if report.succeeded else 1)


def show(report: CrawlReport) -> None:
    """The report as a table on stdout; failures below it."""
    from rich.console import Console

    table = Table("source", "new", "unchanged", "skipped", "rejected", "requests", "kB", box=None)
    for one in report.sources:
        numbers = (one.new, one.unchanged, one.skipped, one.rejected, one.fetched, one.bytes // 1000)
        table.add_row(one.source, *map(str, numbers))
    Console().print(table)
    for one in report.sources:
        if one.error:
            err.print(f"{one.source}: {'in part: ' if one.succeeded else 'failed: '}{one.error}", markup=False)
