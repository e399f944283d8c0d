"""Users: names, roles, argon2id hashes. Passwords are never stored, logged or taken from a command line."""

from __future__ import annotations

import re
import sqlite3
import threading
from dataclasses import dataclass
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from citra.errors import InputError
from citra.web.access.database import AccessDatabase
from citra.web.access.roles import ROLES, Person, Role

#: NIST SP 800-63B-4 asks for 15 characters where the password is the only factor; longer than 1,000 is an attack.
SHORTEST, LONGEST = 15, 1_000
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")

#: argon2id with the parameters of RFC 9106's second choice (64 MiB), the library's default.
_HASHER = PasswordHasher()
#: Each check takes 64 MiB: no more than two at once, whoever knocks.
_AT_ONCE = threading.BoundedSemaphore(2)
_NOBODY = _HASHER.hash("a password that nobody has")


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    name: str
    role: Role
    created: datetime  #: aware UTC


class Users:
    """The users in ``database``."""

    def __init__(self, database: AccessDatabase) -> None:
        self._database = database

    def add(self, name: str, role: str, password: str, now: datetime) -> None:
        """:raises InputError: a name or password that cannot be, an unknown role, a name that is taken."""
        if not _NAME.fullmatch(name):
            raise InputError(f"{name[:60]!r} is no user name; use a-z, 0-9, dot, dash, up to 40 characters")
        hashed = _hashed(name, password)
        with self._database.transaction() as db:
            try:
                db.execute("INSERT INTO users VALUES (?, ?, ?, ?)", (name, _role(role), hashed, now.isoformat()))
            except sqlite3.IntegrityError:
                raise InputError(f"there is a user {name!r} already") from None

    def set_password(self, name: str, password: str) -> None:
        """Also ends the user's sessions. :raises InputError: no such user, or a password that cannot be."""
        self._change(name, "password", _hashed(name, password))

    def set_role(self, name: str, role: str) -> None:
        """Also ends the user's sessions. :raises InputError: no such user or role, or the last administrator."""
        self._change(name, "role", _role(role), keep_an_admin=role != "admin")

    def remove(self, name: str) -> None:
        """With the sessions. :raises InputError: no such user, or the last administrator while there are others."""
        with self._database.transaction() as db:
            db.execute("BEGIN IMMEDIATE")
            if db.execute("SELECT count(*) FROM users").fetchone()[0] > 1:
                _keep_an_admin(db, name)
            if not db.execute("DELETE FROM users WHERE name = ?", (name,)).rowcount:
                raise InputError(f"no user {name!r}")

    def all(self) -> list[User]:
        """By name; none when there is no file yet."""
        if not self._database.path.exists():
            return []
        with self._database.transaction() as db:
            rows = db.execute("SELECT name, role, created FROM users ORDER BY name").fetchall()
        return [User(name=name, role=role, created=datetime.fromisoformat(created)) for name, role, created in rows]

    def check(self, name: str, password: str) -> Person | None:
        """The person, if the password is theirs; takes as long for a name that does not exist."""
        with self._database.transaction() as db:
            row = db.execute("SELECT role, password FROM users WHERE name = ?", (name,)).fetchone()
        hashed = row[1] if row else _NOBODY
        with _AT_ONCE:
            try:
                _HASHER.verify(hashed, password[: LONGEST + 1])
            except (VerificationError, InvalidHashError):
                return None
        return Person(name=name, role=row[0]) if row else None

    def _change(self, name: str, column: str, value: str, *, keep_an_admin: bool = False) -> None:
        with self._database.transaction() as db:
            db.execute("BEGIN IMMEDIATE")
            if keep_an_admin:
                _keep_an_admin(db, name)
            if not db.execute(f"UPDATE users SET {column} = ? WHERE name = ?", (value, name)).rowcount:  # noqa: S608
                raise InputError(f"no user {name!r}")
            db.execute("DELETE FROM sessions WHERE user = ?", (name,))


def _hashed(name: str, password: str) -> str:
    if not SHORTEST <= len(password) <= LONGEST:
        raise InputError(f"a password has {SHORTEST} to {LONGEST:,} characters; a sentence does well")
    if password.lower().strip() in {name, "password", "citra"} or len(set(password)) < 5:
        raise InputError("this password is too easy to guess; a sentence does well")
    with _AT_ONCE:
        return _HASHER.hash(password)


def _role(role: str) -> Role:
    if role not in ROLES:
        raise InputError(f"unknown role {role[:40]!r}; known: {', '.join(ROLES)}")
    return role


def _keep_an_admin(db: sqlite3.Connection, name: str) -> None:
    others = db.execute("SELECT count(*) FROM users WHERE role = 'admin' AND name != ?", (name,)).fetchone()[0]
    is_admin = db.execute("SELECT 1 FROM users WHERE role = 'admin' AND name = ?", (name,)).fetchone()
    if is_admin and not others:
        raise InputError(f"{name!r} is the only administrator; make another one first")
