"""Warnings about sources: a source that fell silent is told as such, once, and never as a change of mood."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from citra.alerts import english, indonesia
from citra.alerts.evidence import one_line
from citra.alerts.state import Message, State
from citra.documents import JAKARTA
from citra.lake import Lake
from citra.verbs.coverage import Coverage, DayCoverage
from citra.verbs.source_days import partitions_since, sources_in

#: Days back that a stretch must have touched to be told.
RECENT = 3


def source_warnings(state: State, coverage: Coverage | None, now: datetime, language: str = "id") -> list[str]:
    """Leave a message for each new stretch of days on which a source was not itself; returns those left now."""
    if coverage is None:
        return []
    words = english.WORDS if language == "en" else indonesia.WORDS
    moment = english.moment if language == "en" else indonesia.moment
    today = now.astimezone(JAKARTA).date()
    told = []
    for first, last in _stretches(coverage):
        if not today - timedelta(days=RECENT) <= last.day <= today:
            continue
        start = now.astimezone(JAKARTA).replace(year=first.day.year, month=first.day.month, day=first.day.day)
        values = {"source": one_line(first.source), "when": moment(start, "day"), "reason": one_line(last.reason)}
        subject = words["source-subject"].format(source=values["source"], status=words[f"status-{first.status}"])
        sentence = words[f"source-{first.status}"].format(**values)
        fresh = state.enqueue(
            Message(
                key=f"source:{first.source}:{first.status}:{first.day}",
                kind="source",
                incident=None,
                created=now,
                urgent=False,
                subject=subject,
                body=sentence,
                payload={"source": first.source, "status": first.status, "first": first.day.isoformat()},
            )
        )
        if fresh:
            told.append(sentence)
    return told


def collected_until(lake: Lake, now: datetime) -> datetime | None:
    """When the newest crawl began, not after ``now``; None when nothing was ever crawled."""
    newest: datetime | None = None
    for source in sources_in(lake):
        since = now.astimezone(UTC).date() - timedelta(days=RECENT)
        found = partitions_since(lake, "coverage", source, since) or partitions_since(
            lake, "coverage", source, date.min
        )
        for partition in found[-1:]:
            for run in lake.read("coverage", partition):
                started = datetime.fromisoformat(run["started"])
                newest = started if newest is None else max(newest, started)
    return min(newest, now) if newest else None


def _stretches(coverage: Coverage) -> list[tuple[DayCoverage, DayCoverage]]:
    """First and last day of each run of days that one source spent in one state."""
    found: list[tuple[DayCoverage, DayCoverage]] = []
    for day in coverage.flagged():
        if found and (found[-1][1].source, found[-1][1].status, found[-1][1].day + timedelta(days=1)) == (
            day.source, day.status, day.day,
        ):  # fmt: skip
            found[-1] = found[-1][0], day
        else:
            found.append((day, day))
    return found
