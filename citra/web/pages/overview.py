"""Ringkasan: did our image move, is it real, why, and which texts show it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from citra.alerts.incident import Incident
from citra.app import alerts_path
from citra.documents import Bucket
from citra.errors import CitraError
from citra.store import Query
from citra.trends.series import Change, start_of
from citra.verbs.incidents import incidents
from citra.verbs.trend import By, Trend, rows
from citra.web import figures
from citra.web.asked import Asked, query_fault
from citra.web.state import WebState
from citra.web.tables import csv_answer
from citra.web.view import View, view_of

#: Days shown when no period is asked for, and the choices beside it.
DAYS, CHOICES = 30, (7, 14, 30, 90, 365)
#: Longest periods shown by day, and by week.
MOST_DAYS, MOST_WEEKS = 120, 800

ThisView = Annotated[View, Depends(view_of)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The verdict and the two shares it stands on, corrected or as counted."""

    change: Change
    is_corrected: bool

    @property
    def verdict(self) -> str:
        return self.change.verdict.replace("-", "_")


def build() -> APIRouter:
    router = APIRouter()

    @router.get("/")
    def overview(request: Request, view: ThisView) -> Response:
        asked = Asked.read(request.query_params)
        if wrong := query_fault(asked, view.state.settings.trend.relevance):
            return view.page("ringkasan_galat.html", status_code=400, page="ringkasan", asked=asked, wrong=wrong)
        asked, query, by = question(view.state, asked)
        found = figures.trend_of(view.state, query, by, view.state.clock())
        return view.page(
            "ringkasan.html",
            page="ringkasan",
            asked=asked,
            found=found,
            headline=headline(found, raw=asked.raw),
            topics=figures.topics_of(view.state, query),
            chart=chart(view, found, asked, _weekly(view.state, query, found, asked)),
            topic_chart=topic_chart(view, figures.topics_of(view.state, query), asked),
            choices=CHOICES,
            incidents=open_incidents(view),
        )

    _parts(router)
    _downloads(router)
    return router


def _parts(router: APIRouter) -> None:
    """What takes longer, asked for when the page is there."""

    @router.get("/ringkasan/sebab")
    def reasons(request: Request, view: ThisView) -> Response:
        asked, query, _ = question(view.state, Asked.read(request.query_params))
        return view.page("bagian/sebab.html", asked=asked, moves=figures.moves_of(view.state, query))

    @router.get("/ringkasan/cakupan")
    def covered(request: Request, view: ThisView) -> Response:
        asked, query, _ = question(view.state, Asked.read(request.query_params))
        found = figures.coverage_of(view.state, query, view.state.clock())
        assert query.since is not None
        assert query.until is not None
        return view.page(
            "bagian/cakupan.html", asked=asked, strips=figures.table(found, flagged_only=True), shares=found.shares,
            days=figures.stretch(query.since, query.until), sources=len({day.source for day in found.days}),
        )  # fmt: skip


def _downloads(router: APIRouter) -> None:
    @router.get("/unduh/tren.csv")
    def trend_csv(request: Request, view: ThisView) -> Response:
        _, query, by = question(view.state, Asked.read(request.query_params))
        return csv_answer("citra-tren.csv", rows(figures.trend_of(view.state, query, by, view.state.clock())))

    @router.get("/unduh/topik.csv")
    def topics_csv(request: Request, view: ThisView) -> Response:
        _, query, _ = question(view.state, Asked.read(request.query_params))
        names = ("topic", "placements", "negative", "neutral", "positive", "before")
        moved = figures.topics_of(view.state, query)
        return csv_answer("citra-topik.csv", [{name: getattr(one, name) for name in names} for one in moved])


def warm(state: WebState) -> None:
    """Compute what most people open first, before they do; whatever is wrong, they will be told."""
    with suppress(CitraError):
        asked, query, by = question(state, Asked(filters={}))
        now = state.clock()
        found = figures.trend_of(state, query, by, now)
        _weekly(state, query, found, asked)
        figures.topics_of(state, query)
        figures.coverage_of(state, query, now)
        figures.moves_of(state, query)


def question(state: WebState, asked: Asked) -> tuple[Asked, Query, By]:
    """The question with a closed period, ending with the newest day that has texts when that is long ago."""
    last = state.today
    if not (asked.since or asked.until):
        newest = state.index.store().stats().last_day
        if newest is not None and (last - newest).days > 7:
            last = newest
    closed = asked.within(last, DAYS)
    assert closed.since is not None
    assert closed.until is not None
    length = (closed.until - closed.since).days + 1
    by: By = asked.by or ("day" if length <= MOST_DAYS else "week" if length <= MOST_WEEKS else "month")
    return closed, closed.query(state.settings.trend.relevance), by


def open_incidents(view: View) -> list[Incident]:
    """Newest first; none where nothing is watched."""
    state = alerts_path(view.state.settings)
    return incidents(state, only_open=True) if Path(state).is_file() else []


def headline(found: Trend, *, raw: bool) -> Headline:
    is_corrected = found.basis == "corrected" and not raw
    return Headline(change=found.change if is_corrected or not raw else found.raw_change, is_corrected=is_corrected)


def _weekly(state: WebState, query: Query, found: Trend, asked: Asked) -> Trend | None:
    """The series by week, where most single days have too few texts for a share."""
    is_corrected = is_by_corrected(found, asked)
    known = [share_of(one, corrected=is_corrected)[0] is not None for one in found.series.buckets if one.placements]
    if found.series.interval != "day" or 2 * sum(known) >= len(known):
        return None
    return figures.trend_of(state, query, "week", state.clock())


def is_by_corrected(found: Trend, asked: Asked) -> bool:
    """Whether the page shows corrected shares."""
    return found.basis == "corrected" and not asked.raw


def chart(view: View, found: Trend, asked: Asked, weekly: Trend | None) -> dict[str, Any]:
    """What the browser draws: the share with its band above, the volume below; every bucket leads to its texts."""
    words, buckets = view.words, found.series.buckets
    weeks = {one.start.date(): one for one in weekly.series.buckets} if weekly else {}
    shares = [
        share_of(
            weeks.get(start_of(one.start.date(), "week"), one) if weekly else one,
            corrected=is_by_corrected(found, asked),
        )
        for one in buckets
    ]
    last = {
        bucket.start.date(): (buckets[at + 1].start.date() if at + 1 < len(buckets) else None)
        for at, bucket in enumerate(buckets)
    }
    return {
        "type": "share",
        "is_weekly": weekly is not None,
        "labels": [words.short_day(bucket.start.date()) for bucket in buckets],
        "titles": [words.day(bucket.start.date()) for bucket in buckets],
        "share": [value[0] for value in shares],
        "low": [value[1] for value in shares],
        "high": [value[2] for value in shares],
        "negative": [bucket.negative for bucket in buckets],
        "neutral": [bucket.neutral for bucket in buckets],
        "positive": [bucket.positive for bucket in buckets],
        "coverage": [bucket.coverage for bucket in buckets],
        "links": [
            bucket_of(asked, found, start, following).url("/telusur") for start, following in last.items()
        ],
        "words": {
            name: words.t(f"ringkasan.chart.{name}")
            for name in ("share", "weekly", "band", "volume", "coverage", "few", "texts")
        }
        | {label: words.label(label) for label in ("negative", "neutral", "positive")},
    }  # fmt: skip


def bucket_of(asked: Asked, found: Trend, start: date, following: date | None) -> Asked:
    """The question of one bucket's texts."""
    until = found.until if following is None else date.fromordinal(following.toordinal() - 1)
    return replace(asked.during(max(start, found.since), until), by=None)


def share_of(bucket: Bucket, *, corrected: bool) -> tuple[float | None, float | None, float | None]:
    """Share of negative and its interval."""
    if corrected:
        return bucket.corrected, bucket.corrected_low, bucket.corrected_high
    return bucket.share, bucket.share_low, bucket.share_high


def topic_chart(view: View, topics: list[figures.TopicMove], asked: Asked) -> dict[str, Any]:
    """Texts of each topic by sentiment. A story's own sentiment is no filter, so stories lead to the whole topic."""
    words, is_stories = view.words, asked.count_by == "stories"

    def link(topic: str, label: str) -> str:
        narrow = asked.narrowed("topic", topic)
        return (narrow if is_stories else narrow.narrowed("sentiment", label)).url("/telusur")

    return {
        "type": "topics",
        "labels": [words.label(one.topic) for one in topics],
        "negative": [one.negative for one in topics],
        "neutral": [one.neutral for one in topics],
        "positive": [one.positive for one in topics],
        "links": {label: [link(one.topic, label) for one in topics] for label in ("negative", "neutral", "positive")},
        "words": {label: words.label(label) for label in ("negative", "neutral", "positive")},
    }
