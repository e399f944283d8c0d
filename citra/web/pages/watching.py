"""Pantauan: what one wants to be told about; each can be tried on history before it is kept."""

from __future__ import annotations

import re
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from citra.alerts.watch import LANGUAGES, MEASURES, WINDOWS, Watch
from citra.app import alerts_path, collection
from citra.documents import KINDS, TOPICS
from citra.errors import InputError, QueryError
from citra.verbs import watches
from citra.verbs.watch_counts import HISTORY, query_of
from citra.verbs.watches import Preview
from citra.web import watched
from citra.web.asked import FILTERS, Asked
from citra.web.pages.entry import address_of
from citra.web.results import occurring
from citra.web.state import WebState
from citra.web.view import View, needs, view_of

#: Days that a preview replays.
DAYS = 90
#: Seconds after which the coverage of all sources is looked at again.
AGE = 120
#: Filters written as words, parted by commas; the others are boxes.
WRITTEN = ("source", "office", "region")
#: Values offered for each of these.
OFFERED = 60

ThisView = Annotated[View, Depends(view_of)]


async def _sent(request: Request) -> FormData:
    return await request.form()


Sent = Annotated[FormData, Depends(_sent)]


def build() -> APIRouter:
    router = APIRouter()

    @router.get("/peringatan/pantauan")
    def page(request: Request, view: ThisView, ubah: str = "") -> Response:
        known = {one.id: one for one in watched.listed(view.state)}
        chosen = known.get(ubah)
        values = values_of(chosen) if chosen else _from_question(view, request)
        return _page(view, values, edited=chosen)

    @router.post("/peringatan/pantauan/coba")
    def attempt(view: ThisView, sent: Sent) -> Response:
        values = _values(sent)
        try:
            return _previewed(view, values, _watch(view, values))
        except (InputError, QueryError) as wrong:
            return _wrong(view, values, wrong)

    @router.post("/peringatan/pantauan", dependencies=[needs("editor")])
    async def save(request: Request, view: ThisView) -> Response:
        values = _values(await request.form())
        try:
            watch = _watch(view, values)
            watches.add(
                alerts_path(view.state.settings), [watch], view.state.clock(), replace=values["edited"] == watch.id
            )
        except (InputError, QueryError) as wrong:
            return _wrong(view, values, wrong)
        _note(request, view, "watch-change" if values["edited"] else "watch-add", watch.id)
        return RedirectResponse(f"/peringatan/pantauan?ubah={watch.id}#daftar", 303)

    @router.post("/peringatan/pantauan/hapus", dependencies=[needs("editor")])
    def remove(request: Request, view: ThisView, sent: Sent) -> Response:
        gone = watches.remove(alerts_path(view.state.settings), str(sent.get("id", ""))[:100])
        _note(request, view, "watch-remove", gone.id)
        return RedirectResponse("/peringatan/pantauan", 303)

    return router


def _note(request: Request, view: View, what: str, detail: str) -> None:
    assert view.person is not None  # `needs` has seen to it
    view.state.audit.note(view.person.name, what, view.state.clock(), detail=detail, address=address_of(request))


def _page(view: View, values: dict[str, Any], *, edited: Watch | None = None, wrong: Exception | None = None,
          found: Preview | None = None) -> Response:  # fmt: skip
    known = watched.listed(view.state)
    return view.page(
        "pantauan.html", status_code=400 if wrong else 200, page="peringatan", tab="/peringatan/pantauan",
        watches=known, links={one.id: watched.asked_of(one).url("/telusur") for one in known}, values=values,
        wrong=wrong, found=found,
        edited=values.get("edited") or (edited.id if edited else ""), said=watched, measures=MEASURES, windows=WINDOWS,
        languages=LANGUAGES, kinds=KINDS, topics=TOPICS, written=WRITTEN, offered=_offered(view),
        budget=view.state.settings.alerts.budget,
    )  # fmt: skip


def _wrong(view: View, values: dict[str, Any], wrong: Exception) -> Response:
    if view.is_fragment:
        return view.page("bagian/salah.html", wrong=wrong)
    return _page(view, values, wrong=wrong)


def _previewed(view: View, values: dict[str, Any], watch: Watch) -> Response:
    found = previewed(view.state, watch)
    if view.is_fragment:
        return view.page("bagian/coba.html", found=found, said=watched, budget=view.state.settings.alerts.budget)
    return _page(view, values, found=found)


def previewed(state: WebState, watch: Watch) -> Preview:
    """What the watch would have told over the last 90 days; the same as ``citra watch preview``.

    :raises InputError, QueryError: a query or filter that cannot be read.
    """
    query_of(watch)
    now, today = state.clock(), state.today
    known = watched.listed(state)
    count = len({one.id for one in known} | {watch.id})
    around = state.answers.get(("collection", today), lambda: collection(state.settings, now, HISTORY["day"]), age=AGE)
    return state.answers.get(
        ("preview", state.index.store().snapshot(), watch, count, today),
        lambda: watches.preview(
            state.settings.index.location, watch, now=now, days=DAYS, budget=state.settings.alerts.budget,
            watches=count, **around,
        ),
    )  # fmt: skip


def values_of(watch: Watch) -> dict[str, Any]:
    """A watch as the fields of the form."""
    filters = watch.filters()
    return {
        "name": watch.name, "text": watch.text, "measure": watch.measure, "window": watch.window,
        "language": watch.language, "everything": watch.min_relevance is None, "edited": watch.id,
        **{name: filters[field] for name, field in FILTERS.items() if field in filters},
    }  # fmt: skip


def _from_question(view: View, request: Request) -> dict[str, Any]:
    """An empty form, or one filled with the question of a page."""
    asked = Asked.read(request.query_params)
    return {
        "name": "", "text": asked.text, "measure": "negative-stories", "window": "day", "language": view.words.language,
        "everything": asked.everything, "edited": "", **{name: asked.filters.get(name, ()) for name in FILTERS},
    }  # fmt: skip


def _values(form: FormData) -> dict[str, Any]:
    """What was sent, as the form shows it."""
    found: dict[str, Any] = {
        name: str(form.get(name, "")).strip() for name in ("name", "text", "measure", "window", "language", "edited")
    }
    found["everything"] = form.get("everything") == "1"
    for name in FILTERS:
        parts = [part for value in form.getlist(name) for part in re.split(r"[,;\n]", str(value))]
        found[name] = tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))
    return found


def _watch(view: View, values: dict[str, Any]) -> Watch:
    """:raises InputError: for values that cannot be."""
    filters = {field: values[name] for name, field in FILTERS.items() if name != "sentiment"}
    least = None if values["everything"] else view.state.settings.trend.relevance
    return Watch(
        name=values["name"], text=values["text"], measure=values["measure"], window=values["window"],
        language=values["language"], min_relevance=least, **filters,
    )  # fmt: skip


def _offered(view: View) -> dict[str, list[tuple[str, str]]]:
    """Values that occur, for the fields that are written: id and name, most texts first."""
    return {
        name: [(value, view.named(name, value)) for value in islice(occurring(view.state, name), OFFERED)]
        for name in WRITTEN
    }
