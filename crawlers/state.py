"""What a source's crawls have done so far: one SQLite file beside a spool, so that kill -9 loses and doubles nothing.

Order of every write: record to the spool, fsync, then one SQLite transaction that marks the address as seen *and*
the spool as that long. What lies in a spool beyond the length that SQLite knows was never marked: it is cut off.
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from citra.documents import Reject, mark, to_json
from citra.errors import TryAgain
from crawlers.links import Link, normalise
from crawlers.revisit import RECENT, Visit

Progress = Literal["pending", "seen", "refused", "skipped"]
#: an address is given up after so many runs, and not before so long after it was met: a site may be down for an hour
MOST_ATTEMPTS, LEAST_PATIENCE = 3, timedelta(hours=24)
#: in a reject's locator, before the address it is known by, where a redirect led to another
ASKED_AS = ", asked as "

_SCHEMA = """
CREATE TABLE IF NOT EXISTS urls (
    url TEXT PRIMARY KEY, progress TEXT NOT NULL, title TEXT NOT NULL DEFAULT '', published TEXT,
    attempts INTEGER NOT NULL DEFAULT 0, at TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS pending ON urls (at) WHERE progress = 'pending';
CREATE TABLE IF NOT EXISTS places (
    url TEXT PRIMARY KEY, scope TEXT NOT NULL, since TEXT NOT NULL, etag TEXT NOT NULL, modified TEXT NOT NULL)
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS spool (hour TEXT PRIMARY KEY, length INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rejects (id INTEGER PRIMARY KEY, hour TEXT NOT NULL, record TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS runs (id TEXT PRIMARY KEY, hour TEXT NOT NULL, record TEXT NOT NULL, open INTEGER NOT NULL)
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rhythm (url TEXT PRIMARY KEY, asked TEXT NOT NULL, changed TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS visits (
    url TEXT PRIMARY KEY, fetched TEXT NOT NULL, checked TEXT NOT NULL, etag TEXT NOT NULL, modified TEXT NOT NULL,
    digest TEXT NOT NULL, checks INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS erased (mark TEXT PRIMARY KEY) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A feed, sitemap or listing as it was when all its links had been written down."""

    url: str
    scope: str  #: hash of the rules that chose among its links
    since: str  #: ISO 8601 start of the time asked for; empty: no start
    etag: str = ""
    modified: str = ""  #: Last-Modified


@contextmanager
def locked(folder: Path, patience: float = 10.0) -> Iterator[int]:
    """Hold the lock of a source's folder; yields its file descriptor, for the crawl process to inherit.

    :raises TryAgain: another crawl of the source still holds it after ``patience`` seconds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    deadline = time.monotonic() + patience
    try:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise TryAgain(f"{folder.name}: another crawl of this source is running") from None
                time.sleep(0.1)
        yield handle
    finally:
        os.close(handle)


class State:
    """One source's memory; to be used under :func:`locked`, by one process at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.spool = folder / "spool"
        self.spool.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(folder / "state.sqlite", isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_SCHEMA)
        self._erased = frozenset(each for (each,) in self._db.execute("SELECT mark FROM erased"))

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    # --- addresses ---------------------------------------------------------------------------------------

    def progress(self, url: str) -> Progress | None:
        row = self._db.execute("SELECT progress FROM urls WHERE url = ?", (url,)).fetchone()
        return row[0] if row else "seen" if self._is_erased(url) else None

    def discover(
        self, wanted: Iterable[Link], skipped: Iterable[Link], at: datetime, place: Place | None = None
    ) -> None:
        """Write down the links of ``place`` in one step with its validators: those to fetch and those passed over."""
        with self._transaction():
            for progress, links in (("pending", wanted), ("skipped", skipped)):
                self._db.executemany(
                    "INSERT INTO urls (url, progress, title, published, at) VALUES (?, ?, ?, ?, ?) "
                    "ON CONFLICT (url) DO UPDATE SET progress = excluded.progress WHERE urls.progress = 'skipped'",
                    [
                        (link.url, progress, link.title[:300], _iso(link.published), _iso(at))
                        for link in links
                        if not self._is_erased(link.url)
                    ],
                )
            if place:
                self.remember(place)

    def refuse(self, marks: Iterable[str]) -> None:
        """Never fetch or write down addresses with these marks (:func:`citra.documents.mark`): they were erased."""
        with self._transaction():
            self._db.executemany("INSERT OR IGNORE INTO erased VALUES (?)", [(each,) for each in marks])
        self._erased = frozenset(each for (each,) in self._db.execute("SELECT mark FROM erased"))

    def _is_erased(self, url: str) -> bool:
        return bool(self._erased) and mark("url", normalise(url)) in self._erased

    def pending(self) -> list[str]:
        """Addresses discovered but not yet fetched, those never tried first, then oldest first."""
        return [*self._pending("attempts = 0"), *self.failing()]

    def failing(self) -> list[str]:
        """Those among them that were tried in an earlier run."""
        return self._pending("attempts > 0")

    def _pending(self, condition: str) -> list[str]:
        order = "ORDER BY at, url"
        rows = self._db.execute(f"SELECT url FROM urls WHERE progress = 'pending' AND {condition} {order}")  # noqa: S608
        return [url for (url,) in rows]

    def reopen(self, urls: Iterable[str], at: datetime) -> None:
        """Put refused addresses back to be fetched, with all their attempts; those seen meanwhile stay seen."""
        with self._transaction():
            self._db.executemany(
                "UPDATE urls SET progress = 'pending', attempts = 0, at = ? "
                "WHERE url = ? AND progress IN ('refused', 'pending')",
                [(_iso(at), url) for url in urls],
            )

    def place(self, url: str, scope: str, since: str) -> Place | None:
        """What was stored of a place, if it was read by the same rules and at least as far back as ``since``."""
        row = self._db.execute("SELECT * FROM places WHERE url = ?", (url,)).fetchone()
        if not row:
            return None
        known = Place(url=row[0], scope=row[1], since=row[2], etag=row[3], modified=row[4])
        return known if known.scope == scope and known.since <= since else None

    def remember(self, place: Place) -> None:
        """Note that all links of a place are written down; for a walk, that it came to its end."""
        self._db.execute(
            "INSERT OR REPLACE INTO places VALUES (?, ?, ?, ?, ?)",
            (place.url, place.scope, place.since, place.etag, place.modified),
        )

    # --- records -----------------------------------------------------------------------------------------

    def store(self, hour: datetime, packed: bytes, urls: Iterable[str], visits: Iterable[Visit] = ()) -> None:
        """Make ``packed`` (whole gzip members, or nothing) durable, then mark ``urls`` as seen and ``visits`` made."""
        key = f"{hour:%Y-%m-%dT%H}"
        length = self._append(key, packed) if packed else 0
        with self._transaction():
            if packed:
                self._db.execute("INSERT OR REPLACE INTO spool VALUES (?, ?)", (key, length))
            self._db.executemany(
                "INSERT INTO urls (url, progress, at) VALUES (?, 'seen', ?) "
                "ON CONFLICT (url) DO UPDATE SET progress = 'seen', at = excluded.at",
                [(url, _iso(hour)) for url in urls],
            )
            self._put_visits(visits)

    def _put_visits(self, visits: Iterable[Visit]) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO visits VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(v.url, _iso(v.fetched), _iso(v.checked), v.etag, v.modified, v.digest, v.checks) for v in visits],
        )

    def _append(self, key: str, packed: bytes) -> int:
        """Write behind the last marked record of a spool; returns the spool's new length."""
        row = self._db.execute("SELECT length FROM spool WHERE hour = ?", (key,)).fetchone()
        start: int = row[0] if row else 0
        with (self.spool / f"{key}.warc.gz").open("ab") as stream:
            stream.truncate(start)
            stream.write(packed)
            stream.flush()
            os.fsync(stream.fileno())
        if not row:
            _sync_folder(self.spool)
        return start + len(packed)

    def reject(self, hour: datetime, reject: Reject, *, url: str = "", final: bool = True) -> None:
        """Write ``reject`` down; ``url`` is not fetched again when ``final``, or after its attempts end."""
        with self._transaction():
            self._db.execute(
                "INSERT INTO rejects (hour, record) VALUES (?, ?)",
                (f"{hour:%Y-%m-%dT%H}", json.dumps(to_json(reject), ensure_ascii=False)),
            )
            if url:
                self._db.execute(
                    "INSERT INTO urls (url, progress, attempts, at) VALUES (?, ?, 1, ?) "
                    "ON CONFLICT (url) DO UPDATE SET attempts = attempts + 1, progress = "
                    "CASE WHEN ? OR (attempts + 1 >= ? AND at <= ?) THEN 'refused' ELSE progress END "
                    "WHERE progress != 'seen'",
                    (
                        url,
                        "refused" if final else "pending",
                        _iso(hour),
                        final,
                        MOST_ATTEMPTS,
                        _iso(hour - LEAST_PATIENCE),
                    ),
                )

    # --- what is worth asking again -----------------------------------------------------------------------

    def asked(self, place: str, at: datetime, *, is_changed: bool) -> None:
        """Note that a feed, sitemap or listing answered, and whether it had something new."""
        self._db.execute(
            "INSERT INTO rhythm VALUES (?, ?, ?) ON CONFLICT (url) DO UPDATE SET asked = excluded.asked, "
            "changed = CASE WHEN ? THEN excluded.changed ELSE changed END",
            (place, _iso(at), _iso(at), is_changed),
        )

    def rhythm(self, place: str) -> tuple[datetime, datetime] | None:
        """When a place was last asked, and when it last had something new; None: never asked."""
        row = self._db.execute("SELECT asked, changed FROM rhythm WHERE url = ?", (place,)).fetchone()
        return (datetime.fromisoformat(row[0]), datetime.fromisoformat(row[1])) if row else None

    def visit(self, url: str) -> Visit | None:
        """A page stored within the last two days, as it was then."""
        row = self._db.execute("SELECT * FROM visits WHERE url = ?", (url,)).fetchone()
        return _visit(row) if row else None

    def due_visits(self, now: datetime, after: timedelta) -> list[Visit]:
        """Recent pages never asked again, stored ``after`` ago or longer; those not recent are forgotten."""
        self._db.execute("DELETE FROM visits WHERE fetched < ?", (_iso(now - RECENT),))
        rows = self._db.execute(
            "SELECT * FROM visits WHERE checks = 0 AND fetched <= ? ORDER BY fetched, url", (_iso(now - after),)
        )
        return [_visit(row) for row in rows]

    def checked(self, visit: Visit) -> None:
        """Note that a page was asked again and is as it was."""
        self._put_visits([visit])

    # --- hand over to the lake ---------------------------------------------------------------------------

    def recover(self) -> None:
        """Cut off what a killed run left beyond the last marked record, and drop spools that hold nothing marked."""
        lengths = dict(self._db.execute("SELECT hour, length FROM spool").fetchall())
        for file in self.spool.glob("*.warc.gz"):
            length = lengths.get(file.name.removesuffix(".warc.gz"))
            if length is None:
                file.unlink()
            elif file.stat().st_size > length:
                os.truncate(file, length)

    def spooled(self) -> list[tuple[datetime, Path]]:
        """Spools waiting to be published: hour (aware UTC) and file."""
        rows = self._db.execute("SELECT hour FROM spool ORDER BY hour").fetchall()
        return [(_hour(hour), self.spool / f"{hour}.warc.gz") for (hour,) in rows]

    def published(self, hour: datetime) -> None:
        """Forget a spool whose records are in the lake."""
        key = f"{hour:%Y-%m-%dT%H}"
        self._db.execute("DELETE FROM spool WHERE hour = ?", (key,))
        (self.spool / f"{key}.warc.gz").unlink(missing_ok=True)

    def rejects(self) -> dict[datetime, list[dict[str, Any]]]:
        """Rejects waiting to be published, by hour."""
        return self._by_hour("SELECT hour, record FROM rejects ORDER BY id")

    def rejects_published(self, hour: datetime) -> None:
        self._db.execute("DELETE FROM rejects WHERE hour = ?", (f"{hour:%Y-%m-%dT%H}",))

    def open_run(self, run: str, hour: datetime, record: dict[str, Any]) -> None:
        """Note that a run began; if it is never closed, its record is published as it stands here."""
        self._put_run(run, hour, record, 1)

    def close_run(self, run: str, hour: datetime, record: dict[str, Any]) -> None:
        self._put_run(run, hour, record, 0)

    def _put_run(self, run: str, hour: datetime, record: dict[str, Any], is_open: int) -> None:
        values = (run, f"{hour:%Y-%m-%dT%H}", json.dumps(record, ensure_ascii=False), is_open)
        self._db.execute("INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?)", values)

    def runs(self) -> dict[datetime, list[dict[str, Any]]]:
        """Coverage records waiting to be published, by hour."""
        return self._by_hour("SELECT hour, record FROM runs ORDER BY id")

    def runs_published(self, hour: datetime) -> None:
        self._db.execute("DELETE FROM runs WHERE hour = ?", (f"{hour:%Y-%m-%dT%H}",))

    def fact(self, name: str) -> str | None:
        """A single remembered value, such as ``last_success``."""
        row = self._db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def set_fact(self, name: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def _by_hour(self, query: str) -> dict[datetime, list[dict[str, Any]]]:
        found: dict[datetime, list[dict[str, Any]]] = {}
        for hour, record in self._db.execute(query):
            found.setdefault(_hour(hour), []).append(json.loads(record))
        return found


def _visit(row: tuple[Any, ...]) -> Visit:
    url, fetched, checked, etag, modified, digest, checks = row
    times = {"fetched": datetime.fromisoformat(fetched), "checked": datetime.fromisoformat(checked)}
    return Visit(url=url, etag=etag, modified=modified, digest=digest, checks=checks, **times)


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None


def _hour(key: str) -> datetime:
    return datetime.strptime(f"{key} +0000", "%Y-%m-%dT%H %z")


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
