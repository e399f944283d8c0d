"""Status: what is in the lake and the index, when each source last answered, what was refused and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from citra.documents import Partition
from citra.errors import StoreError
from citra.lake import AREAS, Lake
from citra.store import Stats
from citra.verbs.index import open_index

STAGES = ("crawl", "extract", "analyse", "load")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    """What the lake knows of one source."""

    name: str
    partitions: int  #: hours with raw records
    last_run: datetime | None  #: start of the newest crawl; None: never crawled
    last_success: datetime | None
    silent: bool  #: the newest crawl was offered nothing at all
    error: str | None  #: first fault of the newest crawl
    waiting: int  #: hours with raw records that are not in ``mentions`` yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    sources: tuple[SourceStatus, ...]
    never_crawled: tuple[str, ...]  #: defined, but not in the lake
    lake: dict[str, int]  #: bytes by area
    rejects: dict[str, dict[str, int]]  #: stage → reason → records
    index: Stats | None
    index_error: str | None  #: why the index cannot be read; None when it can


def status(lake: Lake, index: str, defined: Iterable[str]) -> Status:
    """Look at ``lake`` and at the index in the folder ``index``; changes neither.

    :param defined: names of the sources that have a definition.
    """
    raw, mentions = lake.partitions("raw"), set(lake.partitions("mentions"))
    runs = _newest_runs(lake)
    names = sorted({partition.source for partition in raw} | set(runs))
    stats, error = None, None
    try:
        with open_index(index) as store:
            stats = store.stats()
    except StoreError as wrong:
        error = str(wrong)
    return Status(
        sources=tuple(_source(name, raw, mentions, runs.get(name, {})) for name in names),
        never_crawled=tuple(sorted(set(defined) - set(names))),
        lake={area: lake.size(area) for area in AREAS},
        rejects=_rejects(lake),
        index=stats,
        index_error=error,
    )


def _newest_runs(lake: Lake) -> dict[str, dict[str, Any]]:
    newest: dict[str, dict[str, Any]] = {}
    for partition in lake.partitions("coverage"):
        for run in lake.read("coverage", partition):
            before = newest.get(partition.source)
            if before is None or run["started"] > before["started"]:
                newest[partition.source] = run
    return newest


def _source(name: str, raw: list[Partition], mentions: set[Partition], run: dict[str, Any]) -> SourceStatus:
    own = [partition for partition in raw if partition.source == name]
    return SourceStatus(
        name=name,
        partitions=len(own),
        last_run=_moment(run.get("started")),
        last_success=_moment(run.get("last_success")),
        silent=bool(run.get("silent")),
        error=run.get("error"),
        waiting=sum(partition not in mentions for partition in own),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _rejects(lake: Lake) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {stage: Counter() for stage in STAGES}
    for partition in lake.partitions("rejects"):
        for stage in STAGES:
            found[stage].update(record["reason"] for record in lake.read("rejects", partition, stage))
    return {stage: dict(reasons.most_common()) for stage, reasons in found.items() if reasons}
