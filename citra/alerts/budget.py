"""How rare is rare enough: the threshold that keeps false alarms at what the user allows, learned from the replay.

The promise is a number of false alarms in a month over all watches. The expected number of false alarms is the sum over
watches and windows of the chance of one, whatever the dependence between them (linearity of expectation; per-family
error rate: Hochberg, Y. & Tamhane, A. C. (1987), *Multiple Comparison Procedures*, ch. 1), so the budget is spent
evenly over watches and windows for ever: alpha spending at a constant rate. Nominal p-values are not trusted: the
threshold is where the replay's own opening incidents become that rare, by a peaks-over-threshold fit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citra.alerts.baseline import Bools, Floats

DAYS_OF_MONTH = 30.0
#: However large the budget: a watch that calls more than once in 200 windows is not read for long.
LOOSEST = 0.005
#: Share of windows that make the tail, and the number of them aimed at.
TAIL, TAIL_SIZE = 0.05, 150
#: The nominal distribution counts like so many peaks.
PRIOR_PEAKS = 10.0
#: What is a thousand times rarer than the threshold (natural log) is taken for real unless somebody marked it false.
SURELY_REAL = 7.0
#: Windows without alarm after which an incident is over: the same in the replay and in life.
CALM = {1: 2, 24: 6}


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """``p`` at or below it opens an incident."""

    p: float
    nominal: float  #: what it would be if p-values were exact
    windows: int  #: replayed
    openings: int  #: incidents that this threshold opens in the replay and that may be false
    real: int  #: those so rare that chance is no explanation (acknowledged ones are not counted at all)
    per_month: float  #: ``openings`` per month of all watches: the measured rate


def target(budget: float, watches: int, per_day: int) -> float:
    """Chance of a false opening in one window of one watch: each watch has the same part of the budget."""
    return budget / (max(1, watches) * DAYS_OF_MONTH * per_day)


def calibrate(p: Floats, real: Bools, *, rate: float, per_day: int, false: Bools | None = None) -> Threshold:
    """The threshold at which incidents open in the replay ``p`` (W×T, NaN: not judged) at ``rate`` a window.

    Peaks over a moderate level have exponential excesses in -log p if p-values are right, and are fitted by a rate of
    their own if not (Pickands, J. (1975), Annals of Statistics 3, 119-131; runs declustering: Smith, R. L. (1989),
    Statistical Science 4, 367-377). What is far beyond the threshold is no false alarm of a model that is nearly right,
    so real events that nobody labelled do not move it.

    :param real: W×T: windows of incidents that somebody acknowledged.
    :param false: W×T: windows of incidents marked as false: they count however rare they are.
    """
    rarity = np.where(np.isnan(p) | real, -1.0, -np.log(np.maximum(np.nan_to_num(p, nan=1.0), 1e-300)))
    windows = int(np.count_nonzero(rarity >= 0))
    share = min(TAIL, max(TAIL_SIZE / max(windows, 1), 10 * rate))
    level = float(np.quantile(rarity[rarity >= 0], 1 - share)) if windows else -math.log(share)
    level = max(level, 1.0)
    sure = -math.log(rate) + SURELY_REAL
    if false is not None:
        rarity = np.where(false, np.minimum(rarity, sure), rarity)
    peaks = cluster_peaks(rarity, level, CALM[per_day])
    peaks = peaks[peaks <= sure] - level
    slope = (len(peaks) + PRIOR_PEAKS) / (float(peaks.sum()) + PRIOR_PEAKS)
    nominal_share = math.exp(-level)
    frequency = (len(peaks) + PRIOR_PEAKS) / (windows + PRIOR_PEAKS / nominal_share)
    rarest = level + math.log(max(frequency / rate, 1.0)) / slope
    found = min(max(math.exp(-rarest), rate / 50), 3 * rate, LOOSEST)
    opened = cluster_peaks(rarity, -math.log(found), CALM[per_day])
    doubtful = int(np.count_nonzero(opened <= sure))
    months = windows / (len(p) * per_day * DAYS_OF_MONTH) if len(p) else 0.0
    return Threshold(
        p=found,
        nominal=min(rate, LOOSEST),
        windows=windows,
        openings=doubtful,
        real=len(opened) - doubtful,
        per_month=doubtful / months if months else 0.0,
    )


def cluster_peaks(rarity: Floats, level: float, calm: int) -> Floats:
    """The largest value of each run of exceedances in each row; runs are parted by more than ``calm`` windows below."""
    rows, columns = np.nonzero(rarity >= level)
    if not len(rows):
        return np.zeros(0)
    gaps: NDArray[np.bool_] = (np.diff(rows) != 0) | (np.diff(columns) > calm)
    starts = np.flatnonzero(np.concatenate(([True], gaps)))
    peaks: Floats = np.maximum.reduceat(rarity[rows, columns], starts)
    return peaks
