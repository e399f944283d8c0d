"""What an event or a campaign changed: an interrupted time series with autocorrelated errors. Pure over readings.

``value = level + weekday profile + step inside the window + error`` (Box & Tiao 1975, *JASA* 70, 70-79; Wagner,
Soumerai, Zhang & Ross-Degnan 2002, *J. Clinical Pharmacy and Therapeutics* 27, 299-309). The error is a first-order
autoregressive process plus noise of known relative size (days of few texts are noisier). How strong either is can
hardly be told from two months, and plugging estimates in finds effects where there are none (Turner et al. 2021, *BMC
Medical Research Methodology* 21, 181). So the step's posterior is averaged over a grid of both, with the restricted
likelihood as weight and the scale integrated out (Berger, De Oliveira & Sansó 2001, *JASA* 96, 1361-1374). What remains
is measured: the same analysis at dates where nothing happened widens the interval where it found too much there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import norm, t

Array = NDArray[np.float64]

#: Autocorrelation from one day to the next, and the part of the variance that is autocorrelated.
_PHI = (0.2, 0.4, 0.6, 0.75, 0.86, 0.93, 0.975)
_PART = (0.15, 0.35, 0.55, 0.75, 0.93)
#: Prior probability that days do not depend on each other; the other processes share the rest evenly.
_PLAIN = 0.3
#: Days with readings before the window, and inside it, below which nothing can be told.
LEAST_BEFORE, LEAST_INSIDE = 21, 3
#: Full weeks of readings from which on each weekday has a level of its own; below, weekend and working days have.
FULL_WEEKS = 8
#: Weight, in independent placebo windows, of the belief that the model is right.
TRUST = 6.0
LEVEL = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """A measured quantity by day; days without a reading are left out. All arrays are of one length."""

    day: NDArray[np.int64]  #: ``date.toordinal``, ascending
    value: Array
    variance: Array  #: of sampling; only its relative size is used
    slot: NDArray[np.int64]  #: weekday, Monday 0; a holiday has Sunday's

    def until(self, last: int) -> Readings:
        """The readings up to a day, included."""
        keep = self.day <= last
        return Readings(day=self.day[keep], value=self.value[keep], variance=self.variance[keep], slot=self.slot[keep])


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """The step inside a window, with a 95 % interval."""

    value: float
    low: float
    high: float
    p: float  #: two-sided probability of so much where there is nothing
    deviation: float  #: standard deviation of the estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Placebos:
    """The same analysis where nothing happened."""

    dates: int  #: first days tried, all before the window
    found: int  #: of them called an effect by the model alone
    widened: float  #: factor by which the interval was widened because of them, ≥ 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterfactual:
    """What the days of the window would have read without the step; all arrays of one length."""

    day: NDArray[np.int64]
    value: Array
    low: Array  #: 95 % for the reading, its noise included
    high: Array


class Interrupted:
    """A series, ready to be asked for the step inside any window of it.

    :raises ValueError: with fewer readings than ``LEAST_BEFORE + LEAST_INSIDE``.
    """

    def __init__(self, readings: Readings) -> None:
        if len(readings.day) < LEAST_BEFORE + LEAST_INSIDE:
            raise ValueError(f"{len(readings.day)} days with readings are too few")
        self.readings = readings
        noise = np.diag(readings.variance / readings.variance.mean())
        apart = np.abs(readings.day[:, None] - readings.day[None, :])
        tried = [(0.0, 0.0), *((phi, part) for phi in _PHI for part in _PART)]
        self._prior = np.log([_PLAIN, *[(1 - _PLAIN) / (len(tried) - 1)] * (len(tried) - 1)])
        self._cover = np.stack([(1 - part) * noise + part * phi**apart for phi, part in tried])
        factors = np.linalg.cholesky(self._cover)
        whiten = np.linalg.inv(factors)  # lower triangular: its first rows whiten the first days
        self._logs = np.log(np.diagonal(factors, axis1=1, axis2=2))
        self._base = _profile(readings)
        self._value, self._design = whiten @ readings.value, whiten @ self._base
        #: ``[…, j]``: the first j columns added up, so that the step from day i to j is a difference of two
        self._steps = np.concatenate((np.zeros((len(tried), len(apart), 1)), np.cumsum(whiten, axis=2)), axis=2)

    def step(self, first: int, last: int, *, widened: float = 1.0) -> Estimate | None:
        """The step over ``first`` to ``last``, by readings up to ``last``; None where too few lie on either side."""
        found = self._mixture(first, last)
        return None if found is None else found.estimate(widened)

    def placebos(self, first: int, last: int) -> Placebos:
        """Windows as long as this one that end before it."""
        length = last - first + 1
        scores, found = [], 0
        for start in range(int(self.readings.day[0]) + LEAST_BEFORE, first - length + 1):
            mixture = self._mixture(start, start + length - 1)
            if mixture is not None:
                below = min(max(mixture.below(0.0), 1e-12), 1 - 1e-12)
                scores.append(float(norm.ppf(below)))
                found += 2 * min(below, 1 - below) < LEVEL
        if not scores:
            return Placebos(dates=0, found=0, widened=1.0)
        independent = max(1.0, len(scores) / length)  # windows that overlap say nearly the same
        spread = (TRUST + independent * float(np.mean(np.square(scores)))) / (TRUST + independent)
        return Placebos(dates=len(scores), found=found, widened=max(1.0, math.sqrt(spread)))

    def counterfactual(self, first: int, last: int) -> Counterfactual:
        """The most likely course without the step: level and profile from the whole, errors carried on from before."""
        start, size = self._rows(first, last)
        fits = self._fit(start, size)
        base = self._base[:size]
        design: Array = np.column_stack((base, (np.arange(size) >= start) * 1.0))
        rest = self.readings.value[:size] - fits.coefficients @ design.T
        across = self._cover[:, start:size, :start]
        carry = np.linalg.solve(self._cover[:, :start, :start], across.transpose(0, 2, 1)).transpose(0, 2, 1)
        means = fits.coefficients[:, :-1] @ base[start:].T + np.einsum("cij,cj->ci", carry, rest[:, :start])
        own = np.diagonal(self._cover[:, start:size, start:size], axis1=1, axis2=2)
        own = np.maximum(own - np.einsum("cij,cij->ci", carry, across), 0.0) * fits.scale[:, None]
        squares = own + np.einsum("ij,cjk,ik->ci", base[start:], fits.covariance[:, :-1, :-1], base[start:])
        mean = fits.weight @ means
        spread = np.sqrt(fits.weight @ (squares + (means - mean) ** 2))
        wide = float(t.ppf(0.975, fits.freedom))
        day = self.readings.day[start:size]
        return Counterfactual(day=day, value=mean, low=mean - wide * spread, high=mean + wide * spread)

    def _rows(self, first: int, last: int) -> tuple[int, int]:
        """Where the window begins and ends among the readings."""
        start, size = np.searchsorted(self.readings.day, (first, last + 1))
        return int(start), int(size)

    def _mixture(self, first: int, last: int) -> _Mixture | None:
        start, size = self._rows(first, last)
        if size - start < LEAST_INSIDE or start < LEAST_BEFORE:
            return None
        fits = self._fit(start, size)
        deviation = np.sqrt(fits.covariance[:, -1, -1])
        return _Mixture(weight=fits.weight, value=fits.coefficients[:, -1], deviation=deviation, freedom=fits.freedom)

    def _fit(self, start: int, size: int) -> _Fits:
        """Generalised least squares with the first ``size`` days, under every error process."""
        step = self._steps[:, :size, size] - self._steps[:, :size, start]
        design = np.concatenate((self._design[:, :size], step[:, :, None]), axis=2)
        value = self._value[:, :size, None]
        across = design.transpose(0, 2, 1)
        gram = across @ design + 1e-10 * np.eye(design.shape[2])
        inverse = np.linalg.inv(gram)
        coefficients = inverse @ (across @ value)
        freedom = size - design.shape[2]
        squares = np.maximum(np.square(value - design @ coefficients).sum(axis=(1, 2)), 1e-18)
        logs = -self._logs[:, :size].sum(axis=1) - 0.5 * np.linalg.slogdet(gram)[1] - 0.5 * freedom * np.log(squares)
        logs += self._prior
        weight = np.exp(logs - logs.max())  # restricted likelihood, the scale integrated out
        scale = squares / freedom
        return _Fits(
            coefficients[:, :, 0], inverse * scale[:, None, None], scale, weight / weight.sum(), float(freedom)
        )


@dataclass(frozen=True, slots=True)
class _Fits:
    """One row for each error process."""

    coefficients: Array  #: the step last
    covariance: Array
    scale: Array
    weight: Array
    freedom: float


@dataclass(frozen=True, slots=True)
class _Mixture:
    """Posterior of the step: t distributions under the possible error processes."""

    weight: Array
    value: Array
    deviation: Array
    freedom: float

    def below(self, at: float, widened: float = 1.0) -> float:
        centre = float(self.weight @ self.value)
        moved = centre + (self.value - centre) * widened
        return float(self.weight @ t.cdf((at - moved) / (self.deviation * widened), self.freedom))

    def estimate(self, widened: float) -> Estimate:
        centre = float(self.weight @ self.value)
        spread = float(np.sqrt(self.weight @ (self.deviation**2 + (self.value - centre) ** 2))) * widened
        ends = [
            float(brentq(lambda x, q=q: self.below(x, widened) - q, centre - 60 * spread, centre + 60 * spread))
            for q in (LEVEL / 2, 1 - LEVEL / 2)
        ]
        below = self.below(0.0, widened)
        return Estimate(value=centre, low=ends[0], high=ends[1], p=2 * min(below, 1 - below), deviation=spread)


def _profile(readings: Readings) -> Array:
    """A level, and what weekdays or the weekend add to it."""
    columns: list[Array] = [np.ones(len(readings.day))]
    if len(readings.day) >= 7 * FULL_WEEKS:
        columns += [(readings.slot == slot) * 1.0 for slot in range(1, 7)]
    else:
        columns.append(np.where(readings.slot >= 5, 1.0, 0.0))
    kept: list[Array] = [columns[0], *(column for column in columns[1:] if 0 < column.sum() < len(column))]
    return np.column_stack(kept)


def against(treated: Readings, controls: Readings) -> Readings:
    """The treated less the controls, on days that both have: what moves both alike cancels (difference in differences;
    Lopez Bernal, Cummins & Gasparrini 2018, *Int. J. Epidemiology* 47, 2082-2093)."""
    day, mine, theirs = np.intersect1d(treated.day, controls.day, return_indices=True)
    return Readings(
        day=day,
        value=treated.value[mine] - controls.value[theirs],
        variance=treated.variance[mine] + controls.variance[theirs],
        slot=treated.slot[mine],
    )


def detectable(estimate: Estimate, power: float = 0.8) -> float:
    """The size of a step that would be found with this ``power`` (Bloom 1995, *Evaluation Review* 19, 547-556)."""
    return float(norm.ppf(1 - LEVEL / 2) + norm.ppf(power)) * estimate.deviation
