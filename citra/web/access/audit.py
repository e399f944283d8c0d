"""The audit log: who did what and when. Rows are only ever added."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from citra.web.access.database import AccessDatabase


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    at: datetime  #: aware UTC
    who: str
    what: str  #: short stable code: ``login``, ``login-failed``, ``user-add`` …
    detail: str
    address: str  #: of the browser; empty for the command line


class Audit:
    """The log in ``database``."""

    def __init__(self, database: AccessDatabase) -> None:
        self._database = database

    def note(self, who: str, what: str, now: datetime, *, detail: str = "", address: str = "") -> None:
        """Add a row; never hand it a secret."""
        with self._database.transaction() as db:
            db.execute(
                "INSERT INTO audit (at, who, what, detail, address) VALUES (?, ?, ?, ?, ?)",
                (now.isoformat(), who[:100], what, detail[:500], address[:100]),
            )

    def newest(self, count: int) -> list[Entry]:
        """Newest first."""
        if not self._database.path.exists():
            return []
        with self._database.transaction() as db:
            rows = db.execute("SELECT at, who, what, detail, address FROM audit ORDER BY id DESC LIMIT ?", (count,))
            return [
                Entry(at=datetime.fromisoformat(at), who=who, what=what, detail=detail, address=address)
                for at, who, what, detail, address in rows
            ]
