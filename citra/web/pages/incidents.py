"""Peringatan: what is unusual, why, how sure; what people say about it, and whether the promise is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from citra.alerts.evidence import Evidence
from citra.alerts.incident import Incident
from citra.alerts.watch import Watch
from citra.app import alerts_path
from citra.verbs import incidents
from citra.verbs.watch_counts import query_of
from citra.web import watched
from citra.web.asked import Asked
from citra.web.figures import stretch
from citra.web.pages.entry import address_of
from citra.web.view import View, needs, view_of

#: Days before an incident that its chart shows, and after it.
BEFORE, AFTER = 42, 7
#: How long one may be quiet about an incident: hours → message key.
SPANS = {4: "hours_4", 24: "day_1", 72: "days_3", 168: "week_1"}
#: Incidents that are over, on the list.
MOST = 50

ThisView = Annotated[View, Depends(view_of)]


def build() -> APIRouter:
    router = APIRouter()

    @router.get("/peringatan")
    def overview(view: ThisView) -> Response:
        return _overview(view)

    @router.get("/peringatan/{number:int}")
    def one(view: ThisView, number: int) -> Response:
        return _one(view, number)

    @router.post("/peringatan/{number:int}", dependencies=[needs("editor")])
    def act(
        request: Request, view: ThisView, number: int, action: Annotated[str, Form()] = "",
        hours: Annotated[int, Form()] = 24,
    ) -> Response:  # fmt: skip
        _act(request, view, _incident(view, number), action, hours)
        return RedirectResponse(f"/peringatan/{number}", 303)

    return router


def _overview(view: View) -> Response:
    state, now = view.state, view.state.clock()
    found, watches = watched.known(state), {one.id: one for one in watched.listed(state)}
    budget = state.settings.alerts.budget
    nothing: dict[str, Any] = {"thresholds": {}, "failed": 0, "errors": ()}
    status = incidents.alert_status(alerts_path(state.settings), now) if watches or found else nothing
    is_open = [one for one in found if one.status != "closed" and not one.false_by]
    return view.page(
        "peringatan.html", page="peringatan", tab="/peringatan", watches=watches, open=is_open,
        over=[one for one in found if one not in is_open][:MOST], kept=watched.kept(found, now, budget), budget=budget,
        status=status, said=watched,
    )  # fmt: skip


def _incident(view: View, number: int) -> Incident:
    for one in watched.known(view.state):
        if one.id == number:
            return one
    raise HTTPException(404, "missing")


def _one(view: View, number: int) -> Response:
    state, incident = view.state, _incident(view, number)
    told = incidents.told(alerts_path(state.settings), number)
    watch = {one.id: one for one in watched.listed(state)}.get(incident.watch)
    evidence = Evidence.from_json(told["evidence"]) if told["evidence"] else None
    since, until = watched.days_of(incident)
    asked = watched.asked_of(watch, since, until) if watch else None
    return view.page(
        "kejadian.html", page="peringatan", tab="/peringatan", incident=incident, watch=watch, evidence=evidence,
        messages=told["messages"], asked=asked, budget=state.settings.alerts.budget, spans=SPANS, said=watched,
        chart=chart(view, incident, watch) if watch else None,
    )  # fmt: skip


def chart(view: View, incident: Incident, watch: Watch) -> dict[str, Any]:
    """What the watch counts, by day, around the incident."""
    words, store = view.words, view.state.index.store()
    first, last = watched.days_of(incident)
    since, until = first - timedelta(days=BEFORE), min(last + timedelta(days=AFTER), max(view.today, last))
    query = replace(query_of(watch), since=since, until=until)
    counts = view.state.answers.get(("watch-days", store.snapshot(), query.id), lambda: store.buckets(query, "day"))
    asked: Asked = watched.asked_of(watch)
    span = stretch(since, until)
    field = "placements" if watch.measure == "volume" else "negative_stories"
    return {
        "type": "counts",
        "labels": [words.short_day(day) for day in span],
        "titles": [words.day(day) for day in span],
        "count": [getattr(counts[day], field) if day in counts else 0 for day in span],
        "hot": [first <= day <= last for day in span],
        "usual": incident.expected if incident.window == "day" else None,
        "links": [asked.during(day, day).url("/telusur") for day in span],
        "words": {
            "count": words.t(f"peringatan.measure_{'volume' if field == 'placements' else 'negative_stories'}"),
            "hot": words.t("peringatan.hot"),
            "usual": words.t("peringatan.usual_line"),
        },
    }


def _act(request: Request, view: View, incident: Incident, action: str, hours: int) -> None:
    state = view.state
    assert view.person is not None  # `needs` has seen to it
    path, who, now = alerts_path(state.settings), view.person.name, state.clock()
    detail = str(incident.id)
    if action == "acknowledge":
        incidents.acknowledge(path, incident.id, who, now)
    elif action == "false":
        incidents.mark_false(path, incident.id, who, now)
    elif action == "snooze" and hours in SPANS:
        incidents.snooze(path, incident.id, who, now + timedelta(hours=hours), now)
        detail += f" {hours} h"
    else:
        raise HTTPException(400, "unknown action")
    state.audit.note(who, f"incident-{action}", now, detail=detail, address=address_of(request))
