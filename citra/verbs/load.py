"""Mentions into the index: partitions of the lake, or JSON Lines files."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count, islice
from pathlib import Path
from typing import IO, Any

import orjson

from citra.corrections import read_corrections
from citra.documents import Mention, Partition, Reject, mention_from_json, to_json
from citra.erased import read_erased
from citra.errors import InputError
from citra.lake import Lake
from citra.store import LoadResult, Writer
from citra.verbs.index import open_index
from crawlers.links import normalise

#: A commit makes about this many mentions visible at once; memory holds no more than that.
BATCH = 20_000
_CUT = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """What a load did; ``result`` sums over everything, ``skipped`` partitions were unchanged."""

    result: LoadResult
    loaded: int = 0  #: partitions and files
    skipped: int = 0
    snapshot: str = ""  #: id of the index's content now

    @property
    def rejects(self) -> tuple[Reject, ...]:
        return self.result.rejects


@dataclass(frozen=True, slots=True, kw_only=True)
class _Input:
    """One file of mentions: a partition's, or (``partition`` None) any JSON Lines file."""

    path: str
    open: Callable[[], IO[bytes]]
    modified: datetime
    partition: Partition | None

    @property
    def version(self) -> int:
        """Orders analyses of one fetch: the later written file has the newer."""
        return int(self.modified.timestamp() * 1e6)


@dataclass(frozen=True, slots=True)
class _Line:
    number: int  #: from 1
    raw: bytes
    mention: Mention


def load(
    index: str,
    lake: str,
    inputs: Iterable[str] = (),
    *,
    now: datetime,
    anew: bool = False,
    batch: int = BATCH,
    progress: Callable[[Iterable[Any], str, int], Iterator[Any]] = lambda items, _label, _total: iter(items),
) -> LoadReport:
    """Load ``inputs`` (files, or partitions as ``source/2026-11-24/07``), by default all of the lake.

    About ``batch`` mentions become visible at a time. Partitions that were loaded before and have not changed are
    skipped unless ``anew``. Lines that are no mention become rejects: in the lake beside the partition, or in
    ``FILE.rejects.jsonl``. Killed at any moment, the next run completes it.

    :raises InputError: an input that is neither a file nor a partition of the lake.
    :raises TryAgain: while another process loads.
    """
    store_of = Lake(lake)
    found = [_find(store_of, name) for name in inputs]
    if not found:
        found = [_of_partition(store_of, p) for p in store_of.partitions("mentions")]
    with open_index(index, create=True) as store:
        with store.writing() as writer:
            run = _Run(writer, store_of, now, batch, dict(store.loaded()))
            for item in progress(found, "load", len(found)):
                run.take(item, anew=anew)
            for partition in run.owing():
                run.take_again(_of_partition(store_of, partition), partition)
            run.commit()
        return replace(run.report, snapshot=store.snapshot())


class _Run:
    """One load: what was done, and which partitions the index holds in which state."""

    def __init__(self, writer: Writer, lake: Lake, now: datetime, batch: int, marks: dict[str, str]) -> None:
        self.writer, self.lake, self.now, self.batch, self.marks = writer, lake, now, batch, marks
        self.erased = read_erased(lake, normalise)
        self.corrections = read_corrections(lake)  # a human's labels win over those of any file
        self.report = LoadReport(result=LoadResult(rejects=self.corrections.rejects))
        self.shrunk: set[str] = set()  # sources one of whose partitions lost a mention
        self.waiting = 0
        self.uncommitted: list[_Loaded] = []

    def take(self, item: _Input, *, anew: bool) -> None:
        """Load one input unless it is in the index as it is; commit when enough has gathered."""
        partition = item.partition
        try:
            result = self._file(item) if partition is None else self._partition(item, partition, anew)
        except OSError as wrong:
            raise InputError(f"{wrong.filename or item.path}: {wrong.strerror or wrong}") from wrong
        if result is None:
            self.report = replace(self.report, skipped=self.report.skipped + 1)
            return
        self.report = replace(self.report, result=self.report.result + result, loaded=self.report.loaded + 1)
        self.waiting += result.added + result.replaced + result.unchanged
        if self.waiting >= self.batch:
            self.commit()

    def commit(self) -> None:
        """Make it visible; what the index refuses at that moment joins the rejects of its partition."""
        refused = self.writer.commit()
        found: list[Reject] = []
        for loaded in self.uncommitted if refused.rejects else ():
            own = [reject for reject in refused.rejects if reject.locator in loaded.lines]
            if own:
                rejects = [replace(r, at=self.now) for r in _located(tuple(own), loaded.lines.values(), loaded.path)]
                loaded.rejects.extend(rejects)
                self.lake.write("rejects", loaded.partition, loaded.rejects, tag="load")
                found += rejects
        self.report = replace(self.report, result=self.report.result + replace(refused, rejects=tuple(found)))
        self.uncommitted.clear()
        self.waiting = 0

    def take_again(self, item: _Input, partition: Partition) -> None:
        """Read what is owed; only what changes is reported."""
        result = self._partition(item, partition, False)
        if result is not None:
            changed = replace(result, unchanged=0, stale=0, rejects=())
            self.report = replace(self.report, result=self.report.result + changed)

    def owing(self) -> list[Partition]:
        """Partitions to read again, see ``_forget``."""
        owed = [p for source in sorted(self.shrunk) for p in self.lake.partitions("mentions", source)]
        return [partition for partition in owed if partition.key not in self.marks]

    def _file(self, item: _Input) -> LoadResult:
        rejects: list[Reject] = []
        with item.open() as raw:
            lines = self._corrected(_lines(raw, item.path, rejects, self.now), rejects, item.path)
            version = self.corrections.version("", item.version)
            result = _by_batches(self.writer, lines, item, self.batch, version)
        rejects += [replace(reject, at=self.now) for reject in result.rejects]
        _write_rejects(Path(f"{item.path}.rejects.jsonl"), rejects)
        return replace(result, rejects=tuple(rejects))

    def _partition(self, item: _Input, partition: Partition, anew: bool) -> LoadResult | None:
        with item.open() as raw:
            content = raw.read()
        fingerprint = self.corrections.fingerprint(partition.key, content)
        if self.marks.get(partition.key) == fingerprint and not anew:
            return None
        rejects: list[Reject] = []
        found = _lines(io.BytesIO(content), item.path, rejects, self.now)
        lines = list(self._corrected(found, rejects, item.path))
        mentions, key = [line.mention for line in lines], partition.key
        version = self.corrections.version(key, item.version)
        if any(reject.reason == "truncated" for reject in rejects):
            # What is missing may only be unreadable: add what is there, remove nothing, look again next time.
            result = self.writer.upsert(mentions, version=version, partition=key)
        else:
            result = self.writer.replace_partition(key, mentions, version=version, fingerprint=fingerprint)
            self.marks[key] = fingerprint
        if result.removed:
            self._forget(partition)
        rejects += [replace(reject, at=self.now) for reject in _located(result.rejects, lines, item.path)]
        if rejects or self.lake.exists("rejects", partition, "load"):
            self.lake.write("rejects", partition, rejects, tag="load")
        by_id = {line.mention.id: line for line in lines}
        self.uncommitted.append(_Loaded(item.path, partition, by_id, list(rejects)))
        return replace(result, rejects=tuple(rejects))

    def _corrected(self, lines: Iterator[_Line], rejects: list[Reject], path: str) -> Iterator[_Line]:
        """With people's labels laid over the model's, and without what was erased."""
        for line in lines:
            mention = self.erased.mention(self.corrections.apply(line.mention))
            if self.erased.has_document(mention.document):
                rejects.append(_reject("erased", "it was erased from the lake", path, line.number, "", self.now))
            else:
                yield line if mention is line.mention else replace(line, mention=mention)

    def _forget(self, shrunk: Partition) -> None:
        """What a partition lost, an earlier fetch in another may still have: those are to be read again.

        Their marks go in the commit that removes, so that a kill in between does not lose the mentions.
        """
        others = [key for key in self.marks if key.startswith(f"{shrunk.source}/") and key != shrunk.key]
        self.writer.forget(others)
        for key in others:
            del self.marks[key]
        self.shrunk.add(shrunk.source)


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A partition that was handed to the writer and not committed yet."""

    path: str
    partition: Partition
    lines: dict[str, _Line]  #: by id
    rejects: list[Reject]


def _by_batches(writer: Writer, lines: Iterator[_Line], item: _Input, size: int, version: int) -> LoadResult:
    """A file may be larger than memory: commit as it goes; what was committed is found unchanged next time."""
    total = LoadResult()
    while batch := list(islice(lines, size)):
        result = writer.upsert([line.mention for line in batch], version=version)
        total += replace(result, rejects=_located(result.rejects, batch, item.path))
        writer.commit()
    return total


def _located(rejects: tuple[Reject, ...], lines: Iterable[_Line], path: str) -> tuple[Reject, ...]:
    """The index knows a reject's id; say the line it stands in."""
    if not rejects:
        return ()
    by_id = {str(line.mention.id): line for line in lines}
    found = [(reject, by_id[reject.locator]) for reject in rejects]
    return tuple(replace(r, locator=f"{path}:{line.number}", record=_decoded(line.raw)[:_CUT]) for r, line in found)


def _lines(raw: IO[bytes], path: str, rejects: list[Reject], now: datetime) -> Iterator[_Line]:
    """The mentions of a JSON Lines stream, gzipped or not; lines that are none go to ``rejects``."""
    lines: Any = gzip.GzipFile(fileobj=raw) if path.endswith(".gz") else raw
    for number in count(1):
        try:
            line = lines.readline()
        except (EOFError, OSError, zlib.error) as wrong:
            rejects.append(_reject("truncated", f"unreadable from here: {wrong}", path, number, "", now))
            return
        if not line:
            return
        if not line.strip():
            continue
        try:
            yield _Line(number, line, mention_from_json(orjson.loads(line)))
        except orjson.JSONDecodeError as wrong:
            rejects.append(_reject("bad-json", str(wrong), path, number, _decoded(line), now))
        except KeyError as missing:
            rejects.append(_reject("no-mention", f"field {missing} is missing", path, number, _decoded(line), now))
        except (ValueError, TypeError, AttributeError) as wrong:
            rejects.append(_reject("no-mention", str(wrong), path, number, _decoded(line), now))


def _decoded(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\n")


def _reject(reason: str, detail: str, path: str, number: int, record: str, now: datetime) -> Reject:
    return Reject(
        stage="load",
        reason=reason,
        detail=" ".join(detail.split())[:200],
        locator=f"{path}:{number}",
        record=record[:_CUT],
        at=now,
    )


def _find(lake: Lake, name: str) -> _Input:
    path = Path(name)
    if path.is_file():
        modified = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
        return _Input(path=name, open=lambda: path.open("rb"), modified=modified, partition=None)
    try:
        partition = lake.find("mentions", name)
    except InputError as wrong:
        raise InputError(f"{name}: no such file; {wrong}") from None
    return _of_partition(lake, partition)


def _of_partition(lake: Lake, partition: Partition) -> _Input:
    path = lake.path("mentions", partition)
    modified: datetime = lake.fs.modified(path)
    return _Input(path=path, open=lambda: lake.fs.open(path, "rb"), modified=modified, partition=partition)


def _write_rejects(path: Path, rejects: list[Reject]) -> None:
    """Beside the input, whole or not at all; an older file goes when nothing is rejected any more."""
    if not rejects:
        path.unlink(missing_ok=True)
        return
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(
        "".join(json.dumps(to_json(reject), ensure_ascii=False) + "\n" for reject in rejects), encoding="utf-8"
    )
    fresh.replace(path)
