"""What is usual: calibrated on worlds whose truth is known, honest before fourteen days, blind to gaps and outliers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import binom, nbinom

from citra.alerts.baseline import LEAST_DAYS, Panel, learn, tail
from citra.alerts.budget import calibrate, cluster_peaks, target

DAYS = 240
WEEK = np.array([1.2, 1.1, 1.1, 1.0, 1.0, 0.5, 0.4])


def panel(counts: np.ndarray, **changes: Any) -> Panel:
    shape = counts.shape
    values = {
        "family": "count", "counts": counts.astype(float), "coverage": np.ones(shape),
        "skip": np.zeros(shape, dtype=bool), "slot": np.arange(shape[1]) % 7, "holiday": np.zeros(shape[1], dtype=bool),
    }  # fmt: skip
    return Panel(**(values | changes))


def weekly(rng: np.random.Generator, watches: int = 60, mean: float = 10.0, dispersion: float = 0.05) -> np.ndarray:
    rate = mean * WEEK[np.arange(DAYS) % 7] * np.ones((watches, 1))
    return rng.poisson(rate * rng.gamma(1 / dispersion, dispersion, rate.shape)).astype(float)


def test_tail_is_that_of_the_distributions() -> None:
    count, mean, variance = np.array([0.0, 7.0, 30.0]), np.array([4.0, 4.0, 10.0]), np.array([6.0, 6.0, 25.0])
    shape = mean**2 / (variance - mean)
    expected = nbinom.sf(count - 1, shape, shape / (shape + mean))
    assert tail(count, mean, variance, None) == pytest.approx(expected)
    size = np.array([20.0])
    plain = tail(np.array([9.0]), np.array([5.0]), np.array([20 * 0.25 * 0.75]), size)
    assert plain == pytest.approx(binom.sf(8, 20, 0.25))
    assert tail(np.array([9.0]), np.array([5.0]), np.array([8.0]), size) > plain  # wider: less surprising


def test_p_values_hold_on_over_dispersed_weekly_counts() -> None:
    counts = weekly(np.random.default_rng(1))
    p = learn(panel(counts)).p[:, 60:]
    for level in (0.05, 0.01, 0.002):
        assert level / 2.5 <= np.mean(p <= level) <= level * 1.6


def test_weekday_profile_is_learned() -> None:
    usual = learn(panel(weekly(np.random.default_rng(2), watches=1, dispersion=0.01)))
    monday, sunday = usual.expected[0, -8:-1][[(DAYS - 8 + n) % 7 for n in range(7)].index(0)], None
    for at in range(DAYS - 7, DAYS):
        if at % 7 == 6:
            sunday = usual.expected[0, at]
    assert sunday is not None
    assert 2.0 < monday / sunday < 4.5  # 3 in truth


def test_nothing_is_judged_before_fourteen_days() -> None:
    usual = learn(panel(weekly(np.random.default_rng(3), watches=3)))
    assert np.isnan(usual.p[:, :LEAST_DAYS]).all()
    assert not np.isnan(usual.p[:, LEAST_DAYS:]).any()
    assert (usual.seen == DAYS).all()


def test_days_nobody_collected_teach_nothing() -> None:
    counts = weekly(np.random.default_rng(4), watches=4)
    gap = counts.copy()
    gap[:, 150:180] = 0
    coverage = np.ones_like(gap)
    coverage[:, 150:180] = 0
    with_gap, believed, whole = learn(panel(gap, coverage=coverage)), learn(panel(gap)), learn(panel(counts))
    assert with_gap.expected[:, 182] == pytest.approx(whole.expected[:, 182], rel=0.25)
    assert (believed.expected[:, 182] < 0.75 * whole.expected[:, 182]).all()  # what taking the gap for calm would do


def test_half_covered_days_are_read_at_half_exposure() -> None:
    counts = weekly(np.random.default_rng(5), watches=6, dispersion=0.01)
    half = counts.copy()
    half[:, 120:] = np.floor(half[:, 120:] / 2)
    coverage = np.ones_like(half)
    coverage[:, 120:] = 0.5
    assert learn(panel(half, coverage=coverage)).expected[:, -7:].sum() == pytest.approx(
        learn(panel(counts)).expected[:, -7:].sum(), rel=0.1
    )


def test_one_outlier_hardly_moves_the_usual_and_a_real_event_left_out_does_not_at_all() -> None:
    counts = weekly(np.random.default_rng(6), watches=1)
    spiked = counts.copy()
    spiked[0, 200] = 400
    skip = np.zeros_like(spiked, dtype=bool)
    skip[0, 200] = True
    before, after = learn(panel(counts)), learn(panel(spiked))
    assert after.p[0, 200] < 1e-12
    assert after.expected[0, 201:208].sum() < 1.35 * before.expected[0, 201:208].sum()
    left_out = learn(panel(spiked, skip=skip)).expected[0, 201:208]
    assert left_out.sum() == pytest.approx(before.expected[0, 201:208].sum(), rel=0.1)


def test_growth_is_followed() -> None:
    rng = np.random.default_rng(7)
    rate = np.linspace(5, 30, DAYS) * np.ones((30, 1))
    usual = learn(panel(rng.poisson(rate)))
    assert usual.expected[:, -10:].mean() == pytest.approx(29, rel=0.15)
    assert np.mean(usual.p[:, 60:] <= 0.01) < 0.02


def test_holidays_are_like_sundays_and_their_size_is_learned() -> None:
    rng = np.random.default_rng(8)
    holiday = np.zeros(DAYS, dtype=bool)
    holiday[[30, 65, 100, 136, 171, 205]] = True
    holiday &= np.arange(DAYS) % 7 < 5
    slot = np.where(holiday, 6, np.arange(DAYS) % 7)
    rate = 20 * WEEK[slot] * np.where(holiday, 1.6, 1.0) * np.ones((20, 1))  # busier than a Sunday, by far no Monday
    usual = learn(panel(rng.poisson(rate), slot=slot, holiday=holiday))
    assert usual.expected[:, 205].mean() == pytest.approx(rate[0, 205], rel=0.2)
    assert usual.expected[:, 207].mean() == pytest.approx(rate[0, 207], rel=0.15)


def test_shares_are_judged_by_their_size() -> None:
    rng = np.random.default_rng(9)
    sizes = rng.poisson(20 * WEEK[np.arange(DAYS) % 7] * np.ones((40, 1))).astype(float)
    share = np.clip(rng.beta(12, 28, sizes.shape), 0, 1)  # 30 %, over-dispersed
    counts = rng.binomial(sizes.astype(int), share).astype(float)
    usual = learn(panel(counts, family="share", sizes=sizes))
    assert (usual.expected[:, 100:].sum() / sizes[:, 100:].sum()) == pytest.approx(0.3, abs=0.02)
    assert 0.004 / 2.5 <= np.mean(usual.p[:, 60:] <= 0.004) <= 0.004 * 2
    crowd = np.full((1, DAYS), 60.0)
    calm = np.full((1, DAYS), 18.0)
    calm[0, -1] = 45
    assert learn(panel(calm, family="share", sizes=crowd)).p[0, -1] < 1e-6


def test_budget_is_kept_on_a_new_half_year() -> None:
    """Over eight worlds of 60 series: false openings a month within a half of the 2 that were allowed."""
    rates, power = [], []
    for seed in range(8):
        rng = np.random.default_rng([seed, 4])
        counts = weekly(rng, dispersion=0.03)
        usual = learn(panel(counts))
        past = usual.p[:, :120]
        rate = target(2.0, 60, 1)
        found = calibrate(past, np.zeros(past.shape, dtype=bool), rate=rate, per_day=1)
        assert rate / 50 <= found.p <= 3 * rate
        rarity = -np.log(usual.p[:, 120:])
        rates.append(len(cluster_peaks(rarity, -np.log(found.p), 2)) / 4)
        event = counts[:, -6] + 20  # a day of 10 becomes one of 30
        power.append(np.mean(tail(event, usual.expected[:, -6], usual.deviation[:, -6] ** 2, None) <= found.p))
    assert 1.0 <= np.mean(rates) <= 3.0
    assert np.mean(power) >= 0.75


def test_unlabelled_events_in_the_past_hardly_move_the_threshold_and_real_ones_not_at_all() -> None:
    rng = np.random.default_rng(11)
    clean = weekly(rng, dispersion=0.03)
    events = clean.copy()
    real = np.zeros(events.shape, dtype=bool)
    real[rng.integers(0, 60, 40), rng.integers(30, DAYS, 40)] = True
    events[real] += 60
    rate = target(2.0, 60, 1)
    plain = calibrate(learn(panel(clean)).p, np.zeros(real.shape, dtype=bool), rate=rate, per_day=1).p
    unlabelled = calibrate(learn(panel(events)).p, np.zeros(real.shape, dtype=bool), rate=rate, per_day=1).p
    labelled = calibrate(learn(panel(events, skip=real)).p, real, rate=rate, per_day=1).p
    assert unlabelled == pytest.approx(plain, rel=0.5)
    assert labelled == pytest.approx(plain, rel=0.4)
    marked = calibrate(learn(panel(events)).p, ~real & real, rate=rate, per_day=1, false=real)
    assert marked.p < plain / 5  # so many marked as false make it stricter
    assert marked.openings > 0


def test_runs_are_counted_once() -> None:
    rarity = np.array([[0, 9, 8, 0, 0, 7, 0, 0, 0, 9.5], [6, 0, 0, 0, 0, 0, 0, 0, 0, 0]])
    assert sorted(cluster_peaks(rarity, 5.0, 2)) == [6, 7, 9, 9.5]
    assert sorted(cluster_peaks(rarity, 5.0, 3)) == [6, 9, 9.5]
    assert len(cluster_peaks(rarity, 50.0, 2)) == 0


def test_empty_history_gives_the_nominal_threshold() -> None:
    nothing = np.full((1, 10), np.nan)
    found = calibrate(nothing, np.zeros((1, 10), dtype=bool), rate=0.001, per_day=1)
    assert found.p == pytest.approx(0.001, rel=0.05)
    assert (found.windows, found.openings) == (0, 0)
