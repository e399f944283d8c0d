"""A trend that knows which sources were there: what was missing is marked, periods are compared over common sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from citra.corrections import read_corrections
from citra.documents import JAKARTA, KINDS
from citra.lake import Lake
from citra.store import Query, Store
from citra.trends import series as trends
from citra.verbs.correction import human_ids
from citra.verbs.coverage import Coverage, DayCoverage, coverage, notes, of_buckets, shares_of
from citra.verbs.trend import By, Trend, Uneven, measure, trend_in

#: A source takes part in a comparison while it missed, or brought too much, at most this part of what was expected.
TOLERANCE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """Sources that were there in all of two periods, and those that were not."""

    sources: tuple[str, ...]
    left_out: Mapping[str, str]  #: name → why


def covered_trend(
    store: Store,
    lake: Lake,
    query: Query,
    *,
    now: datetime,
    by: By = "day",
    newest: int | None = None,
    common_sources: bool = False,
    min_stories: int = trends.MIN_STORIES,
    model: str | None = None,
) -> Trend:
    """:func:`citra.verbs.trend.trend_in` with the coverage of its buckets, and a verdict that no outage can make.

    Where a source was silent, flooding or broken in either period, ``change`` compares the sources that were there in
    all of both; ``uneven`` says who was left out and what all sources together would have shown.

    :param common_sources: restrict the whole series to those sources, not the comparison alone.
    """
    today = now.astimezone(JAKARTA).date()
    human = human_ids(read_corrections(lake))
    options = {
        "by": by, "newest": newest, "today": today, "min_stories": min_stories, "model": model, "human": human,
    }  # fmt: skip
    found = trend_in(store, query, **options)  # type: ignore[arg-type]
    since = min(day for day in (found.since, found.before_since, found.weekdays_since) if day is not None)
    kinds = query.kinds or KINDS
    seen = coverage(lake, query.sources, since=since, until=found.until, now=now, kinds=kinds)
    wide = replace(query, since=since, until=found.until)
    spans = periods(found)
    common = common_of(seen, store.facets(wide, "source"), spans)
    if not common.left_out or (len(spans) == 1 and not common_sources):
        return marked(found, seen)
    even = evened(store, replace(query, since=found.since, until=found.until), found, common, whole=common_sources,
                  min_stories=min_stories, model=model, human=human)  # fmt: skip
    return marked(even, _only(seen, common.sources) if common_sources and common.sources else seen)


def evened(
    store: Store,
    query: Query,
    found: Trend,
    common: Common,
    *,
    whole: bool = False,
    min_stories: int = trends.MIN_STORIES,
    model: str | None = None,
    human: Sequence[str] = (),
) -> Trend:
    """``found`` (of ``query``) with its changes measured over the common sources; with ``whole`` all of it is."""
    uneven = Uneven(sources=common.sources, left_out=common.left_out, change=found.change)
    if not common.sources:
        note = "no source was there in all of both periods: they cannot be compared"
        blind = trends.compare(None, None)
        return replace(
            found, change=blind, raw_change=blind, weekdays_change=blind, uneven=uneven, notes=(*found.notes, note)
        )
    over = measure(store, replace(query, sources=common.sources), by=found.series.interval, min_stories=min_stories,
                   model=model, human=human)  # fmt: skip
    if whole:
        # what lies beyond the numbers (a day that is not over) was said of the whole
        notes_too = tuple(dict.fromkeys((*over.notes, *found.notes)))
        return replace(
            over, series=replace(over.series, query_id=found.series.query_id), uneven=uneven, notes=notes_too
        )
    return replace(
        found,
        change=over.change,
        raw_change=over.raw_change,
        basis=over.basis,
        weekdays_change=over.weekdays_change,
        uneven=uneven,
    )


def periods(found: Trend) -> list[tuple[date, date]]:
    """First and last day of each period that the trend compares; earlier ones without any text are none."""
    length = found.until - found.since
    begins = [found.since]
    for first, bucket in ((found.before_since, found.before), (found.weekdays_since, found.weekdays)):
        if first is not None and bucket and bucket.placements:
            begins.append(first)
    return [(first, first + length) for first in dict.fromkeys(begins)]


def common_of(seen: Coverage, counted: Iterable[str], spans: Iterable[tuple[date, date]]) -> Common:
    """Which of the ``counted`` sources were there in every one of ``spans`` (first and last day).

    Left out: those that missed more than ``TOLERANCE`` of what was expected of them, or brought that much too much, in
    any span, and those that were collected later than others within it. Where nothing is known of a source
    (it was imported), it stays: nothing tells that it was away.
    """
    by_source: dict[str, list[DayCoverage]] = {}
    for day in seen.days:
        by_source.setdefault(day.source, []).append(day)
    spans, names = list(spans), sorted(counted)
    firsts = {name: min(day.day for day in days) for name, days in by_source.items()}
    begin = min(firsts.values(), default=date.min)  # what lies before was collected of nobody
    reasons = {
        name: _reason(by_source[name], firsts[name], [(max(since, begin), until) for since, until in spans])
        for name in names
        if name in by_source
    }
    left_out = {name: reason for name, reason in reasons.items() if reason}
    return Common(sources=tuple(name for name in names if name not in left_out), left_out=left_out)


def _reason(days: list[DayCoverage], first: date, spans: list[tuple[date, date]]) -> str:
    for since, until in spans:
        inside = [day for day in days if since <= day.day <= until]
        if since < first and (min(first, until) - since).days > TOLERANCE * ((until - since).days + 1):
            return f"collected since {first} only"
        expected = sum(day.expected or 1.0 for day in inside)
        missed = sum((day.expected or 1.0) * (1 - day.covered) for day in inside)
        surplus = sum(day.documents - (day.expected or 0.0) for day in inside if day.status == "flood")
        worst = next((day for day in inside if day.status != "ok"), None)
        if worst and max(missed, surplus) > TOLERANCE * expected:
            word = "flooding" if worst.status == "flood" else worst.status
            return f"{word}, {worst.day}: {worst.reason}"
    return ""


def _only(seen: Coverage, sources: tuple[str, ...]) -> Coverage:
    days = tuple(day for day in seen.days if day.source in sources)
    return Coverage(days=days, shares=shares_of(days))


def marked(found: Trend, seen: Coverage) -> Trend:
    """``found`` with coverage and flags of its buckets, and a note for each source that was not as usual."""
    inside = Coverage(days=tuple(day for day in seen.days if found.since <= day.day <= found.until))
    shares = of_buckets(shares_of(inside.days), found.series.interval)
    buckets = tuple(replace(bucket, coverage=shares.get(bucket.start.date())) for bucket in found.series.buckets)
    flags: dict[date, dict[str, None]] = {}
    for day in inside.flagged():
        start = trends.start_of(day.day, found.series.interval)
        flags.setdefault(start, {})[f"{day.source} {day.status}"] = None
    return replace(
        found,
        series=replace(found.series, buckets=buckets),
        flags={start: tuple(names) for start, names in flags.items()},
        notes=(*found.notes, *notes(inside)),
    )
