"""Messages on their way: each reaches each channel at least once, and in normal operation exactly once.

A delivery is claimed for some minutes before it is tried. Whoever is killed in between leaves a claim that runs out,
and the message goes out again: better twice after a crash than never.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from citra.alerts.state import State, stamp
from citra.documents import JAKARTA
from citra.errors import InputError

#: A worker that has not come back by then was killed.
LEASE = timedelta(minutes=5)
#: A channel that is added today is not told what happened before.
NEWS = timedelta(hours=24)
#: Waits between attempts: 1, 2, 4 … minutes, an hour at most; a day of trying in all.
FIRST_WAIT, LONGEST_WAIT, MOST_ATTEMPTS = timedelta(minutes=1), timedelta(hours=1), 29


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message claimed for one channel."""

    message: int
    kind: str
    subject: str
    body: str
    payload: dict[str, Any]
    attempts: int


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of the day (Asia/Jakarta) in which only what is urgent goes out."""

    begins: time
    ends: time

    @classmethod
    def read(cls, text: str) -> Quiet | None:
        """``21:00-06:00``; None for an empty text.

        :raises InputError: for anything else.
        """
        if not text.strip():
            return None
        try:
            begins, ends = (time.fromisoformat(part.strip()) for part in text.split("-"))
        except ValueError:
            raise InputError(f"quiet hours are written as 21:00-06:00, not {text!r}") from None
        return cls(begins, ends)

    def over(self, now: datetime) -> datetime:
        """``now`` outside quiet hours, else their end."""
        local = now.astimezone(JAKARTA)
        at, same_day = local.time(), self.begins <= self.ends
        quiet = self.begins <= at < self.ends if same_day else at >= self.begins or at < self.ends
        if not quiet:
            return now
        end = datetime.combine(local.date(), self.ends, JAKARTA)
        return end if end > local else end + timedelta(days=1)


def plan(
    state: State, channels: Iterable[str], now: datetime, *, quiet: Quiet | None, escalation: bool = False
) -> None:
    """A delivery for each new message and channel. Escalated messages go to the channels of escalation alone."""
    later = quiet.over(now) if quiet else now
    kinds = "kind = 'escalated'" if escalation else "kind NOT IN ('escalated', 'test')"
    with state.changing():
        for channel in channels:
            rows = state.db.execute(
                f"SELECT id, urgent FROM messages WHERE {kinds} AND created >= ? AND id NOT IN"  # noqa: S608
                " (SELECT message FROM deliveries WHERE channel = ?)",
                (stamp(now - NEWS), channel),
            ).fetchall()
            state.db.executemany(
                "INSERT OR IGNORE INTO deliveries (message, channel, status, next_try) VALUES (?, ?, 'waiting', ?)",
                [(row["id"], channel, stamp(now if row["urgent"] or escalation else later)) for row in rows],
            )


def claim(state: State, channel: str, now: datetime) -> list[Outgoing]:
    """What is due for a channel, oldest first; nobody else gets it before the lease is over."""
    moment = stamp(now)
    with state.changing():
        rows = state.db.execute(
            "SELECT m.id, m.kind, m.subject, m.body, m.payload, d.attempts FROM deliveries d"
            " JOIN messages m ON m.id = d.message WHERE d.channel = :channel AND"
            " ((d.status IN ('waiting', 'failing') AND d.next_try <= :now)"
            " OR (d.status = 'sending' AND d.claimed_until < :now)) ORDER BY m.id",
            {"channel": channel, "now": moment},
        ).fetchall()
        state.db.executemany(
            "UPDATE deliveries SET status = 'sending', attempts = attempts + 1, claimed_until = ?"
            " WHERE message = ? AND channel = ?",
            [(stamp(now + LEASE), row["id"], channel) for row in rows],
        )
    return [
        Outgoing(
            message=row["id"], kind=row["kind"], subject=row["subject"], body=row["body"],
            payload=json.loads(row["payload"]), attempts=row["attempts"] + 1,
        )
        for row in rows
    ]  # fmt: skip


def sent(state: State, channel: str, messages: Sequence[Outgoing], now: datetime) -> None:
    with state.changing():
        state.db.executemany(
            "UPDATE deliveries SET status = 'sent', sent_at = ?, error = '', claimed_until = NULL"
            " WHERE message = ? AND channel = ?",
            [(stamp(now), one.message, channel) for one in messages],
        )


def failed(state: State, channel: str, messages: Sequence[Outgoing], reason: str, now: datetime) -> None:
    """Try again later, each time waiting twice as long; after a day's attempts give up, visibly."""
    with state.changing():
        state.db.executemany(
            "UPDATE deliveries SET status = ?, next_try = ?, error = ?, claimed_until = NULL"
            " WHERE message = ? AND channel = ?",
            [
                (
                    "failed" if one.attempts >= MOST_ATTEMPTS else "failing",
                    stamp(now + min(FIRST_WAIT * 2 ** min(one.attempts - 1, 10), LONGEST_WAIT)),
                    reason,
                    one.message,
                    channel,
                )
                for one in messages
            ],
        )
