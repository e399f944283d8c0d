"""Coverage: which days of which sources are there, which are missing, and how much of the expected volume that is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from citra.documents import JAKARTA, KINDS
from citra.lake import Lake
from citra.trends.series import Interval, start_of
from citra.verbs.source_days import partitions_since, source_days, sources_in, whole
from crawlers.health import WINDOW, Health, SourceDay, Status, assess_days
from crawlers.source import Expect

#: sentences about single sources beside a trend; the others are counted
MOST_NOTES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCoverage:
    """One source on one day (Asia/Jakarta)."""

    source: str
    day: date
    status: Status
    reason: str  #: one line; empty when ok
    documents: int  #: distinct texts published on the day
    expected: float | None  #: by the source's own history, else its declared floor; None when neither tells
    covered: float  #: share of ``expected`` that is there: 1 unless the day was flagged
    runs: int  #: crawls that began on the day
    silent_hours: tuple[int, ...]  #: hours of it (Asia/Jakarta) whose crawls were offered nothing, or failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    days: tuple[DayCoverage, ...]  #: by source, then day
    shares: Mapping[date, float] = field(default_factory=dict)  #: share of the expected volume of all sources

    def flagged(self) -> list[DayCoverage]:
        return [day for day in self.days if day.status != "ok"]

    def newest(self) -> dict[str, DayCoverage]:
        """The last flagged day of each source that has one, else its last day."""
        return {day.source: day for day in self.days} | {day.source: day for day in self.flagged()}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Runs:
    """What the coverage records of a source tell."""

    expect: Expect
    last_success: datetime | None
    error: str  #: of the newest run
    begins: date | None  #: first day that was asked for; None: as far back as the site shows
    starts: Mapping[date, int]
    silent: Mapping[date, tuple[int, ...]]


def coverage(
    lake: Lake, sources: Sequence[str] = (), *, since: date, until: date, now: datetime, kinds: Sequence[str] = KINDS
) -> Coverage:
    """Judge every source that was crawled, for each day of ``since`` to ``until`` on which it can be judged.

    Today is judged for what is there, never for what is missing. Days before a source's collection began are left out,
    and so are sources that were only imported: nobody knows what they should bring.

    :param sources: names; none: all of the lake.
    :param now: tells today, and with the last successful crawl which days nobody has looked at.
    """
    found: list[DayCoverage] = []
    first = since - timedelta(days=2 * WINDOW) if since - date.min > timedelta(days=2 * WINDOW) else date.min
    known = sources_in(lake)  # other names are no folders of ours: they may come from strangers and hold anything
    for name in [name for name in sources if name in known] if sources else known:
        runs = _runs(lake, name, kinds, first)
        if runs is not None:
            found += _source(name, source_days(lake, name, first), runs, since, until, now)
    return Coverage(days=tuple(found), shares=shares_of(found))


def _runs(lake: Lake, source: str, kinds: Sequence[str], first: date) -> _Runs | None:
    partitions = partitions_since(lake, "coverage", source, first)
    if not partitions:  # long ago, perhaps, and never since
        partitions = partitions_since(lake, "coverage", source, date.min)[-1:]
    records = sorted(
        (run for partition in partitions for run in lake.read("coverage", partition)),
        key=lambda run: str(run["started"]),
    )
    if not records or records[-1].get("kind", kinds[0] if kinds else "") not in kinds:
        return None
    newest = records[-1]
    starts: dict[date, int] = {}
    silent: dict[date, set[int]] = {}
    for run in records:
        started = datetime.fromisoformat(run["started"]).astimezone(JAKARTA)
        starts[started.date()] = starts.get(started.date(), 0) + 1
        if run["silent"] or not run["succeeded"]:
            silent.setdefault(started.date(), set()).add(started.hour)
    answered = [run for run in records if run["succeeded"] and run.get("ways_open", 1)]
    successes = [datetime.fromisoformat(run["started"]) for run in answered]
    if newest.get("last_success"):
        successes.append(datetime.fromisoformat(newest["last_success"]))
    begins = [run["since"] for run in records]
    return _Runs(
        expect=Expect(floor=newest.get("floor") or 0, ceiling=newest.get("ceiling")),
        last_success=max(successes, default=None),
        error=newest.get("error") or "",
        begins=None if None in begins else min(_day(begin) for begin in begins),
        starts=starts,
        silent={day: tuple(sorted(hours)) for day, hours in silent.items()},
    )


def _source(
    name: str, days: Mapping[date, SourceDay], runs: _Runs, since: date, until: date, now: datetime
) -> list[DayCoverage]:
    published = [day for day, one in days.items() if one.documents]
    heard = max(
        (day for day in published if day <= since), default=since
    )  # a long silence is judged by what was before
    first = max(min([*published, *runs.starts]), runs.begins or date.min, heard - timedelta(days=2 * WINDOW))
    seen = runs.last_success.astimezone(JAKARTA).date() if runs.last_success else date.min
    last = min(until, seen)
    span = whole(days, first, last)
    verdicts = assess_days(span, runs.expect, last_is_over=last < seen)
    found = [_judged(name, one, verdict, runs) for one, verdict in zip(span, verdicts, strict=True) if one.day >= since]
    # nobody looked at what follows, so its texts, if there are any, tell nothing
    when = f"since {runs.last_success.astimezone(JAKARTA):%Y-%m-%d %H:%M}" if runs.last_success else "ever"
    reason = f"no successful crawl {when}" + (f" ({runs.error})" if runs.error else "")
    usual = next((verdict.expected for verdict in reversed(verdicts) if verdict.expected is not None), None)
    yesterday = now.astimezone(JAKARTA).date() - timedelta(days=1)
    unseen = whole(days, max(first, since, min(seen, yesterday) + timedelta(days=1)), min(until, yesterday))
    return found + [_judged(name, one, Health(status="silent", reason=reason, expected=usual), runs) for one in unseen]


def _judged(name: str, one: SourceDay, health: Health, runs: _Runs) -> DayCoverage:
    expected = health.expected if health.expected is not None else float(runs.expect.floor) or None
    covered = 1.0
    if health.status == "silent":
        covered = min(1.0, one.documents / expected) if expected else float(one.documents > 0)
    elif health.status == "layout":
        lost = one.missing.get("text", 0)
        covered = 1 - lost / one.pages if one.pages else 1.0
    return DayCoverage(
        source=name,
        day=one.day,
        status=health.status,
        reason=health.reason,
        documents=one.documents,
        expected=expected,
        covered=covered,
        runs=runs.starts.get(one.day, 0),
        silent_hours=runs.silent.get(one.day, ()),
    )


def shares_of(days: Iterable[DayCoverage]) -> dict[date, float]:
    """Σ expected · covered / Σ expected over the sources of each day whose expectation is known."""
    weights: dict[date, float] = {}
    there: dict[date, float] = {}
    for day in days:
        if day.expected:
            weights[day.day] = weights.get(day.day, 0.0) + day.expected
            there[day.day] = there.get(day.day, 0.0) + day.expected * day.covered
    return {day: there[day] / weight for day, weight in sorted(weights.items())}


# --- beside a trend ------------------------------------------------------------------------------------------


def of_buckets(shares: Mapping[date, float], by: Interval) -> dict[date, float]:
    """First day of a bucket → mean share of those of its days that are known."""
    groups: dict[date, list[float]] = {}
    for day, share in shares.items():
        groups.setdefault(start_of(day, by), []).append(share)
    return {start: sum(found) / len(found) for start, found in groups.items()}


def notes(found: Coverage) -> list[str]:
    """A sentence for each stretch of days on which a source was not itself, those that miss most first."""
    stretches: list[list[DayCoverage]] = []
    for day in found.flagged():
        before = stretches[-1][-1] if stretches else None
        if before and (before.source, before.status, before.day + timedelta(days=1)) == (
            day.source,
            day.status,
            day.day,
        ):
            stretches[-1].append(day)
        else:
            stretches.append([day])
    stretches.sort(key=lambda stretch: -sum((day.expected or 0.0) * (1 - day.covered) for day in stretch))
    told = [_sentence(stretch) for stretch in stretches[:MOST_NOTES]]
    if rest := stretches[MOST_NOTES:]:
        told.append(
            f"{len(rest)} more stretches of {len({stretch[0].source for stretch in rest})} sources were not as usual"
        )
    return told


_EFFECT = {
    "silent": "the counts lack it",
    "flood": "the counts are swollen by it",
    "layout": "its pages are read in part",
}


def _sentence(stretch: Sequence[DayCoverage]) -> str:
    first, last = stretch[0], stretch[-1]
    when = f"{first.day}" if first.day == last.day else f"{first.day} to {last.day}"
    word = "layout changed" if first.status == "layout" else first.status
    return f"{first.source} {word}, {when}: {last.reason}; {_EFFECT[first.status]}"


def rows(found: Coverage) -> list[dict[str, Any]]:
    """As JSON-ready values, one for each source and day."""
    return [
        {name: getattr(day, name) for name in DayCoverage.__dataclass_fields__} | {"day": day.day.isoformat()}
        for day in found.days
    ]


def _day(moment: str) -> date:
    return datetime.fromisoformat(moment).astimezone(JAKARTA).date()
