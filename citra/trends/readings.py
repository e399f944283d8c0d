"""Daily counts → readings of a quantity for :mod:`citra.trends.effect`. Pure over counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from citra.trends.effect import Readings
from citra.trends.quantify import HUMAN, Corrector
from citra.trends.series import CountBy, Counted, effective_size

Array = NDArray[np.float64]
Days = Mapping[date, Mapping[str, Counted]]
"""Day → source kind → counts."""

#: Days with less of their expected volume are no readings of a share.
COVERED = 0.5
#: Added to counts before the logarithm (Haldane 1956, *Annals of Human Genetics* 20, 309-311).
HALF = 0.5


def weights(how: Corrector | None, kind: str, rows: int | None = None) -> Array:
    """What each predicted label adds to the share of negative: its correction is linear in the counts.

    :param rows: so many possible confusions, one row each; None: the most likely one.
    """
    kind = kind.rpartition(":")[2]  # of a pooled series
    if how is None or kind == HUMAN:
        plain = np.array((1.0, 0.0, 0.0))
        return plain if rows is None else np.tile(plain, (rows, 1))
    rates = how.rates(kind) if rows is None else how.possible(kind)[:rows]
    return np.asarray(np.linalg.inv(rates)[..., 0])


def shares(
    days: Days, slots: Mapping[date, int], by: CountBy = "placements", *, how: Corrector | None = None
) -> Readings:
    """Share of negative by day, corrected where ``how`` is given, with the variance of so few texts.

    Not cut to 0…1: a mean of cut values would be biased. The variance takes each kind's labels as those of all days
    together, so that a day without a negative text is not taken for a sure one.
    """
    kinds = sorted({kind for parts in days.values() for kind in parts})
    known = {kind: weights(how, kind) for kind in kinds}
    spread = {kind: _spread(days, kind, known[kind], by) for kind in kinds}
    found = []
    for day, parts in sorted(days.items()):
        cells = [(kind, *_labels(one, by)) for kind, one in parts.items() if one.placements and one.sum_mm]
        total = sum(float(labels.sum()) for _, labels, _ in cells)
        if day in slots and total:
            value = sum(float(labels @ known[kind]) for kind, labels, _ in cells) / total
            variance = sum((labels.sum() / total) ** 2 * spread[kind] / size for kind, labels, size in cells)
            found.append((day.toordinal(), value, float(variance), slots[day]))
    return _readings(found)


def volumes(
    days: Days,
    slots: Mapping[date, int],
    by: CountBy = "placements",
    *,
    coverage: Mapping[date, float] | None = None,
) -> Readings:
    """Logarithm of the number of texts by day, those without texts included.

    :param slots: the days to read, with their place in the profile.
    :param coverage: day → share of the expected volume that was collected; what is missing is made up for.
    """
    counts = {day: sum(_number(one, by) for one in days.get(day, {}).values()) for day in slots}
    mean = max(sum(counts.values()) / max(len(counts), 1), HALF)
    found = []
    for day, slot in sorted(slots.items()):
        covered = min(1.0, (coverage or {}).get(day, 1.0))
        if covered >= COVERED:
            value = float(np.log((counts[day] + HALF) / covered))
            found.append((day.toordinal(), value, 1 / (mean * covered + HALF), slot))
    return _readings(found)


def pooled(series: Sequence[Days]) -> dict[date, dict[str, Counted]]:
    """Several series as one."""
    found: dict[date, dict[str, Counted]] = {}
    for number, days in enumerate(series):
        for day, parts in days.items():
            # parts of one kind stay apart under a name of their own: their stories are counted within a query
            found.setdefault(day, {}).update({f"{number}:{kind}": one for kind, one in parts.items()})
    return found


def size_of(days: Days, first: date, last: date, by: CountBy = "placements") -> float:
    """Independent texts from ``first`` to ``last``."""
    chosen = [one for day, parts in days.items() if first <= day <= last for one in parts.values() if one.placements]
    return sum(float(one.stories) if by == "stories" else effective_size(one) for one in chosen)


def classifier_spread(
    treated: Days, controls: Days | None, how: Corrector, at: date, by: CountBy = "placements", rows: int = 200
) -> float:
    """Standard deviation that the possible confusions give the difference after - before (less that of the controls).

    The same confusion holds on all sides, so that most of its error cancels.
    """
    moved = np.zeros(rows)
    for days, sign in ((treated, 1.0), (controls or {}, -1.0)):
        for after in (True, False):
            sums: dict[str, Array] = {}
            for day, parts in days.items():
                if (day >= at) == after:
                    for kind, one in parts.items():
                        sums[kind] = sums.get(kind, np.zeros(3)) + _labels(one, by)[0]
            total = sum(float(labels.sum()) for labels in sums.values())
            for kind, labels in sums.items() if total else ():
                moved += sign * (1 if after else -1) * (weights(how, kind, rows) @ labels) / total
    return float(moved.std())


def _readings(found: Sequence[tuple[int, float, float, int]]) -> Readings:
    columns = list(zip(*found, strict=True)) if found else [(), (), (), ()]
    return Readings(
        day=np.array(columns[0], dtype=np.int64),
        value=np.array(columns[1], dtype=np.float64),
        variance=np.array(columns[2], dtype=np.float64),
        slot=np.array(columns[3], dtype=np.int64),
    )


def _spread(days: Days, kind: str, known: Array, by: CountBy) -> float:
    """Variance of one text's contribution, by the labels of its kind on all days."""
    labels = sum((_labels(parts[kind], by)[0] for parts in days.values() if kind in parts), np.full(3, HALF))
    seen = labels / labels.sum()
    return float(seen @ known**2 - (seen @ known) ** 2)


def _labels(one: Counted, by: CountBy) -> tuple[Array, float]:
    if by == "stories":
        labels = (one.negative_stories, one.neutral_stories, one.positive_stories)
        return np.array(labels, dtype=np.float64), float(one.stories)
    return np.array((one.negative, one.neutral, one.positive), dtype=np.float64), effective_size(one)


def _number(one: Counted, by: CountBy) -> int:
    return one.stories if by == "stories" else one.placements
