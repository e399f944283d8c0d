"""``citra run``."""

from __future__ import annotations

import json
import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from citra.cli.common import DAY, echo_json, err, json_option, track
from citra.documents import JAKARTA
from citra.errors import InputError

if TYPE_CHECKING:
    from citra.config import Settings
    from citra.verbs.run import RunReport
    from crawlers.source import Source

#: The newsroom's own age, and that of any saved page.
SIXTY_DAYS = timedelta(days=61)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """What one ``citra run`` works on."""

    title: str
    settings: Settings
    sources: AbstractContextManager[list[Source]]
    since: datetime | None
    until: date | None  #: last day of the table; None: the newest day that has texts
    by: Literal["day", "month"] = "day"  #: rows of the table: 14 days, or all months


@click.command()
@click.option("--live", is_flag=True, help="The real sources of your settings, over the network.")
@click.option(
    "--mirror", type=click.Path(path_type=Path), metavar="FOLDER", help="Saved sites: FOLDER/www.example.com/…"
)
@click.option("--source", "names", multiple=True, metavar="NAME", help="With --live: only this source; repeatable.")
@click.option("--since", default="7d", show_default=True, help="With --live: pass over what is older.")
@click.option("--data", type=click.Path(path_type=Path), default=Path("data"), show_default=True,
              help="Where demonstration and mirror keep lake and index.")  # fmt: skip
@click.option("--end", type=DAY, help="Last day of the demonstration [default: today in Jakarta].")
@json_option
@click.pass_obj
def run(settings: Settings, /, as_json: bool, **asked: Any) -> None:
    """The whole job: crawl, extract, analyse, load, and show the trend of 14 days.

    Without an option it serves a fictional newsroom on loopback and runs on that: no network, no settings.

    \b
    Examples:
      citra run                         the demonstration
      citra run --mirror saved-sites    pages that you saved, one folder for each host
      citra run --live --source kompas --since 24h
    """
    from citra.app import analyse_options, crawl_options
    from citra.cli.crawl import Board
    from citra.verbs.run import run as run_job

    now = datetime.now(UTC)
    job = _choose(settings, now, **asked)
    if not as_json:
        err.print(f"{job.title}\nlake {job.settings.lake.path}, index {job.settings.index.location}", markup=False)
    with job.sources as sources, Board() as board:
        report = run_job(
            sources,
            job.settings.lake.path,
            job.settings.index.location,
            since=job.since,
            now=now,
            crawl_options=crawl_options(job.settings),
            analyse_options=analyse_options(job.settings),
            track=track,
            progress=board,
        )
    if as_json:
        echo_json(report.to_json())
    else:
        _show(report, job)
    sys.exit(0 if report.crawled.succeeded and not report.processed.errors else 1)


def _choose(
    settings: Settings, now: datetime, *, live: bool, mirror: Path | None, names: tuple[str, ...], since: str,
    data: Path, end: date | None,
) -> _Job:  # fmt: skip
    from citra.app import crawlable, left_out
    from citra.cli.crawl import moment
    from citra.verbs import sites

    if live and mirror:
        raise InputError("--live and --mirror exclude each other")
    if live:
        sources = crawlable(settings, names)
        for line in () if names else left_out(settings):
            err.print(line, markup=False)
        title = f"Crawling {len(sources)} real sources"
        return _Job(title=title, settings=settings, sources=nullcontext(sources), since=moment(since, now), until=None)
    if mirror:
        here = _local(settings, data / "mirror")
        title = f"Serving the saved sites of {mirror} on loopback"
        return _Job(title=title, settings=here, sources=sites.mirror(mirror), since=None, until=None, by="month")
    end = end or now.astimezone(JAKARTA).date()
    here = _local(settings, data / "demo" / end.isoformat())
    first = datetime.combine(end, datetime.min.time(), JAKARTA) - SIXTY_DAYS
    title = f"Serving the demonstration newsroom on loopback: invented outlets and posts, 60 days up to {end}"
    return _Job(title=title, settings=here, sources=sites.newsroom(end, now), since=first, until=end)


def _local(settings: Settings, folder: Path) -> Settings:
    """Settings for sites on loopback, with lake and index below ``folder`` and a ``citra.toml`` that finds them."""
    from citra.config import Settings
    from citra.verbs.sites import DEMO_SALT

    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    lake, index = str(folder / "lake"), str(folder / "index")
    (folder / "citra.toml").write_text(
        f"[lake]\npath = {json.dumps(lake)}\n\n[index]\npath = {json.dumps(index)}\n", encoding="utf-8"
    )
    values = settings.model_dump()
    values |= {"lake": {"path": lake}, "index": {"path": index}}
    values["crawl"] |= {"allow_loopback": True, "delay": 0.0}
    values["salt"] = settings.salt or DEMO_SALT
    return Settings(**values)


def _show(report: RunReport, job: _Job) -> None:
    from citra.cli.crawl import show as show_crawl

    show_crawl(report.crawled)
    done = report.processed.to_json()
    click.echo(
        f"{done['extract']['documents']:,} documents ({done['extract']['rejects']:,} pages rejected), "
        f"{done['analyse']['mentions']:,} mentions, {done['load']['added']:,} new in the index; "
        + ", ".join(f"{stage} {seconds:.0f} s" for stage, seconds in report.processed.seconds.items())
    )
    for line in report.processed.errors:
        err.print(line, markup=False)
    click.echo()
    _show_trend(job)
    _where_next(job)


def _show_trend(job: _Job) -> None:
    from citra.cli import trend_table
    from citra.lake import Lake
    from citra.store.query import Query
    from citra.verbs.covered_trend import covered_trend
    from citra.verbs.index import open_index

    since = job.until - timedelta(days=13) if job.until else None
    query = Query(min_relevance=job.settings.trend.relevance, since=since, until=job.until)
    newest = 14 if job.by == "day" else None
    with open_index(job.settings.index.location) as store:
        found = covered_trend(
            store, Lake(job.settings.lake.path), query, by=job.by, newest=newest, now=datetime.now(JAKARTA)
        )
    trend_table.show(found)


def _where_next(job: _Job) -> None:
    """Commands to go on with, as they can be typed here."""
    command = sys.argv[0] if Path(sys.argv[0]).name == "citra" else "citra"
    config = Path(job.settings.index.path).parent / "citra.toml"
    if config.exists():
        command += f" --config {config}"
    click.echo("\nWhere to look next:")
    for rest in (
        "trend --topic corruption --last 30d",
        "search 'pungli OR suap' --sentiment negative",
        "trend --by week --plot trend.png",
        "status",
    ):
        click.echo(f"  {command} {rest}")
