"""Copies the wanted pages of one WARC file into the lake, and keeps the ledger of how far that got."""

from __future__ import annotations

import json
import re
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import fsspec

from citra.documents import Partition, Reject, reject_from_json, to_json
from citra.lake import Lake
from citra.verbs.publish import add_records
from crawlers.archive import Damage, Page, Passed, host_of, pack_archived, read_archive

#: bytes of packed pages held in memory before they are merged into the lake and the offset is written down
MOST_WAITING = 32_000_000
#: the same for bytes of the file that hold nothing wanted
MOST_UNMARKED = 256_000_000
#: where rejects of damaged files stand in the lake
DAMAGE_SOURCE = "backfill"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS files (
    path TEXT NOT NULL, identity TEXT NOT NULL, selection TEXT NOT NULL, offset INTEGER NOT NULL,
    finished INTEGER NOT NULL, counts TEXT NOT NULL, PRIMARY KEY (path, selection)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS touched (partition TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rejects (locator TEXT PRIMARY KEY, partition TEXT NOT NULL, record TEXT NOT NULL)
    WITHOUT ROWID;
"""


class Choice(Protocol):
    """Decides whose page an address is."""

    def source_of(self, host: str) -> str | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One file to copy from; travels to the process that does it."""

    path: str
    size: int  #: bytes
    identity: str  #: changes when the file does
    selection: str  #: key of ``chooser``
    chooser: Choice
    lake: str
    state: str  #: folder of local state
    max_bytes: int
    now: datetime


class Ledger:
    """How far each file was copied, what waits to be extracted, and damage; one SQLite file, used by all workers."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._db = sqlite3.connect(folder / "ledger.sqlite", isolation_level=None, timeout=60)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        self._db.close()

    def tidy(self) -> None:
        """Remove what a killed call left; to be called while nobody copies."""
        for file in self.folder.glob("*.warc.gz"):
            file.unlink(missing_ok=True)

    def _row(self, task: Task) -> tuple[int, bool, dict[str, Any]]:
        """Offset, finished, counts; the beginning when the file is new or another than it was."""
        row = self._db.execute(
            "SELECT offset, finished, counts FROM files WHERE path = ? AND selection = ? AND identity = ?",
            (task.path, task.selection, task.identity),
        ).fetchone()
        return (row[0], bool(row[1]), json.loads(row[2])) if row else (0, False, {})

    def offset(self, task: Task) -> int:
        return self._row(task)[0]

    def is_finished(self, task: Task) -> bool:
        return self._row(task)[1]

    def counts(self, task: Task) -> Counter[str]:
        return Counter(self._row(task)[2])

    def result(self, task: Task) -> dict[str, Any]:
        """``finished`` and the counts, as a report shows them."""
        _, finished, counts = self._row(task)
        skipped = {name.removeprefix("skipped "): n for name, n in counts.items() if name.startswith("skipped ")}
        plain = {name: counts.get(name, 0) for name in ("records", "chosen", "added", "damaged")}
        return {"finished": finished, "skipped": dict(sorted(skipped.items())), **plain}

    def mark(
        self,
        task: Task,
        offset: int,
        counts: Mapping[str, int],
        partitions: Iterable[Partition],
        rejects: Iterable[tuple[Partition, Reject]] = (),
        *,
        finished: bool = False,
    ) -> None:
        """Note in one step that a file is copied up to ``offset``, and what that brought."""
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)",
            (task.path, task.identity, task.selection, offset, finished, json.dumps(counts)),
        )
        self._db.executemany("INSERT OR IGNORE INTO touched VALUES (?)", [(each.key,) for each in partitions])
        self._db.executemany(
            "INSERT OR REPLACE INTO rejects VALUES (?, ?, ?)",
            [(reject.locator, part.key, json.dumps(to_json(reject), ensure_ascii=False)) for part, reject in rejects],
        )
        self._db.execute("COMMIT")

    def forget(self, tasks: Iterable[Task]) -> None:
        """Begin these files anew."""
        self._db.executemany(
            "DELETE FROM files WHERE path = ? AND selection = ?", [(task.path, task.selection) for task in tasks]
        )

    def touched(self) -> list[Partition]:
        """Partitions that got records and are not extracted yet."""
        return sorted(Partition.from_key(key) for (key,) in self._db.execute("SELECT partition FROM touched"))

    def extracted(self, partition: Partition) -> None:
        self._db.execute("DELETE FROM touched WHERE partition = ?", (partition.key,))

    def rejects(self) -> dict[Partition, list[Reject]]:
        """Damage that is not in the lake yet."""
        found: dict[Partition, list[Reject]] = {}
        for key, record in self._db.execute("SELECT partition, record FROM rejects ORDER BY locator"):
            found.setdefault(Partition.from_key(key), []).append(reject_from_json(json.loads(record)))
        return found

    def rejects_published(self, rejects: Iterable[Reject]) -> None:
        self._db.executemany("DELETE FROM rejects WHERE locator = ?", [(reject.locator,) for reject in rejects])

    @staticmethod
    def parsed(records: Sequence[Mapping[str, Any]]) -> list[Reject]:
        return [reject_from_json(record) for record in records]


def copy_file(task: Task) -> None:
    """Copy what is wanted of one file, from where the last call stopped, to its end.

    Order of each step: records into the lake, durable; then offset and counts in one transaction. Killed in between,
    the step is done again, and the records that the lake has already are not added again.

    :raises OSError: the file or the lake is away; what was written down stands.
    """
    with closing(Ledger(Path(task.state) / "backfill")) as ledger:
        _Copy(task, ledger).run()


class _Copy:
    def __init__(self, task: Task, ledger: Ledger) -> None:
        self.task, self.ledger, self.lake = task, ledger, Lake(task.lake)
        self.counts = ledger.counts(task)
        self.waiting: dict[Partition, dict[str, bytes]] = {}  # by record id
        self.size = 0
        self.marked = ledger.offset(task)
        self.rejects: list[tuple[Partition, Reject]] = []
        self.hour = _hour_named(task.path)

    def run(self) -> None:
        task = self.task
        with fsspec.open(task.path, "rb") as stream:
            found = read_archive(
                stream,
                start=self.marked,
                size=task.size,
                choose=lambda url: task.chooser.source_of(host_of(url)),
                max_bytes=task.max_bytes,
            )
            for each in found:
                if self.size >= MOST_WAITING or each.offset - self.marked >= MOST_UNMARKED:
                    self.flush(each.offset)
                self.take(each)
        self.flush(task.size, finished=True)

    def take(self, found: Page | Passed | Damage) -> None:
        self.counts["records"] += not isinstance(found, Damage)
        if isinstance(found, Passed):
            self.counts[f"skipped {found.reason}"] += 1
        elif isinstance(found, Damage):
            self.counts["damaged"] += 1
            self.rejects.append((Partition.of(DAMAGE_SOURCE, self.hour), self._reject(found)))
        else:
            self.counts["chosen"] += 1
            packed = pack_archived(found, self.task.path.rsplit("/", 1)[-1])
            partition = Partition.of(found.source, found.fetched)
            self.waiting.setdefault(partition, {})[found.record_id] = packed
            self.size += len(packed)

    def flush(self, offset: int, *, finished: bool = False) -> None:
        """Everything before ``offset`` goes into the lake; then that is written down."""
        for partition, packed in sorted(self.waiting.items()):
            with tempfile.NamedTemporaryFile(dir=self.ledger.folder, suffix=".warc.gz") as spool:
                spool.write(b"".join(packed.values()))
                spool.flush()
                locks = Path(self.task.state) / "crawl" / "locks"
                self.counts["added"] += add_records(self.lake, partition, Path(spool.name), locks)
        self.ledger.mark(self.task, offset, self.counts, self.waiting, self.rejects, finished=finished)
        self.waiting, self.rejects, self.size, self.marked = {}, [], 0, offset

    def _reject(self, damage: Damage) -> Reject:
        return Reject(
            stage="crawl",
            reason="bad-warc",
            detail=damage.detail,
            source=damage.source,
            url=damage.url,
            locator=f"{self.task.path}@{damage.offset}",
            at=self.task.now,
        )


def _hour_named(path: str) -> datetime:
    """The hour that a file's name tells (``CC-NEWS-20231102081530-00123.warc.gz``); the epoch when it tells none."""
    match = re.search(r"(?<!\d)20\d{12}(?!\d)", path.rsplit("/", 1)[-1])
    try:
        return datetime.strptime(f"{match[0][:10] if match else 1970010100} +0000", "%Y%m%d%H %z")
    except ValueError:
        return datetime(1970, 1, 1, tzinfo=UTC)
