"""The main job in one line: sources | crawl | extract | analyse | load."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from citra.lake import Lake
from citra.verbs.analyse import AnalyseReport, analyse_lake, opened, stale_partitions
from citra.verbs.crawl import CrawlReport, crawl
from citra.verbs.extract import ExtractReport, extract_partition, new_partitions
from citra.verbs.load import LoadReport, load
from crawlers.source import Source

#: Shows progress over items of a known number: ``track(items, label, total)``.
Track = Callable[[Iterable[Any], str, int], Iterator[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessReport:
    """What became of the raw records that were not in the index yet."""

    extracted: tuple[ExtractReport, ...]
    analysed: tuple[AnalyseReport, ...]
    loaded: LoadReport
    seconds: Mapping[str, float]  #: duration of each stage

    @property
    def errors(self) -> list[str]:
        """Partitions that could not be read at all, in a line each."""
        return [f"{report.partition}: {report.error}" for report in self.analysed if report.error]

    def to_json(self) -> dict[str, Any]:
        """Totals by stage."""
        counted = ("added", "replaced", "unchanged", "stale", "removed")
        return {
            "extract": {name: sum(getattr(r, name) for r in self.extracted) for name in ("documents", "rejects")},
            "analyse": {name: sum(getattr(r, name) for r in self.analysed) for name in ("mentions", "rejects")},
            "load": {name: getattr(self.loaded.result, name) for name in counted}
            | {"rejects": len(self.loaded.result.rejects), "snapshot": self.loaded.snapshot},
            "errors": self.errors,
            "seconds": dict(self.seconds),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    crawled: CrawlReport
    processed: ProcessReport

    def to_json(self) -> dict[str, Any]:
        return {"crawl": self.crawled.to_json(), **self.processed.to_json()}


def run(
    sources: Sequence[Source],
    lake_path: str,
    index_path: str,
    *,
    since: datetime | None,
    now: datetime,
    crawl_options: Mapping[str, Any],
    analyse_options: Mapping[str, Any],
    track: Track,
    progress: Callable[[Mapping[str, Any]], None] | None = None,
) -> RunReport:
    """Bring the index up to date with ``sources``.

    :param crawl_options: of :func:`citra.verbs.crawl.crawl`.
    :param analyse_options: model, threads and batch of :func:`citra.verbs.analyse.opened`.
    """
    crawled = crawl(sources, Lake(lake_path), since=since, now=now, progress=progress, **crawl_options)
    known = {source.name: source for source in sources}
    processed = process(known, lake_path, index_path, now=now, analyse_options=analyse_options, track=track)
    return RunReport(crawled=crawled, processed=processed)


def process(
    sources: Mapping[str, Source],
    lake_path: str,
    index_path: str,
    *,
    now: datetime,
    analyse_options: Mapping[str, Any],
    track: Track = lambda items, _label, _total: iter(items),
) -> ProcessReport:
    """Extract, analyse and load whatever the lake holds that is not in the index yet.

    Each stage takes up what the one before left undone, so a killed call is finished by the next, and a call with
    nothing new changes nothing.
    """
    lake, clock = Lake(lake_path), _Clock()
    fresh = new_partitions(lake)
    extracted = [extract_partition(lake, part, sources, now) for part in track(fresh, "extract", len(fresh))]
    clock.lap("extract")
    with opened(**analyse_options, lake=lake_path, stories=None) as (analyser, stories):
        stale = len(stale_partitions(lake, stories))
        analysed = list(track(analyse_lake(lake_path, analyser, stories, now), "analyse", stale))
    clock.lap("analyse")
    loaded = load(index_path, lake_path, now=now, progress=track)
    clock.lap("load")
    return ProcessReport(extracted=tuple(extracted), analysed=tuple(analysed), loaded=loaded, seconds=clock.laps)


class _Clock:
    """Seconds of each stage, for the report alone."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self.laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        now = time.monotonic()
        self.laps[name] = round(now - self._last, 2)
        self._last = now
