"""Counts and shares over time for a query, with what changed against the period before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Literal

from citra.documents import Bucket, Series
from citra.store import Buckets, Counts, Query, Store
from citra.store.fields import suggest
from citra.store.nodes import And, Between, Not
from citra.trends import quantify
from citra.trends import series as trends
from citra.trends.quantify import Confusion, Corrected
from citra.trends.series import Change, CountBy, Counted
from citra.verbs.correction import Correction, corrected, correction

By = Literal["day", "week", "month"]
Basis = Literal["corrected", "raw"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Uneven:
    """The sources were not the same in the periods compared, so the verdict stands on those that were."""

    sources: tuple[str, ...]  #: there in all of both periods; the verdict is over these
    left_out: Mapping[str, str]  #: source → why
    change: Change  #: over all sources: what a reader would see who does not know of the gap


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """A series and what a reader needs beside it."""

    series: Series
    since: date
    until: date
    by: CountBy  #: what shares and labels count
    total: Bucket  #: the whole period; stories counted once over all of it
    before: Bucket | None  #: the period of the same length right before
    before_since: date | None
    change: Change  #: of the share of negative against ``before``: the verdict, on what ``basis`` says
    raw_change: Change  #: the same on counted labels
    basis: Basis  #: ``corrected`` where both periods could be corrected for classifier error, else ``raw``
    weekdays: Bucket | None = None  #: the nearest earlier period of the same length and the same weekdays
    weekdays_since: date | None = None
    weekdays_change: Change | None = None  #: against ``weekdays``, corrected where both could be
    confusion: Confusion | None = None  #: what the correction stands on; None when nothing was corrected
    partial: frozenset[date]  #: buckets that lie only partly in the period
    by_hand: str = ""  #: number and hash of the texts whose label the correction took as a human's; empty: none
    uneven: Uneven | None = None  #: set where the sources differed between the periods; None: the same, or not known
    flags: Mapping[date, tuple[str, ...]] = field(default_factory=dict)  #: bucket → sources that were not as usual
    notes: tuple[str, ...] = ()  #: what is odd about the answer, one sentence each


def trend_in(
    store: Store,
    query: Query,
    *,
    by: By = "day",
    coverage: Mapping[date, float] | None = None,
    min_stories: int = trends.MIN_STORIES,
    newest: int | None = None,
    today: date | None = None,
    model: str | None = None,
    human: Sequence[str] = (),
) -> Trend:
    """The series of ``query``; without ``since``/``until`` over all days that have matches.

    An empty index, or a query without match, is an answer with a note.

    :param coverage: first day of a bucket → share of the expected volume that is there.
    :param newest: without ``since``/``until``: only this many days, up to the newest with a match by ``today``.
    :param today: tells which days are not over yet.
    :param model: folder or name of the model whose confusion corrects; None: the shipped one that set the labels.
    :param human: ids of texts whose sentiment a human set, oldest first: the correction takes them as they are.
    """
    if newest and not (query.since or query.until):
        days = [day for day in store.buckets(query, "day") if today is None or day <= today]
        if days:
            query = replace(query, since=max(days[0], days[-1] - timedelta(days=newest - 1)), until=days[-1])
    found = measure(store, query, by=by, coverage=coverage, min_stories=min_stories, model=model, human=human)
    if today is not None and found.since <= today <= found.until and found.total.placements:
        return replace(found, notes=(*found.notes, f"{today} is not over: its counts will grow"))
    return found


def measure(
    store: Store,
    query: Query,
    *,
    by: By = "day",
    coverage: Mapping[date, float] | None = None,
    min_stories: int = trends.MIN_STORIES,
    model: str | None = None,
    human: Sequence[str] = (),
) -> Trend:
    """:func:`trend_in` of the query's own period, whatever the day is."""
    counts = store.buckets(query, by)
    since, until = _period(store, query, counts)
    trends.starts(since, until, by)  # refuses absurd periods before anything is counted
    inside = replace(query, since=since, until=until)
    models = store.facets(inside, "model")
    how = correction(models, query, model, human)
    now = _measured(store, inside, how, min_stories)
    before, weekdays = (
        _measured(store, replace(query, since=period[0], until=period[1]), how, min_stories) if period else None
        for period in (trends.period_before(since, until), trends.same_weekdays_before(since, until))
    )
    shares = {start: found.negative for start, found in corrected(store, inside, by, how).items()}
    buckets = trends.build(
        counts, by, since, until, by=query.count_by, coverage=coverage, min_stories=min_stories, corrected=shares
    )
    return Trend(
        series=Series(buckets=buckets, interval=by, query_id=query.id, index_version=store.snapshot(),
                      model_version=",".join(sorted(models))),
        since=since,
        until=until,
        by=query.count_by,
        total=now.bucket,
        **_against(now, before, weekdays),
        confusion=how.confusion,
        by_hand=how.by_hand,
        partial=trends.partial(since, until, by),
        notes=(*_notes(store, inside, store.count(inside), models, how), *_undated(store, query)),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Period:
    """A period as one bucket: a story in several of its days counts once."""

    since: date
    bucket: Bucket
    share: trends.Share | None
    corrected: Corrected | None


def _measured(store: Store, query: Query, how: Correction, min_stories: int) -> _Period:
    assert query.since is not None
    counted: Counted | None = next(iter(store.buckets(query, "all").values()), None)
    shares = next(iter(corrected(store, query, "all", how, stream=query.since.toordinal()).values()), None)
    return _Period(
        since=query.since,
        bucket=trends.bucket(
            query.since, counted, by=query.count_by, min_stories=min_stories,
            corrected=shares.negative if shares else None,
        ),
        share=trends.share_of(counted, query.count_by, min_stories=min_stories) if counted else None,
        corrected=shares,
    )  # fmt: skip


def _against(now: _Period, before: _Period | None, weekdays: _Period | None) -> dict[str, Any]:
    """The fields of a trend that say what changed."""
    change, basis = _change(now, before)
    return {
        "before": before.bucket if before else None,
        "before_since": before.since if before else None,
        "change": change,
        "raw_change": trends.compare(now.share, before.share if before else None),
        "basis": basis,
        "weekdays": weekdays.bucket if weekdays else None,
        "weekdays_since": weekdays.since if weekdays else None,
        "weekdays_change": _change(now, weekdays)[0] if weekdays else None,
    }


def _change(now: _Period, before: _Period | None) -> tuple[Change, Basis]:
    """What changed, on corrected shares where both periods have them."""
    if before and now.corrected and before.corrected:
        return quantify.difference(now.corrected, before.corrected), "corrected"
    return trends.compare(now.share, before.share if before else None), "raw"


def _period(store: Store, query: Query, counts: Buckets) -> tuple[date, date]:
    """Missing ends come from the days that have matches, else from those of the index."""
    if query.since and query.until:
        return query.since, query.until
    stats = store.stats()
    if counts:
        days = store.buckets(query, "day")
        first, last = min(days), max(days)
    else:
        first = stats.first_day or query.since or query.until or date(1970, 1, 1)
        last = stats.last_day or first
    since, until = query.since or first, query.until or last
    if since > until:  # an open end lies beyond all matches
        since, until = (since, since) if query.since else (until, until)
    return since, until


def _notes(store: Store, query: Query, found: Counts, models: Mapping[str, int], how: Correction) -> Iterable[str]:
    if len(models) > 1:
        yield f"labels of {len(models)} models are mixed: a step may be the model's, not the world's"
    if how.note:
        yield how.note
    stats = store.stats()
    if found.placements:
        yield from _beginning(query, stats.first_day)
        return
    if not stats.mentions:
        yield "the index is empty: run `citra load`"
        return
    outside = store.count(replace(query, since=None, until=None))
    if outside.placements:
        yield f"nothing in this period; the query matches {outside.placements:,} texts on other days"
    elif query.min_relevance and store.count(replace(query, min_relevance=None)).placements:
        yield f"all matching texts are below relevance {query.min_relevance}; --all counts them too"
    else:
        yield f"nothing matches; the index holds {stats.mentions:,} texts of {stats.first_day} to {stats.last_day}"
    yield from _unknown(store, query)


def _beginning(inside: Query, first: date | None) -> Iterable[str]:
    """What was written before the collection began cannot be compared with."""
    since, until = inside.since, inside.until
    if first is None or since is None or until is None:
        return
    if since < first:
        yield f"the index begins on {first}: earlier days are empty because nothing was collected"
    elif (before := trends.period_before(since, until)) and before[0] < first <= before[1]:
        yield f"the index begins on {first}: the period before is not whole, compare its shares, not its counts"


def _undated(store: Store, query: Query) -> Iterable[str]:
    without_day = Not(Between("day", date.min, None))
    text = without_day if query.text is None else And((query.text, without_day))
    undated = store.count(replace(query, text=text, since=None, until=None)).placements
    if undated:
        have, are = ("text has", "is") if undated == 1 else ("texts have", "are")
        yield f"{undated:,} matching {have} no publication time and {are} in no bucket"


def _unknown(store: Store, query: Query) -> Iterable[str]:
    """Filter values that occur nowhere in the index, with the nearest that does."""
    everything = Query(min_relevance=None)
    for name, values in (("source", query.sources), ("office", query.offices), ("region", query.regions)):
        known = store.facets(everything, name) if values else {}
        for value in values:
            if value not in known and not any(code.startswith(f"{value}.") for code in known):
                yield f"no {name} {value!r} in the index; {suggest(value, known)}"


def rows(found: Trend) -> list[dict[str, object]]:
    """The series as flat rows, for CSV: one per bucket."""
    names = [
        "placements", "stories", "negative", "neutral", "positive", "corrected", "corrected_low", "corrected_high",
        "share", "share_low", "share_high", "coverage",
    ]  # fmt: skip
    return [
        {
            "start": bucket.start.date().isoformat(),
            **{name: getattr(bucket, name) for name in names},
            "partial": bucket.start.date() in found.partial,
        }
        for bucket in found.series.buckets
    ]
