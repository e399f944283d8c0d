"""The file that keeps users, sessions, attempts and the audit log: SQLite, one small transaction for each change."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from citra.errors import StoreError

_TABLES = """
CREATE TABLE IF NOT EXISTS secret (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS users (
  name TEXT PRIMARY KEY, role TEXT NOT NULL, password TEXT NOT NULL, created TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sessions (
  token TEXT PRIMARY KEY, user TEXT NOT NULL REFERENCES users(name) ON DELETE CASCADE,
  created REAL NOT NULL, seen REAL NOT NULL);
CREATE TABLE IF NOT EXISTS attempts (key TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS attempts_by_key ON attempts (key, at);
CREATE TABLE IF NOT EXISTS audit (
  id INTEGER PRIMARY KEY, at TEXT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, detail TEXT NOT NULL,
  address TEXT NOT NULL);
"""


class AccessDatabase:
    """``access.db`` in ``folder``; made, readable by its owner alone, when first written to.

    :raises StoreError: from every use, when the file cannot be opened or is none of ours.
    """

    def __init__(self, folder: str) -> None:
        self.path = Path(folder) / "access.db"

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A connection of its own; committed when the block ends, rolled back when it raises."""
        try:
            connection = self._open()
        except (OSError, sqlite3.Error) as wrong:
            raise StoreError(f"{self.path}: cannot open the users' file: {wrong}") from wrong
        try:
            with connection:
                yield connection
        except sqlite3.OperationalError as wrong:
            raise StoreError(f"{self.path}: {wrong}") from wrong
        finally:
            connection.close()

    def secret(self, name: str) -> bytes:
        """A random key of this installation, made once."""
        with self.transaction() as db:
            db.execute("INSERT OR IGNORE INTO secret VALUES (?, ?)", (name, secrets.token_hex(32)))
            (value,) = db.execute("SELECT value FROM secret WHERE name = ?", (name,)).fetchone()
        return bytes.fromhex(value)

    def _open(self) -> sqlite3.Connection:
        is_new = not self.path.exists()
        if is_new:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):  # another process was quicker
                os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        connection = sqlite3.connect(self.path, timeout=10)
        connection.execute("PRAGMA foreign_keys = ON")
        if is_new or not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'audit'").fetchone():
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(_TABLES)
        return connection
