"""Counts of a brief against what is usual: the numbers that stand in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom

from citra.alerts.baseline import Panel, learn, tail
from citra.alerts.calendar import slots
from citra.brief.selection import FILTERS, Counted, Selection
from citra.brief.shapes import LEAST, Amount, Mood, Period, Span, Usual
from citra.documents import JAKARTA
from citra.store import Buckets, Query, Store
from citra.trends import quantify
from citra.trends import series as trends
from citra.trends.series import Change
from citra.verbs.correction import Correction, corrected, correction
from citra.verbs.coverage import Coverage, of_buckets
from citra.verbs.covered_trend import common_of

#: Days of history that the usual level of a day is learned from.
HISTORY = 400
#: A period with less of the expected volume does not teach what is usual.
LEAST_COVERAGE = 0.7

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Asker:
    """Counts selections in one store, over texts of one relevance."""

    store: Store
    relevance: float

    def query(self, of: Selection) -> Query:
        filters = {field: getattr(of, field) for field in FILTERS.values()}
        relevance = None if of.everything else self.relevance
        return Query.of(of.text, since=of.since, until=of.until, min_relevance=relevance, **filters)

    def texts(self, of: Selection) -> Counted:
        return Counted(value=self.store.count(self.query(of)).placements, of=of)

    def stories(self, of: Selection) -> Counted:
        return Counted(value=self.store.count(self.query(of)).stories, of=of, unit="stories")


class UsualLevels:
    """What counts of a period are expected to be, by its history."""

    def __init__(self, asker: Asker, period: Period, coverage: Coverage | None, first: date | None) -> None:
        self._asker, self._period = asker, period
        length = timedelta(days=HISTORY) if period.span == "day" else period.since - period.usual_since
        since = min(period.since, max(period.since - length, first or period.since))
        # a first week or month that began before the collection did is no whole one
        self.starts = [start for start in trends.starts(since, period.since, period.span) if start >= since]
        shares = of_buckets(coverage.shares, period.span) if coverage else {}
        self._coverage = np.array([shares.get(start, 1.0) for start in self.starts])

    @property
    def span(self) -> Span:
        return self._period.span

    @property
    def usual_since(self) -> date | None:
        """First day of the periods that the share of negative is compared with; None: too few of them."""
        return max(self.starts[0], self._period.usual_since) if self.history >= LEAST[self.span] else None

    @property
    def history(self) -> int:
        """Periods before this one."""
        return len(self.starts) - 1

    def amounts(self, of: Sequence[Selection], counts: Sequence[Buckets]) -> list[Amount]:
        """Each count against the usual one; ``of`` are the selections of the period itself."""
        if not of:
            return []
        table = np.array(
            [[float(found[start].placements) if start in found else 0.0 for start in self.starts] for found in counts]
        )
        usual = self._daily(table) if self._period.span == "day" else self._plain(table)
        return [
            Amount(now=Counted(value=int(row[-1]), of=one), usual=level)
            for one, row, level in zip(of, table, usual, strict=True)
        ]

    def _daily(self, table: Floats) -> list[Usual | None]:
        """By the alerts' baseline: level, weekday, holidays, spread."""
        starts = [datetime.combine(start, time(), JAKARTA) for start in self.starts]
        slot, off = slots(starts, hourly=False)
        cover = np.tile(self._coverage, (len(table), 1))
        usual = learn(
            Panel(
                family="count", counts=table, coverage=cover, skip=np.zeros(table.shape, dtype=np.bool_), slot=slot,
                holiday=off,
            )
        )  # fmt: skip
        if self.history < LEAST[self.span]:
            return [None] * len(table)
        means, spreads, chances = usual.expected[:, -1], usual.deviation[:, -1] ** 2, usual.p[:, -1]
        return [
            None if np.isnan(p) else _usual(mean, spread, float(p))
            for mean, spread, p in zip(means, spreads, chances, strict=True)
        ]

    def _plain(self, table: Floats) -> list[Usual | None]:
        """By mean and variance of the periods before that were covered; the next one varies, and so does the mean."""
        taught = table[:, :-1][:, self._coverage[:-1] >= LEAST_COVERAGE]
        periods = taught.shape[1]
        if periods < LEAST[self.span]:
            return [None] * len(table)
        means = np.maximum(taught.mean(axis=1), 1 / periods)
        spreads = np.maximum(taught.var(axis=1, ddof=1), means) * (1 + 1 / periods)
        chances = tail(table[:, -1], means, spreads, None)
        return [_usual(mean, spread, float(p)) for mean, spread, p in zip(means, spreads, chances, strict=True)]


def _usual(mean: float, variance: float, p: float) -> Usual:
    """95 % of a negative binomial of this mean and variance."""
    shape = mean * mean / max(variance - mean, 1e-6 * mean * mean + 1e-12)
    low, high = nbinom.ppf([0.025, 0.975], shape, shape / (shape + mean))
    return Usual(expected=float(mean), low=float(low), high=float(high), p=p)


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of negative now against the usual ones, over the sources that were there in both."""

    store: Store
    period: Period
    how: Correction
    sources: tuple[str, ...]  #: empty: all
    left_out: tuple[str, ...]
    since: date | None  #: first day of what is usual; None: too little history to say

    @classmethod
    def of(
        cls, store: Store, query: Query, period: Period, since: date | None, coverage: Coverage | None,
        model: str | None,
    ) -> Shares:  # fmt: skip
        """:param query: over the period and what is usual.
        :param since: first day of what is usual; None: too little history to say.
        """
        models = store.facets(query, "model")
        how = correction(models, query, model)
        known = store.facets(query, "source")
        sources: tuple[str, ...] = ()
        left_out: tuple[str, ...] = ()
        if coverage and since:
            spans = [(period.since, period.until), (since, period.usual_until)]
            common = common_of(coverage, known, spans)
            if common.left_out:
                sources, left_out = common.sources, tuple(sorted(common.left_out))
        return cls(store, period, how, sources, left_out, since)

    def change(self, query: Query, stream: int = 0) -> tuple[Change, bool]:
        """The change, and whether it is of corrected shares; without a usual share only what is now.

        Where shares are corrected, one of too few texts for it is none: raw beside corrected would mislead.

        :param stream: another for each query that is compared with others.
        """
        if self.left_out and not self.sources:
            return trends.compare(None, None), False
        asked = replace(query, sources=self.sources or query.sources)
        spans = [(self.period.since, self.period.until)]
        spans += [(self.since, self.period.usual_until)] if self.since else []
        sides = [replace(asked, since=since, until=until) for since, until in spans]
        if self.how.corrector is not None:
            shares = [
                next(iter(corrected(self.store, side, "all", self.how, stream=2 * stream + number).values()), None)
                for number, side in enumerate(sides)
            ]
            return quantify.difference(shares[0], shares[1] if self.since else None), True
        tallies = [next(iter(self.store.buckets(side, "all").values()), None) for side in sides]
        raw = [trends.share_of(tally, query.count_by) if tally else None for tally in tallies]
        return trends.compare(raw[0], raw[1] if self.since else None), False

    def mood(self, query: Query) -> Mood:
        change, is_corrected = self.change(query)
        return Mood(change=change, corrected=is_corrected, sources=len(self.sources), left_out=self.left_out)
