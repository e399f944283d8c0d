"""Retry: rejects are driven again; what succeeds leaves them, the rest stays with its new reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, get_args

from citra.documents import Partition, reject_from_json
from citra.errors import TryAgain
from citra.lake import Lake
from citra.verbs.analyse import analyse_lake, opened
from citra.verbs.crawl import SourceReport, crawl
from citra.verbs.extract import extract_partition
from citra.verbs.load import load
from citra.verbs.publish import state_folder
from crawlers.source import Source
from crawlers.state import ASKED_AS, State, locked

Stage = Literal["crawl", "extract", "analyse", "load"]
STAGES: tuple[Stage, ...] = get_args(Stage)
#: seconds to wait until another crawl of a source is done
PATIENCE = 10.0
#: a retried crawl reads feeds and listings back to here
REACH = timedelta(days=7)

Record = dict[str, Any]
Progress = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageReport:
    """What became of the rejects of one stage."""

    stage: Stage
    found: int = 0  #: rejects asked for
    fixed: int = 0  #: gone: what they stood for was fetched, extracted, analysed or loaded
    still: int = 0  #: refused again, or told anew with another reason
    waiting: int = 0  #: not tried; they stay as they are
    why_waiting: Mapping[str, int] = field(default_factory=dict)  #: reason in words → rejects


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryReport:
    stages: tuple[StageReport, ...]

    def to_json(self) -> dict[str, Any]:
        return {"stages": [asdict(stage) for stage in self.stages]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which rejects are driven again; empty: all."""

    source: str = ""
    reason: str = ""

    def of(self, lake: Lake, stage: Stage) -> dict[Partition, list[Record]]:
        """The rejects asked for, by partition."""
        found: dict[Partition, list[Record]] = {}
        for partition in lake.partitions("rejects", self.source or None):
            records = [one for one in lake.read("rejects", partition, stage) if self.reason in {"", one["reason"]}]
            if records:
                found[partition] = records
        return found


def retry(
    lake_path: str,
    index_path: str,
    *,
    now: datetime,
    crawlable: Sequence[Source],
    sources: Mapping[str, Source],
    crawl_options: Mapping[str, Any],
    analyse_options: Mapping[str, Any],
    stages: Sequence[Stage] = STAGES,
    wanted: Wanted = Wanted(),
    progress: Progress | None = None,
) -> RetryReport:
    """Drive the rejects of ``stages`` again, in the order of the stages.

    ``crawl``: their addresses are put back, with all their attempts, and their sources crawled. ``extract``,
    ``analyse``, ``load``: their partitions are done again. What a stage brings is left for the next ordinary run.

    :param crawlable: sources that may be crawled now. :param sources: all definitions.
    :param crawl_options: of :func:`citra.verbs.crawl.crawl`. :param analyse_options: of ``analyse.opened``.
    """
    lake = Lake(lake_path)
    reports = []
    for stage in [stage for stage in STAGES if stage in stages]:
        found = wanted.of(lake, stage)
        if not found:
            report = StageReport(stage=stage)
        elif stage == "crawl":
            report = _crawl(lake, found, {one.name: one for one in crawlable}, crawl_options, now, progress)
        else:
            report = _again(lake, stage, found, _redo(stage, lake_path, index_path, sources, analyse_options, now))
        reports.append(report)
    return RetryReport(stages=tuple(reports))


# --- crawl -----------------------------------------------------------------------------------------------------


def _crawl(
    lake: Lake,
    found: Mapping[Partition, list[Record]],
    crawlable: Mapping[str, Source],
    options: Mapping[str, Any],
    now: datetime,
    progress: Progress | None,
) -> StageReport:
    folder = options.get("state_folder") or state_folder(lake) / "crawl"
    waiting: Counter[str] = Counter()
    tried: list[Source] = []
    for name in sorted({partition.source for partition in found}):
        records = [one for partition in found if partition.source == name for one in found[partition]]
        if name not in crawlable:
            waiting[f"{name}: no source that can be crawled now"] += len(records)
            continue
        try:
            with _memory(folder / name) as state:
                state.reopen({_key(one) for one in records}, now)
            tried.append(crawlable[name])
        except TryAgain as busy:
            waiting[str(busy)] += len(records)
    outcomes: Counter[str] = Counter()
    if tried:
        report = crawl(tried, lake, since=now - REACH, now=now, progress=progress, **{**options, "force": True})
        for source, done in zip(tried, report.sources, strict=True):
            own = {partition: records for partition, records in found.items() if partition.source == source.name}
            with _memory(folder / source.name) as state:
                outcomes += _settle(lake, own, source, done, state)
            if outcomes["waiting"]:
                why = f"{source.name}: {done.error or 'not asked again'}"
                waiting[why] += outcomes.pop("waiting")
    return StageReport(
        stage="crawl",
        found=sum(map(len, found.values())),
        fixed=outcomes["fixed"],
        still=outcomes["still"],
        waiting=sum(waiting.values()),
        why_waiting=dict(waiting),
    )


@contextmanager
def _memory(folder: Path) -> Iterator[State]:
    """A source's state while nobody crawls it. :raises TryAgain: somebody does."""
    with locked(folder, PATIENCE):
        state = State(folder)
        try:
            yield state
        finally:
            state.close()


def _settle(
    lake: Lake, old: Mapping[Partition, list[Record]], source: Source, done: SourceReport, state: State
) -> Counter[str]:
    """Take away what was fetched or refused anew since; returns how many of each."""
    fresh = [
        one
        for partition in lake.partitions("rejects", source.name)
        for one in lake.read("rejects", partition, "crawl")
        if one not in old.get(partition, [])
    ]
    newest: dict[str, str] = {}
    for one in fresh:
        for name in (_key(one), one["url"]):
            newest[name] = max(newest.get(name, ""), one["at"] or "")
    outcomes: Counter[str] = Counter()
    for partition, records in old.items():
        gone = []
        for one in records:
            outcome = _outcome(one, newest, source, done, state)
            outcomes[outcome] += 1
            if outcome != "waiting":
                gone.append(one)
        _remove(lake, partition, "crawl", gone)
    return outcomes


def _outcome(
    one: Record, newest: Mapping[str, str], source: Source, done: SourceReport, state: State
) -> Literal["fixed", "still", "waiting"]:
    key = _key(one)
    progress = state.progress(key)
    if progress == "seen":
        return "fixed"
    if newest.get(key, "") > (one["at"] or ""):
        return "still"
    if progress is not None or not key.startswith("http"):
        return "waiting"  # the site was left alone before its turn came, or a post that is not shown any more
    # a feed, sitemap or listing: every crawl asks for all that the definition names
    ways = {*source.feeds, *source.sitemaps}
    is_open = done.succeeded and (key in ways or done.error is None)
    return "fixed" if is_open else "waiting"


def _key(one: Record) -> str:
    """The address that the state knows a reject's page by."""
    _, _, asked = str(one.get("locator") or "").partition(ASKED_AS)
    return asked or str(one["url"])


def _remove(lake: Lake, partition: Partition, stage: Stage, gone: Iterable[Record]) -> None:
    """Rewrite a rejects file without ``gone``; an empty one is removed."""
    left = list(lake.read("rejects", partition, stage))
    before = len(left)
    for one in gone:
        if one in left:
            left.remove(one)
    if not left:
        path = lake.path("rejects", partition, stage)
        if lake.fs.exists(path):
            lake.fs.rm(path)
    elif len(left) < before:
        lake.write("rejects", partition, map(reject_from_json, left), stage)


# --- the stages that do a partition again ------------------------------------------------------------------------


def _redo(
    stage: Stage, lake: str, index: str, sources: Mapping[str, Source], options: Mapping[str, Any], now: datetime
) -> Callable[[Sequence[Partition]], dict[Partition, str]]:
    """The function that does partitions again; it returns those that could not be, and why."""

    def extract(partitions: Sequence[Partition]) -> dict[Partition, str]:
        for partition in partitions:
            extract_partition(Lake(lake), partition, sources, now)
        return {}

    def analyse(partitions: Sequence[Partition]) -> dict[Partition, str]:
        with opened(**options, lake=lake, stories=None) as (analyser, stories):
            keys = [partition.key for partition in partitions]
            reports = list(analyse_lake(lake, analyser, stories, now, keys))
        return {Partition.from_key(one.partition): one.error for one in reports if one.error}

    def reload(partitions: Sequence[Partition]) -> dict[Partition, str]:
        load(index, lake, [one.key for one in partitions], now=now, anew=True)
        return {}

    return {"extract": extract, "analyse": analyse, "load": reload}[stage]


#: stage → area that it reads
_INPUT: Mapping[Stage, Literal["raw", "documents", "mentions"]] = {
    "extract": "raw",
    "analyse": "documents",
    "load": "mentions",
}


def _again(
    lake: Lake,
    stage: Stage,
    found: Mapping[Partition, list[Record]],
    redo: Callable[[Sequence[Partition]], dict[Partition, str]],
) -> StageReport:
    area = _INPUT[stage]
    ready = [partition for partition in found if lake.exists(area, partition)]
    failed = redo(ready) if ready else {}
    waiting: Counter[str] = Counter()
    still = fixed = 0
    for partition, records in found.items():
        if partition not in ready:
            waiting[f"nothing in {area} to do again; an import is repeated with `citra import`"] += len(records)
        elif partition in failed:
            waiting[failed[partition]] += len(records)
        else:
            left = {_identity(stage, one) for one in lake.read("rejects", partition, stage)}
            kept = sum(_identity(stage, one) in left for one in records)
            still, fixed = still + kept, fixed + len(records) - kept
            if not left:
                _remove(lake, partition, stage, [])
    return StageReport(
        stage=stage,
        found=sum(map(len, found.values())),
        fixed=fixed,
        still=still,
        waiting=sum(waiting.values()),
        why_waiting=dict(waiting),
    )


def _identity(stage: Stage, one: Record) -> str:
    """What a reject is about: a place in the raw file, which never moves; else the record itself."""
    return str(one["locator"]) if stage == "extract" else str(one["record"] or one["locator"])
