"""Whether a source's day is as its own history leads one to expect. Pure: counts in, verdicts out.

Counts of texts are over-dispersed and weekly, so working days and weekends are compared with their own kind, by the
posterior predictive distribution of a Gamma-Poisson model (negative binomial; Gelman et al., Bayesian Data Analysis,
3rd ed., §2.6, Jeffreys prior) whose variance is widened to the one observed. Days without any text are judged by a
Beta-binomial model of their own (ibid., §2.4): a source that never misses a day is missed after two, one that often
does is not. Shares of empty fields are judged by a Beta-binomial tail as well, widened by Pearson's dispersion.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from scipy.stats import betabinom, chi2, nbinom

from citra.holidays import holiday
from crawlers.source import Expect

Status = Literal["ok", "silent", "flood", "layout"]

#: chance of calling an ordinary day silent: about one false alarm in three years of a source
SILENT_TAIL = 1e-3
#: a single day with some text is silent only at this share of the expected number; holidays bring no more
FEW = 0.2
#: a flood is as improbable, and as many times the expected number: news make more texts too, but not that many
FLOOD_TAIL, MANY = 1e-4, 5.0
#: a layout change empties fields of at least so many pages, and so much more of them than before
LAYOUT_TAIL, LEAST_EMPTY, MORE_EMPTY = 1e-4, 5, 0.2
#: days that a day is compared with: eight weeks; and the fewest from which anything is concluded
WINDOW, LEAST_DAYS = 56, 14
#: after so many flagged days in a row the new level counts as the usual one
NEW_NORMAL = 14
#: share of days below its floor from which on a declaration, not the source, is at fault
WRONG_FLOOR = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDay:
    """What one source gave on one day (Asia/Jakarta)."""

    day: date
    documents: int = 0  #: distinct texts published on it
    pages: int = 0  #: pages and posts read that were fetched on it
    missing: Mapping[str, int] = field(default_factory=dict)  #: field → pages of ``pages`` that did not give it


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    status: Status
    reason: str = ""  #: one line; empty when ok
    expected: float | None = None  #: texts of such a day by its history; None: too short a history


def assess(history: Sequence[SourceDay], today: SourceDay, expect: Expect, *, is_over: bool = True) -> Health:
    """Judge one day by those before it.

    :param history: days in order up to the one before ``today``; those flagged before are left out.
    :param expect: what the source declares; its floor holds unless the history contradicts it.
    :param is_over: whether all of ``today`` can have been seen; if not, it is never called silent.
    """
    run = _zero_run(history)
    usual = history[: len(history) - run][-WINDOW:]
    like = _alike(usual, today.day)
    expected = sum(day.documents for day in like) / len(like) if len(usual) >= LEAST_DAYS else None
    found = Health(status="ok", expected=expected)
    if is_over and (reason := _silent(usual, [*history[len(history) - run :], today], expect)):
        return replace(found, status="silent", reason=reason)
    if reason := _flood(usual, today, expect):
        return replace(found, status="flood", reason=reason)
    if reason := _layout(usual, today):
        return replace(found, status="layout", reason=reason)
    return found


def assess_days(days: Sequence[SourceDay], expect: Expect, *, last_is_over: bool = True) -> list[Health]:
    """Judge consecutive days, each by those before it that were not flagged themselves.

    When a run of empty days grows too long to be chance, all of its days are silent. A flood or a low that lasts
    ``NEW_NORMAL`` days is the new level; silence never is.
    """
    found: list[Health] = []
    usual: list[SourceDay] = []
    other: list[SourceDay] = []  # of the present streak at another level
    run: list[int] = []  # days without a text up to now
    for number, today in enumerate(days):
        history = usual + [days[at] for at in run]
        health = assess(history, today, expect, is_over=last_is_over or number + 1 < len(days))
        found.append(health)
        if not today.documents:
            run.append(number)
            if health.status == "silent":
                _mark(found, run, health)
            continue
        usual += [days[at] for at in run if found[at].status != "silent"]
        run = []
        if health.status in {"silent", "flood"}:
            other.append(today)
            usual = other if len(other) >= NEW_NORMAL else usual
        else:
            usual, other = [*usual[-WINDOW:], today], []
    return found


def _mark(found: list[Health], run: Sequence[int], health: Health) -> None:
    """All days of a run are silent, from the first on which a text was to be expected."""
    is_due = False
    for at in run:
        expected = found[at].expected
        is_due |= expected is None or expected >= 0.5
        if is_due:
            found[at] = replace(found[at], status="silent", reason=health.reason)


def _zero_run(days: Sequence[SourceDay]) -> int:
    """Days without a text at the end of ``days``."""
    run = 0
    for day in reversed(days):
        if day.documents:
            break
        run += 1
    return run


def _alike(days: Sequence[SourceDay], day: date) -> Sequence[SourceDay]:
    """The days of the same kind as ``day`` (working or off), or all where there are too few to tell."""
    kinds = [[one for one in days if _is_off(one.day) is weekend] for weekend in (False, True)]
    return kinds[_is_off(day)] if len(kinds[0]) >= 8 and len(kinds[1]) >= 4 else days


# --- silence -------------------------------------------------------------------------------------------------


def _is_off(day: date) -> bool:
    """Whether offices rest: weekends, public holidays, joint leave."""
    return day.weekday() >= 5 or holiday(day) is not None


def _is_feast(day: date) -> bool:
    """Whether a day is a holiday, or a weekend's day that touches one: Lebaran runs over both."""
    if not _is_off(day):
        return False
    for step in (-1, 1):
        near = day
        while _is_off(near):
            if holiday(near):
                return True
            near += timedelta(days=step)
    return False


def _silent(usual: Sequence[SourceDay], recent: Sequence[SourceDay], expect: Expect) -> str:
    """Why the last of ``recent`` (with the empty days right before it) is too little; empty when it is not."""
    today = recent[-1]
    feast = _is_feast(today.day)
    if not feast and today.documents < expect.floor and not _is_floor_wrong(usual, expect.floor):
        return f"{_texts(today.documents)}, declared are at least {expect.floor} a day"
    if len(usual) < LEAST_DAYS:
        return ""
    if today.documents == 0:
        feasts = [day for day in recent if _is_feast(day.day)]
        others = [day for day in recent if not _is_feast(day.day)]
        chance = min(_chance_of_misses(usual, others), _chance_of_zeros(usual, others))
        chance *= math.prod(_chance_of_rest(usual, day.day) for day in feasts)
        if chance >= SILENT_TAIL:
            return ""
        empty = sum(day.documents == 0 for day in usual)
        return f"no text on {_days(len(recent))} in a row; before, on {empty} of {_days(len(usual))}"
    like = _alike(usual, today.day)
    expected = sum(day.documents for day in like) / len(like)
    if feast or today.documents > FEW * expected:
        return ""
    if nbinom.cdf(today.documents, *_predictive(usual, today.day)) < SILENT_TAIL:
        return f"{_texts(today.documents)} where {expected:.0f} are usual"
    return ""


def _is_floor_wrong(usual: Sequence[SourceDay], floor: int) -> bool:
    return len(usual) >= LEAST_DAYS and sum(day.documents < floor for day in usual) > WRONG_FLOOR * len(usual)


def _chance_of_misses(usual: Sequence[SourceDay], empty: Sequence[SourceDay]) -> float:
    """Chance that all days of ``empty`` are without a text, by how often such days were: Beta(½, ½) updated."""
    chance = 1.0
    seen: dict[bool, int] = {True: 0, False: 0}
    for day in empty:
        like = _alike(usual, day.day)
        before = seen[_is_off(day.day)] if like is not usual else sum(seen.values())
        misses = sum(one.documents == 0 for one in like) + before
        chance *= (misses + 0.5) / (len(like) + before + 1)
        seen[_is_off(day.day)] += 1
    return chance


def _chance_of_zeros(usual: Sequence[SourceDay], empty: Sequence[SourceDay]) -> float:
    """The same by the number of texts that such days have."""
    return math.prod(float(nbinom.pmf(0, *_predictive(usual, day.day))) for day in empty)


def _chance_of_rest(usual: Sequence[SourceDay], day: date) -> float:
    """Chance that a holiday is without a text: Poisson with ``FEW`` of the mean, or as often as such days are empty."""
    like = _alike(usual, day)
    mean = sum(one.documents for one in like) / len(like)
    return max(math.exp(-FEW * mean), sum(one.documents == 0 for one in like) / len(like))


def _predictive(usual: Sequence[SourceDay], day: date) -> tuple[float, float]:
    """Size and p of the negative binomial that predicts the number of texts on ``day``.

    Mean (Σ + ½)/n over the days like it; variance mean·(1 + 1/n), the Gamma-Poisson predictive, plus φ·mean². The
    over-dispersion φ comes from all days, each against the mean of its kind, by moments, at the upper end of its 80 %
    interval (χ²): a variance guessed too small is what makes false alarms.
    """
    like = _alike(usual, day)
    n = len(like)
    mean = (sum(one.documents for one in like) + 0.5) / n
    squares = weights = extra = 0.0
    weekend = _is_off(day)
    for kind in (usual,) if like is usual else (like, [one for one in usual if _is_off(one.day) != weekend]):
        middle = sum(one.documents for one in kind) / len(kind)
        squares += sum((one.documents - middle) ** 2 for one in kind)
        extra += (len(kind) - 1) * middle
        weights += (len(kind) - 1) * middle**2
    freedom = len(usual) - (1 if like is usual else 2)
    squares *= _most_variance(freedom)
    dispersion = max(0.0, squares - extra) / weights if weights else 0.0
    variance = mean * (1 + 1 / n) + dispersion * mean**2
    return mean * mean / (variance - mean), mean / variance


@lru_cache
def _most_variance(freedom: int) -> float:
    """How many times the observed variance the true one may be, at nine chances in ten."""
    return freedom / float(chi2.ppf(0.1, freedom))


# --- flood and layout ----------------------------------------------------------------------------------------


def _flood(usual: Sequence[SourceDay], today: SourceDay, expect: Expect) -> str:
    if expect.ceiling is not None and today.documents > expect.ceiling:
        return f"{_texts(today.documents)}, declared are at most {expect.ceiling} a day"
    if len(usual) < LEAST_DAYS:
        return ""
    like = _alike(usual, today.day)
    expected = sum(day.documents for day in like) / len(like)
    if today.documents <= MANY * expected:
        return ""
    if nbinom.sf(today.documents - 1, *_predictive(usual, today.day)) < FLOOD_TAIL:
        return f"{_texts(today.documents)} where {expected:.1f} are usual"
    return ""


def _layout(usual: Sequence[SourceDay], today: SourceDay) -> str:
    """Which field is missing on improbably many of the pages fetched on a day."""
    worst, found = LAYOUT_TAIL, ""
    days = [day for day in usual if day.pages]
    pages = sum(day.pages for day in days)
    if not pages or len(days) < 2:
        return ""
    for name, empty in sorted(today.missing.items()):
        before = sum(day.missing.get(name, 0) for day in days)
        if empty < LEAST_EMPTY or empty / today.pages < before / pages + MORE_EMPTY:
            continue
        wide = _dispersion(days, name)
        tail = float(betabinom.sf(empty - 1, today.pages, (before + 0.5) / wide, (pages - before + 0.5) / wide))
        if tail < worst:
            worst = tail
            found = f"no {name} on {empty} of {today.pages} pages, usually {before / pages:.0%}"
    return found


def _dispersion(days: Sequence[SourceDay], name: str) -> float:
    """Pearson's χ²/(n - 1) of a field's daily share of empty pages, at least 1."""
    pages = sum(day.pages for day in days)
    share = (sum(day.missing.get(name, 0) for day in days) + 0.5) / (pages + 1)
    squares = sum(
        (day.missing.get(name, 0) - day.pages * share) ** 2 / (day.pages * share * (1 - share)) for day in days
    )
    return max(1.0, squares / (len(days) - 1))


def _texts(count: int) -> str:
    return "no text" if not count else "1 text" if count == 1 else f"{count:,} texts"


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
