"""Backfill: pages of chosen hosts out of other people's WARC files → the lake's raw partitions → documents."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import fsspec

from citra.documents import Partition
from citra.errors import CitraError, ConfigError, InputError
from citra.lake import Lake
from citra.verbs.copying import Ledger, Task, copy_file
from citra.verbs.extract import extract_partition
from citra.verbs.publish import only_writer, state_folder
from crawlers.source import Source
from crawlers.state import locked

#: seconds to wait for another backfill into the same lake
PATIENCE = 5.0

#: called with bytes read, bytes in all, files done, files in all
Progress = Callable[[int, int, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """What a WARC file gave, earlier calls included."""

    path: str
    finished: bool
    records: int = 0  #: responses and revisits read
    chosen: int = 0  #: pages of the hosts asked for
    added: int = 0  #: of them, those that were not in the lake
    skipped: Mapping[str, int] = field(default_factory=dict)  #: passed over on purpose, by reason
    damaged: int = 0  #: stretches that hold no readable record; each is a reject
    error: str | None = None  #: why the file could not be read to its end


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillReport:
    files: tuple[FileReport, ...]
    done_before: int  #: files that an earlier call had finished; their numbers stand in ``files``
    partitions: int  #: extracted by this call
    documents: int  #: in these partitions
    rejects: int  #: in these partitions

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def succeeded(self) -> bool:
        return all(file.finished for file in self.files)


def backfill(
    patterns: Sequence[str],
    sources: Mapping[str, Source],
    lake_path: str,
    *,
    now: datetime,
    hosts: Sequence[str] = (),
    workers: int = 1,
    max_bytes: int = 10_000_000,
    anew: bool = False,
    progress: Progress = lambda *_: None,
) -> BackfillReport:
    """Copy the pages of ``hosts`` from WARC files into the lake, and extract the partitions that got some.

    A page goes to the partition of its source and of the hour it was fetched (WARC-Date), beside what a crawl put
    there; each record once, told by its id. Interrupted at any instant, the next call goes on from the last offset
    written down, some seconds before. A file that was read to its end for the same hosts is not read again.

    :param patterns: paths, globs or fsspec URLs of WARC files, gzip per record or plain.
    :param hosts: with their sub-domains; one that no source claims becomes a source named after it. None: the
        hosts of all sources.
    :param workers: processes; each reads one file at a time.
    :param max_bytes: longest decoded body of a page; a longer one is passed over.
    :param anew: read finished files again.
    :raises InputError: a pattern that matches no file.
    :raises ConfigError: a kind of URL for which a package is missing.
    :raises TryAgain: another backfill into this lake is running.
    """
    lake, chooser = Lake(lake_path), Chooser(sources, tuple(hosts))
    state = state_folder(lake)
    rest: dict[str, Any] = {"max_bytes": max_bytes, "now": now}
    rest |= {"selection": chooser.key, "chooser": chooser, "lake": lake_path, "state": str(state)}
    tasks = [Task(path=path, size=size, identity=mark, **rest) for path, size, mark in find_files(patterns)]
    with locked(state / "backfill", PATIENCE):
        ledger = Ledger(state / "backfill")
        ledger.forget(tasks if anew else [])
        waiting = [task for task in tasks if not ledger.is_finished(task)]
        ledger.tidy()
        errors = _copy(waiting, workers, ledger, progress, tasks)
        _publish_rejects(lake, ledger, state)
        extracted = list(_extract(lake_path, ledger, sources, workers, now))
        files = tuple(FileReport(path=task.path, error=errors.get(task.path), **ledger.result(task)) for task in tasks)
        ledger.close()
    return BackfillReport(
        files=files,
        done_before=len(tasks) - len(waiting),
        partitions=len(extracted),
        documents=sum(documents for documents, _ in extracted),
        rejects=sum(rejects for _, rejects in extracted),
    )


class Chooser:
    """Which source an address belongs to; the same answer for all addresses of a host."""

    def __init__(self, sources: Mapping[str, Source], hosts: tuple[str, ...]) -> None:
        """:raises ConfigError: an entry of ``hosts`` that is no host name."""
        self._asked = tuple(_host(host) for host in hosts)
        claims = [(name.partition(":")[0], one.name) for one in sources.values() for name in one.allowed_hosts]
        self._claims = sorted(claims, key=lambda claim: (-len(claim[0]), claim))  # the nearest name wins
        self._known: dict[str, str | None] = {}
        rules = json.dumps([sorted(self._asked), self._claims])
        self.key = hashlib.sha256(rules.encode()).hexdigest()[:16]  #: other rules, other key

    def source_of(self, host: str) -> str | None:
        """Name of the source of ``host``; None when it is not wanted."""
        if host not in self._known:
            self._known[host] = self._decide(host)
        return self._known[host]

    def _decide(self, host: str) -> str | None:
        asked = next((name for name in self._asked if _is_below(host, name)), None)
        if self._asked and asked is None:
            return None
        claimed = next((source for name, source in self._claims if _is_below(host, name)), None)
        return claimed or (asked.replace(".", "-")[:40] if asked else None)


def _is_below(host: str, name: str) -> bool:
    return host == name or host.endswith(f".{name}")


def _host(text: str) -> str:
    host = text.strip().lower().removeprefix("https://").removeprefix("http://").strip("/").removeprefix("www.")
    if not host or not all(char.isalnum() or char in ".-" for char in host):
        raise ConfigError(f"--host {text!r} is no host name; write it as kompas.com")
    return host


def find_files(patterns: Sequence[str]) -> list[tuple[str, int, str]]:
    """Path, size in bytes and identity (changes when the file does) of each WARC file, each once, in order.

    :raises InputError: a pattern that matches nothing. :raises ConfigError: a package is missing for its kind.
    """
    found: dict[str, tuple[str, int, str]] = {}
    for pattern in patterns:
        try:
            fs, path = fsspec.core.url_to_fs(pattern)
            names = sorted(fs.glob(path)) if any(char in path for char in "*?[") else [path]
            infos = [fs.info(name) for name in names]
        except ImportError as wrong:
            raise ConfigError(f"{pattern}: {wrong}") from wrong
        except (OSError, ValueError) as wrong:
            raise InputError(f"{pattern}: cannot be read: {wrong}") from wrong
        files = [info for info in infos if info["type"] == "file"]
        if not files:
            raise InputError(f"{pattern}: no such file")
        for info in files:
            name = fs.unstrip_protocol(info["name"]) if "://" in pattern else info["name"]
            marks = [str(info.get(key)) for key in ("size", "ETag", "mtime", "LastModified")]
            found.setdefault(name, (name, int(info["size"] or 0), " ".join(marks)))
    return list(found.values())


def _copy(
    waiting: Sequence[Task], workers: int, ledger: Ledger, progress: Progress, tasks: Sequence[Task]
) -> dict[str, str]:
    """Read the files side by side; returns path → why, for those that could not be read to their end."""
    total = sum(task.size for task in tasks)

    def tell() -> None:
        ended = [ledger.is_finished(task) for task in tasks]
        progress(sum(ledger.offset(task) for task in tasks), total, sum(ended), len(ended))

    errors: dict[str, str] = {}
    for task, failure in _each(copy_file, waiting, workers if waiting else 1, tell):
        if isinstance(failure, CitraError | OSError):
            errors[task.path] = " ".join(str(failure).split()) or type(failure).__name__
    tell()
    return errors


def _each(
    work: Callable[[Any], Any], items: Sequence[Any], workers: int, tell: Callable[[], None]
) -> Iterator[tuple[Any, Any]]:
    """Each item with what ``work`` returned for it, or the ``CitraError`` or ``OSError`` it raised.

    With one worker in this process, else in fresh ones; there ``tell`` is called every second.
    """
    if workers <= 1:
        for item in items:
            try:
                yield item, work(item)
            except (CitraError, OSError) as wrong:
                yield item, wrong
            tell()
        return
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=fresh, initializer=_hush) as pool:
        futures: dict[Future[Any], Any] = {pool.submit(work, item): item for item in items}
        while futures:
            done, _ = wait(futures, timeout=1.0, return_when="FIRST_COMPLETED")
            for future in done:
                item = futures.pop(future)
                failure = future.exception()
                if isinstance(failure, BrokenProcessPool):
                    raise CitraError("a worker process was killed (memory?); run the same command again: it goes on")
                yield item, failure if isinstance(failure, CitraError | OSError) else future.result()
            tell()


def _hush() -> None:
    """Keep what warcio writes about damaged files off the terminal: each is a reject."""
    sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115


def _publish_rejects(lake: Lake, ledger: Ledger, state: Path) -> None:
    """Damage belongs to no source: it stands under the name ``backfill``, by the hour that the file is named after."""
    for partition, rejects in ledger.rejects().items():
        with only_writer(state / "crawl" / "locks", partition.source):
            fresh = {reject.locator for reject in rejects}
            known = [one for one in lake.read("rejects", partition, "crawl") if one["locator"] not in fresh]
            lake.write("rejects", partition, [*ledger.parsed(known), *rejects], "crawl")
        ledger.rejects_published(rejects)


def _extract(
    lake: str, ledger: Ledger, sources: Mapping[str, Source], workers: int, now: datetime
) -> Iterator[tuple[int, int]]:
    """Documents and rejects of each partition that got pages, also of those an interrupted call left."""
    jobs = [(lake, partition, sources, now) for partition in ledger.touched()]
    for (_, partition, _, _), report in _each(_extract_one, jobs, min(workers, len(jobs)), lambda: None):
        if isinstance(report, BaseException):
            raise report
        ledger.extracted(partition)
        yield report


def _extract_one(job: tuple[str, Partition, Mapping[str, Source], datetime]) -> tuple[int, int]:
    lake, partition, sources, now = job
    report = extract_partition(Lake(lake), partition, sources, now)
    return report.documents, report.rejects


def default_workers() -> int:
    return os.cpu_count() or 1


def skipped_in_all(report: BackfillReport) -> Counter[str]:
    """What was passed over, by reason, in all files."""
    total: Counter[str] = Counter()
    for file in report.files:
        total.update(file.skipped)
    return total
