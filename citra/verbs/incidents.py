"""Incidents: read them, and keep what people say about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from citra.alerts.evidence import Evidence
from citra.alerts.incident import Incident
from citra.alerts.state import State, plain


def incident_json(incident: Incident) -> dict[str, object]:
    """An incident as plain values, with its ratio."""
    return plain(incident) | {"id": incident.id, "ratio": round(incident.ratio, 2)}


def incidents(state: str, *, only_open: bool = False) -> list[Incident]:
    """Newest first."""
    with State(state) as opened:
        return opened.incidents(only_open=only_open)


def evidence(state: str, number: int) -> Evidence | None:
    """What carries incident ``number``."""
    with State(state) as opened:
        opened.incident(number)
        found = opened.evidence(number)
        return Evidence.from_json(found) if found else None


def acknowledge(state: str, number: int, who: str, now: datetime) -> Incident:
    """Somebody is on it: no escalation, and its windows are real, so neither usual nor false.

    :raises InputError: when there is no such incident.
    """
    return _change(state, number, acknowledged_by=who, acknowledged_at=now, false_by=None, false_at=None)


def snooze(state: str, number: int, who: str, until: datetime, now: datetime) -> Incident:
    """No message about it before ``until``; whoever snoozes has seen it."""
    before = {one.id: one for one in incidents(state)}.get(number)
    seen = {} if before and before.acknowledged_by else {"acknowledged_by": who, "acknowledged_at": now}
    return _change(state, number, snoozed_until=until, **seen)


def mark_false(state: str, number: int, who: str, now: datetime) -> Incident:
    """It was nothing: no further message, and its windows teach what is usual and how rare is rare."""
    return _change(state, number, false_by=who, false_at=now, acknowledged_by=None, acknowledged_at=None)


def _change(state: str, number: int, **values: object) -> Incident:
    with State(state) as opened, opened.changing():
        return opened.save(replace(opened.incident(number), **values))  # type: ignore[arg-type]


def told(state: str, number: int) -> dict[str, Any]:
    """Everything about incident ``number``: itself, its evidence, its messages (oldest first).

    :raises InputError: when there is none.
    """
    with State(state) as opened:
        incident = opened.incident(number)
        rows = opened.db.execute("SELECT * FROM messages WHERE incident = ? ORDER BY id", (number,)).fetchall()
        return {
            "incident": incident_json(incident),
            "evidence": opened.evidence(number),
            "messages": [{key: row[key] for key in ("created", "kind", "subject", "body")} for row in rows],
        }


def alert_status(state: str, now: datetime) -> dict[str, Any]:
    """What the replay measured, what people said of the last 30 days, and how delivery goes."""
    with State(state) as opened:
        last = opened.last_run() or {}
        recent = [one for one in opened.incidents() if one.opened_at >= now - timedelta(days=30)]
        failing = opened.db.execute(
            "SELECT channel, error, count(*) AS n FROM deliveries WHERE status IN ('failing', 'failed')"
            " GROUP BY channel, error ORDER BY channel LIMIT 20"
        ).fetchall()
        counts = opened.db.execute("SELECT status, count(*) AS n FROM deliveries GROUP BY status")
        states = {row["status"]: row["n"] for row in counts}
        return {
            "watches": len(opened.watches()),
            "thresholds": last.get("thresholds", {}),
            "last_run": last.get("at"),
            "opened_30d": len(recent),
            "acknowledged_30d": sum(one.acknowledged_by is not None for one in recent),
            "false_30d": sum(one.false_by is not None for one in recent),
            "sent": states.get("sent", 0),
            "waiting": states.get("waiting", 0),
            "failed": states.get("failing", 0) + states.get("failed", 0),
            "errors": [f"{row['channel']}: {row['error']} ({row['n']} messages)" for row in failing],
        }
