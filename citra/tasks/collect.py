"""Tasks of ``citra_collect``: one source crawled, and how far back that has to reach."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from citra.app import crawl_options, crawlable
from citra.config import Settings
from citra.errors import CitraError, TryAgain
from citra.lake import Lake
from citra.verbs.crawl import crawl
from citra.verbs.source_days import partitions_since

#: an ordinary crawl passes over what is older; feeds show some days, and edits come late
WEEK = timedelta(days=7)
#: a first crawl, or one after a long rest, reads back no further
FURTHEST = timedelta(days=60)
#: a rest longer than this is worth a line
PAUSE = timedelta(hours=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far back a crawl reads, and why in words."""

    since: datetime
    words: str


def reach(lake: Lake, source: str, start: datetime) -> Reach:
    """A week before the interval's ``start``; after a rest, as far as the last success and a day more.

    However many intervals were missed, one crawl makes up for them: sites show what is there now, not what was there
    then. What a site has taken off its lists meanwhile is not seen; the coverage of those days says so.
    """
    last = last_success(lake, source, start)
    if last is None:
        return Reach(since=start - FURTHEST, words=f"first crawl: reads back {FURTHEST.days} days")
    since = max(min(start - WEEK, last - timedelta(days=1)), start - FURTHEST)
    if start - last < PAUSE:
        return Reach(since=since, words="")
    hours = (start - last) / timedelta(hours=1)
    rest = f"{hours / 24:.1f} days" if hours >= 48 else f"{hours:.0f} hours"
    words = f"nothing collected for {rest}: this one crawl makes up for all of it, back to {since:%Y-%m-%d}"
    return Reach(since=since, words=words)


def last_success(lake: Lake, source: str, before: datetime) -> datetime | None:
    """When the newest crawl of ``source`` that succeeded within ``FURTHEST`` began."""
    newest: datetime | None = None
    for partition in reversed(partitions_since(lake, "coverage", source, (before - FURTHEST).date())):
        for run in lake.read("coverage", partition):
            told = run["started"] if run["succeeded"] else run.get("last_success")
            if told:
                moment = datetime.fromisoformat(told)
                newest = moment if newest is None else max(newest, moment)
        if newest is not None:
            break
    return newest


def names(settings: Settings) -> list[str]:
    """The sources that can be crawled."""
    return [source.name for source in crawlable(settings)]


def crawl_source(settings: Settings, name: str, *, start: datetime, now: datetime) -> dict[str, Any]:
    """Crawl one source for the interval that began at ``start``; ``now`` is when it is really asked.

    :raises TryAgain: none of its places answered as declared; what was fetched before is kept all the same.
    """
    lake = Lake(settings.lake.path)
    far = reach(lake, name, start)
    found = crawl(crawlable(settings, (name,)), lake, since=far.since, now=now, **crawl_options(settings))
    report = found.sources[0]
    if not report.succeeded:
        raise TryAgain(f"{name}: {report.error or 'nothing answered'}")
    return {
        "source": name,
        "since": far.since.isoformat(timespec="minutes"),
        "catch_up": far.words,
        "new": report.new,
        "unchanged": report.unchanged,
        "rejected": report.rejected,
        "error": report.error,
        "partitions": list(report.partitions),
    }


def gathered(sources: int, reports: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What the crawls of one interval brought together: counts, and the partitions that got records.

    :param sources: how many were asked. :raises CitraError: not one of them could be crawled.
    """
    found = list(reports)
    if sources and not found:
        raise CitraError(f"none of {sources} sources could be crawled: is the network up? each task's log says why")
    return {
        "sources": sources,
        "failed": sources - len(found),
        "new": sum(report["new"] for report in found),
        "partitions": sorted({key for report in found for key in report["partitions"]}),
    }
