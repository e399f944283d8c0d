"""Sessions: a random token in a cookie, its hash in the file, so that the file alone lets nobody in."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from citra.web.access.database import AccessDatabase
from citra.web.access.roles import Person

#: A session ends after a night without use, and after a week in any case.
IDLE, LONGEST = timedelta(hours=12), timedelta(days=7)
#: Use is written down at most this often: a page of many requests costs one write.
_NOTE_EVERY = 60.0


class Sessions:
    """The sessions in ``database``."""

    def __init__(self, database: AccessDatabase) -> None:
        self._database = database

    def begin(self, person: Person, now: datetime) -> str:
        """A new session's token, for the cookie."""
        token, moment = secrets.token_urlsafe(32), now.timestamp()
        with self._database.transaction() as db:
            db.execute("DELETE FROM sessions WHERE seen < ? OR created < ?", _limits(moment))
            db.execute("INSERT INTO sessions VALUES (?, ?, ?, ?)", (_hash(token), person.name, moment, moment))
        return token

    def person(self, token: str, now: datetime) -> Person | None:
        """Whose session it is, with the role as it is now; None when it ended or never was."""
        if not token or len(token) > 200 or not self._database.path.exists():
            return None
        moment, key = now.timestamp(), _hash(token)
        with self._database.transaction() as db:
            row = db.execute(
                "SELECT users.name, users.role, seen FROM sessions JOIN users ON users.name = user"
                " WHERE token = ? AND seen >= ? AND sessions.created >= ?",
                (key, *_limits(moment)),
            ).fetchone()
            if row and moment - row[2] > _NOTE_EVERY:
                db.execute("UPDATE sessions SET seen = ? WHERE token = ?", (moment, key))
        return Person(name=row[0], role=row[1]) if row else None

    def end(self, token: str) -> None:
        with self._database.transaction() as db:
            db.execute("DELETE FROM sessions WHERE token = ?", (_hash(token),))


def forgery_token(secret: bytes, cookie: str) -> str:
    """What a form must bring: bound to the browser by its cookie, which another site can send but not read.

    OWASP Cross-Site Request Forgery Prevention, "signed double-submit cookie".
    """
    return hmac.new(secret, f"form\n{cookie}".encode(), hashlib.sha256).hexdigest()


def is_forged(secret: bytes, cookie: str, token: str) -> bool:
    """Whether ``token`` was not made for ``cookie``."""
    return not cookie or not hmac.compare_digest(forgery_token(secret, cookie).encode(), token.encode())


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _limits(moment: float) -> tuple[float, float]:
    return moment - IDLE.total_seconds(), moment - LONGEST.total_seconds()
