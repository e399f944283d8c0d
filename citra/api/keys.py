"""Keys of the API: hashed at rest, with scopes, shown once. One SQLite file, safe with several processes."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

from citra.errors import ConfigError, InputError
from citra.store.fields import suggest

Scope = Literal["read", "label", "alerts", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
#: begins every key, so that scanners of leaked secrets know one when they see it
PREFIX = "citra"

_TOKEN = re.compile(rf"{PREFIX}_([0-9a-f]{{12}})_([A-Za-z0-9_-]{{43}})")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS key (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL, scopes TEXT NOT NULL, created TEXT NOT NULL,
    expires TEXT, revoked TEXT, used TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS secret (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What is known of a key; the secret itself is not."""

    id: str  #: 12 hex digits, also the first part of the token
    name: str  #: who or what uses it
    scopes: frozenset[Scope]
    created: datetime
    expires: datetime | None  #: None: never
    revoked: datetime | None
    used: datetime | None  #: last use, to the hour

    def is_good(self, now: datetime) -> bool:
        return self.revoked is None and (self.expires is None or now < self.expires)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the audit log."""

    at: datetime
    who: str  #: ``key:<id>``, a user's name, or ``cli``
    what: str  #: ``key.create``, ``incident.acknowledge`` …
    detail: str


class Keys:
    """The keys in the file ``path``, which is made on the first write."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def create(
        self, name: str, scopes: Iterable[str], *, now: datetime, expires: datetime | None = None, who: str = "cli"
    ) -> tuple[Key, str]:
        """A new key and its token, which is told only here: the file holds its SHA-256.

        A plain hash is enough, because the secret has 256 random bits; argon2 is for what people can remember.

        :raises InputError: a name or scope that cannot be, an end in the past.
        """
        name, wanted = name.strip(), tuple(dict.fromkeys(scopes))
        if not name or len(name) > 80 or not name.isprintable():
            raise InputError("a key needs a name of 1 to 80 printable characters")
        for scope in wanted:
            if scope not in SCOPES:
                raise InputError(f"unknown scope {scope!r}; {suggest(scope, SCOPES)}")
        if not wanted:
            raise InputError(f"a key needs a scope: {', '.join(SCOPES)}")
        if expires is not None and expires <= now:
            raise InputError(f"the key would end ({expires:%Y-%m-%d}) before it begins")
        identity, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        row = (identity, name, _hash(secret), json.dumps(wanted), _text(now), _text(expires) if expires else None)
        with self._writing() as db:
            db.execute("INSERT INTO key (id, name, hash, scopes, created, expires) VALUES (?, ?, ?, ?, ?, ?)", row)
            _note(db, now, who, "key.create", f"{identity} {name} [{' '.join(wanted)}]")
        found = self.get(identity)
        assert found is not None
        return found, f"{PREFIX}_{identity}_{secret}"

    def check(self, token: str, now: datetime) -> Key | None:
        """The key of ``token``, if it is good; takes the same time for a wrong secret and an unknown id."""
        match = _TOKEN.fullmatch(token)
        row = self._row(match[1]) if match else None
        expected = str(row["hash"]) if row else _hash("")
        right = hmac.compare_digest(_hash(match[2] if match else token), expected)
        if row is None or not right:
            return None
        key = _key(row)
        if not key.is_good(now):
            return None
        hour = now.replace(minute=0, second=0, microsecond=0)
        if key.used is None or key.used < hour:
            with self._writing() as db:
                db.execute("UPDATE key SET used = ? WHERE id = ?", (_text(hour), key.id))
        return key

    def revoke(self, identity: str, *, now: datetime, who: str = "cli") -> Key:
        """From now on the key opens nothing; its line stays.

        :raises InputError: no key with this id.
        """
        before = self.get(identity)
        if before is None:
            known = [key.id for key in self.all()]
            raise InputError(f"no key {identity!r}; {suggest(identity, known) if known else 'there are none'}")
        if before.revoked is None:
            with self._writing() as db:
                db.execute("UPDATE key SET revoked = ? WHERE id = ?", (_text(now), identity))
                _note(db, now, who, "key.revoke", f"{identity} {before.name}")
        found = self.get(identity)
        assert found is not None
        return found

    def get(self, identity: str) -> Key | None:
        row = self._row(identity)
        return _key(row) if row else None

    def all(self) -> list[Key]:
        """All keys, oldest first, revoked ones too."""
        with self._reading() as db:
            return [_key(row) for row in db.execute("SELECT * FROM key ORDER BY created, rowid")] if db else []

    def signing_secret(self) -> bytes:
        """32 bytes that sign cursors, made once; every process over this file has the same."""
        with self._writing() as db:
            db.execute("INSERT OR IGNORE INTO secret VALUES ('cursor', ?)", (secrets.token_hex(32),))
            (value,) = db.execute("SELECT value FROM secret WHERE name = 'cursor'").fetchone()
        return bytes.fromhex(value)

    def note(self, now: datetime, who: str, what: str, detail: str = "") -> None:
        """Append to the audit log."""
        with self._writing() as db:
            _note(db, now, who, what, detail)

    def audit(self, limit: int = 100) -> list[Entry]:
        """The newest lines of the audit log, newest first."""
        with self._reading() as db:
            if db is None:
                return []
            found = db.execute("SELECT * FROM audit ORDER BY number DESC LIMIT ?", (limit,)).fetchall()
        return [
            Entry(at=datetime.fromisoformat(r["at"]), who=r["who"], what=r["what"], detail=r["detail"]) for r in found
        ]

    def _row(self, identity: str) -> sqlite3.Row | None:
        with self._reading() as db:
            if db is None:
                return None
            row: sqlite3.Row | None = db.execute("SELECT * FROM key WHERE id = ?", (identity,)).fetchone()
            return row

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        """A connection, or None where there is no file yet: reading makes none."""
        if not self.path.exists():
            yield None
            return
        with self._open() as db:
            yield db

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A connection of one thread; committed when the block ends, undone when it raises."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.touch(mode=0o600)
        except OSError as wrong:
            raise ConfigError(f"{self.path}: cannot write the keys: {wrong}") from wrong
        with self._open() as db, db:
            yield db

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            db = sqlite3.connect(self.path, timeout=10)
            try:
                db.row_factory = sqlite3.Row
                if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'audit'").fetchone():
                    db.execute("PRAGMA journal_mode = WAL")
                    db.executescript(_SCHEMA)
                yield db
            finally:
                db.close()
        except sqlite3.Error as wrong:
            raise ConfigError(f"{self.path}: cannot read or write the keys: {wrong}") from wrong


def _key(row: sqlite3.Row) -> Key:
    def moment(name: str) -> datetime | None:
        return datetime.fromisoformat(row[name]) if row[name] else None

    created = moment("created")
    assert created is not None
    return Key(
        id=row["id"],
        name=row["name"],
        scopes=frozenset(json.loads(row["scopes"])),
        created=created,
        expires=moment("expires"),
        revoked=moment("revoked"),
        used=moment("used"),
    )


def _note(db: sqlite3.Connection, now: datetime, who: str, what: str, detail: str) -> None:
    db.execute("INSERT INTO audit (at, who, what, detail) VALUES (?, ?, ?, ?)", (_text(now), who, what, detail[:500]))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
