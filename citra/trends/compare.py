"""Offices, regions, topics or sources beside each other: shares that small samples do not distort, and honest ranks.

Each unit's share of negative is drawn towards that of all units, the more the fewer texts it has: the shares come from
one beta distribution (Carlin & Louis 2000, *Bayes and Empirical Bayes Methods*, ch. 3), its mean and strength from the
data. What is not known of these stays in the intervals: both are integrated over a grid under the uniform-shrinkage
prior (Christiansen & Morris 1997, *JASA* 92, 618-632; Daniels 1999, *Canadian J. Statistics* 27, 567-578). Copies count
as Kish's effective size has it; where the classifier's errors are known, the likelihood is that of its labels given the
true ones, for many possible confusions. Ranks are those of draws from the posterior (Goldstein & Spiegelhalter 1996,
*JRSS A* 159, 385-443).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, logsumexp
from scipy.stats import beta

from citra.trends.quantify import HUMAN, MIN_SIZE, Corrected, Corrector
from citra.trends.series import MIN_STORIES, CountBy, Counted, Share, effective_size, share_of

Array = NDArray[np.float64]
Side = Literal["above", "below", "unclear"]

SEED = 20261124
#: Possible confusions, common distributions drawn under each, and draws of all shares under each of those.
CONFUSIONS, COMMON, EACH = 25, 20, 8
#: With fewer units there is no common distribution to learn.
MIN_UNITS = 3
#: Cells of a share between 0 and 1, equally wide on the arcsine scale, where all samples of a size tell alike.
CELLS = 400
_EDGES = np.sin(np.linspace(0, np.pi / 2, CELLS + 1)) ** 2
_MIDDLES, _WIDTHS = (_EDGES[1:] + _EDGES[:-1]) / 2, np.diff(_EDGES)
#: Points of the grid over the mean and the strength of the common distribution.
MEANS, STRENGTHS = 32, 24
#: Weight, in texts, of all units' division of the rest into neutral and positive as a guess of one unit's.
REST_WEIGHT = 10.0

#: What a verdict is called towards Indonesian readers.
VERDICT_ID: Mapping[Side, str] = {
    "above": "lebih negatif dari rata-rata",
    "below": "kurang negatif dari rata-rata",
    "unclear": "tidak berbeda nyata",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What was counted of one office, region, topic or source."""

    id: str
    whole: Counted
    parts: Mapping[str, Counted]  #: source kind (or ``HUMAN``) → its counts, for the correction


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One unit beside the others; shares are of negative, intervals 95 %."""

    id: str
    placements: int
    stories: int
    share: Share | None  #: as labelled; None with too few stories
    corrected: Share | None  #: corrected for classifier error, of this unit alone; None with too few texts
    shrunk: Share  #: the estimate to compare by: corrected where the classifier's errors are known, then shrunk
    borrowed: float  #: 0…1: how much of ``shrunk`` comes from the other units
    size: float  #: independent texts that the unit's own share is worth
    rank: int  #: 1: most negative; by expected rank
    rank_low: int  #: 95 % interval of the true rank
    rank_high: int
    p_above: float  #: probability that it lies above the mean of all units
    verdict: Side
    few: bool  #: too few stories to show a share of its own


def standings(
    units: Sequence[Unit], by: CountBy = "placements", *, how: Corrector | None = None, seed: int = SEED
) -> list[Standing]:
    """The units by expected rank, most negative first; those without texts are left out.

    Units that share texts (a text may name two offices) are treated as independent, which widens the interval of
    their difference a little. Below ``MIN_UNITS`` units nothing is shrunk.
    """
    units = [unit for unit in units if unit.whole.placements]
    if not units:
        return []
    labels = _labels(units, by)
    made = {unit.id: how.correct(unit.parts, by, min_size=0.0) for unit in units} if how else {}
    if how and any(shares is None for shares in made.values()):
        how, made = None, {}  # a kind whose labels tell nothing: corrected beside raw shares would mislead
    confusions = _confusions(how, list(labels))
    likelihoods = np.stack([_likelihood(labels, rates) for rates in confusions])
    draws, strength = _posterior(likelihoods, np.random.default_rng(seed))
    sizes = _sizes(likelihoods[0])
    borrowed = (strength[:, None] / (strength[:, None] + sizes)).mean(axis=0) if len(strength) else sizes * 0.0
    return _stand(units, by, made, draws, sizes, borrowed)


def _labels(units: Sequence[Unit], by: CountBy) -> dict[str, Array]:
    """Source kind → ``[units, 3]`` labels, in independent texts."""
    found = {kind: np.zeros((len(units), 3)) for unit in units for kind in sorted(unit.parts)}
    for row, unit in enumerate(units):
        for kind, one in unit.parts.items():
            if by == "stories":
                found[kind][row] = (one.negative_stories, one.neutral_stories, one.positive_stories)
            elif one.placements:
                counts = np.array((one.negative, one.neutral, one.positive), dtype=np.float64)
                found[kind][row] = counts * (effective_size(one) / one.placements)
    return found


def _confusions(how: Corrector | None, kinds: Sequence[str]) -> Iterator[dict[str, Array]]:
    """Possible ``[true, predicted]`` rates of each kind, the most likely first; without a corrector the truth."""
    if how is None:
        yield {kind: np.eye(3) for kind in kinds}
        return
    possible = {kind: how.possible(kind) for kind in kinds if kind != HUMAN}
    for row in range(CONFUSIONS):
        yield {
            kind: np.eye(3) if kind == HUMAN else how.rates(kind) if row == 0 else possible[kind][row] for kind in kinds
        }


def _likelihood(labels: Mapping[str, Array], rates: Mapping[str, Array]) -> Array:
    """``[units, CELLS]``: how well each share explains the labels of each unit, its best being 1.

    How the rest divides into neutral and positive is averaged over, around that of all units together.
    """
    rest = sum((labels[kind].sum(axis=0) @ np.linalg.inv(rates[kind]) for kind in labels), np.zeros(3))
    rest = np.maximum(rest[1:], 0.0) + 0.5
    near = REST_WEIGHT * rest / rest.sum()
    neutral = beta.ppf([0.1, 0.3, 0.5, 0.7, 0.9], *near)
    explained: Array = np.zeros(1)
    for kind, seen in labels.items():
        other = neutral[:, None] * rates[kind][1] + (1 - neutral[:, None]) * rates[kind][2]
        chance = _MIDDLES[:, None, None] * rates[kind][0] + (1 - _MIDDLES)[:, None, None] * other
        explained = explained + np.tensordot(seen, np.log(np.maximum(chance, 1e-12)), axes=(1, 2))
    found = logsumexp(explained, axis=2)
    return np.asarray(np.exp(found - found.max(axis=1, keepdims=True)))


def _sizes(likelihood: Array) -> Array:
    """Texts whose true labels would tell as much: of a binomial sample of size n the posterior under a flat prior has
    variance t(1-t)/(n+3)."""
    weight = likelihood * _WIDTHS
    weight = weight / weight.sum(axis=1, keepdims=True)
    mean = weight @ _MIDDLES
    variance = weight @ _MIDDLES**2 - mean**2
    return np.asarray(np.maximum(mean * (1 - mean) / variance - 3, 0.0))


def _posterior(likelihoods: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """``[draws, units]`` of the true shares, and ``[draws]`` of the common distribution's strength in texts."""
    confusions, units = likelihoods.shape[:2]
    times = CONFUSIONS * COMMON // confusions
    if units < MIN_UNITS:
        flat = _masses(np.array([0.5]), np.array([0.5]))[:, 0]
        return np.concatenate([_drawn(one * flat, times * EACH, rng) for one in likelihoods]), np.zeros(0)
    grid = _grid(likelihoods)
    draws, strengths = [], []
    for likelihood in likelihoods:
        for point in rng.choice(len(grid.prior), size=times, p=grid.weights(likelihood)):
            draws.append(_drawn(likelihood * grid.mass[:, point], EACH, rng))
            strengths.append(np.full(EACH, grid.strength[point]))
    return np.concatenate(draws), np.concatenate(strengths)


@dataclass(frozen=True, slots=True)
class _Grid:
    """Common distributions: each a mean, a strength, a prior weight (log) and its mass in each cell."""

    place: Array  #: logit of the mean
    strength: Array
    prior: Array
    mass: Array  #: ``[CELLS, points]``

    @classmethod
    def around(cls, middle: float, wide: float, typical: float) -> _Grid:
        place = middle + wide * np.linspace(-1, 1, MEANS)
        shrinkage = (np.arange(STRENGTHS) + 0.5) / STRENGTHS
        places, strengths = (one.ravel() for one in np.meshgrid(place, typical * shrinkage / (1 - shrinkage)))
        means = expit(places)
        return cls(places, strengths, np.log(means * (1 - means)), _masses(means * strengths, (1 - means) * strengths))

    def weights(self, likelihood: Array) -> Array:
        chance = self.prior + np.log(likelihood @ self.mass).sum(axis=0)
        return np.asarray(np.exp(chance - logsumexp(chance)))


def _masses(a: Array, b: Array) -> Array:
    """``[CELLS, points]`` of beta distributions: density in the middle of a cell, exact where it may be infinite."""
    logs = (a - 1) * np.log(_MIDDLES)[:, None] + (b - 1) * np.log1p(-_MIDDLES)[:, None] + np.log(_WIDTHS)[:, None]
    logs[0] = a * np.log(_EDGES[1]) - np.log(a)
    logs[-1] = b * np.log1p(-_EDGES[-2]) - np.log(b)
    found = np.exp(logs - logs.max(axis=0))
    return np.asarray(np.maximum(found / found.sum(axis=0), 1e-300))


def _grid(likelihoods: Array) -> _Grid:
    """A grid where the data put the common distribution, whichever confusion holds."""
    typical = max(float(np.median(_sizes(likelihoods[0]))), 1.0)
    middle, wide = float(logit(0.3)), 4.5
    for _ in range(2):
        coarse = _Grid.around(middle, wide, typical)
        weight = np.mean([coarse.weights(one) for one in likelihoods[:10]], axis=0)
        middle = float(weight @ coarse.place)
        spread = float(np.sqrt(weight @ (coarse.place - middle) ** 2))
        wide = min(wide, max(4.5 * spread, 2.5 * wide / MEANS))
    return _Grid.around(middle, wide, typical)


def _drawn(weight: Array, times: int, rng: np.random.Generator) -> Array:
    """``[times, units]`` shares drawn from cells of these weights, evenly within a cell."""
    filled = np.cumsum(weight, axis=1)
    at = rng.uniform(size=(times, len(weight))) * filled[:, -1]
    cells = np.stack([np.searchsorted(one, aim) for one, aim in zip(filled, at.T, strict=True)], axis=1)
    cells = np.minimum(cells, CELLS - 1)
    return np.asarray(_EDGES[cells] + rng.uniform(size=cells.shape) * _WIDTHS[cells])


def _stand(
    units: Sequence[Unit],
    by: CountBy,
    made: Mapping[str, Corrected | None],
    draws: Array,
    sizes: Array,
    borrowed: Array,
) -> list[Standing]:
    ranks = (-draws).argsort(axis=1).argsort(axis=1) + 1
    expected = ranks.mean(axis=0)
    order = sorted(range(len(units)), key=lambda i: (expected[i], units[i].id))
    above = (draws > draws.mean(axis=1, keepdims=True)).mean(axis=0)
    ends = np.percentile(draws, [2.5, 97.5], axis=0)
    places = np.percentile(ranks, [2.5, 97.5], axis=0, method="inverted_cdf")
    found = []
    for rank, i in enumerate(order, 1):
        unit, shares = units[i], made.get(units[i].id)
        verdict: Side = "above" if above[i] > 0.975 else "below" if above[i] < 0.025 else "unclear"
        value = float(draws[:, i].mean())
        found.append(
            Standing(
                id=unit.id,
                placements=unit.whole.placements,
                stories=unit.whole.stories,
                share=share_of(unit.whole, by),
                corrected=shares.negative if shares and shares.size >= MIN_SIZE else None,
                shrunk=Share(value=value, low=float(ends[0][i]), high=float(ends[1][i])),
                borrowed=float(borrowed[i]),
                size=float(sizes[i]),
                rank=rank,
                rank_low=int(places[0][i]),
                rank_high=int(places[1][i]),
                p_above=float(above[i]),
                verdict=verdict if len(units) > 1 else "unclear",
                few=unit.whole.stories < MIN_STORIES,
            )
        )
    return found
