"""Interrupted series: false alarms where nothing happened, effects found where one was planted, counterfactuals."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from citra.store import Tally
from citra.trends import readings
from citra.trends.effect import Interrupted, Readings, against, detectable
from citra.trends.plot_effect import draw_effect
from citra.trends.quantify import Confusion, Corrector

FIRST = date(2026, 9, 7).toordinal()  # a Monday
LENGTH, WINDOW = 70, 14
CONFUSION = Confusion(
    model="m@1", date="2026-11-01", gold="g", relevance_threshold=0.6,
    counts=(
        ("news", ((116, 43, 2), (36, 340, 23), (3, 32, 62))),
        ("social", ((350, 36, 18), (50, 143, 26), (23, 22, 76))),
    ),
)  # fmt: skip


def world(rng: np.random.Generator, phi: float, size: float = 12, spread: float = 0.3) -> Readings:
    """Shares of negative by day: weekend effect, autocorrelated mood, over-dispersed numbers of texts."""
    mood = np.zeros(LENGTH)
    for day in range(1, LENGTH):
        mood[day] = phi * mood[day - 1] + rng.normal(0, spread * np.sqrt(1 - phi**2))
    slot = np.arange(LENGTH) % 7
    chance = 1 / (1 + np.exp(0.8 - mood - 0.3 * (slot >= 5)))
    texts = rng.negative_binomial(5, 5 / (5 + size * (1 - 0.4 * (slot >= 5))))
    hits, there = rng.binomial(texts, chance), texts > 0
    mean = hits.sum() / texts.sum()
    return Readings(
        day=np.arange(FIRST, FIRST + LENGTH)[there], value=(hits / np.maximum(texts, 1))[there],
        variance=(mean * (1 - mean) / np.maximum(texts, 1))[there], slot=slot[there],
    )  # fmt: skip


def stepped(series: Readings, size: float) -> Readings:
    return replace(series, value=series.value + size * (series.day >= FIRST + LENGTH - WINDOW))


@pytest.mark.parametrize("phi", [0.0, 0.6, 0.9])
def test_false_alarms_and_power(phi: float) -> None:
    rng = np.random.default_rng(11)
    false = found = 0
    for _ in range(40):
        series = world(rng, phi)
        for planted in (0.0, 0.25):
            steps = Interrupted(stepped(series, planted))
            first, last = FIRST + LENGTH - WINDOW, FIRST + LENGTH - 1
            step = steps.step(first, last, widened=steps.placebos(first, last).widened)
            assert step is not None
            if planted:
                found += step.low > 0
            else:
                false += not step.low <= 0 <= step.high
                assert (step.p < 0.05) == (not step.low <= 0 <= step.high)
    assert false <= 5  # 5 % of 40 are 2; the benchmark measures it on thousands
    assert found >= {0.0: 33, 0.6: 26, 0.9: 16}[phi]


def test_the_step_is_measured_and_the_interval_holds_it() -> None:
    rng = np.random.default_rng(3)
    inside, values = 0, []
    for _ in range(40):
        series = Interrupted(stepped(world(rng, 0.4), 0.2))
        step = series.step(FIRST + LENGTH - WINDOW, FIRST + LENGTH - 1)
        assert step is not None
        inside += step.low <= 0.2 <= step.high
        values.append(step.value)
    assert inside >= 36
    assert np.mean(values) == pytest.approx(0.2, abs=0.03)


def test_controls_take_away_what_moves_all() -> None:
    rng = np.random.default_rng(7)
    both = stepped(world(rng, 0.0, 40), 0.3)
    other = stepped(world(rng, 0.0, 40), 0.3)
    alone = Interrupted(both).step(FIRST + LENGTH - WINDOW, FIRST + LENGTH - 1)
    compared = Interrupted(against(both, other)).step(FIRST + LENGTH - WINDOW, FIRST + LENGTH - 1)
    assert alone is not None
    assert compared is not None
    assert alone.low > 0.1
    assert compared.low < 0 < compared.high
    assert abs(compared.value) < 0.1
    assert detectable(compared) == pytest.approx(2.8 * compared.deviation, rel=0.01)


def test_the_course_without_the_step() -> None:
    series = stepped(world(np.random.default_rng(2), 0.5, 60), 0.3)
    course = Interrupted(series).counterfactual(FIRST + LENGTH - WINDOW, FIRST + LENGTH - 1)
    after = series.value[series.day >= FIRST + LENGTH - WINDOW]
    assert len(course.day) == len(after)
    assert np.mean(after - course.value) == pytest.approx(0.3, abs=0.1)
    assert ((course.low <= after - 0.3) & (after - 0.3 <= course.high)).mean() > 0.8


def test_a_jumpy_past_widens_the_interval() -> None:
    rng = np.random.default_rng(1)
    calm = world(rng, 0.0, 60, 0.05)
    jumps = replace(calm, value=calm.value + 0.3 * ((calm.day - FIRST) // 8 % 2))
    window = (FIRST + LENGTH - WINDOW, FIRST + LENGTH - 1)
    assert Interrupted(calm).placebos(*window).widened < 1.2
    steps = [Interrupted(one).step(*window) for one in (calm, jumps)]
    assert steps[0] is not None
    assert steps[1] is not None
    assert steps[1].deviation > 3 * steps[0].deviation


def test_too_few_days() -> None:
    series = world(np.random.default_rng(1), 0.0)
    with pytest.raises(ValueError, match="too few"):
        Interrupted(series.until(FIRST + 15))
    some = Interrupted(series)
    assert some.step(FIRST + 10, FIRST + 20) is None
    assert some.step(FIRST + LENGTH + 5, FIRST + LENGTH + 9) is None
    assert some.placebos(FIRST + 20, FIRST + 30).dates == 0


def tally(negative: int, neutral: int, positive: int) -> Tally:
    total = negative + neutral + positive
    return Tally(
        placements=total, stories=total, negative=negative, neutral=neutral, positive=positive,
        negative_stories=negative, neutral_stories=neutral, positive_stories=positive, sum_mm=total,
    )  # fmt: skip


def test_readings_of_shares_are_unbiased() -> None:
    """Days of few texts, each corrected by itself and not cut to 0…1, have the true share as their mean."""
    rng = np.random.default_rng(4)
    how = Corrector(CONFUSION)
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(2000)]
    counts = {}
    for day in days:
        parts = {}
        for kind in ("news", "social"):
            mix = np.array((0.1, 0.7, 0.2)) @ how.rates(kind)
            parts[kind] = tally(*rng.multinomial(4, mix))
        counts[day] = parts
    read = readings.shares(counts, {day: day.weekday() for day in days}, how=how)
    assert read.value.min() < 0
    assert read.value.mean() == pytest.approx(0.1, abs=0.015)
    assert read.variance.mean() == pytest.approx(read.value.var(), rel=0.1)
    raw = readings.shares(counts, dict.fromkeys(days, 0))
    assert raw.value.mean() > 0.15
    spread = readings.classifier_spread(counts, None, how, days[1000])
    assert 0 <= spread < 0.01, "the classifier's error cancels where nothing changed"


def test_readings_of_volumes() -> None:
    days = {date(2026, 11, 1) + timedelta(days=n): n for n in range(6)}
    counts = {date(2026, 11, 2): {"news": tally(1, 2, 3), "social": tally(2, 0, 0)}}
    read = readings.volumes(counts, days, coverage={date(2026, 11, 2): 0.8, date(2026, 11, 4): 0.1})
    assert [int(day) - date(2026, 11, 1).toordinal() for day in read.day] == [0, 1, 2, 4, 5]
    assert np.exp(read.value[:2]).tolist() == pytest.approx([0.5, 8.5 / 0.8])
    assert len(readings.volumes({}, {}).day) == 0
    assert readings.size_of(readings.pooled([counts, counts]), min(days), max(days)) == 16


def test_the_picture(tmp_path: Path) -> None:
    series = stepped(world(np.random.default_rng(2), 0.5), 0.3)
    first, last = FIRST + LENGTH - WINDOW, FIRST + LENGTH - 1
    draw_effect(
        series, Interrupted(series).counterfactual(first, last), str(tmp_path / "e.png"), at=date.fromordinal(first),
        until=date.fromordinal(last), measure="share", title="Kampanye", verdict="naik", foot="kueri x",
    )  # fmt: skip
    assert (tmp_path / "e.png").read_bytes()[:4] == b"\x89PNG"
