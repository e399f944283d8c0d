"""Shares, intervals, periods: against published values, against simulation, and at the edges."""

from __future__ import annotations

import math
from collections import Counter
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citra.errors import InputError
from citra.store import Tally
from citra.trends.series import (
    Share,
    build,
    compare,
    effective_size,
    partial,
    period_before,
    share_of,
    starts,
    wilson,
)


def tally(stories: list[tuple[int, int]]) -> Tally:
    """From ``(texts, negative texts)`` of each story; the others are neutral."""
    texts, negative = sum(m for m, _ in stories), sum(y for _, y in stories)
    majority = Counter("negative" if 2 * y > m else "neutral" for m, y in stories)
    return Tally(
        placements=texts, stories=len(stories), negative=negative, neutral=texts - negative,
        negative_stories=majority["negative"], neutral_stories=majority["neutral"],
        sum_mm=sum(m * m for m, _ in stories), sum_my=sum(m * y for m, y in stories),
        sum_yy=sum(y * y for _, y in stories),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("hits", "size", "low", "high"),
    # Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_as_published(hits: int, size: int, low: float, high: float) -> None:
    assert wilson(hits / size, size) == pytest.approx((low, high), abs=5e-5)


def test_newcombe_difference_as_published() -> None:
    # Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10: 56/70 - 48/80
    shares = [Share(value=p, low=wilson(p, n)[0], high=wilson(p, n)[1]) for p, n in ((56 / 70, 70), (48 / 80, 80))]
    change = compare(shares[0], shares[1])
    assert (change.low, change.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert change.verdict == "up"
    assert compare(shares[1], shares[0]).verdict == "down"
    assert compare(shares[0], shares[0]).verdict == "unclear"
    assert compare(None, shares[0]).verdict == "too-few"
    assert compare(None, shares[0]).difference is None


def test_single_texts_count_fully_and_copies_hardly() -> None:
    assert effective_size(tally([(1, i % 4 == 0) for i in range(100)])) == 100
    assert effective_size(tally([(10, 10 * (i % 4 == 0)) for i in range(100)])) == 100
    assert effective_size(tally([(50, 50)])) == 1
    assert effective_size(tally([(50, 50)] + [(1, 1)] * 9)) < 2
    assert effective_size(tally([])) == 0


@pytest.mark.parametrize("prevalence", [0.05, 0.2, 0.5])
@pytest.mark.parametrize("stories", [8, 15, 60])
def test_the_interval_covers_with_copies(prevalence: float, stories: int) -> None:
    """Heavy-tailed stories, labels alike inside a story at 90 %: nominal 95 %; the plain interval fails."""
    rng = np.random.default_rng(5)
    covered = plain = 0
    rounds = 600
    for _ in range(rounds):
        sizes = np.minimum(60, rng.geometric(0.35, stories) ** 2)
        lead = rng.random(stories) < prevalence
        # a text keeps its story's label at 90 %, else it is drawn anew: the expected share stays the prevalence
        negative = [
            int(np.where(rng.random(m) < 0.9, s, rng.random(m) < prevalence).sum())
            for m, s in zip(sizes, lead, strict=True)
        ]
        found = tally(list(zip(sizes.tolist(), negative, strict=True)))
        share = share_of(found)
        assert share is not None
        covered += share.low <= prevalence <= share.high
        low, high = wilson(found.negative / found.placements, found.placements)
        plain += low <= prevalence <= high
    assert covered / rounds >= 0.91
    assert plain / rounds < 0.8


@given(st.lists(st.integers(1, 40).flatmap(lambda m: st.tuples(st.just(m), st.integers(0, m))), max_size=40))
def test_intervals_are_intervals(stories: list[tuple[int, int]]) -> None:
    found = tally(stories)
    assert 0 <= effective_size(found) <= found.placements
    for by in ("placements", "stories"):
        share = share_of(found, by, min_stories=1)  # type: ignore[arg-type]
        if not stories:
            assert share is None
            continue
        assert share is not None
        assert 0 <= share.low <= share.value <= share.high <= 1


def test_too_few_stories_give_no_share() -> None:
    four = tally([(30, 10)] * 4)
    assert share_of(four) is None
    assert share_of(four, min_stories=4) is not None
    (bucket,) = build({date(2026, 11, 2): four}, "day", date(2026, 11, 2), date(2026, 11, 2))
    assert (bucket.placements, bucket.share, bucket.share_low) == (120, None, None)


def test_by_stories() -> None:
    found = tally([(60, 60), *[(1, 0)] * 9])
    by_text, by_story = share_of(found), share_of(found, "stories")
    assert by_text is not None
    assert by_story is not None
    assert by_text.value == pytest.approx(60 / 69)
    assert by_story.value == pytest.approx(1 / 10)
    assert by_text.low < 0.3  # one story says nearly all of it


def test_gaps_are_filled_and_days_begin_in_jakarta() -> None:
    counts = {date(2026, 11, 1): tally([(1, 0)] * 6), date(2026, 11, 3): tally([(1, 1)] * 6)}
    buckets = build(counts, "day", date(2026, 10, 31), date(2026, 11, 4), coverage={date(2026, 11, 2): 0.4})
    assert [b.placements for b in buckets] == [0, 6, 0, 6, 0]
    assert [b.coverage for b in buckets] == [None, None, 0.4, None, None]
    assert buckets[0].start.isoformat() == "2026-10-31T00:00:00+07:00"
    assert buckets[0].share is None
    assert buckets[3].share == 1


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    since, until = date(2026, 10, 28), date(2026, 11, 9)
    assert starts(since, until, "week") == [date(2026, 10, 26), date(2026, 11, 2), date(2026, 11, 9)]
    assert starts(since, until, "month") == [date(2026, 10, 1), date(2026, 11, 1)]
    assert partial(since, until, "week") == {date(2026, 10, 26), date(2026, 11, 9)}
    assert partial(since, until, "month") == {date(2026, 10, 1), date(2026, 11, 1)}
    assert partial(date(2026, 11, 2), date(2026, 11, 8), "week") == frozenset()
    assert partial(since, until, "day") == frozenset()
    assert starts(date(2026, 12, 31), date(2027, 2, 1), "month") == [
        date(2026, 12, 1),
        date(2027, 1, 1),
        date(2027, 2, 1),
    ]


@given(st.dates(), st.integers(0, 500))
def test_buckets_tile_the_period(since: date, length: int) -> None:
    until = since + timedelta(days=min(length, (date.max - since).days))
    for interval in ("day", "week", "month"):
        found = starts(since, until, interval)  # type: ignore[arg-type]
        assert found[0] <= since
        assert found == sorted(set(found))
        assert found[-1] <= until


def test_impossible_periods() -> None:
    with pytest.raises(InputError, match=r"ends .* before it begins"):
        starts(date(2026, 2, 1), date(2026, 1, 1), "day")
    with pytest.raises(InputError, match="too long"):
        starts(date.min, date.max, "day")
    assert len(starts(date.max, date.max, "month")) == 1


def test_the_period_before() -> None:
    assert period_before(date(2026, 11, 11), date(2026, 11, 24)) == (date(2026, 10, 28), date(2026, 11, 10))
    assert period_before(date.min, date(1, 1, 5)) is None


def test_effective_size_is_finite_for_hostile_sums() -> None:
    assert math.isfinite(effective_size(tally([(10**6, 1), (1, 0)])))
