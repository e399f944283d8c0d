"""Watches: keep, show, remove, and preview on history how often one would have called."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from citra.alerts import incident as life
from citra.alerts.budget import Threshold
from citra.alerts.incident import Incident
from citra.alerts.state import State
from citra.alerts.watch import Watch
from citra.errors import InputError
from citra.store.fields import suggest
from citra.verbs.coverage import Coverage
from citra.verbs.detect import Waiting, learn_group, waiting_in
from citra.verbs.index import open_index
from citra.verbs.watch_counts import groups, query_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a watch would have told."""

    watch: Watch
    days: int  #: that were replayed
    incidents: tuple[Incident, ...]  #: oldest first
    threshold: Threshold | None  #: None: too little history
    waiting: Waiting | None
    expected: float | None  #: usual count of the newest window


def add(state: str, watches: Iterable[Watch], now: datetime, *, replace: bool = False) -> int:
    """Keep new watches; their queries are read first.

    :raises InputError, QueryError: for a name that is taken (unless ``replace``), a query that cannot be read.
    """
    found = list(watches)
    for watch in found:
        query_of(watch)
    with State(state) as opened:
        return opened.add_watches(found, now, replace=replace)


def listed(state: str) -> list[Watch]:
    with State(state) as opened:
        return opened.watches()


def named(state: str, name: str) -> Watch:
    """The watch of this name or id.

    :raises InputError: when there is none; names the nearest.
    """
    found = {watch.id: watch for watch in listed(state)}
    wanted = name.lower()
    for watch in found.values():
        if wanted in {watch.id, watch.name.lower()}:
            return watch
    raise InputError(f"no watch {name!r}; {suggest(wanted, found) if found else 'there is none yet'}")


def remove(state: str, name: str) -> Watch:
    """Forget a watch; its incidents stay as history, and those still open are closed without a word.

    :raises InputError: when there is none.
    """
    watch = named(state, name)
    with State(state) as opened, opened.changing():
        opened.remove_watch(watch.id)
        for one in opened.incidents(only_open=True, watch=watch.id):
            opened.save(dataclasses.replace(one, status="closed", closed_at=one.last))
    return watch


def preview(
    index: str,
    watch: Watch,
    *,
    now: datetime,
    days: int = 90,
    budget: float = 2.0,
    watches: int = 1,
    coverage: Coverage | None = None,
    collected: datetime | None = None,
) -> Preview:
    """Replay the last ``days`` days, each judged by what came before it; nothing is stored.

    :param watches: how many share the budget, this one included.
    """
    with State(":memory:") as scratch, open_index(index) as store:
        found = groups(store, scratch, [(watch, query_of(watch))], now=now, collected=collected, coverage=coverage)
    if not found:
        return Preview(watch=watch, days=0, incidents=(), threshold=None, waiting=None, expected=None)
    learned = learn_group(found[0], budget, watches)
    since = now - timedelta(days=days)
    windows = learned.judged(0)
    told: list[Incident] = []
    while one := life.first_opening(windows, learned.threshold.p, since=since, after=told[-1].last if told else None):
        begun = life.begin(watch.id, watch.name, watch.window, one, one.start)
        told.append(life.advance(begun, windows, now)[0])
    judged = [one for one in windows if one.p is not None and one.start >= since]
    waiting = waiting_in(learned)
    return Preview(
        watch=watch,
        days=len({one.start.date() for one in judged}),
        incidents=tuple(told),
        threshold=None if waiting else learned.threshold,
        waiting=waiting[0] if waiting else None,
        expected=windows[-1].expected if judged else None,
    )
