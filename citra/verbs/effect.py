"""What an event or a campaign changed: effect with interval, or "cannot tell" with the reason."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

import numpy as np

from citra.alerts.calendar import holiday
from citra.errors import InputError
from citra.indonesian import number, percent
from citra.store import Query, Store
from citra.store.expand import expand
from citra.store.nodes import And, Not
from citra.trends import readings
from citra.trends.effect import (
    LEAST_BEFORE,
    LEVEL,
    Counterfactual,
    Estimate,
    Interrupted,
    Placebos,
    Readings,
    against,
    detectable,
)
from citra.trends.quantify import Confusion, Corrector
from citra.trends.readings import Days
from citra.trends.series import CountBy
from citra.verbs.correction import by_kind, correction
from citra.verbs.index import open_index

Measure = Literal["share", "volume"]
Verdict = Literal["effect", "cannot-tell"]

#: Days before the event that are learned from, and after it that are looked at, unless said otherwise.
BEFORE, AFTER = 180, 28
#: Independent texts on either side, and texts a day for counts, below which nothing is told.
LEAST_TEXTS, LEAST_A_DAY = 15.0, 2.0
#: Part of the controlled effect that the treated alone must show: else it is the controls that moved.
OWN_PART = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One control: something alike that the event did not touch."""

    query: Query  #: without the texts of the treated
    step: Estimate | None  #: its own step in the window; None: too few texts
    moved: bool  #: clearly, all controls considered together


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Of shares, effects are differences (0.05: five points); of volumes, differences of natural logarithms."""

    query: Query
    measure: Measure
    since: date  #: first day learned from
    at: date
    until: date
    verdict: Verdict
    reason: str  #: one sentence: why nothing can be told, or what the effect rests on
    step: Estimate | None  #: against the controls where there are any
    own: Estimate | None  #: of the treated alone
    controls: tuple[Control, ...]
    placebos: Placebos | None
    detectable: float | None  #: a true effect of this size would be found four times out of five
    observed: Readings  #: of the treated, day by day
    counterfactual: Counterfactual | None  #: the treated without the step
    confusion: Confusion | None
    index_version: str
    model_version: str
    notes: tuple[str, ...]


def effect(
    index: str,
    query: Query,
    *,
    at: date,
    until: date | None = None,
    controls: Sequence[Query] = (),
    measure: Measure = "share",
    today: date | None = None,
    coverage: Mapping[date, float] | None = None,
    model: str | None = None,
    human: Sequence[str] = (),
) -> Effect:
    """The change of ``query`` from ``at`` to ``until`` that weekdays, slow drifts and the controls do not explain.

    :param until: last day looked at; None: four weeks, as far as there are texts and the day is over.
    :param controls: what is alike but untouched; texts that ``query`` finds as well are left out of them.
    :param coverage: day → share of the expected volume that was collected.
    :param today: not over yet, so not looked at.
    :param model: folder or name of the model whose confusion corrects.
    :param human: ids of texts labelled by hand: their labels need no correction.
    :raises InputError: dates that cannot be, a share of a query that chooses sentiments.
    """
    with open_index(index) as store:
        return effect_in(
            store, query, at=at, until=until, controls=controls, measure=measure, today=today, coverage=coverage,
            model=model, human=human,
        )  # fmt: skip


def effect_in(
    store: Store,
    query: Query,
    *,
    at: date,
    until: date | None = None,
    controls: Sequence[Query] = (),
    measure: Measure = "share",
    today: date | None = None,
    coverage: Mapping[date, float] | None = None,
    model: str | None = None,
    human: Sequence[str] = (),
) -> Effect:
    """:func:`effect` on a store that stays open."""
    if measure == "share" and query.sentiments:
        raise InputError("the query chooses texts by their sentiment: its share says nothing; measure the volume")
    since, last = _period(store, query, at, until, today)
    inside = replace(query, since=since, until=last)
    models = store.facets(inside, "model")
    how = correction(models, query, model, human)
    others = [_untouched(one, query, since, last) for one in controls]
    counts = [by_kind(store, one, "day", how.human) for one in (inside, *others)]
    case = _Case(
        treated=counts[0], controls=counts[1:], slots=_slots(since, last), by=query.count_by, measure=measure,
        how=how.corrector if measure == "share" else None, coverage=coverage or {}, at=at, last=last,
    )  # fmt: skip
    steps = case.control_steps()
    judged = case.judged()
    return Effect(
        query=inside,
        measure=measure,
        since=since,
        at=at,
        until=last,
        verdict="cannot-tell" if judged.against else "effect",
        reason=judged.against or judged.rests_on,
        step=judged.step,
        own=judged.own,
        controls=tuple(map(_control, others, steps, [len(others)] * len(others))),
        placebos=judged.placebos,
        detectable=detectable(judged.step) if judged.step else None,
        observed=case.read(case.treated),
        counterfactual=judged.counterfactual,
        confusion=how.confusion if measure == "share" else None,
        index_version=store.snapshot(),
        model_version=",".join(sorted(models)),
        notes=tuple(_notes(store, how.note if measure == "share" else "", others, since, at, last, today)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    against: str  #: why nothing can be told; empty when something can
    rests_on: str = ""
    step: Estimate | None = None
    own: Estimate | None = None
    placebos: Placebos | None = None
    counterfactual: Counterfactual | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """Counts of the treated and of its controls, and how they are read."""

    treated: Days
    controls: Sequence[Days]
    slots: Mapping[date, int]
    by: CountBy
    measure: Measure
    how: Corrector | None
    coverage: Mapping[date, float]
    at: date
    last: date

    def read(self, days: Days) -> Readings:
        if self.measure == "volume":
            return readings.volumes(days, self.slots, self.by, coverage=self.coverage)
        covered = {d: s for d, s in self.slots.items() if self.coverage.get(d, 1.0) >= readings.COVERED}
        return readings.shares(days, covered, self.by, how=self.how)

    def judged(self) -> _Judged:
        if too_few := self._too_few(self.treated):
            return _Judged(against=too_few)
        pool = readings.pooled(self.controls) if self.controls else None
        if pool is not None and self._too_few(pool):
            return _Judged(against=f"of the controls: {self._too_few(pool)}")
        mine = self.read(self.treated)
        theirs = self.read(pool) if pool is not None else None
        compared = against(mine, theirs) if theirs else mine
        first, last = self.at.toordinal(), self.last.toordinal()
        try:
            series = Interrupted(compared)
            placebos = series.placebos(first, last)
            step = series.step(first, last, widened=placebos.widened)
            own = Interrupted(mine).step(first, last) if theirs else step
        except ValueError as few:
            return _Judged(against=str(few))
        if step is None or own is None:
            return _Judged(against=f"fewer than {LEAST_BEFORE} days with texts before, or too few after")
        if self.how is not None:
            unsure = readings.classifier_spread(self.treated, pool, self.how, self.at, self.by)
            step = series.step(first, last, widened=math.hypot(placebos.widened, unsure / step.deviation))
            assert step is not None
        course = series.counterfactual(first, last)
        if theirs:
            back = dict(zip(theirs.day.tolist(), theirs.value, strict=True))
            shift = np.array([back[day] for day in course.day.tolist()])
            course = replace(course, value=course.value + shift, low=course.low + shift, high=course.high + shift)
        return _Judged(
            against=_doubt(step, own), rests_on=self._rests_on(placebos), step=step, own=own, placebos=placebos,
            counterfactual=course,
        )  # fmt: skip

    def control_steps(self) -> list[Estimate | None]:
        """The step of each control, less the others' where there are any."""
        found: list[Estimate | None] = []
        for place, days in enumerate(self.controls):
            rest = readings.pooled([one for other, one in enumerate(self.controls) if other != place])
            compared = against(self.read(days), self.read(rest)) if rest else self.read(days)
            try:
                series = Interrupted(compared)
            except ValueError:
                found.append(None)
                continue
            first, last = self.at.toordinal(), self.last.toordinal()
            found.append(series.step(first, last, widened=series.placebos(first, last).widened))
        return found

    def _too_few(self, days: Days) -> str:
        """Why these counts cannot tell anything; empty when they may."""
        day = timedelta(days=1)
        spans = ((min(self.slots), self.at - day, "before"), (self.at, self.last, "after"))
        for first, last, side in spans:
            size = readings.size_of(days, first, last, self.by)
            if self.measure == "share" and size < LEAST_TEXTS:
                return f"only {size:.0f} independent texts {side}, {LEAST_TEXTS:.0f} are needed"
            length = (last - first).days + 1
            if self.measure == "volume" and side == "before" and size < LEAST_A_DAY * length:
                return f"{size / length:.1f} independent texts a day {side} are too few to tell their number by day"
        return ""

    def _rests_on(self, placebos: Placebos) -> str:
        tried = f"{placebos.found} of {placebos.dates} earlier dates would have been called an effect as well"
        return f"{tried}; {'against the controls' if self.controls else 'without controls'}"


def _control(query: Query, step: Estimate | None, tried: int) -> Control:
    return Control(query=query, step=step, moved=step is not None and step.p < LEVEL / tried)


def _doubt(step: Estimate, own: Estimate) -> str:
    """Why the step is no effect; empty when it is one."""
    if step.p >= LEVEL:
        return "the interval includes no change at all"
    if own.value * step.value <= 0 or abs(own.value) < OWN_PART * abs(step.value):
        return "most of the difference comes from the controls, which moved themselves"
    return ""


def _period(store: Store, query: Query, at: date, until: date | None, today: date | None) -> tuple[date, date]:
    """First day learned from and last day looked at.

    :raises InputError: when these cannot be.
    """
    stats = store.stats()
    first, newest = stats.first_day, stats.last_day
    if first is None or newest is None:
        raise InputError("the index is empty: run `citra load`")
    since = max(query.since or first, first, at - timedelta(days=BEFORE) if at.toordinal() > BEFORE else date.min)
    last = min(until or query.until or newest, newest)
    if until is None and query.until is None:
        last = min(last, date.fromordinal(min(at.toordinal() + AFTER - 1, date.max.toordinal())))
        last = min(last, today - timedelta(days=1)) if today else last
    if until is not None and until < at:
        raise InputError(f"the period ends ({until}) before the event ({at})")
    if at <= first:
        raise InputError(f"the index begins on {first}: there is nothing before {at} to compare with")
    if last < at:
        raise InputError(f"no day after {at} is over and in the index, which ends on {newest}")
    return since, last


def _untouched(control: Query, treated: Query, since: date, until: date) -> Query:
    """The control over the same days, without the texts that the treated query finds."""
    mine = expand(replace(treated, since=None, until=None, min_relevance=None))
    text = control.text
    if mine is not None:
        text = Not(mine) if text is None else And((text, Not(mine)))
    return replace(control, text=text, since=since, until=until, count_by=treated.count_by)


def _slots(since: date, until: date) -> dict[date, int]:
    days = [since + timedelta(days=step) for step in range((until - since).days + 1)]
    return {day: 6 if holiday(day) else day.weekday() for day in days}


def _notes(
    store: Store, correcting: str, controls: Sequence[Query], since: date, at: date, last: date, today: date | None
) -> Iterable[str]:
    if correcting:
        yield correcting
    if not controls:
        yield "no controls (--controls): whatever else changed on that day counts as effect"
    for one in controls:
        if not store.count(one).placements:
            yield f"a control has no texts of its own from {since} to {last}"
    if today is not None and last >= today:
        yield f"{today} is not over: its counts will grow"
    if (last - at).days < 6:
        yield f"only {(last - at).days + 1} days after: a longer look tells more"


def sentence(found: Effect) -> str:
    """The answer in Bahasa Indonesia, one line."""
    what = "Pangsa negatif" if found.measure == "share" else "Jumlah teks"
    if found.step is None:
        return f"{what}: belum dapat disimpulkan, teksnya terlalu sedikit."
    span = f"{_words(found, found.step.low)} sampai {_words(found, found.step.high)}"
    if found.verdict == "cannot-tell":
        moved = found.step.p < LEVEL
        why = "pembandingnya sendiri berubah" if moved else f"selang 95 % {span} mencakup tidak ada perubahan"
        return f"{what}: belum dapat disimpulkan, {why}."
    turn = "naik" if found.step.value > 0 else "turun"
    return f"{what} {turn} {_words(found, found.step.value)} (selang 95 %: {span})."


def _words(found: Effect, value: float) -> str:
    return f"{number(value * 100, 1)} poin" if found.measure == "share" else percent(math.expm1(value), 0)
