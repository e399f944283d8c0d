"""Slows guessing down: failed attempts by account and by address, remembered over restarts."""

from __future__ import annotations

from datetime import datetime, timedelta

from citra.web.access.database import AccessDatabase

WINDOW = timedelta(minutes=15)
#: Attempts within the window after which one waits: at an account from one address, from an address, at an account.
#: The last is high, so that nobody can lock somebody else out by a handful of wrong guesses.
PER_BOTH, PER_ADDRESS, PER_ACCOUNT = 5, 20, 50


class Throttle:
    """Counts in ``database``."""

    def __init__(self, database: AccessDatabase) -> None:
        self._database = database

    def attempt(self, account: str, address: str, now: datetime) -> int:
        """Note an attempt before it is tried. 0: go on; else the seconds to wait, and nothing was noted."""
        moment = now.timestamp()
        begin = moment - WINDOW.total_seconds()
        keys = _keys(account, address)
        with self._database.transaction() as db:
            db.execute("BEGIN IMMEDIATE")  # attempts at the same instant count one after the other
            db.execute("DELETE FROM attempts WHERE at <= ?", (begin,))
            waits = []
            for key, most in keys.items():
                rows = db.execute(
                    "SELECT at FROM attempts WHERE key = ? ORDER BY at DESC LIMIT ?", (key, most)
                ).fetchall()
                if len(rows) == most:
                    waits.append(int(rows[-1][0] - begin) + 1)
            if not waits:
                db.executemany("INSERT INTO attempts VALUES (?, ?)", [(key, moment) for key in keys])
        return max(waits, default=0)

    def succeeded(self, account: str, address: str, now: datetime) -> None:
        """Take the attempt back, and the failures before it at this account from this address."""
        both, *others = _keys(account, address)
        with self._database.transaction() as db:
            db.execute("DELETE FROM attempts WHERE key = ?", (both,))
            db.executemany("DELETE FROM attempts WHERE key = ? AND at = ?", [(key, now.timestamp()) for key in others])


def _keys(account: str, address: str) -> dict[str, int]:
    account = account[:100]
    return {
        f"both:{address} {account}": PER_BOTH,
        f"address:{address}": PER_ADDRESS,
        f"account:{account}": PER_ACCOUNT,
    }
