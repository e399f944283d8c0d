"""The life of an incident, as a pure function of the judged windows: the same windows, the same life."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from citra.alerts.budget import CALM
from citra.alerts.watch import PER_DAY, Window

Status = Literal["open", "growing", "calming", "closed"]
Event = Literal["opened", "doubled", "closed"]

#: An incident goes on while a window is as rare as this, though no longer rare enough to open one.
KEEP = 0.02
#: Fewer texts or stories than this open nothing, however rare they are.
LEAST_COUNT = 3
#: At least so many times the usual.
LEAST_RATIO = 1.5
#: Shares are judged where a share is shown at all (``citra.trends.series.MIN_STORIES``).
LEAST_STORIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One window of one watch against what is usual."""

    start: datetime  #: aware
    count: float
    size: float | None  #: for shares: what the count is a share of
    expected: float  #: count
    deviation: float
    p: float | None  #: chance of at least so many; None: not judged
    complete: bool  #: the window is over
    covered: bool  #: enough was collected to call it calm

    @property
    def ratio(self) -> float:
        """How many times the usual."""
        return self.count / max(self.expected, 1e-9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Something unusual, from its first window to its last."""

    id: int = 0  #: given by the state file
    watch: str  #: id
    name: str  #: of the watch when it opened
    window: Window
    status: Status
    first: datetime  #: start of the first unusual window
    last: datetime  #: start of the last one
    opened_at: datetime
    closed_at: datetime | None = None
    opening_count: float  #: of the first message
    opening_expected: float
    count: float  #: of the window furthest from the usual
    size: float | None = None
    expected: float
    deviation: float
    p: float
    peak: datetime  #: start of that window
    total: float  #: over all its unusual windows
    total_expected: float
    doubled: bool = False
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    false_by: str | None = None
    false_at: datetime | None = None
    snoozed_until: datetime | None = None
    revised: str = ""  #: what later counts changed about it

    @property
    def ratio(self) -> float:
        return self.count / max(self.expected, 1e-9)


def opens(one: Judged, threshold: float) -> bool:
    """Whether a window opens an incident.

    A count only grows, so it is judged while its window runs; a share only afterwards, for each look is another chance.
    """
    return one.p is not None and one.p <= threshold and notable(one)


def notable(one: Judged) -> bool:
    """Large enough to be told, however rare it is. (A usual share of 70 % cannot grow by half, so shares need not.)"""
    if one.count < LEAST_COUNT:
        return False
    if one.size is None:
        return one.ratio >= LEAST_RATIO
    return one.complete and one.size >= LEAST_STORIES


def first_opening(
    windows: Sequence[Judged], threshold: float, *, since: datetime, after: datetime | None
) -> Judged | None:
    """The first window from ``since`` on that opens an incident.

    :param after: end of the latest incident; what lies before is told already.
    """
    return next(
        (
            one
            for one in windows
            if one.start >= since and (after is None or one.start > after) and opens(one, threshold)
        ),
        None,
    )


def begin(watch: str, name: str, window: Window, one: Judged, now: datetime) -> Incident:
    assert one.p is not None
    return Incident(
        watch=watch,
        name=name,
        window=window,
        status="open",
        first=one.start,
        last=one.start,
        opened_at=now,
        opening_count=one.count,
        opening_expected=one.expected,
        count=one.count,
        size=one.size,
        expected=one.expected,
        deviation=one.deviation,
        p=one.p,
        peak=one.start,
        total=one.count,
        total_expected=one.expected,
    )


def advance(before: Incident, windows: Iterable[Judged], now: datetime) -> tuple[Incident, tuple[Event, ...]]:
    """The incident after these windows (any that were judged; only those from its first on count).

    It grows while its newest window is further from the usual than the one before, calms with the first calm window,
    and closes after ``CALM`` of them in a row that are over and were covered. One message says that it doubled.
    """
    own = sorted((one for one in windows if one.start >= before.first), key=lambda one: one.start)
    hot = [one for one in own if one.start == before.first or (one.p is not None and one.p <= KEEP)]
    hot = _connected(own, hot, CALM[PER_DAY[before.window]])
    if not hot:
        return before, ()
    peak = max(hot, key=lambda one: (one.count - one.expected, one.start))
    calm = sum(one.complete and one.covered and one.p is not None for one in own if one.start > hot[-1].start)
    after = replace(
        before,
        last=hot[-1].start,
        count=peak.count,
        size=peak.size,
        expected=peak.expected,
        deviation=peak.deviation,
        p=peak.p if peak.p is not None else before.p,
        peak=peak.start,
        total=sum(one.count for one in hot),
        total_expected=sum(one.expected for one in hot),
        doubled=before.doubled or peak.count >= 2 * before.opening_count,
        revised=_revision(before, own[0]),
    )
    if calm >= CALM[PER_DAY[before.window]]:
        closed = replace(after, status="closed", closed_at=before.closed_at or now)
        return closed, ("closed",) if before.status != "closed" else ()
    if calm:
        status: Status = "calming"
    else:
        status = "growing" if len(hot) > 1 and hot[-1].count > hot[-2].count else "open"
    after = replace(after, status=status, closed_at=None)
    return after, ("doubled",) if after.doubled and not before.doubled else ()


def _connected(own: Sequence[Judged], hot: Sequence[Judged], calm: int) -> list[Judged]:
    """The unusual windows up to the first gap that would have closed the incident."""
    kept: list[Judged] = []
    for one in hot:
        between = [other for other in own if kept and kept[-1].start < other.start < one.start]
        if kept and sum(other.covered and other.complete for other in between) >= calm:
            break
        kept.append(one)
    return kept


def _revision(before: Incident, first: Judged) -> str:
    """Late or withdrawn texts change what the opening message said; say so once the change is a fifth."""
    told, now = before.opening_count, first.count
    if first.start != before.first or not first.complete or abs(now - told) < max(2.0, 0.2 * told):
        return before.revised
    return f"{told:.0f} → {now:.0f}"
