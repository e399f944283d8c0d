"""Raw counts to series: shares with intervals, gaps filled, periods compared. Pure functions; days are Jakarta days."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, Protocol

from scipy.stats import norm

from citra.documents import JAKARTA, Bucket
from citra.errors import InputError

Interval = Literal["day", "week", "month", "all"]
CountBy = Literal["placements", "stories"]
Verdict = Literal["up", "down", "unclear", "too-few"]

Z95 = float(norm.ppf(0.975))

#: With fewer stories no share is given: at 5 the 95 % interval is still ±35 points wide, below it says nothing.
MIN_STORIES = 5
#: Days of 14 years; more buckets are a mistyped date.
MAX_BUCKETS = 5_200

#: What a verdict is called towards Indonesian readers.
VERDICT_ID: Mapping[Verdict, str] = {
    "up": "naik",
    "down": "turun",
    "unclear": "tidak ada perubahan berarti",
    "too-few": "terlalu sedikit",
}


class Counted(Protocol):
    """The counts of one bucket; :class:`citra.store.Tally` is one, see there for the sums."""

    @property
    def placements(self) -> int: ...
    @property
    def stories(self) -> int: ...
    @property
    def negative(self) -> int: ...
    @property
    def neutral(self) -> int: ...
    @property
    def positive(self) -> int: ...
    @property
    def negative_stories(self) -> int: ...
    @property
    def neutral_stories(self) -> int: ...
    @property
    def positive_stories(self) -> int: ...
    @property
    def sum_mm(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Share of negative with its 95 % interval; all in 0…1."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A period against the one before it."""

    now: Share | None
    before: Share | None
    difference: float | None  #: now - before; None when either has too few stories
    low: float | None  #: 95 % interval of the difference
    high: float | None
    verdict: Verdict


def wilson(share: float, size: float, z: float = Z95) -> tuple[float, float]:
    """95 % score interval of a share seen in ``size`` independent trials; ``size`` need not be whole.

    Wilson, E. B. (1927), *Probable inference, the law of succession, and statistical inference*, JASA 22, 209-212.
    """
    if size <= 0:
        return 0.0, 1.0
    z2 = z * z
    centre = (share + z2 / (2 * size)) / (1 + z2 / size)
    half = z / (1 + z2 / size) * math.sqrt(share * (1 - share) / size + z2 / (4 * size * size))
    return max(0.0, centre - half), min(1.0, centre + half)


def effective_size(counted: Counted) -> float:
    """How many independent texts carry as much information as these: n²/Σm², with ``m`` texts of each story.

    Kish, L. (1965), *Survey Sampling*, §8.2, for copies that carry one label (intra-story correlation 1), which
    near-duplicates nearly do. Estimating the size from the data (Taylor linearisation of the ratio over stories, with
    Korn & Graubard's degrees of freedom) was tried too: with heavy-tailed stories those intervals covered 50 to
    97 %, these cover 91 to 100 %; ``tests/trends/test_series.py`` repeats the measurement.
    """
    return counted.placements**2 / counted.sum_mm if counted.sum_mm else 0.0


def share_of(counted: Counted, by: CountBy = "placements", *, min_stories: int = MIN_STORIES) -> Share | None:
    """The share of negative with a 95 % Wilson interval on the effective size; None below ``min_stories``.

    By placements a text counts once, by stories a story does (under the label of most of its texts).
    Wilson on an effective size: Franco, Little, Louis & Slud (2019), *J. Survey Statistics and Methodology* 7, 334-364.
    """
    if counted.stories < max(1, min_stories):
        return None
    if by == "stories":
        value, size = counted.negative_stories / counted.stories, float(counted.stories)
    else:
        value, size = counted.negative / counted.placements, effective_size(counted)
    low, high = wilson(value, size)
    return Share(value=value, low=min(low, value), high=max(high, value))


def compare(now: Share | None, before: Share | None) -> Change:
    """Difference of two shares with a 95 % interval, and what it means.

    Newcombe, R. G. (1998), *Interval estimation for the difference between independent proportions*, Statistics in
    Medicine 17, 873-890, method 10, on the two shares' own intervals.
    """
    if now is None or before is None:
        return Change(now=now, before=before, difference=None, low=None, high=None, verdict="too-few")
    difference = now.value - before.value
    low = difference - math.hypot(now.value - now.low, before.high - before.value)
    high = difference + math.hypot(now.high - now.value, before.value - before.low)
    verdict: Verdict = "up" if low > 0 else "down" if high < 0 else "unclear"
    return Change(now=now, before=before, difference=difference, low=low, high=high, verdict=verdict)


def start_of(day: date, interval: Interval) -> date:
    """First day of the bucket of ``day``; weeks begin on Monday."""
    if interval == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if interval == "month" else day


def starts(since: date, until: date, interval: Interval) -> list[date]:
    """First days of all buckets that touch the period, in order.

    :raises InputError: for an inverted period or one of more than ``MAX_BUCKETS`` buckets.
    """
    if since > until:
        raise InputError(f"the period ends ({until}) before it begins ({since})")
    if interval == "all":
        return [since]
    shortest = {"day": 1, "week": 7, "month": 28}[interval]
    if (until - since).days // shortest > MAX_BUCKETS:
        raise InputError(f"{since} to {until} is too long to show by {interval}; did you mean other dates?")
    found = [start_of(since, interval)]
    while (following := _next(found[-1], interval)) is not None and following <= until:
        found.append(following)
    return found


def partial(since: date, until: date, interval: Interval) -> frozenset[date]:
    """Buckets (first days) that lie only partly in the period: their counts are not those of a whole one."""
    return frozenset(
        start
        for start in starts(since, until, interval)
        if interval != "all"
        and (start < since or (after := _next(start, interval)) is None or after - timedelta(days=1) > until)
    )


def period_before(since: date, until: date) -> tuple[date, date] | None:
    """The period of the same length right before; None where the calendar has none."""
    length = until - since
    if (since - date.min) <= length:
        return None
    last = since - timedelta(days=1)
    return last - length, last


def same_weekdays_before(since: date, until: date) -> tuple[date, date] | None:
    """The nearest earlier period of the same length on the same weekdays; None where the calendar has none."""
    shift = timedelta(days=-(-((until - since).days + 1) // 7) * 7)
    return None if since - date.min < shift else (since - shift, until - shift)


def build(
    counts: Mapping[date, Counted],
    interval: Interval,
    since: date,
    until: date,
    *,
    by: CountBy = "placements",
    coverage: Mapping[date, float] | None = None,
    min_stories: int = MIN_STORIES,
    corrected: Mapping[date, Share] | None = None,
) -> tuple[Bucket, ...]:
    """One bucket for each step of the period, empty ones included.

    :param counts: first day of a bucket → its counts; those without texts are missing.
    :param by: with ``stories`` the fields negative, neutral and positive count stories, as does the share.
    :param coverage: first day of a bucket → share of the expected volume that is there.
    :param corrected: first day of a bucket → its share corrected for classifier error (:mod:`citra.trends.quantify`).
    """
    coverage, corrected = coverage or {}, corrected or {}
    return tuple(
        bucket(
            start, counts.get(start), by=by, coverage=coverage.get(start), min_stories=min_stories,
            corrected=corrected.get(start),
        )
        for start in starts(since, until, interval)
    )  # fmt: skip


def bucket(
    start: date,
    counted: Counted | None,
    *,
    by: CountBy = "placements",
    coverage: float | None = None,
    min_stories: int = MIN_STORIES,
    corrected: Share | None = None,
) -> Bucket:
    """One bucket with its share; ``counted`` is None when it has no texts."""
    moment = datetime.combine(start, time(), JAKARTA)
    if counted is None:
        return Bucket(start=moment, placements=0, stories=0, negative=0, neutral=0, positive=0, coverage=coverage)
    share = share_of(counted, by, min_stories=min_stories)
    stories = by == "stories"
    return Bucket(
        start=moment,
        placements=counted.placements,
        stories=counted.stories,
        negative=counted.negative_stories if stories else counted.negative,
        neutral=counted.neutral_stories if stories else counted.neutral,
        positive=counted.positive_stories if stories else counted.positive,
        share=share.value if share else None,
        share_low=share.low if share else None,
        share_high=share.high if share else None,
        corrected=corrected.value if corrected else None,
        corrected_low=corrected.low if corrected else None,
        corrected_high=corrected.high if corrected else None,
        coverage=coverage,
    )


def _next(start: date, interval: Interval) -> date | None:
    """First day of the following bucket; None after the last day there is."""
    try:
        if interval == "month":
            return (start.replace(day=28) + timedelta(days=4)).replace(day=1)
        return start + timedelta(days=7 if interval == "week" else 1)
    except OverflowError:
        return None
