"""Indicators of image: which texts each looks at, and the balance of praise and blame with its interval. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from citra.trends.quantify import DRAWS, SEED, Corrected
from citra.trends.series import MIN_STORIES, CountBy, Counted, Share, effective_size

Array = NDArray[np.float64]
Verdict = Literal["better", "worse", "unclear", "too-few"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """What an indicator counts; ``docs/indicators.md`` says what it can and cannot mean."""

    id: str
    name: str  #: Bahasa Indonesia
    topics: tuple[str, ...]  #: any of them; none: all relevant texts
    meaning: str  #: one sentence in Bahasa Indonesia


INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        id="satisfaction", name="Kepuasan layanan", topics=("service",),
        meaning="Pujian dikurangi keluhan dalam teks tentang pelayanan publik.",
    ),
    Indicator(
        id="integrity", name="Integritas", topics=("corruption", "ethics"),
        meaning="Pujian dikurangi celaan dalam teks tentang korupsi serta etika dan disiplin.",
    ),
    Indicator(
        id="trust", name="Kepercayaan", topics=(),
        meaning="Pujian dikurangi celaan dalam semua teks tentang ASN dan instansi.",
    ),
    Indicator(
        id="transparency", name="Transparansi", topics=("transparency",),
        meaning="Pujian dikurangi celaan dalam teks tentang keterbukaan dan akuntabilitas.",
    ),
    Indicator(
        id="participation", name="Partisipasi", topics=("participation",),
        meaning="Pujian dikurangi celaan dalam teks tentang pengaduan dan keterlibatan warga.",
    ),
)  # fmt: skip

VERDICT_ID: dict[Verdict, str] = {
    "better": "membaik",
    "worse": "memburuk",
    "unclear": "tidak ada perubahan berarti",
    "too-few": "terlalu sedikit",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Share of positive less share of negative, -1…1, with the two shares; intervals are 95 %."""

    value: float
    low: float
    high: float
    positive: Share
    negative: Share
    corrected: bool  #: for classifier error; else labels as counted
    draws: Array = field(repr=False, compare=False)  #: of ``value``; rows of corrected ones belong together


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceChange:
    """A balance against an earlier one."""

    difference: float | None
    low: float | None
    high: float | None
    verdict: Verdict


def corrected_balance(shares: Corrected) -> Balance:
    """From shares corrected for classifier error; row by row, so that the two shares' dependence is kept."""
    return _balance(shares.positive, shares.negative, shares.draws[:, 2] - shares.draws[:, 0], corrected=True)


def raw_balance(counted: Counted, by: CountBy = "placements", *, stream: int = 0) -> Balance | None:
    """From labels as counted: Dirichlet draws on Kish's effective counts, a third of a text added to each label
    (Jeffreys-type prior: Berger, Bernardo & Sun 2015, *Bayesian Analysis* 10, 189-221). None with too few stories."""
    if counted.stories < MIN_STORIES:
        return None
    if by == "stories":
        labels = (counted.negative_stories, counted.neutral_stories, counted.positive_stories)
        size = float(counted.stories)
    else:
        labels, size = (counted.negative, counted.neutral, counted.positive), effective_size(counted)
    seen = np.array(labels, dtype=np.float64) / max(sum(labels), 1)
    draws = np.random.default_rng((SEED, stream)).dirichlet(seen * size + 1 / 3, size=DRAWS)
    ends = np.percentile(draws, [2.5, 97.5], axis=0)
    negative, positive = (
        Share(
            value=float(seen[i]),
            low=min(float(ends[0][i]), float(seen[i])),
            high=max(float(ends[1][i]), float(seen[i])),
        )
        for i in (0, 2)
    )
    return _balance(positive, negative, draws[:, 2] - draws[:, 0], corrected=False)


def change(now: Balance | None, before: Balance | None) -> BalanceChange:
    """What became of a balance; both of one kind, else it cannot be compared."""
    if now is None or before is None or now.corrected != before.corrected:
        return BalanceChange(difference=None, low=None, high=None, verdict="too-few")
    low, high = (float(end) for end in np.percentile(now.draws - before.draws, [2.5, 97.5]))
    value = now.value - before.value
    verdict: Verdict = "better" if low > 0 else "worse" if high < 0 else "unclear"
    return BalanceChange(difference=value, low=min(low, value), high=max(high, value), verdict=verdict)


def _balance(positive: Share, negative: Share, draws: Array, *, corrected: bool) -> Balance:
    value = positive.value - negative.value
    low, high = (float(end) for end in np.percentile(draws, [2.5, 97.5]))
    return Balance(
        value=value, low=min(low, value), high=max(high, value), positive=positive, negative=negative,
        corrected=corrected, draws=draws,
    )  # fmt: skip


def chosen(ids: Sequence[str]) -> tuple[Indicator, ...]:
    """The indicators of these ids, all when there are none.

    :raises KeyError: for an unknown id.
    """
    known = {one.id: one for one in INDICATORS}
    return tuple(known[id_] for id_ in ids) if ids else INDICATORS
