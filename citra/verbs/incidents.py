"""Incidents: read them, and keep what people say about them."""

from __future__ import annotations

import json
from collections.abc import Collection
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


def forget(state: str, urls: Collection[str]) -> int:
    """Remove every trace of these texts from evidence and messages: title, excerpt and link; returns how many records.

    For the erasure of a person's posts or of a page (UU 27/2022): numbers stay, words go.
    """
    wanted, changed = frozenset(urls), 0
    with State(state) as opened, opened.changing():
        for row in opened.db.execute("SELECT id, evidence FROM incidents").fetchall():
            kept = _without(json.loads(row["evidence"]), wanted)
            if kept is not None:
                text = json.dumps(kept, ensure_ascii=False)
                opened.db.execute("UPDATE incidents SET evidence = ? WHERE id = ?", (text, row["id"]))
                changed += 1
        for row in opened.db.execute("SELECT id, body, payload FROM messages").fetchall():
            if not wanted & set(row["body"].split()):
                continue
            payload = json.loads(row["payload"])
            payload["evidence"] = _without(payload.get("evidence", {}), wanted) or {}
            kept_parts = [part for part in row["body"].split("\n\n") if not wanted & set(part.split())]
            opened.db.execute(
                "UPDATE messages SET body = ?, payload = ? WHERE id = ?",
                ("\n\n".join(kept_parts), json.dumps(payload, ensure_ascii=False), row["id"]),
            )
            changed += 1
    return changed


def _without(evidence: dict[str, Any], urls: frozenset[str]) -> dict[str, Any] | None:
    """The evidence without these texts and the words that may be theirs; None when they are not in it."""
    lines = [*evidence.get("top", ()), *([evidence["first"]] if evidence.get("first") else [])]
    if not any(line["url"] in urls for line in lines):
        return None
    first = evidence["first"] if evidence["first"] and evidence["first"]["url"] not in urls else None
    top = [line for line in evidence["top"] if line["url"] not in urls]
    return evidence | {"top": top, "first": first, "words": []}
