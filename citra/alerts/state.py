"""What alerts remember: one SQLite file with watches, incidents, messages, and counts by hour.

Safe with several processes: every change is one ``BEGIN IMMEDIATE`` transaction on a write-ahead log. An incident and
the messages about it are written together, so a kill at any instant loses neither and doubles neither.
"""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from citra.alerts.incident import Incident
from citra.alerts.watch import Watch
from citra.errors import InputError, StoreError, TryAgain

VERSION = 1
MessageKind = Literal["opened", "doubled", "closed", "escalated", "source", "test"]

_SCHEMA = """
CREATE TABLE watches (id TEXT PRIMARY KEY, definition TEXT NOT NULL, created TEXT NOT NULL);
CREATE TABLE incidents (
  id INTEGER PRIMARY KEY AUTOINCREMENT, watch TEXT NOT NULL, first TEXT NOT NULL, closed INTEGER NOT NULL,
  record TEXT NOT NULL, evidence TEXT NOT NULL DEFAULT '{}', UNIQUE (watch, first));
CREATE INDEX incidents_open ON incidents (closed, watch);
CREATE TABLE messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, incident INTEGER,
  created TEXT NOT NULL, urgent INTEGER NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL, payload TEXT NOT NULL);
CREATE TABLE deliveries (
  message INTEGER NOT NULL REFERENCES messages (id), channel TEXT NOT NULL, status TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0, next_try TEXT NOT NULL, claimed_until TEXT, sent_at TEXT,
  error TEXT NOT NULL DEFAULT '', PRIMARY KEY (message, channel));
CREATE TABLE hours (
  query TEXT NOT NULL, day TEXT NOT NULL, fingerprint TEXT NOT NULL, counts TEXT NOT NULL, PRIMARY KEY (query, day));
CREATE TABLE runs (at TEXT PRIMARY KEY, record TEXT NOT NULL);
"""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something to be told, once."""

    key: str  #: the same event has the same key, and is told once
    kind: MessageKind
    incident: int | None
    created: datetime
    urgent: bool  #: goes out in quiet hours too
    subject: str
    body: str
    payload: Mapping[str, Any] = dataclasses.field(default_factory=dict)  #: for machines


class State:
    """The open file; use as a context manager.

    :raises StoreError: not our file, damaged, or of another version.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            self.db = sqlite3.connect(path, timeout=30, isolation_level=None)
            self.db.row_factory = sqlite3.Row
            self.db.execute("PRAGMA journal_mode=WAL")
            self.db.execute("PRAGMA synchronous=FULL")
            self._create()
        except (sqlite3.DatabaseError, OSError) as wrong:
            raise _explained(path, wrong) from wrong

    def _create(self) -> None:
        with self.changing():
            found = int(self.db.execute("PRAGMA user_version").fetchone()[0])
            if found == 0 and not self.db.execute("SELECT 1 FROM sqlite_master").fetchone():
                for statement in _SCHEMA.split(";"):
                    self.db.execute(statement)
                self.db.execute(f"PRAGMA user_version={VERSION}")
            elif found != VERSION:
                raise StoreError(
                    f"{self.path}: alerts of version {found}, this Citra reads {VERSION}; choose another alerts.path"
                )

    def __enter__(self) -> State:
        return self

    def __exit__(self, *_: object) -> None:
        self.db.close()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """One transaction; nothing of it remains when the block raises. Nested blocks belong to the outer one."""
        if self.db.in_transaction:
            yield
            return
        try:
            self.db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as wrong:
            raise _explained(self.path, wrong) from wrong
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    # --- watches -------------------------------------------------------------------------------------------------

    def watches(self) -> list[Watch]:
        """In the order of their ids."""
        rows = self.db.execute("SELECT definition FROM watches ORDER BY id")
        return [Watch.from_json(json.loads(row["definition"])) for row in rows]

    def add_watches(self, watches: Iterable[Watch], now: datetime, *, replace: bool = False) -> int:
        """:raises InputError: when one of the name is there, unless ``replace``; then nothing is added."""
        rows = [(watch.id, json.dumps(watch.to_json()), now.isoformat()) for watch in watches]
        clash = "ON CONFLICT (id) DO UPDATE SET definition = excluded.definition" if replace else ""
        with self.changing():
            try:
                self.db.executemany(f"INSERT INTO watches VALUES (?, ?, ?) {clash}", rows)  # noqa: S608
            except sqlite3.IntegrityError as wrong:
                raise InputError("there is a watch of this name; remove it first, or choose another name") from wrong
        return len(rows)

    def remove_watch(self, watch: str) -> bool:
        """Its incidents stay, as history."""
        with self.changing():
            return self.db.execute("DELETE FROM watches WHERE id = ?", (watch,)).rowcount > 0

    # --- incidents -----------------------------------------------------------------------------------------------

    def incidents(self, *, only_open: bool = False, watch: str | None = None) -> list[Incident]:
        """Newest first."""
        where = [text for text, wanted in (("closed = 0", only_open), ("watch = :watch", watch is not None)) if wanted]
        clause = f"WHERE {' AND '.join(where)}" if where else ""
        rows = self.db.execute(f"SELECT id, record FROM incidents {clause} ORDER BY id DESC", {"watch": watch})  # noqa: S608
        return [_incident(row) for row in rows]

    def incident(self, number: int) -> Incident:
        """:raises InputError: when there is none."""
        row = self.db.execute("SELECT id, record FROM incidents WHERE id = ?", (number,)).fetchone()
        if row is None:
            raise InputError(f"no incident {number}; `citra alerts list --all` shows those there are")
        return _incident(row)

    def evidence(self, number: int) -> dict[str, Any]:
        """What the opening message told about incident ``number``, as plain values; empty for unknown ones."""
        row = self.db.execute("SELECT evidence FROM incidents WHERE id = ?", (number,)).fetchone()
        found: dict[str, Any] = json.loads(row["evidence"]) if row else {}
        return found

    def save(self, incident: Incident, evidence: Mapping[str, Any] | None = None) -> Incident:
        """Write it; a new one (id 0) gets its id. One that another worker opened at the same window stays as it is."""
        record, closed = json.dumps(plain(incident)), int(incident.status == "closed")
        with self.changing():
            if incident.id:
                self.db.execute(
                    "UPDATE incidents SET record = ?, closed = ? WHERE id = ?", (record, closed, incident.id)
                )
                if evidence is not None:
                    text = json.dumps(evidence, ensure_ascii=False)
                    self.db.execute("UPDATE incidents SET evidence = ? WHERE id = ?", (text, incident.id))
                return incident
            cursor = self.db.execute(
                "INSERT INTO incidents (watch, first, closed, record, evidence) VALUES (?, ?, ?, ?, ?)",
                (incident.watch, stamp(incident.first), closed, record,
                 json.dumps(evidence or {}, ensure_ascii=False)),
            )  # fmt: skip
            return dataclasses.replace(incident, id=int(cursor.lastrowid or 0))

    # --- messages ------------------------------------------------------------------------------------------------

    def enqueue(self, message: Message) -> bool:
        """Keep it for delivery; False when it was there."""
        with self.changing():
            cursor = self.db.execute(
                "INSERT OR IGNORE INTO messages (key, kind, incident, created, urgent, subject, body, payload)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (message.key, message.kind, message.incident, stamp(message.created), int(message.urgent),
                 message.subject, message.body, json.dumps(message.payload, ensure_ascii=False)),
            )  # fmt: skip
        return cursor.rowcount > 0

    # --- counts by hour, runs ------------------------------------------------------------------------------------

    def hours(self, query: str) -> dict[str, tuple[str, list[list[int]]]]:
        """Day → (fingerprint, [hour, texts, stories, negative stories] of the hours that have any)."""
        rows = self.db.execute("SELECT day, fingerprint, counts FROM hours WHERE query = ?", (query,))
        return {row["day"]: (row["fingerprint"], json.loads(row["counts"])) for row in rows}

    def save_hours(self, query: str, days: Mapping[str, tuple[str, Sequence[Sequence[int]]]], before: str) -> None:
        """Keep these days, and forget those before ``before``."""
        with self.changing():
            self.db.executemany(
                "INSERT OR REPLACE INTO hours VALUES (?, ?, ?, ?)",
                [(query, day, fingerprint, json.dumps(counts)) for day, (fingerprint, counts) in days.items()],
            )
            self.db.execute("DELETE FROM hours WHERE query = ? AND day < ?", (query, before))

    def add_run(self, at: datetime, record: Mapping[str, Any]) -> None:
        with self.changing():
            self.db.execute("INSERT OR REPLACE INTO runs VALUES (?, ?)", (stamp(at), json.dumps(record)))
            self.db.execute("DELETE FROM runs WHERE at NOT IN (SELECT at FROM runs ORDER BY at DESC LIMIT 1000)")

    def last_run(self) -> dict[str, Any] | None:
        row = self.db.execute("SELECT at, record FROM runs ORDER BY at DESC LIMIT 1").fetchone()
        return {"at": row["at"], **json.loads(row["record"])} if row else None


def stamp(moment: datetime) -> str:
    """A moment as text that sorts in order of time, whatever zone it came in."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def plain(incident: Incident) -> dict[str, Any]:
    """As JSON-ready values."""
    values = dataclasses.asdict(incident)
    return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in values.items()}


_TIMES = frozenset({"first", "last", "opened_at", "closed_at", "peak", "acknowledged_at", "false_at", "snoozed_until"})


def _incident(row: sqlite3.Row) -> Incident:
    record: dict[str, Any] = json.loads(row["record"]) | {"id": row["id"]}
    times = {key: datetime.fromisoformat(record[key]) for key in _TIMES if record[key] is not None}
    return Incident(**(record | times))


def _explained(path: str, wrong: Exception) -> StoreError | TryAgain:
    if isinstance(wrong, sqlite3.OperationalError) and ("locked" in str(wrong) or "busy" in str(wrong)):
        return TryAgain(f"{path}: another process is writing; try again")
    return StoreError(f"{path}: cannot use the alerts file: {wrong}")
