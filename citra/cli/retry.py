"""``citra retry``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from citra.cli.common import echo_json, err, json_option

if TYPE_CHECKING:
    from citra.config import Settings
    from citra.verbs.retry import RetryReport


@click.command()
@click.option("--stage", "stages", multiple=True, type=click.Choice(["crawl", "extract", "analyse", "load"]),
              help="Only rejects of this stage; may be repeated.")  # fmt: skip
@click.option("--source", "name", default="", metavar="NAME", help="Only rejects of this source.")
@click.option("--reason", default="", metavar="CODE", help="Only rejects with this reason, e.g. server-error.")
@json_option
@click.pass_obj
def retry(settings: Settings, /, stages: tuple[str, ...], name: str, reason: str, as_json: bool) -> None:
    """Drive rejects again: fetch, extract, analyse or load what was refused before.

    What succeeds now leaves the rejects; the rest stays, with its new reason. `citra status` counts the rejects.

    \b
    Examples:
      citra retry                                         everything
      citra retry --stage crawl --reason blocked          after a site has let us in
      citra retry --stage extract --source kompas         after its definition was put right
    """
    from citra.app import analyse_options, crawl_options, crawlable
    from citra.cli.crawl import Board
    from citra.verbs.retry import STAGES, Wanted
    from citra.verbs.retry import retry as run
    from crawlers.source import load_sources

    with Board() as board:
        report = run(
            settings.lake.path,
            settings.index.location,
            now=datetime.now(UTC),
            crawlable=crawlable(settings),
            sources=load_sources(settings.crawl.sources or None),
            crawl_options=crawl_options(settings),
            analyse_options=analyse_options(settings),
            stages=[stage for stage in STAGES if stage in (stages or STAGES)],
            wanted=Wanted(source=name, reason=reason),
            progress=board,
        )
    echo_json(report.to_json()) if as_json else _show(report)


def _show(report: RetryReport) -> None:
    table = Table("stage", "rejects", "fixed", "still", "waiting", box=None)
    for one in report.stages:
        table.add_row(one.stage, *(f"{number:,}" for number in (one.found, one.fixed, one.still, one.waiting)))
    Console().print(table)
    for one in report.stages:
        for why, count in one.why_waiting.items():
            err.print(f"{one.stage}: {count} wait: {why}", markup=False)
    if any(one.fixed for one in report.stages):
        click.echo("Next: citra extract && citra analyse --lake … && citra load, or citra run --live")
