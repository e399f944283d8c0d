"""Routes of watches and incidents."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from citra.alerts.incident import Incident
from citra.alerts.watch import Watch
from citra.api.access import Caller, needs
from citra.api.alert_models import (
    AlertStatus,
    IncidentAnswer,
    IncidentDetail,
    IncidentsAnswer,
    Measure,
    PreviewAnswer,
    WatchAnswer,
    WatchesAnswer,
    Window,
)
from citra.api.answers import answer
from citra.api.parameters import Values
from citra.api.problems import ProblemError, documented
from citra.api.state import ApiState, address_of, state_of
from citra.app import alerts_path, collection
from citra.errors import InputError
from citra.store.syntax import MAX_LENGTH
from citra.verbs import incidents, watches
from citra.verbs.watch_counts import HISTORY

State = Annotated[ApiState, Depends(state_of)]
Reader = Annotated[Caller, Depends(needs("read"))]
Keeper = Annotated[Caller, Depends(needs("alerts"))]
Number = Annotated[int, Path(ge=1, le=2**53, description="Number of the incident.")]
Open = Annotated[bool, Query(description="Only those that go on.")]
Id = Annotated[str, Path(max_length=100, description="Id of the watch.", examples=["disdukcapil-bogor"])]
ALWAYS = ("unauthorised", "forbidden", "invalid-parameter", "too-many-requests", "unavailable")
_READING, _ONE = documented(*ALWAYS), documented("not-found", *ALWAYS)
_WRITING = documented("not-found", "too-large", "invalid-input", *ALWAYS)
router = APIRouter(tags=["alerts"])


_EXAMPLE: dict[str, Any] = {"name": "Korupsi Jawa Barat", "topics": ["corruption"], "regions": ["32"]}


class WatchRequest(BaseModel):
    """A new watch; without filters it watches all texts."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    name: str = Field(min_length=1, max_length=80)
    text: str = Field(default="", max_length=MAX_LENGTH)
    measure: Measure = "negative-stories"
    window: Window = "day"
    sources: Values = []
    kinds: Values = []
    topics: Values = []
    offices: Values = []
    regions: Values = []
    min_relevance: float | None = Field(default=0.6, ge=0, le=1)
    language: str = Field(default="id", pattern="^(id|en)$")


class SnoozeRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"hours": 24}]})

    hours: float = Field(gt=0, le=24 * 90, description="No message about it for so long.")


@router.get("/watches", response_model=WatchesAnswer, responses=_READING)
def list_watches(request: Request, state: State, _: Reader) -> Response:
    """All watches."""
    found = WatchesAnswer(watches=[_watch(one) for one in watches.listed(alerts_path(state.settings))])
    return answer(request, state, (found.model_dump_json(),), lambda: found)


@router.get("/watches/{id}", response_model=WatchAnswer, responses=_ONE)
def one_watch(request: Request, state: State, _: Reader, id: Id) -> Response:
    """One watch."""
    found = _watch(_named(state, id))
    return answer(request, state, (found.model_dump_json(),), lambda: found)


@router.post("/watches", status_code=201, responses=_WRITING | documented("invalid-query"))
def add_watch(request: Request, state: State, caller: Keeper, given: WatchRequest, response: Response) -> WatchAnswer:
    """Keep a watch; from the next run on it is judged. Its query is read first."""
    watch = Watch.from_json(given.model_dump())
    watches.add(alerts_path(state.settings), [watch], state.now())
    state.note(caller.name, "watch-add", watch.id, address_of(request))
    response.headers["Location"] = f"/api/v1/watches/{watch.id}"
    return _watch(watch)


@router.delete("/watches/{id}", status_code=204, responses=_ONE)
def remove_watch(request: Request, state: State, caller: Keeper, id: Id) -> None:
    """Forget a watch; its incidents stay."""
    watch = _named(state, id)
    watches.remove(alerts_path(state.settings), watch.id)
    state.note(caller.name, "watch-remove", watch.id, address_of(request))


@router.get("/watches/{id}/preview", responses=_ONE)
def preview_watch(
    state: State, _: Reader, id: Id, days: Annotated[int, Query(ge=1, le=HISTORY["day"])] = 90
) -> PreviewAnswer:
    """How often a watch would have called, each day judged by what came before it."""
    watch, now = _named(state, id), state.now()
    count = len(watches.listed(alerts_path(state.settings)))
    asked = ("preview", state.store().snapshot(), watch, count, days, now.date())

    def replay() -> watches.Preview:
        return watches.preview(
            state.settings.index.location, watch, now=now, days=days, budget=state.settings.alerts.budget,
            watches=count, **collection(state.settings, now, HISTORY["day"]),
        )  # fmt: skip

    found = state.lately(asked, replay)
    return PreviewAnswer(
        watch=watch.id,
        days=found.days,
        usual=found.expected,
        threshold=found.threshold.p if found.threshold else None,
        waiting_days=found.waiting.needed if found.waiting else None,
        incidents=[_incident(one) for one in found.incidents],
    )


@router.get("/incidents", response_model=IncidentsAnswer, responses=_READING)
def list_incidents(
    request: Request,
    state: State,
    _: Reader,
    open: Annotated[bool, Query(description="Only those that go on.")] = False,
) -> Response:
    """Incidents, newest first."""
    known = incidents.incidents(alerts_path(state.settings), only_open=open)
    found = IncidentsAnswer(incidents=[_incident(one) for one in known])
    return answer(request, state, (found.model_dump_json(),), lambda: found)


@router.get("/incidents/{number}", response_model=IncidentDetail, responses=_ONE)
def one_incident(request: Request, state: State, _: Reader, number: Number) -> Response:
    """An incident with its evidence and the messages about it."""
    _known(state, number)
    found = IncidentDetail.model_validate(incidents.told(alerts_path(state.settings), number))
    return answer(request, state, (found.model_dump_json(),), lambda: found)


@router.post("/incidents/{number}/acknowledge", responses=_ONE)
def acknowledge(request: Request, state: State, caller: Keeper, number: Number) -> IncidentAnswer:
    """Somebody is on it: no escalation."""
    _known(state, number)
    done = incidents.acknowledge(alerts_path(state.settings), number, caller.name, state.now())
    state.note(caller.name, "incident-acknowledge", str(number), address_of(request))
    return _incident(done)


@router.post("/incidents/{number}/snooze", responses=_WRITING)
def snooze(request: Request, state: State, caller: Keeper, number: Number, given: SnoozeRequest) -> IncidentAnswer:
    """No message about it for a while; whoever snoozes has seen it."""
    _known(state, number)
    until: datetime = state.now() + timedelta(hours=given.hours)
    done = incidents.snooze(alerts_path(state.settings), number, caller.name, until, state.now())
    state.note(caller.name, "incident-snooze", f"{number} {given.hours} h", address_of(request))
    return _incident(done)


@router.post("/incidents/{number}/false", responses=_ONE)
def mark_false(request: Request, state: State, caller: Keeper, number: Number) -> IncidentAnswer:
    """It was nothing: its windows teach what is usual."""
    _known(state, number)
    done = incidents.mark_false(alerts_path(state.settings), number, caller.name, state.now())
    state.note(caller.name, "incident-false", str(number), address_of(request))
    return _incident(done)


@router.get("/alerts/status", responses=_READING)
def alert_status(state: State, _: Reader) -> AlertStatus:
    """The budget of false alarms and the measured rate, and how delivery goes."""
    found = incidents.alert_status(alerts_path(state.settings), state.now())
    return AlertStatus.model_validate({**found, "budget": state.settings.alerts.budget})


def _watch(one: Watch) -> WatchAnswer:
    return WatchAnswer.model_validate({"id": one.id, **one.to_json()})


def _incident(one: Incident) -> IncidentAnswer:
    plain: dict[str, Any] = incidents.incident_json(one)
    return IncidentAnswer.model_validate(plain)


def _named(state: ApiState, id: str) -> Watch:
    found = {one.id: one for one in watches.listed(alerts_path(state.settings))}
    if id not in found:
        raise ProblemError("not-found", f"no watch {id[:60]!r}")
    return found[id]


def _known(state: ApiState, number: int) -> None:
    try:
        incidents.evidence(alerts_path(state.settings), number)
    except InputError:
        raise ProblemError("not-found", f"no incident {number}") from None
