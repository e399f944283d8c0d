"""Telusur: the texts behind every figure."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from citra.errors import InputError, QueryError
from citra.store import Sort
from citra.verbs.export import TEXTS, text_row
from citra.web.asked import Asked, query_fault
from citra.web.results import SIZE, facets, results
from citra.web.tables import csv_stream
from citra.web.view import View, view_of

ThisView = Annotated[View, Depends(view_of)]


def build() -> APIRouter:
    router = APIRouter()

    @router.get("/telusur")
    def search(request: Request, view: ThisView, sort: str = "newest", after: str | None = None) -> Response:
        asked = Asked.read(request.query_params)
        order: Sort = "relevance" if sort == "relevance" else "newest"
        values: dict[str, Any] = {"page": "telusur", "asked": asked, "sort": order, "after": after, "size": SIZE}
        try:
            query = closed(view, asked).query(view.state.settings.trend.relevance)
            found = results(view.state, query, order, after)
        except QueryError as wrong:
            return view.page("telusur.html", status_code=400, found=None, wrong=wrong, **values)
        except InputError as wrong:
            return view.page("telusur.html", status_code=400, found=None, wrong=wrong, **values)
        if view.is_fragment and after:
            return view.page("bagian/hasil.html", found=found, **values)
        return view.page("telusur.html", found=found, wrong=None, **values)

    @router.get("/unduh/teks.csv")
    def texts_csv(request: Request, view: ThisView) -> Response:
        query = closed(view, Asked.read(request.query_params)).query(view.state.settings.trend.relevance)
        rows = map(text_row, view.state.index.store().iterate(query))
        return csv_stream("citra-teks.csv", TEXTS.names, rows)

    @router.get("/telusur/saring")
    def choices(request: Request, view: ThisView, untuk: str = "telusur") -> Response:
        asked = Asked.read(request.query_params)
        path = "/" if untuk == "ringkasan" else "/telusur"
        if query_fault(asked, view.state.settings.trend.relevance):
            return view.page("bagian/saring.html", asked=asked, path=path, facets=())
        query = closed(view, asked).query(view.state.settings.trend.relevance)
        return view.page("bagian/saring.html", asked=asked, path=path, facets=facets(view.state, query))

    return router


def closed(view: View, asked: Asked) -> Asked:
    """With the days that ``last`` means; without any, all days and texts without one too."""
    return asked.within(view.today, asked.last) if asked.last else asked
