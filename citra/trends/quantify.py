"""Shares of sentiment corrected for the classifier's errors, with intervals: counts and a confusion in, shares out.

Adjusted counting in its multi-class form: with ``q`` the shares of predicted labels and ``M`` the chances of each label
given the true one, ``q = Mᵀπ``, so ``π = M⁻ᵀq`` (Gart & Buck 1966, *Am. J. Epidemiology* 83, 593-602; Saerens, Latinne,
& Decaestecker 2002, *Neural Computation* 14, 21-41; Forman 2008, *Data Mining and Knowledge Discovery* 17, 164-206).
It holds when the prevalence changes but the way each class is misread does not. ``docs/numbers.md`` says more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import gammaln

from citra.documents import SENTIMENTS
from citra.trends.series import Change, CountBy, Counted, Share, Verdict, effective_size

Array = NDArray[np.float64]
Matrix = tuple[tuple[int, ...], ...]

#: The stratum of texts whose label a human set: counted as they are.
HUMAN = "human"
#: Draws behind each interval: its ends then shake by less than a tenth of its width; 0.3 ms a bucket.
DRAWS = 1000
SEED = 20261124
#: With fewer independent texts (Kish) no corrected share is given: at 12 an interval spans up to 70 points.
MIN_SIZE = 12.0
#: Least smallest singular value of the confusion's rates: below, the labels hardly depend on the truth.
MIN_INFORMATION = 0.1
#: Gold texts of a class from which on a kind's own row of rates is believed; a thinner one leans on all kinds together.
THIN = 30
#: Bounds of the weight, in gold texts, that all kinds together have beside a thin row.
WEIGHT = (4.0, 200.0)


@dataclass(frozen=True, slots=True)
class Confusion:
    """Gold texts by true (rows) and predicted (columns) sentiment, in the order of ``SENTIMENTS``, by source kind."""

    model: str  #: ``name@version`` of the model that predicted
    date: str  #: day it was measured, ISO
    gold: str  #: hash of the gold texts and labels
    relevance_threshold: float  #: only gold texts at or above were counted
    counts: tuple[tuple[str, Matrix], ...]  #: (source kind, 3×3 counts), sorted by kind

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Confusion:
        """From the content of a model's ``confusion.json``.

        :raises ValueError: a field is missing, a table is not 3×3 of whole numbers, or the labels are others.
        """
        try:
            if list(data["labels"]) != list(SENTIMENTS):
                raise ValueError(f"labels are {data['labels']}, not {list(SENTIMENTS)}")
            return cls(
                model=str(data["model"]),
                date=str(data["date"]),
                gold=str(data["gold"]),
                relevance_threshold=float(data["relevance_threshold"]),
                counts=tuple(sorted((str(kind), _matrix(rows)) for kind, rows in data["counts"].items())),
            )
        except (KeyError, TypeError, AttributeError) as wrong:
            raise ValueError(f"not a confusion: {wrong!r}") from wrong


def _matrix(rows: Any) -> Matrix:
    found = tuple(tuple(int(value) for value in row) for row in rows)
    size = len(SENTIMENTS)
    if len(found) != size or any(len(row) != size or min(row) < 0 for row in found):
        raise ValueError(f"a confusion has {size}×{size} counts, not {rows}")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """Corrected shares of one bucket; their values sum to 1."""

    negative: Share
    neutral: Share
    positive: Share
    size: float  #: independent texts behind it (Kish)
    #: ``[DRAWS, 3]``: what the shares may be; row i of all that one :class:`Corrector` made stands for one possible
    #: confusion, so that differences of buckets are taken row by row
    draws: Array = field(repr=False, compare=False)


class Corrector:
    """Corrects counts by one confusion; make it once, it holds ``DRAWS`` possible confusions of each kind.

    A row of rates (one kind, one true class) is Dirichlet with the gold's counts. Below ``THIN`` texts it gets a prior
    centred on all kinds together, whose weight is learnt from how much the kinds differ (empirical Bayes: Kleinman
    1973, *JASA* 68, 46-54): it leans on the pooled table, and its interval tells how far kinds lie apart. Full rows
    are not shrunk: simulated, that cost up to 15 points of coverage.

    :raises ValueError: the confusion has no gold text of some class: such a class could not be told.
    """

    def __init__(self, confusion: Confusion) -> None:
        self.confusion = confusion
        tables = {kind: np.array(rows, dtype=np.float64) for kind, rows in confusion.counts}
        pooled = sum(tables.values(), np.zeros((3, 3)))
        if not tables or (pooled.sum(axis=1) == 0).any():
            raise ValueError("the gold set lacks texts of a class: no correction is possible")
        centre = (pooled + 1 / 3) / (pooled.sum(axis=1, keepdims=True) + 1)
        self._weight = np.array([_weight(tables, centre[row], row) for row in range(3)])
        self._centre = centre
        self._tables = tables
        self._inverses: dict[str, tuple[Array, Array] | None] = {}

    def rates(self, kind: str) -> Array:
        """``[true, predicted]``: chance of each label given the true one, for texts of ``kind``."""
        table = self._posterior(kind)
        return np.asarray(table / table.sum(axis=1, keepdims=True))

    def possible(self, kind: str) -> Array:
        """``[DRAWS, true, predicted]``: rates as they may be; row i of all kinds belongs together.

        :raises ValueError: the labels of this kind hardly depend on the truth.
        """
        inverse = self._inverse(kind)
        if inverse is None:
            raise ValueError(f"the labels of {kind} texts tell too little")
        return np.asarray(np.linalg.inv(inverse[1]))

    def _posterior(self, kind: str) -> Array:
        """Dirichlet parameters of each row."""
        counts = self._tables.get(kind, np.zeros((3, 3)))
        full = counts.sum(axis=1, keepdims=True) >= THIN
        return np.asarray(counts + np.where(full, self._centre, self._centre * self._weight[:, None]))

    def correct(
        self, parts: Mapping[str, Counted], by: CountBy = "placements", *, stream: int = 0, min_size: float = MIN_SIZE
    ) -> Corrected | None:
        """Corrected shares of the texts of ``parts`` together, with 95 % intervals.

        The interval covers sampling (clusters are stories), errors of the classifier, and the gold's size. Each draw
        takes one possible confusion of each kind and one possible mix of labels: gamma variates of mean the counts and
        effective size by Kish; texts that a human labelled (``HUMAN``) pass as they are.

        :param parts: source kind, or ``HUMAN``, → its counts.
        :param stream: another number for each bucket that is to be compared with others: their sampling is independent.
        :return: None below ``min_size`` independent texts, or when the classifier can hardly tell the classes.
        """
        cells = [(kind, *_labels(counted, by)) for kind, counted in sorted(parts.items())]
        cells = [cell for cell in cells if cell[1].sum() and cell[2]]
        total = sum(float(counts.sum()) for _, counts, _ in cells)
        if not cells or not total:
            return None
        size = total**2 / sum(float(counts.sum()) ** 2 / effective for _, counts, effective in cells)
        if size < min_size:
            return None
        rng = np.random.default_rng((SEED, stream))
        point, drawn, mass = np.zeros(3), np.zeros((DRAWS, 3)), np.zeros(DRAWS)
        for kind, counts, effective in cells:
            inverse = self._inverse(kind)
            if inverse is None:
                return None
            scale = float(counts.sum()) / effective  # texts that stand for one independent one
            prior = float(counts.sum()) / total / 3
            seen = rng.standard_gamma(counts / scale + prior, size=(DRAWS, 3)) * scale
            mass += seen.sum(axis=1)
            point += counts @ inverse[0]
            drawn += np.einsum("bi,bij->bj", seen, inverse[1])
        return _result(_onto_simplex(point[None, :] / total)[0], _onto_simplex(drawn / mass[:, None]), size)

    def _inverse(self, kind: str) -> tuple[Array, Array] | None:
        """``M⁻¹`` of the rates, and ``[DRAWS, 3, 3]`` of possible ones; None where they hardly tell anything."""
        if kind not in self._inverses:
            self._inverses[kind] = self._invert(kind)
        return self._inverses[kind]

    def _invert(self, kind: str) -> tuple[Array, Array] | None:
        if kind == HUMAN:
            return np.eye(3), np.broadcast_to(np.eye(3), (DRAWS, 3, 3))
        rates = self.rates(kind)
        if np.linalg.svd(rates, compute_uv=False)[-1] < MIN_INFORMATION:
            return None
        known = kind if kind in self._tables else ""  # kinds without gold share what all kinds together tell
        rng = np.random.default_rng((SEED, *known.encode()))
        draws = rng.standard_gamma(self._posterior(kind), size=(DRAWS, 3, 3)) + 1e-12
        draws /= draws.sum(axis=2, keepdims=True)
        weak = np.linalg.svd(draws, compute_uv=False)[:, -1] < MIN_INFORMATION / 4
        draws[weak] = rates  # a possible confusion that tells nothing has no inverse
        return np.asarray(np.linalg.inv(rates), dtype=np.float64), np.asarray(np.linalg.inv(draws), dtype=np.float64)


@lru_cache(maxsize=16)
def corrector(confusion: Confusion) -> Corrector:
    """The corrector of a confusion, made once."""
    return Corrector(confusion)


def difference(now: Corrected | None, before: Corrected | None) -> Change:
    """The corrected share of negative against an earlier one, with a 95 % interval and what it means.

    Both stand on the same confusion, whose error largely cancels: differences are taken draw by draw.
    """
    one, two = now.negative if now else None, before.negative if before else None
    if now is None or before is None or one is None or two is None:
        return Change(now=one, before=two, difference=None, low=None, high=None, verdict="too-few")
    value = one.value - two.value
    low, high = (float(end) for end in np.percentile(now.draws[:, 0] - before.draws[:, 0], [2.5, 97.5]))
    verdict: Verdict = "up" if low > 0 else "down" if high < 0 else "unclear"
    return Change(now=one, before=two, difference=value, low=min(low, value), high=max(high, value), verdict=verdict)


def _labels(counted: Counted, by: CountBy) -> tuple[Array, float]:
    """Counts by predicted label, and how many independent texts they are worth."""
    if by == "stories":
        labels = (counted.negative_stories, counted.neutral_stories, counted.positive_stories)
        return np.array(labels, dtype=np.float64), float(counted.stories)
    return np.array((counted.negative, counted.neutral, counted.positive), dtype=np.float64), effective_size(counted)


def _result(point: Array, draws: Array, size: float) -> Corrected:
    ends = np.percentile(draws, [2.5, 97.5], axis=0)
    shares = [
        Share(value=float(value), low=float(min(low, value)), high=float(max(high, value)))
        for value, low, high in zip(point, ends[0], ends[1], strict=True)
    ]
    return Corrected(negative=shares[0], neutral=shares[1], positive=shares[2], size=size, draws=draws)


def _onto_simplex(rows: Array) -> Array:
    """The nearest points with non-negative coordinates of sum 1: constrained least squares.

    Duchi, Shalev-Shwartz, Singer & Chandra 2008, *Efficient projections onto the l1-ball*, ICML, algorithm 1.
    """
    found = rows.copy()
    outside = (rows < 0).any(axis=1)  # rows sum to 1: those without a negative coordinate are there already
    ordered = -np.sort(-rows[outside], axis=1)
    excess = (np.cumsum(ordered, axis=1) - 1) / np.arange(1, rows.shape[1] + 1)
    last = (ordered > excess).sum(axis=1) - 1
    found[outside] = np.maximum(rows[outside] - excess[np.arange(len(ordered)), last][:, None], 0.0)
    return found


def _weight(tables: Mapping[str, Array], centre: Array, row: int) -> float:
    """Weight of the pooled row, in gold texts, that makes the kinds' rows most likely (Dirichlet-multinomial)."""
    counts = [table[row] for table in tables.values() if table[row].sum()]

    def cost(log_weight: float) -> float:
        prior = centre * np.exp(log_weight)
        each = [
            gammaln(prior.sum()) - gammaln(prior.sum() + n.sum()) + (gammaln(prior + n) - gammaln(prior)).sum()
            for n in counts
        ]
        return -float(sum(each))

    low, high = (float(np.log(bound)) for bound in WEIGHT)
    return float(np.exp(minimize_scalar(cost, bounds=(low, high), method="bounded").x))
