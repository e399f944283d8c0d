"""The counts of watches in equal windows, ready to be judged; hours are counted once and kept."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from statistics import median

import numpy as np

from citra.alerts.baseline import Bools, Family, Floats, Panel
from citra.alerts.calendar import slots
from citra.alerts.incident import Incident
from citra.alerts.state import State
from citra.alerts.watch import PER_DAY, Watch, Window
from citra.documents import JAKARTA, SENTIMENTS, Mention
from citra.store import Query, Store
from citra.verbs.coverage import Coverage

#: Days of history by window: holidays come once a year; hours teach soon and weigh more.
HISTORY: Mapping[Window, int] = {"day": 400, "hour": 45}
#: A day with less than this share of the usual number of all texts was not collected.
COLLECTED = 0.15
MEDIAN_DAYS = 28

Counted = Mapping[str, Sequence[Sequence[int]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Watches of one window and family, in the same windows."""

    window: Window
    family: Family
    watches: tuple[Watch, ...]
    starts: tuple[datetime, ...]  #: aware, +07:00
    complete: Bools  #: T: the window is over
    panel: Panel
    false: Bools  #: W×T: windows of incidents marked as false


def query_of(watch: Watch) -> Query:
    """The query of a watch.

    :raises QueryError: for a text or a filter that cannot be read.
    """
    return Query.of(watch.text, **watch.filters())


def family_of(watch: Watch) -> Family:
    return "share" if watch.measure == "negative-share" else "count"


def groups(
    store: Store,
    state: State,
    watches: Sequence[tuple[Watch, Query]],
    *,
    now: datetime,
    collected: datetime | None,
    coverage: Coverage | None,
    incidents: Iterable[Incident] = (),
) -> list[Group]:
    """Count every watch; those of one window and family together.

    :param collected: until when was collected; later windows are open. None: until ``now``.
    :param incidents: acknowledged ones are not learned from.
    """
    found = []
    until = min(now, collected) if collected else now
    days = _observed(store, now, coverage)
    latest = store.stats().last_day
    clip = now if latest is not None and latest > now.astimezone(JAKARTA).date() else None
    for window in ("day", "hour"):
        for family in ("count", "share"):
            own = [(watch, query) for watch, query in watches if (watch.window, family_of(watch)) == (window, family)]
            starts = _starts(window, days, now)
            if own and starts:
                counts = _Counts(store, state, window, starts, clip)
                cover = _Cover(store, coverage, days)
                found.append(_group(own, window, family, starts, until, counts, cover, incidents))
    return found


def _group(
    own: Sequence[tuple[Watch, Query]],
    window: Window,
    family: Family,
    starts: Sequence[datetime],
    until: datetime,
    counts: _Counts,
    cover: _Cover,
    incidents: Iterable[Incident],
) -> Group:
    step = timedelta(hours=24 // PER_DAY[window])
    complete = np.array([start + step <= until for start in starts], dtype=np.bool_)
    begun = np.array([start < until for start in starts], dtype=np.bool_)
    tables = [counts.of(query) for _, query in own]
    column = [0 if watch.measure == "volume" else 2 for watch, _ in own]
    coverage = np.stack([cover.of(query, starts) for _, query in own]) * begun
    skip, false = np.zeros(coverage.shape, dtype=np.bool_), np.zeros(coverage.shape, dtype=np.bool_)
    rows = {watch.id: number for number, (watch, _) in enumerate(own)}
    for incident in incidents:
        said = false if incident.false_by else skip if incident.acknowledged_by else None
        if said is not None and incident.watch in rows:
            said[rows[incident.watch]] |= [incident.first <= start <= incident.last for start in starts]
    slot, off = slots(starts, hourly=window == "hour")
    panel = Panel(
        family=family,
        counts=np.stack([table[:, number] for table, number in zip(tables, column, strict=True)]),
        sizes=np.stack([table[:, 1] for table in tables]) if family == "share" else None,
        # a window that is not over tells nothing yet of what is usual
        coverage=np.where(complete, coverage, 0.0),
        skip=skip,
        slot=slot,
        holiday=off,
        per_day=PER_DAY[window],
    )
    watches = tuple(watch for watch, _ in own)
    return Group(
        window=window, family=family, watches=watches, starts=tuple(starts), complete=complete, panel=panel, false=false
    )


def _observed(store: Store, now: datetime, coverage: Coverage | None) -> dict[date, float]:
    """Day → 1 where texts were collected, else 0; from the first day of the index on, not further than we learn."""
    today = now.astimezone(JAKARTA).date()
    since = today - timedelta(days=HISTORY["day"])
    totals = {day: tally.placements for day, tally in store.buckets(_everything(since, today), "day").items()}
    if not totals:
        return {}
    judged = {one.day for one in coverage.days} if coverage else set()
    found: dict[date, float] = {}
    recent: list[int] = []
    for number in range((today - min(totals)).days, -1, -1):
        day = today - timedelta(days=number)
        total = totals.get(day, 0)
        usual = median(recent[-MEDIAN_DAYS:]) if recent else 0.0
        found[day] = float(day in judged or (total > 0 and total >= COLLECTED * usual))
        if found[day]:
            recent.append(total)
    return found


def _everything(since: date, until: date) -> Query:
    return Query(min_relevance=None, since=since, until=until)


def _starts(window: Window, days: Mapping[date, float], now: datetime) -> list[datetime]:
    if not days:
        return []
    local = now.astimezone(JAKARTA)
    first = max(min(days), local.date() - timedelta(days=HISTORY[window]))
    midnights = [
        datetime.combine(first + timedelta(days=number), time(), JAKARTA)
        for number in range((local.date() - first).days + 1)
    ]
    if window == "day":
        return midnights
    hours = [midnight + timedelta(hours=hour) for midnight in midnights for hour in range(24)]
    return [hour for hour in hours if hour <= local]


class _Cover:
    """Share of the expected volume by day, for the sources that a query asks for."""

    def __init__(self, store: Store, coverage: Coverage | None, days: Mapping[date, float]) -> None:
        self._store, self._coverage, self._days = store, coverage, days
        self._known: dict[tuple[tuple[str, ...], tuple[str, ...]], dict[date, float]] = {}

    def of(self, query: Query, starts: Sequence[datetime]) -> Floats:
        key = (query.sources, query.kinds)
        if key not in self._known:
            self._known[key] = self._shares(*key)
        shares = self._known[key]
        return np.array([shares.get(start.date(), 1.0) * self._days.get(start.date(), 0.0) for start in starts])

    def _shares(self, sources: tuple[str, ...], kinds: tuple[str, ...]) -> dict[date, float]:
        if self._coverage is None:
            return {}
        names = set(sources)
        if kinds:
            of_kind = set(self._store.facets(Query(min_relevance=None, kinds=kinds), "source"))
            names = names & of_kind if names else of_kind
        weights: dict[date, float] = {}
        there: dict[date, float] = {}
        for one in self._coverage.days:
            if one.expected and (one.source in names or not (sources or kinds)):
                weights[one.day] = weights.get(one.day, 0.0) + one.expected
                there[one.day] = there.get(one.day, 0.0) + one.expected * one.covered
        return {day: there[day] / weight for day, weight in weights.items()}


class _Counts:
    """T×3 counts of a query: texts, stories, negative stories. The same query is asked once.

    :param clip: count nothing later: given where the index knows what comes after ``now`` (a replay of the past).
    """

    def __init__(
        self, store: Store, state: State, window: Window, starts: Sequence[datetime], clip: datetime | None
    ) -> None:
        self._clip, self._newest = clip, starts[-1]
        self._store, self._state, self._window = store, state, window
        self._index = {start: number for number, start in enumerate(starts)}
        self._first, self._last = starts[0].date(), starts[-1].date()
        self._known: dict[str, Floats] = {}

    def of(self, query: Query) -> Floats:
        asked = replace(query, since=self._first, until=self._last)
        if asked.id not in self._known:
            self._known[asked.id] = self._days(asked) if self._window == "day" else self._hours(query, asked)
        return self._known[asked.id]

    def _days(self, asked: Query) -> Floats:
        table = np.zeros((len(self._index), 3))
        for day, tally in self._store.buckets(asked, "day").items():
            number = self._index.get(datetime.combine(day, time(), JAKARTA))
            if number is not None:
                table[number] = tally.placements, tally.stories, tally.negative_stories
        return self._clipped(table, asked)

    def _clipped(self, table: Floats, query: Query) -> Floats:
        if self._clip:
            today = replace(query, since=self._last, until=self._last)
            table[-1] = _sums(_labels(self._store, today, self._newest, self._clip))
        return table

    def _hours(self, query: Query, asked: Query) -> Floats:
        """Days whose counts are as they were when their hours were counted are taken from the state file."""
        tallies = self._store.buckets(asked, "day")
        prints = {
            day.isoformat(): json.dumps([getattr(tally, name) for name in _PRINTED]) for day, tally in tallies.items()
        }
        kept = self._state.hours(query.id)
        stale = [day for day in tallies if kept.get(day.isoformat(), ("",))[0] != prints[day.isoformat()]]
        fresh: dict[str, tuple[str, Sequence[Sequence[int]]]] = {}
        for since, until in _stretches(stale):
            counted = count_hours(self._store, replace(query, since=since, until=until))
            fresh |= {
                day: (prints[day], counted.get(day, []))
                for day in prints
                if since.isoformat() <= day <= until.isoformat()
            }
        if fresh:
            self._state.save_hours(query.id, fresh, self._first.isoformat())
        table = np.zeros((len(self._index), 3))
        for day in prints:
            for hour, *counts in (fresh.get(day) or kept[day])[1]:
                number = self._index.get(datetime.combine(date.fromisoformat(day), time(hour), JAKARTA))
                if number is not None:
                    table[number] = counts
        return self._clipped(table, query)


_PRINTED = ("placements", "stories", "negative", "neutral", "positive", "negative_stories", "sum_mm")


def _stretches(days: Sequence[date]) -> list[tuple[date, date]]:
    """Runs of days that follow each other (days without texts in between do not matter)."""
    found: list[tuple[date, date]] = []
    for day in sorted(days):
        if found and (day - found[-1][1]).days <= 2:
            found[-1] = found[-1][0], day
        else:
            found.append((day, day))
    return found


def count_hours(store: Store, asked: Query) -> dict[str, list[list[int]]]:
    """Day → [hour, texts, stories, negative stories]."""
    hours: dict[tuple[str, int], _Labels] = {}
    for local, mention in _dated(store, asked):
        _add(hours.setdefault((local.date().isoformat(), local.hour), {}), mention)
    found: dict[str, list[list[int]]] = {}
    for (day, hour), stories in sorted(hours.items()):
        found.setdefault(day, []).append([hour, *_sums(stories)])
    return found


_Labels = dict[str, list[int]]  # story → texts by sentiment


def _labels(store: Store, asked: Query, since: datetime, until: datetime) -> _Labels:
    stories: _Labels = {}
    for local, mention in _dated(store, asked):
        if since <= local <= until:
            _add(stories, mention)
    return stories


def _dated(store: Store, asked: Query) -> Iterator[tuple[datetime, Mention]]:
    for mention in store.iterate(asked):
        if mention.document.published is not None:
            yield mention.document.published.astimezone(JAKARTA), mention


def _add(stories: _Labels, mention: Mention) -> None:
    stories.setdefault(mention.story_id, [0, 0, 0])[SENTIMENTS.index(mention.sentiment.label)] += 1


def _sums(stories: _Labels) -> tuple[int, int, int]:
    """Texts, stories, negative stories; a story is negative as :class:`citra.store.Tally` says."""
    negative = sum(bad > neutral and bad > good for bad, neutral, good in stories.values())
    return sum(map(sum, stories.values())), len(stories), negative
