"""Detect: judge every watch, open and close incidents, and leave the messages about them for delivery."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

import numpy as np

from citra.alerts import incident as life
from citra.alerts import message as text
from citra.alerts.baseline import LEAST_COVERAGE, LEAST_DAYS, Bools, Floats, Usual, learn
from citra.alerts.budget import Threshold, calibrate, target
from citra.alerts.evidence import Evidence
from citra.alerts.incident import Incident, Judged
from citra.alerts.state import Message, MessageKind, State
from citra.alerts.watch import PER_DAY, Watch
from citra.documents import JAKARTA
from citra.errors import CitraError
from citra.store import Query, Store
from citra.verbs.coverage import Coverage
from citra.verbs.incidents import (
    acknowledge,
    alert_status,
    evidence,
    incident_json,
    incidents,
    mark_false,
    snooze,
    told,
)
from citra.verbs.index import open_index
from citra.verbs.source_warnings import source_warnings
from citra.verbs.watch_counts import Group, groups, query_of
from citra.verbs.watch_evidence import Suspects, evidence_of, names

__all__ = [
    "Detection", "acknowledge", "alert_status", "detect", "detection_json", "evidence", "incident_json", "incidents",
    "mark_false", "snooze", "told",
]  # fmt: skip

#: Windows that began longer ago open nothing: what is loaded for them is the past, filled in late.
HORIZON = timedelta(days=3)
#: Days back that labels of more than one model are worth a note.
MIXED_DAYS = 60
#: An incident so many times the usual, and so rare, goes out in quiet hours too.
URGENT_RATIO, URGENT_P = 5.0, 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A watch with too little history ("belum cukup riwayat")."""

    watch: str
    days: float  #: seen so far
    needed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """What one run found."""

    at: datetime
    snapshot: str  #: of the index
    watches: int
    judged: int  #: watches with enough history
    waiting: tuple[Waiting, ...]
    opened: tuple[Incident, ...]
    changed: tuple[Incident, ...]  #: doubled or closed
    open: tuple[Incident, ...]  #: all that are open after the run
    warnings: tuple[str, ...]  #: about sources, in words; no alert
    notes: tuple[str, ...]  #: what is odd: a query that cannot be read, texts that were not counted
    thresholds: Mapping[str, Threshold]  #: ``day count`` → threshold
    messages: int  #: left for delivery
    seconds: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """A group with what is usual in it and what is rare enough."""

    group: Group
    usual: Usual
    p: Floats  #: W×T; NaN where there is nothing to judge
    threshold: Threshold

    def judged(self, row: int, since: datetime | None = None) -> list[Judged]:
        """The windows of a watch, from ``since`` on."""
        group, panel = self.group, self.group.panel
        return [
            Judged(
                start=start,
                count=float(panel.counts[row, at]),
                size=float(panel.sizes[row, at]) if panel.sizes is not None else None,
                expected=float(self.usual.expected[row, at]),
                deviation=float(self.usual.deviation[row, at]),
                p=None if np.isnan(self.p[row, at]) else float(self.p[row, at]),
                complete=bool(group.complete[at]),
                covered=bool(panel.coverage[row, at] >= LEAST_COVERAGE),
            )
            for at, start in enumerate(group.starts)
            if since is None or start >= since
        ]


def detect(
    index: str,
    state: str,
    *,
    now: datetime,
    budget: float = 2.0,
    coverage: Coverage | None = None,
    collected: datetime | None = None,
) -> Detection:
    """Judge every watch of the state file ``state`` on the index, and remember what was found.

    Any number of times, by any number of workers: what was told is not told again.

    :param now: aware; windows after it do not exist.
    :param budget: false alarms allowed a month over all watches.
    :param coverage: of all sources over the days learned from; None: every day with texts counts as whole.
    :param collected: when the newest crawl began; None: all is collected until ``now``.
    """
    clock = time.monotonic()
    with State(state) as opened, open_index(index) as store:
        watches, notes = _readable(opened.watches())
        past = opened.incidents()
        found = groups(store, opened, watches, now=now, collected=collected, coverage=coverage, incidents=past)
        learned = [learn_group(group, budget, len(watches)) for group in found]
        run = _Run(store, opened, {watch.id: query for watch, query in watches}, now, budget, coverage, past)
        for one in learned:
            run.group(one)
        warnings = source_warnings(opened, coverage, now)
        result = Detection(
            at=now,
            snapshot=store.snapshot(),
            watches=len(watches),
            judged=sum(int((one.usual.seen >= windows_needed(one.group)).sum()) for one in learned),
            waiting=tuple(waiting for one in learned for waiting in waiting_in(one)),
            opened=tuple(run.opened),
            changed=tuple(run.changed),
            open=tuple(opened.incidents(only_open=True)),
            warnings=tuple(warnings),
            notes=(*notes, *_mixed(store, now), *run.notes),
            thresholds={f"{one.group.window} {one.group.family}": one.threshold for one in learned},
            messages=run.messages + len(warnings),
            seconds=round(time.monotonic() - clock, 2),
        )
        opened.add_run(now, _record(result))
    return result


def _mixed(store: Store, now: datetime) -> list[str]:
    """A new model's labels are a step in every negative count, whatever happened in the world."""
    today = now.astimezone(JAKARTA).date()
    models = store.facets(Query(since=today - timedelta(days=MIXED_DAYS), until=today), "model")
    if len(models) < 2:
        return []
    return [f"labels of {len(models)} models are mixed in the last {MIXED_DAYS} days: a step may be the model's"]


def learn_group(group: Group, budget: float, watches: int) -> Learned:
    """What is usual for the watches of a group, and the threshold that spends their part of the budget."""
    usual, panel = learn(group.panel), group.panel
    p = usual.p.copy()
    p[(panel.coverage <= 0) & group.complete] = np.nan
    rate = target(budget, watches, panel.per_day)
    tellable = _tellable(p, usual, group)
    threshold = calibrate(tellable, panel.skip, rate=rate, per_day=panel.per_day, false=group.false)
    return Learned(group=group, usual=usual, p=p, threshold=threshold)


def _tellable(p: Floats, usual: Usual, group: Group) -> Floats:
    """``p``, but 1 where an incident would not open anyhow: what the replay counts is what would be told."""
    counts, sizes = group.panel.counts, group.panel.sizes
    small: Bools = counts < life.LEAST_COUNT
    if sizes is None:
        small = small | (counts < life.LEAST_RATIO * usual.expected)
    else:
        small = small | (sizes < life.LEAST_STORIES)
    found: Floats = np.where(small & ~np.isnan(p), 1.0, p)
    found[:, ~group.complete] = np.nan
    return found


def windows_needed(group: Group) -> int:
    """Windows that a watch needs before it is judged."""
    return LEAST_DAYS * PER_DAY[group.window]


def waiting_in(one: Learned) -> list[Waiting]:
    """The watches of a group that cannot be judged yet."""
    needed, per_day = windows_needed(one.group), PER_DAY[one.group.window]
    return [
        Waiting(watch=watch.id, days=int(seen) / per_day, needed=needed // per_day)
        for watch, seen in zip(one.group.watches, one.usual.seen, strict=True)
        if seen < needed
    ]


def _readable(watches: Sequence[Watch]) -> tuple[list[tuple[Watch, Query]], list[str]]:
    found, notes = [], []
    for watch in watches:
        try:
            found.append((watch, query_of(watch)))
        except CitraError as wrong:  # written by another version, or by hand: one watch never stops the others
            notes.append(f"watch {watch.name!r} cannot be read: {str(wrong).splitlines()[0]}")
    return found, notes


class _Run:
    """One pass over the groups, changing the state file watch by watch."""

    def __init__(
        self, store: Store, state: State, queries: Mapping[str, Query], now: datetime, budget: float,
        coverage: Coverage | None, past: Sequence[Incident],
    ) -> None:  # fmt: skip
        self.store, self.state, self.queries = store, state, queries
        self.now, self.budget = now, budget
        self.suspects = Suspects(store, coverage)
        self.unfinished = {one.watch for one in past if one.status != "closed"}
        self.opened: list[Incident] = []
        self.changed: list[Incident] = []
        self.notes: list[str] = []
        self.messages = 0

    def group(self, learned: Learned) -> None:
        """Only watches with an open incident, or a rare window of late, are looked at one by one."""
        recent = np.array([start >= self.now - HORIZON for start in learned.group.starts], dtype=np.bool_)
        with np.errstate(invalid="ignore"):
            rare: Bools = np.any((learned.p <= learned.threshold.p) & recent, axis=1)
        for row, watch in enumerate(learned.group.watches):
            if watch.id in self.unfinished:
                self._advance(learned, row, watch)
            if rare[row]:
                self._open(learned, row, watch)

    def _advance(self, learned: Learned, row: int, watch: Watch) -> None:
        with self.state.changing():
            for before in self.state.incidents(only_open=True, watch=watch.id):
                after, events = life.advance(before, learned.judged(row, before.first), self.now)
                if after == before:
                    continue
                for event in events:
                    self.changed.append(after)
                    self._tell(event, after, Evidence.from_json(self.state.evidence(before.id)), learned, watch)
                self.state.save(after)

    def _open(self, learned: Learned, row: int, watch: Watch) -> None:
        windows = learned.judged(row, self.now - HORIZON)
        newest = next(iter(self.state.incidents(watch=watch.id)), None)
        after = newest.last if newest else None
        if newest and newest.status != "closed":
            return
        one = life.first_opening(windows, learned.threshold.p, since=self.now - HORIZON, after=after)
        if one is None:
            return
        query = self.queries[watch.id]
        note = self.suspects.explain(query, watch, one, learned.threshold.p)
        if note.explains:
            self.notes.append(f"{watch.name}: {note.sentence}")
            return
        begun = life.begin(watch.id, watch.name, watch.window, one, self.now)
        begun, _ = life.advance(begun, windows, self.now)
        if begun.status == "closed":
            return
        evidence = evidence_of(self.store, query, watch, begun, self.now)
        with self.state.changing():
            latest = next(iter(self.state.incidents(watch=watch.id)), None)
            if latest and (latest.status != "closed" or latest.last >= one.start):
                return  # another worker was quicker
            saved = self.state.save(begun, evidence.to_json())
            self.opened.append(saved)
            self._tell("opened", saved, evidence, learned, watch, [note.sentence] if note.sentence else [])

    def _tell(
        self, event: MessageKind, incident: Incident, evidence: Evidence, learned: Learned, watch: Watch,
        notes: Sequence[str] = (),
    ) -> None:  # fmt: skip
        if incident.false_by or (incident.snoozed_until and incident.snoozed_until > self.now):
            return
        context = text.Context(
            watch=watch,
            threshold=learned.threshold.p,
            budget=self.budget,
            watches=len(self.queries),
            history=len({start.date() for start in learned.group.starts}),
            now=self.now,
            notes=notes,
            **names(),
        )
        urgent = event != "closed" and incident.ratio >= URGENT_RATIO and incident.p <= URGENT_P
        self.messages += self.state.enqueue(
            Message(
                key=f"incident:{incident.id}:{event}",
                kind=event,
                incident=incident.id,
                created=self.now,
                urgent=urgent,
                subject=text.subject(event, incident, context),
                body=text.body(event, incident, evidence, context),
                payload=incident_json(incident)
                | {"event": event, "language": watch.language, "evidence": evidence.to_json()},
            )
        )


def detection_json(result: Detection) -> dict[str, object]:
    """As JSON-ready values."""
    return _record(result) | {
        "at": result.at.isoformat(),
        "waiting": [{"watch": one.watch, "days": round(one.days, 1), "needed": one.needed} for one in result.waiting],
        "opened": [incident_json(one) for one in result.opened],
        "changed": [incident_json(one) for one in result.changed],
        "open": [incident_json(one) for one in result.open],
        "warnings": list(result.warnings),
        "notes": list(result.notes),
        "messages": result.messages,
    }


def _record(result: Detection) -> dict[str, object]:
    return {
        "snapshot": result.snapshot,
        "watches": result.watches,
        "judged": result.judged,
        "waiting": len(result.waiting),
        "opened": len(result.opened),
        "thresholds": {name: asdict(one) for name, one in result.thresholds.items()},
        "seconds": result.seconds,
    }
