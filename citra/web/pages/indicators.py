"""Indicators of image, a part of Ringkasan: balances of praise and blame, each with its interval and its texts."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from citra.corrections import read_corrections
from citra.errors import InputError
from citra.store import Query
from citra.verbs.correction import human_ids
from citra.verbs.indicators import IndicatorLine, Indicators, indicators_in
from citra.web.asked import Asked
from citra.web.pages.overview import question
from citra.web.state import WebState
from citra.web.tables import csv_answer
from citra.web.view import View, view_of

ThisView = Annotated[View, Depends(view_of)]


def build() -> APIRouter:
    router = APIRouter()

    @router.get("/ringkasan/indikator")
    def part(request: Request, view: ThisView) -> Response:
        asked, query, _ = question(view.state, Asked.read(request.query_params))
        found = None if query.sentiments else measured(view.state, query)
        links = [texts_of(asked, line).url("/telusur") for line in found.lines] if found else []
        return view.page("bagian/indikator.html", asked=asked, found=found, links=links,
                         chart=chart(view, found, links) if found else None)  # fmt: skip

    @router.get("/unduh/indikator.csv")
    def table(request: Request, view: ThisView) -> Response:
        _, query, _ = question(view.state, Asked.read(request.query_params))
        return csv_answer("citra-indikator.csv", rows(measured(view.state, query)))

    return router


def measured(state: WebState, query: Query) -> Indicators:
    """Remembered for each snapshot; the same as ``citra indicators``.

    :raises InputError: a query that chooses sentiments.
    """
    if query.sentiments:
        raise InputError("the query chooses texts by their sentiment: a balance of it would mean nothing")
    store = state.index.store()

    def make() -> Indicators:
        human = human_ids(read_corrections(state.lake))
        return indicators_in(
            store, query, by="week", today=state.today, model=state.settings.analyse.model, human=human
        )

    return state.answers.get(("indicators", store.snapshot(), query.id), make)


def texts_of(asked: Asked, line: IndicatorLine) -> Asked:
    """The question of an indicator's texts."""
    topics = line.indicator.topics
    if not topics:
        return asked
    if "topic" not in asked.filters:
        return replace(asked, filters={**asked.filters, "topic": topics})
    return asked.also(f"({' OR '.join(f'topic:{topic}' for topic in topics)})")


def chart(view: View, found: Indicators, links: list[str]) -> dict[str, Any]:
    words, totals = view.words, [line.total for line in found.lines]
    return {
        "type": "balances",
        "height": 60 + 34 * len(totals),
        "labels": [words.t(f"indikator.{line.indicator.id}") for line in found.lines],
        "value": [one.value if one else None for one in totals],
        "low": [one.low if one else None for one in totals],
        "high": [one.high if one else None for one in totals],
        "titles": [f"{words.points(one.value)} [{words.points(one.low)} … {words.points(one.high)}]" if one else ""
                   for one in totals],
        "links": links,
        "words": {"few": words.t("few")},
    }  # fmt: skip


def rows(found: Indicators) -> list[dict[str, object]]:
    """One row for each indicator and week, then one for the whole."""
    made: list[dict[str, object]] = []
    for line in found.lines:
        spans = [
            (bucket.start.isoformat(), bucket.placements, bucket.stories, bucket.balance) for bucket in line.buckets
        ]
        spans.append((f"{found.since} - {found.until}", line.placements, line.stories, line.total))
        made += [
            {
                "indicator": line.indicator.id, "week": week, "placements": placements, "stories": stories,
                "balance": one.value if one else None, "low": one.low if one else None,
                "high": one.high if one else None, "corrected": one.corrected if one else None, "topic_f1": line.f1,
                "query_id": line.query.id, "index_version": found.index_version,
            }
            for week, placements, stories, one in spans
        ]  # fmt: skip
    return made
