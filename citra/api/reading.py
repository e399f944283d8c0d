"""Routes that only read: documents, search, facets, trend, coverage, sources, health."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from importlib.metadata import version
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from citra.api import models
from citra.api.access import Caller, identify, needs
from citra.api.answers import answer, answer_lately, steady
from citra.api.cursor import seal, unseal
from citra.api.parameters import (
    CoverageParameters,
    FacetParameters,
    ListParameters,
    SearchParameters,
    TrendParameters,
)
from citra.api.problems import ProblemError, documented
from citra.api.state import ApiState, state_of
from citra.api.trends import trend_json
from citra.documents import KINDS
from citra.errors import CitraError, InputError
from citra.lake import Lake
from citra.store import Page, Sort
from citra.store import Query as Question
from citra.verbs.coverage import notes, rows
from citra.verbs.covered_trend import covered_trend
from citra.verbs.trend import Trend

State = Annotated[ApiState, Depends(state_of)]
Reader = Annotated[Caller, Depends(needs("read"))]
#: problems that every route may answer
ALWAYS = ("unauthorised", "forbidden", "invalid-parameter", "too-many-requests", "unavailable")
ASKING = documented("invalid-query", *ALWAYS)
#: buckets shown when no period is given, in days
NEWEST: Mapping[str, int] = {"day": 30, "week": 84, "month": 365}
#: days that one question about coverage may span
MOST_DAYS = 400

router = APIRouter(tags=["reading"])
open_router = APIRouter(tags=["server"])


@router.get("/documents", response_model=models.DocumentPage, responses=ASKING)
def documents(request: Request, state: State, _: Reader, given: Annotated[ListParameters, Query()]) -> Response:
    """All texts that match, newest first, whole. Follow `next` to get every one exactly once."""
    query, store = given.query(state), state.store()

    def compute() -> models.DocumentPage:
        page, snapshot = _page(state, query, given, "newest")
        found = [models.DocumentAnswer.of(hit.mention) for hit in page.hits]
        return models.DocumentPage(documents=found, **_about(state, query, page, "newest", snapshot))

    return answer(request, state, (store.snapshot(), given.last and state.now().date()), compute)


@router.get("/documents/{id}", response_model=models.DocumentAnswer, responses=documented("not-found", *ALWAYS))
def document(
    request: Request,
    state: State,
    _: Reader,
    id: Annotated[str, Path(max_length=100, examples=["5d41402abc4b2a76b9719d91"])],
) -> Response:
    """One text."""
    store = state.store()

    def compute() -> models.DocumentAnswer:
        mention = store.get(id)
        if mention is None:
            raise ProblemError("not-found", f"no document {id[:60]!r} in the index")
        return models.DocumentAnswer.of(mention)

    return answer(request, state, (store.snapshot(),), compute)


@router.get("/search", response_model=models.HitPage, responses=ASKING | documented("conflict"))
def search(request: Request, state: State, _: Reader, given: Annotated[SearchParameters, Query()]) -> Response:
    """Texts that match, with what matched marked, newest or most relevant first.

    Pages by relevance end when the index changes (409), because scores then do; pages by day go on.
    """
    query, store = given.query(state), state.store()

    def compute() -> models.HitPage:
        page, snapshot = _page(state, query, given, given.sort)
        found = [models.HitAnswer.of(hit) for hit in page.hits]
        return models.HitPage(hits=found, **_about(state, query, page, given.sort, snapshot))

    return answer(request, state, (store.snapshot(), given.last and state.now().date()), compute)


@router.get("/facets", response_model=models.FacetsAnswer, responses=ASKING)
def facets(request: Request, state: State, _: Reader, given: Annotated[FacetParameters, Query()]) -> Response:
    """How many texts match, in all and for each value of some fields."""
    query, store = given.query(state), state.store()

    def compute() -> models.FacetsAnswer:
        def ask() -> models.FacetsAnswer:
            counts = store.count(query)
            return models.FacetsAnswer(
                facets={name: dict(store.facets(query, name)) for name in given.field},
                placements=counts.placements,
                stories=counts.stories,
                undated=counts.undated,
                index_version=store.snapshot(),
                query_id=query.id,
            )

        return steady(store, ask)[0]

    return answer(request, state, (store.snapshot(), given.last and state.now().date()), compute)


@router.get("/trend", response_model=models.TrendAnswer, responses=ASKING | documented("invalid-input"))
def trend(request: Request, state: State, _: Reader, given: Annotated[TrendParameters, Query()]) -> Response:
    """Counts and the share of negative texts over time, with intervals, coverage, and the change against before.

    Without a period: the newest 30 days that have matches (12 weeks, 12 months).
    """
    query, store, now = given.query(state, given.count_by), state.store(), state.now()
    lake, common = Lake(state.settings.lake.path), given.common_sources

    def measured() -> Trend:
        return covered_trend(
            store, lake, query, now=now, by=given.by, newest=NEWEST[given.by], common_sources=common,
            model=state.settings.analyse.model,
        )  # fmt: skip

    # what is known of the sources lies in the lake, so the answer may change without the index
    asked = (store.snapshot(), query.id, given.by, common, now.date())
    return answer_lately(
        request, state, asked, lambda: models.TrendAnswer.model_validate(trend_json(steady(store, measured)[0]))
    )


@router.get("/coverage", response_model=models.CoverageAnswer, responses=documented("invalid-query", *ALWAYS))
def coverage(request: Request, state: State, _: Reader, given: Annotated[CoverageParameters, Query()]) -> Response:
    """Which sources were silent, flooded or changed their layout, day by day, against their own history."""
    until = given.until or state.now().date()
    since = given.since or max(date.min, until - timedelta(days=min(29, (until - date.min).days)))
    if since > until or (until - since).days > MOST_DAYS:
        raise ProblemError("invalid-input", f"a period of 1 to {MOST_DAYS:,} days is judged, not {since} to {until}")
    names = tuple(given.source)

    def compute() -> models.CoverageAnswer:
        found = state.coverage(names, KINDS, since, until)
        plain = {"since": since, "until": until, "days": rows(found), "shares": found.shares, "notes": notes(found)}
        return models.CoverageAnswer.model_validate(plain)

    return answer_lately(request, state, (names, since, until), compute)


@router.get("/sources", response_model=models.SourcesAnswer, responses=documented(*ALWAYS))
def sources(request: Request, state: State, _: Reader) -> Response:
    """The sources that are defined, and those that only texts of the index name."""
    store, today = state.store(), state.now().date()

    def compute() -> models.SourcesAnswer:
        newest = state.coverage((), KINDS, today - timedelta(days=1), today).newest()
        defined = state.sources()
        texts = store.facets(Question(min_relevance=None), "source")
        found = []
        for name in sorted({*defined, *texts}):
            source, health = defined.get(name), newest.get(name)
            found.append(
                models.SourceAnswer(
                    name=name,
                    title=source.title if source else name,
                    kind=source.kind if source else None,
                    url=source.base_url if source else None,
                    region=source.region or None if source else None,
                    texts=texts.get(name, 0),
                    status=health.status if health else None,
                    reason=health.reason if health else "",
                )
            )
        return models.SourcesAnswer(sources=found)

    return answer_lately(request, state, (store.snapshot(), today), compute)


@open_router.get(
    "/health",
    response_model=models.HealthAnswer,
    responses={503: {"model": models.HealthAnswer, "description": "Questions cannot be answered now."}},
)
def health(request: Request, state: State) -> Response:
    """Whether the index answers; needs no key, and tells what is in it to those who have one."""
    try:
        store = state.store()
        stats = state.kept.get(("stats", store.snapshot()), store.stats)
    except CitraError:
        found = models.HealthAnswer(
            status="unavailable", version=version("citra"), index_version=None, mentions=None, last_day=None,
            reason="the index cannot be read; the server's log says why",
        )  # fmt: skip
        return Response(found.model_dump_json(), 503, {"Retry-After": "60"}, "application/json")
    known = identify(request) is not None
    found = models.HealthAnswer(
        status="ok",
        version=version("citra"),
        index_version=stats.snapshot if known else None,
        mentions=stats.mentions if known else None,
        last_day=stats.last_day if known else None,
    )
    return Response(found.model_dump_json(), 200, {"Cache-Control": "no-store"}, "application/json")


def _page(state: ApiState, query: Question, given: ListParameters, sort: Sort) -> tuple[Page, str]:
    """The page that the cursor leads to, and the snapshot it is of."""
    after = unseal(state.secret(), f"{query.id} {sort}", given.cursor)
    store = state.store()
    try:
        return steady(store, lambda: store.search(query, size=given.size, sort=sort, after=after))
    except InputError as wrong:
        if after is None:
            raise
        raise ProblemError("conflict", "the index has changed since that page; begin again without cursor") from wrong


def _about(state: ApiState, query: Question, page: Page, sort: Sort, snapshot: str) -> dict[str, Any]:
    return {
        "total": page.total,
        "next": seal(state.secret(), f"{query.id} {sort}", page.after),
        "index_version": snapshot,
        "query_id": query.id,
    }
