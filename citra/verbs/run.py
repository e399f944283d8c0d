"""The main job in one line: sources | crawl | extract | analyse | load."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from citra.lake import Lake
from citra.verbs.analyse import AnalyseReport, analyse_lake, stale_partitions, story_index_of
from citra.verbs.crawl import CrawlReport, crawl
from citra.verbs.extract import ExtractReport, extract_partition, new_partitions
from citra.verbs.load import LoadReport, load
from crawlers.source import Source

#: Shows progress over items of a known number: ``track(items, label, total)``.
Track = Callable[[Iterable[Any], str, int], Iterator[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """What each stage did, and how long it took in seconds."""

    crawled: CrawlReport
    extracted: tuple[ExtractReport, ...]
    analysed: tuple[AnalyseReport, ...]
    loaded: LoadReport
    seconds: Mapping[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Totals by stage."""
        result = self.loaded.result
        return {
            "crawl": self.crawled.to_json(),
            "extract": {name: sum(getattr(r, name) for r in self.extracted) for name in ("documents", "rejects")},
            "analyse": {
                **{name: sum(getattr(r, name) for r in self.analysed) for name in ("mentions", "rejects")},
                "errors": [r.error for r in self.analysed if r.error],
            },
            "load": {
                **{name: getattr(result, name) for name in ("added", "replaced", "unchanged", "stale", "removed")},
                "rejects": len(result.rejects),
                "snapshot": self.loaded.snapshot,
            },
            "seconds": dict(self.seconds),
        }


def run(
    sources: Sequence[Source],
    lake_path: str,
    index_path: str,
    *,
    model: str,
    threads: int,
    batch: int,
    since: datetime | None,
    now: datetime,
    crawl_options: Mapping[str, Any],
    track: Track,
    progress: Callable[[Mapping[str, Any]], None] | None = None,
) -> RunReport:
    """Bring the index up to date with ``sources``: every stage takes up whatever the one before left undone.

    A killed run is finished by the next; a second run over unchanged sources changes nothing.
    """
    from nlp.encoder import load_analyser
    from nlp.stories import StoryIndex

    lake, clock = Lake(lake_path), _Clock()
    crawled = crawl(sources, lake, since=since, now=now, progress=progress, **crawl_options)
    clock.lap("crawl")
    known = {source.name: source for source in sources}
    fresh = new_partitions(lake)
    extracted = [extract_partition(lake, part, known, now) for part in track(fresh, "extract", len(fresh))]
    clock.lap("extract")
    stories = StoryIndex(story_index_of(lake_path, None))
    try:
        stale = stale_partitions(lake, stories)
        done = analyse_lake(lake, load_analyser(model, threads=threads, batch=batch), stories, now, stale)
        analysed = list(track(done, "analyse", len(stale)))
    finally:
        stories.close()
    clock.lap("analyse")
    loaded = load(index_path, lake_path, now=now, progress=track)
    clock.lap("load")
    return RunReport(
        crawled=crawled,
        extracted=tuple(extracted),
        analysed=tuple(analysed),
        loaded=loaded,
        seconds=clock.laps,
    )


class _Clock:
    """Seconds of each stage, for the report alone."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self.laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        now = time.monotonic()
        self.laps[name] = round(now - self._last, 2)
        self._last = now
