"""Retain: texts go when the time that their kind may be kept has passed (UU 27/2022)."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import orjson

from citra.documents import Kind, Partition
from citra.erased import Erased
from citra.errors import StoreError
from citra.lake import Lake
from citra.store import Query
from citra.verbs.analyse import STORIES
from citra.verbs.erase_places import LakeSweep
from citra.verbs.index import open_index
from citra.verbs.publish import is_local
from crawlers.links import normalise
from crawlers.source import Source
from nlp.stories import StoryIndex

#: raw first: what is gone there is not extracted again; coverage holds counts alone, and stays
AREAS = ("raw", "rejects", "documents", "mentions")
HOUR = timedelta(hours=1)

Track = Callable[[Iterable[Any], str, int], Iterator[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retained:
    """What was removed."""

    is_dry: bool
    before: Mapping[str, str]  #: kind → instant; what was fetched before it goes; kinds without a limit are missing
    partitions: int  #: hours of which all was removed
    files: Mapping[str, int]  #: area → files removed
    records: Mapping[str, int]  #: area → records removed from files of several kinds; ``index`` → mentions
    faults: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def retain(
    lake: str,
    index: str,
    sources: Mapping[str, Source],
    days: Mapping[Kind, int],
    *,
    now: datetime,
    dry: bool = True,
    track: Track = lambda items, _label, _total: iter(items),
) -> Retained:
    """Remove from lake and index what was fetched longer ago than ``days`` of its kind; 0 days: keep for ever.

    A source with a definition has one kind; of others (imports) the documents tell, one by one. Labels by hand hold
    no text and stay. Killed at any moment, the next call completes it; a second call finds nothing.

    :raises TryAgain: another process writes the index.
    """
    limits = {kind: now - timedelta(days=days[kind]) for kind in get_args(Kind) if days.get(kind)}
    work = _Work(Lake(lake), sources, limits, dry=dry)
    if limits:
        oldest_last = max(limits.values())
        old = [one for one in work.sweep.partitions() if one.hour + HOUR <= oldest_last]
        for partition in track(old, "retain", len(old)):
            work.take(partition)
        work.index(index)
    return Retained(
        is_dry=dry,
        before={kind: moment.isoformat(timespec="seconds") for kind, moment in limits.items()},
        partitions=len(work.gone),
        files=dict(work.files),
        records=dict(work.records),
        faults=tuple(work.faults),
    )


class _Work:
    def __init__(
        self, lake: Lake, sources: Mapping[str, Source], limits: Mapping[Kind, datetime], *, dry: bool
    ) -> None:
        self.lake, self.sources, self.limits, self.dry = lake, sources, limits, dry
        self.sweep = LakeSweep(lake, Erased((), normalise), sources, dry=dry)
        self.gone: list[str] = []  # keys of partitions
        self.files: Counter[str] = Counter()
        self.records: Counter[str] = Counter()
        self.faults: list[str] = []

    def take(self, partition: Partition) -> None:
        """Remove a partition, or those of its records whose time has passed."""
        source = self.sources.get(partition.source)
        if source is not None:
            if self._has_passed(source.kind, partition.hour + HOUR):
                self._remove(partition)
            return
        try:
            left = sum(not self._is_old(data) for data in self.lake.read("documents", partition))
            old = self._ids(partition)
        except (OSError, EOFError, ValueError, zlib.error) as wrong:
            self.faults.append(f"{partition.key}: damaged, nothing was removed: {wrong}")
            return
        if old and not left:
            self._remove(partition)
        elif old:
            self._forget_stories(old)
            for area in ("documents", "mentions"):
                path = self.lake.path(area, partition)
                for change in self.sweep.lines(area, path, self._line):
                    self.records[area] += change.removed

    def index(self, location: str) -> None:
        """Remove from the index by each mention's own kind and time of fetching."""
        try:
            with open_index(location) as store:
                old = [
                    mention.id
                    for kind in self.limits
                    for mention in store.iterate(Query(kinds=(kind,), min_relevance=None))
                    if self._has_passed(kind, self._end(mention.document.fetched))
                ]
                if not self.dry and (old or self.gone):
                    with store.writing() as writer:
                        writer.delete(old)
                        writer.forget(self.gone)
        except StoreError as wrong:
            if "no index yet" not in str(wrong):
                raise
            return
        self._forget_stories(old)
        if old:
            self.records["index"] = len(old)

    def _remove(self, partition: Partition) -> None:
        paths = {area: sorted(self.lake.fs.glob(f"{self.lake.root}/{area}/{partition.key}.*")) for area in AREAS}
        if not any(paths.values()):
            return
        self.gone.append(partition.key)
        with suppress(OSError, EOFError, ValueError, zlib.error):  # damaged, and about to go
            self._forget_stories(self._ids(partition))
        for area, files in paths.items():
            for path in files:
                self.files[area] += 1
                if not self.dry:
                    self.lake.fs.rm_file(path)

    def _ids(self, partition: Partition) -> list[str]:
        return [str(data["id"]) for data in self.lake.read("documents", partition) if self._is_old(data)]

    def _line(self, line: bytes) -> bytes | None:
        try:
            return None if self._is_old(orjson.loads(line)) else line
        except ValueError:
            return line

    def _is_old(self, data: Mapping[str, Any]) -> bool:
        try:
            return self._has_passed(data["kind"], self._end(datetime.fromisoformat(data["fetched"])))
        except (KeyError, TypeError, ValueError):
            return False  # no document: it is in the rejects of a later stage

    @staticmethod
    def _end(fetched: datetime) -> datetime:
        """End of the hour of a fetch, so that the index parts where the lake's files do."""
        return Partition.of("", fetched).hour + HOUR

    def _has_passed(self, kind: Kind, end: datetime) -> bool:
        return kind in self.limits and end <= self.limits[kind]

    def _forget_stories(self, ids: list[str]) -> None:
        path = Path(self.lake.root) / STORIES
        if ids and not self.dry and is_local(self.lake) and path.exists():
            with closing(StoryIndex(path)) as stories:
                stories.forget(ids)
