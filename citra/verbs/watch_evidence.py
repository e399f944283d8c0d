"""The texts behind a rare window: which stories carry it, and whether new or flooding sources alone explain it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from importlib import resources
from itertools import islice
from typing import Any

from citra.alerts.baseline import tail
from citra.alerts.evidence import Evidence, gather
from citra.alerts.incident import Incident, Judged, notable
from citra.alerts.watch import PER_DAY, Watch
from citra.documents import JAKARTA, Mention
from citra.store import Query, Store
from citra.verbs.coverage import Coverage

#: Most texts of an incident, and of the weeks before it, that are read for its evidence.
MOST_NOW, MOST_BEFORE = 5_000, 2_000
#: Days before an incident that its words are compared with.
BEFORE = 28
#: A source whose first text is younger than this is new.
NEW = 14


def names() -> dict[str, Callable[[str], str]]:
    """How offices and regions are called."""
    from nlp.gazetteer import office_name, region_name

    return {"office": office_name, "region": region_name}


def evidence_of(store: Store, query: Query, watch: Watch, incident: Incident, now: datetime) -> Evidence:
    """What carries the incident, from its first window up to ``now``."""
    from nlp.stem import stem_word

    step = timedelta(hours=24 // PER_DAY[watch.window])
    end = min(now, incident.last + step)
    asked = replace(query, sentiments=("negative",)) if watch.measure != "volume" else query
    first = incident.first.astimezone(JAKARTA).date()
    texts = store.iterate(replace(asked, since=first, until=end.astimezone(JAKARTA).date()))
    now_texts = [
        mention
        for mention in islice(texts, MOST_NOW)
        if mention.document.published and incident.first <= mention.document.published < end
    ]
    before = islice(_before(store, asked, first), MOST_BEFORE)
    return gather(now_texts, before, stem=stem_word, dull=function_words())


def _before(store: Store, query: Query, first: date) -> Iterator[Mention]:
    return store.iterate(replace(query, since=first - timedelta(days=BEFORE), until=first - timedelta(days=1)))


@cache
def function_words() -> frozenset[str]:
    """Words that say nothing by themselves."""
    lines = resources.files("nlp").joinpath("data/function_words.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines for word in line.split("#")[0].split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """What of a rare window is owed to sources that were not there, or not like this, in the history."""

    explains: bool  #: without them the window is not rare
    sentence: str  #: "" when there are none


class Suspects:
    """Sources that flood, and sources that are new, by day."""

    def __init__(self, store: Store, coverage: Coverage | None) -> None:
        self._store, self._coverage = store, coverage
        self._known: dict[date, frozenset[str]] = {}

    def explain(self, query: Query, watch: Watch, one: Judged, threshold: float) -> Suspicion:
        """Count the window again without suspect sources."""
        day = one.start.astimezone(JAKARTA).date()
        suspects = self._of(day) & self._sources(replace(query, since=day, until=day))
        if not suspects:
            return Suspicion(explains=False, sentence="")
        rest = tuple(sorted(self._sources(query) - suspects))
        count, size = self._count(replace(query, sources=rest), watch, one) if rest else (0.0, 0.0)
        left = _scaled(one, count, size)
        p = float(tail(*_arrays(left))[0])
        sentence = _sentence(watch, one.count - count, suspects)
        return Suspicion(explains=p > threshold or not notable(left), sentence=sentence)

    def _sources(self, query: Query) -> frozenset[str]:
        return frozenset(self._store.facets(query, "source"))

    def _of(self, day: date) -> frozenset[str]:
        if day not in self._known:
            flooding = (
                {one.source for one in self._coverage.flagged() if (one.day, one.status) == (day, "flood")}
                if self._coverage
                else set()
            )
            self._known[day] = frozenset(flooding) | self._new(day)
        return self._known[day]

    def _new(self, day: date) -> frozenset[str]:
        """Sources without a text more than ``NEW`` days before ``day``; none while the index itself is young."""
        everything = Query(min_relevance=None)
        old = self._sources(replace(everything, until=day - timedelta(days=NEW)))
        return self._sources(replace(everything, since=day, until=day)) - old if old else frozenset()

    def _count(self, query: Query, watch: Watch, one: Judged) -> tuple[float, float]:
        day = one.start.astimezone(JAKARTA).date()
        asked = replace(query, since=day, until=day)
        if watch.window == "day":
            tally = self._store.buckets(asked, "day").get(day)
            if tally is None:
                return 0.0, 0.0
            count = tally.placements if watch.measure == "volume" else tally.negative_stories
            return float(count), float(tally.stories)
        from citra.verbs.watch_counts import count_hours

        for hour, texts, stories, negative in count_hours(self._store, asked).get(day.isoformat(), []):
            if hour == one.start.astimezone(JAKARTA).hour:
                return float(texts if watch.measure == "volume" else negative), float(stories)
        return 0.0, 0.0


def _scaled(one: Judged, count: float, size: float) -> Judged:
    """The window with other counts; of a share, what is usual shrinks with its size."""
    if one.size is None:
        return replace(one, count=count)
    part = size / max(one.size, 1.0)
    return replace(one, count=count, size=size, expected=one.expected * part, deviation=one.deviation * part**0.5)


def _arrays(one: Judged) -> tuple[Any, ...]:
    import numpy as np

    size = None if one.size is None else np.array([one.size])
    return np.array([one.count]), np.array([one.expected]), np.array([one.deviation**2]), size


def _sentence(watch: Watch, count: float, sources: frozenset[str]) -> str:
    from citra.alerts.message import words_of

    return words_of(watch)["suspect"].format(count=f"{count:.0f}", sources=", ".join(sorted(sources)))
