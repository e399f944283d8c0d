"""What is usual: the count of every window as one expects it from the windows before it, for many watches at once.

One pass forward in time. What stands at a window was learned from earlier ones only, so the pass over the past is the
replay that thresholds are calibrated on, and today's verdict is its last column.

Level: a Gamma-Poisson filter with discounting (Harvey, A. C. & Fernandes, C. (1989), *Time series models for count or
qualitative observations*, J. Business & Economic Statistics 7, 407-422), a slow and a fast one, mixed by how well each
mixture predicted before (dynamic model averaging: Raftery, A. E., Kárný, M. & Ettler, P. (2010), Technometrics 52,
52-66). Profile: a factor for each slot (weekday, or hour of a kind of day), shrunk to that of all watches. Spread:
negative binomial, dispersion by weighted moments, shrunk likewise; shares: binomial on an effective size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Family = Literal["count", "share"]

#: Days of history before anything is judged.
LEAST_DAYS = 14
#: Half-lives in days of the slow and the fast level, of dispersion and of scores.
SLOW, FAST, MEMORY = 42.0, 2.0, 60.0
#: Weight of the fast level in each of the mixtures that compete.
MIXTURES = np.array([0.0, 0.2, 0.45, 0.75])
#: A slot's factor is shrunk as if so many texts had been seen at the factor of all watches.
SLOT_PRIOR = 40.0
#: So many texts pull the fast level to the slow one.
FAST_PRIOR = 4.0
#: Weight of the dispersion of all watches, in days that tell much.
DISPERSION_PRIOR = 8.0
#: Counts further than so many standard deviations above their expectation teach no more than one at that distance.
FAR, FAR_SPREAD = 3.5, 5.0
#: Variance of a factor nobody has seen yet: of a holiday, relative to its square.
UNSEEN_HOLIDAY = 0.2
#: Below this share of the expected volume a window says nothing.
LEAST_COVERAGE = 0.3
#: The mean of the first week, which is never judged, counts like so many days when the level is learned.
FIRST_WEIGHT = 2.0
LOWEST_SHARE, HIGHEST_SHARE = 0.002, 0.98


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Counts of ``W`` watches in the same ``T`` windows."""

    family: Family
    counts: Floats  #: W×T: texts, or negative stories
    sizes: Floats | None = None  #: W×T, for shares: what the counts are a share of
    coverage: Floats  #: W×T, 0…1: share of the expected volume that was collected; 0: nobody looked
    skip: Bools  #: W×T: not to be learned from (incidents that were real)
    slot: NDArray[np.int64]  #: T: position in the profile; a holiday has its Sunday's
    holiday: Bools  #: T: a working day by the calendar that is none
    per_day: int = 1  #: windows of a day: 1 or 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """For each watch and window, all by what came before."""

    expected: Floats  #: W×T: count at full coverage
    deviation: Floats  #: W×T: standard deviation of the count
    p: Floats  #: W×T: P(count ≥ what was seen); NaN where there is too little history
    seen: NDArray[np.int64]  #: W: windows that could be learned from


def learn(panel: Panel) -> Usual:
    """Run the filter over the panel."""
    watches, windows = panel.counts.shape
    state = _Filter(panel)
    expected, deviation = np.zeros((watches, windows)), np.zeros((watches, windows))
    p = np.full((watches, windows), np.nan)
    for now in range(windows):
        mean, variance = state.predict(now)
        expected[:, now], deviation[:, now] = mean, np.sqrt(variance)
        ready = state.seen >= LEAST_DAYS * panel.per_day
        p[ready, now] = tail(
            panel.counts[ready, now], mean[ready], variance[ready],
            None if panel.sizes is None else panel.sizes[ready, now],
        )  # fmt: skip
        state.learn(now, mean, variance)
    return Usual(expected=expected, deviation=deviation, p=p, seen=state.seen)


def tail(count: Floats, mean: Floats, variance: Floats, size: Floats | None) -> Floats:
    """P(at least ``count``) of a negative binomial of this mean and variance, or of a binomial of ``size`` trials
    that is as wide (effective size: Kish, L. (1965), *Survey Sampling*, §8.2)."""
    found: Floats = np.ones_like(mean)
    if size is None:
        above = (count > 0) & (mean > 0)
        m, v, y = mean[above], variance[above], count[above]
        shape = m * m / np.maximum(v - m, 1e-6 * m * m + 1e-12)
        found[above] = betainc(y, shape, m / (m + shape))
        return found
    above = (count > 0) & (size > 0)
    n, y = size[above], count[above]
    share = np.clip(mean[above] / n, LOWEST_SHARE, HIGHEST_SHARE)
    effective = np.clip(n * n * share * (1 - share) / np.maximum(variance[above], 1e-12), np.minimum(n, 1.0), n)
    hits = y * effective / n
    found[above] = betainc(hits, effective - hits + 1, share)
    return found


class _Filter:
    """The state of all watches after some windows."""

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        count, slots = len(panel.counts), int(panel.slot.max(initial=0)) + 1
        day = 1.0 / panel.per_day
        self.slow, self.fast, self.memory = (0.5 ** (day / half) for half in (SLOW, FAST, MEMORY))
        self.a, self.b = np.zeros(count), np.zeros(count)
        self.fast_a, self.fast_b = np.zeros(count), np.zeros(count)
        self.slot_seen, self.slot_expected = np.zeros((count, slots)), np.zeros((count, slots))
        self.holiday_seen, self.holiday_expected, self.holidays = 0.0, 0.0, 0
        self.extra, self.extra_weight = np.zeros(count), np.zeros(count)
        self.scores = np.zeros((count, len(MIXTURES)))
        self.seen = np.zeros(count, dtype=np.int64)
        self.levels = np.zeros((count, len(MIXTURES)))
        self.factor = np.ones(count)
        self.start, self.start_weight = _first_level(panel), panel.per_day * FIRST_WEIGHT

    def predict(self, now: int) -> tuple[Floats, Floats]:
        """Mean and variance of the count at full coverage."""
        slow = (self.a + self.start * self.start_weight) / (self.b + self.start_weight)
        fast = (self.fast_a + FAST_PRIOR) / (self.fast_b + FAST_PRIOR / np.maximum(slow, 1e-9))
        self.levels = slow[:, None] + MIXTURES * (fast - slow)[:, None]
        self.factor = self._factor(now)
        level = (self._weights() * self.levels).sum(axis=1)
        mean = self._mean(level, now)
        base, spread = self._parts(mean, now)
        uncertain = (
            spread / np.maximum(self.a + 0.5, 0.5)
            if self.panel.sizes is None
            else base * self._size(now) / np.maximum(self.b, 1.0)
        )
        variance = base + self._dispersion() * spread + uncertain
        if self.panel.holiday[now]:
            variance = variance + UNSEEN_HOLIDAY / (1 + self.holidays / 4) * mean * mean
        return mean, variance

    def learn(self, now: int, mean: Floats, variance: Floats) -> None:
        panel = self.panel
        cover, seen = panel.coverage[:, now], panel.counts[:, now]
        taken = (cover >= LEAST_COVERAGE) & ~panel.skip[:, now]
        if panel.sizes is not None:
            taken = taken & (panel.sizes[:, now] > 0)
            cover = np.ones_like(cover)
        there = mean * cover
        wide = np.sqrt(np.maximum(variance, 1e-12))
        self._learn_spread(
            now, taken & (self.seen >= LEAST_DAYS * panel.per_day), there, np.minimum(seen, there + FAR_SPREAD * wide)
        )
        seen = np.minimum(seen, there + FAR * wide)
        first = self.seen < 7 * panel.per_day  # nothing is far from what is not known yet
        seen = np.where(first, panel.counts[:, now], seen)
        self._learn_scores(now, taken & ~first, cover, seen, variance)
        exposure = self.factor * cover * self._size(now)
        self._discount(taken, seen, exposure)
        self._learn_profile(now, taken, seen, mean * cover / np.maximum(self.factor, 1e-9))
        self.seen += taken

    def _discount(self, taken: Bools, seen: Floats, exposure: Floats) -> None:
        y, e = seen[taken], exposure[taken]
        self.a[taken] = self.slow * self.a[taken] + y
        self.b[taken] = self.slow * self.b[taken] + e
        self.fast_a[taken] = self.fast * self.fast_a[taken] + y
        self.fast_b[taken] = self.fast * self.fast_b[taken] + e

    def _learn_profile(self, now: int, taken: Bools, seen: Floats, plain: Floats) -> None:
        """``plain``: what one would expect of a slot whose factor is 1."""
        y, e = np.where(taken, seen, 0.0), np.where(taken, plain, 0.0)
        slot = self.panel.slot[now]
        if self.panel.holiday[now]:
            self.holiday_seen += float(y.sum())
            self.holiday_expected += float((e * self.factor).sum())
            self.holidays += 1
            return
        keep = np.where(taken, self.memory**7, 1.0)
        self.slot_seen[:, slot] = keep * self.slot_seen[:, slot] + y
        self.slot_expected[:, slot] = keep * self.slot_expected[:, slot] + e

    def _learn_spread(self, now: int, taken: Bools, mean: Floats, seen: Floats) -> None:
        base, spread = self._parts(mean, now)
        weight = spread / np.maximum((base + self._dispersion() * spread) ** 2, 1e-12)
        self.extra = np.where(taken, self.memory * self.extra + weight * ((seen - mean) ** 2 - base), self.extra)
        self.extra_weight = np.where(taken, self.memory * self.extra_weight + weight * spread, self.extra_weight)

    def _learn_scores(self, now: int, taken: Bools, cover: Floats, seen: Floats, variance: Floats) -> None:
        means = np.stack([self._mean(level, now) * cover for level in self.levels.T], axis=1)
        scale = np.maximum(variance, 1e-9)[:, None]
        scores = -0.5 * (seen[:, None] - means) ** 2 / scale
        self.scores = np.where(taken[:, None], self.memory * self.scores + scores, self.scores)

    def _weights(self) -> Floats:
        """Of the mixtures, for each watch; all watches together lend a first opinion."""
        scores = self.scores + self.scores.mean(axis=0)
        raw = np.exp(scores - scores.max(axis=1, keepdims=True))
        found: Floats = raw / raw.sum(axis=1, keepdims=True)
        return found

    def _factor(self, now: int) -> Floats:
        slot = self.panel.slot[now]
        seen, expected = self.slot_seen[:, slot], self.slot_expected[:, slot]
        shared = (seen.sum() + SLOT_PRIOR) / (expected.sum() + SLOT_PRIOR)
        factor: Floats = (seen + SLOT_PRIOR * shared) / (expected + SLOT_PRIOR)
        if self.panel.holiday[now]:
            prior = SLOT_PRIOR * 4
            factor = factor * (self.holiday_seen + prior) / (self.holiday_expected + prior)
        return factor

    def _dispersion(self) -> Floats:
        """Of each watch: extra variance in units of ``spread``."""
        weight = self.extra_weight.sum()
        shared = float(np.clip(self.extra.sum() / weight, 0.005, 3.0)) if weight > 0 else 0.1
        prior = DISPERSION_PRIOR / shared**2
        found: Floats = np.clip((self.extra + prior * shared) / (self.extra_weight + prior), 0.0, 5.0)
        return found if self.panel.sizes is None else np.minimum(found, 0.9)

    def _size(self, now: int) -> Any:
        return 1.0 if self.panel.sizes is None else self.panel.sizes[:, now]

    def _mean(self, level: Floats, now: int) -> Floats:
        if self.panel.sizes is None:
            return level * self.factor
        share: Floats = np.clip(level * self.factor, LOWEST_SHARE, HIGHEST_SHARE)
        return share * self.panel.sizes[:, now]

    def _parts(self, mean: Floats, now: int) -> tuple[Floats, Floats]:
        """The variance without dispersion, and what dispersion multiplies."""
        if self.panel.sizes is None:
            return mean, mean * mean
        size = self.panel.sizes[:, now]
        base = mean * (1 - np.clip(mean / np.maximum(size, 1.0), LOWEST_SHARE, HIGHEST_SHARE))
        return base, base * np.maximum(size - 1, 0.0)


def _first_level(panel: Panel) -> Floats:
    """Mean of the first week that was observed: a start from which the first days can tell a profile."""
    taken = (panel.coverage >= LEAST_COVERAGE) & ~panel.skip
    taken &= np.cumsum(taken, axis=1) <= 7 * panel.per_day
    sizes = np.where(taken, panel.coverage if panel.sizes is None else panel.sizes, 0.0).sum(axis=1)
    counts = np.where(taken, panel.counts, 0.0).sum(axis=1)
    found: Floats = (counts + 0.5) / np.maximum(sizes, 1.0)
    return found if panel.sizes is None else np.clip(found, LOWEST_SHARE, HIGHEST_SHARE)
