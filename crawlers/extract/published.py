"""Which of a page's stamps says when it was published: stamps vote, and a zone that no other stamp bears out loses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from crawlers.extract.dates import Stamp
from crawlers.source import DateRules

#: two stamps tell of the same moment when they differ by less: many show no seconds
SAME = timedelta(seconds=60)
#: offsets that Indonesian systems print although the clock beside them is local: UTC and a lost sign
SUSPECT = frozenset({timedelta(0), timedelta(hours=-7)})
#: a stamp later than the fetch is doubted, apart from clocks that go wrong by minutes
CLOCK_ERROR = timedelta(minutes=10)
#: weights were set on the shared pages; only their order matters there
BORROWED, DAY_ONLY, DOUBTED, URL_DAY = 0.5, 0.5, 0.3, 1.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stamp of the page that may tell when it was published."""

    stamp: Stamp
    raw: str  #: the whole string on the page
    weight: float  #: trust in the place where it was found


@dataclass(frozen=True, slots=True)
class _Reading:
    """A candidate under one reading of its zone."""

    moment: datetime
    candidate: Candidate
    borrowed: bool = False  #: the zone written is not believed; needs another stamp to bear it out


def choose_published(
    candidates: Sequence[Candidate],
    *,
    fetched: datetime,
    rules: DateRules | None = None,
    url_day: date | None = None,
) -> tuple[datetime, str] | None:
    """The moment of publication (aware UTC) and the string it was read from; None when no stamp tells.

    Every stamp is read as written and, where its offset is one that outlets are known to get wrong, as local
    time too. A reading collects the weight of all stamps that agree with it to the minute, half of it for the
    day alone; a local reading counts only where a stamp that needs no such reading agrees. A day without a
    time of day is its first instant in the source's zone.
    """
    rules = rules or DateRules()
    zone: tzinfo = ZoneInfo(rules.zone)
    firm = [candidate for candidate in candidates if not candidate.stamp.is_edit] or list(candidates)
    readings = {id(candidate): _readings(candidate, rules, zone) for candidate in firm}

    def votes(reading: _Reading) -> float:
        total, borne_out = 0.0, not reading.borrowed
        for other in firm:
            agreement = _agreement(reading, readings[id(other)], zone)
            total += agreement
            if agreement and other is not reading.candidate and other.stamp.has_time:
                borne_out |= any(not each.borrowed and _same(reading, each) for each in readings[id(other)])
        if url_day and reading.moment.astimezone(zone).date() == url_day:
            total += URL_DAY
        if reading.moment > fetched + CLOCK_ERROR:
            total *= DOUBTED
        return total if borne_out else 0.0

    ranked = [
        (
            votes(each),
            each.candidate.stamp.has_time,
            each.candidate.stamp.has_seconds,
            each.candidate.weight,
            -place,
            each,
        )
        for place, each in enumerate(each for group in readings.values() for each in group)
    ]
    if ranked:
        best = max(ranked, key=lambda entry: entry[:5])[5]
        return best.moment, best.candidate.raw
    if url_day:
        return datetime(url_day.year, url_day.month, url_day.day, tzinfo=zone).astimezone(UTC), url_day.isoformat()
    return None


def _readings(candidate: Candidate, rules: DateRules, zone: tzinfo) -> list[_Reading]:
    stamp = candidate.stamp
    local = _Reading(stamp.instant(zone, as_local=True), candidate)
    if stamp.offset is None or rules.offset_is_local or (rules.zulu_is_local and not stamp.offset):
        return [local]
    written = _Reading(stamp.instant(), candidate)
    if stamp.offset not in SUSPECT or stamp.raw.strip().isdigit():  # an epoch has no wall clock
        return [written]
    return [written, _Reading(local.moment, candidate, borrowed=True)]


def _same(one: _Reading, other: _Reading) -> bool:
    return abs(one.moment - other.moment) < SAME


def _agreement(reading: _Reading, others: list[_Reading], zone: tzinfo) -> float:
    """The most weight that one of a candidate's readings lends to ``reading``."""
    best = 0.0
    for other in others:
        weight = other.candidate.weight * (BORROWED if other.borrowed else 1.0)
        timed = reading.candidate.stamp.has_time and other.candidate.stamp.has_time
        if timed and not _same(reading, other):
            continue
        if not timed:
            if reading.moment.astimezone(zone).date() != other.moment.astimezone(zone).date():
                continue
            weight *= DAY_ONLY
        best = max(best, weight)
    return best
