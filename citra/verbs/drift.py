"""Drift: whether the mix of labels of a week differs from the four weeks before by more than weeks usually do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from citra.store import Query, Store
from citra.verbs.index import open_index

WEEK = timedelta(days=7)
#: weeks that a week is compared with, and weeks whose own distances tell what is usual
BEFORE, HISTORY = 4, 8
#: a week with fewer texts is not judged
LEAST = 100
#: smaller distances are of no practical weight, however usual or not
FLOOR = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """How one kind of label was spread in the newest week."""

    name: str  #: sentiment, topic, relevance, or source
    texts: int  #: in the week
    now: Mapping[str, float]  #: value → share in the week
    before: Mapping[str, float]  #: in the four weeks before
    distance: float | None  #: total variation between the two, 0…1; None: too few texts
    usual: float | None  #: the largest such distance of the eight weeks before; None: too little history
    moved: bool  #: more than usual, and enough to matter


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    since: date
    until: date
    mixes: tuple[Mix, ...]
    models: Mapping[str, int]  #: ``name@version`` → texts of the week; more than one: a step may be the model's

    @property
    def moved(self) -> list[str]:
        """Names of the mixes that moved."""
        return [mix.name for mix in self.mixes if mix.moved]

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"since": self.since.isoformat(), "until": self.until.isoformat(), "moved": self.moved}


def drift(index: str, *, until: date, relevance: float = 0.6) -> Drift:
    """Compare the week that ends with ``until`` with those before it.

    A changed mix is a hint, no verdict: the world, the sources and the model may each be the cause. ``source`` tells
    the second from the others, ``models`` and a steady world the third.

    :raises StoreError: there is no index.
    """
    with open_index(index) as store:
        mixes = [_mix(name, _weeks(of, until)) for name, of in _counts(store, relevance).items()]
        models = store.facets(_query(until, relevance), "model")
    return Drift(since=until - WEEK + timedelta(days=1), until=until, mixes=tuple(mixes), models=dict(models))


def _query(until: date, relevance: float | None) -> Query:
    return Query(since=until - WEEK + timedelta(days=1), until=until, min_relevance=relevance)


def _counts(store: Store, relevance: float) -> dict[str, Callable[[date], Mapping[str, int]]]:
    """Name of a mix → the function that counts it for the week that ends on a day."""

    def relevant(until: date) -> Mapping[str, int]:
        found = store.count(_query(until, relevance)).placements
        return {"relevant": found, "other": store.count(_query(until, None)).placements - found}

    def of(field: str) -> Callable[[date], Mapping[str, int]]:
        return lambda until: store.facets(_query(until, relevance), field)

    return {"relevance": relevant, "sentiment": of("sentiment"), "topic": of("topic"), "source": of("source")}


def _weeks(count: Callable[[date], Mapping[str, int]], until: date) -> list[Mapping[str, int]]:
    """Newest first."""
    return [count(until - WEEK * back) for back in range(HISTORY + BEFORE + 1)]


def _mix(name: str, weeks: Sequence[Mapping[str, int]]) -> Mix:
    distances = [_distance(week, weeks[back + 1 : back + 1 + BEFORE]) for back, week in enumerate(weeks[: HISTORY + 1])]
    earlier = [one for one in distances[1:] if one is not None]
    usual = max(earlier) if len(earlier) >= BEFORE else None
    distance = distances[0]
    return Mix(
        name=name,
        texts=sum(weeks[0].values()),
        now=_shares(weeks[:1]),
        before=_shares(weeks[1 : 1 + BEFORE]),
        distance=distance,
        usual=usual,
        moved=distance is not None and usual is not None and distance > max(usual, FLOOR),
    )


def _distance(week: Mapping[str, int], before: Sequence[Mapping[str, int]]) -> float | None:
    """Total variation: half the sum of the absolute differences of the shares."""
    if sum(week.values()) < LEAST or sum(sum(one.values()) for one in before) < LEAST:
        return None
    now, then = _shares([week]), _shares(before)
    return sum(abs(now.get(value, 0.0) - then.get(value, 0.0)) for value in {*now, *then}) / 2


def _shares(weeks: Sequence[Mapping[str, int]]) -> dict[str, float]:
    total = sum(sum(week.values()) for week in weeks)
    values = sorted({value for week in weeks for value in week})
    return {value: sum(week.get(value, 0) for week in weeks) / total for value in values} if total else {}
