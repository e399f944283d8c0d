"""Dampak: what an event or a campaign changed, drawn against what would have been; or that it cannot be told."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response

from citra.corrections import read_corrections
from citra.errors import InputError, QueryError
from citra.store import Query
from citra.trends.effect import Readings
from citra.verbs.correction import human_ids
from citra.verbs.effect import AFTER, BEFORE, Effect, Measure, effect_in
from citra.web import figures
from citra.web.asked import Asked
from citra.web.figures import stretch
from citra.web.results import occurring
from citra.web.state import WebState
from citra.web.tables import csv_answer
from citra.web.view import View, view_of

#: Controls that one question may have, and places offered to name them in.
MOST_CONTROLS, PLACES = 20, 3
#: Offices and topics offered as controls.
OFFERED = 25
#: Days of the smooth line.
SMOOTH = 7

ThisView = Annotated[View, Depends(view_of)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an address asks about: an event, and what is alike but untouched by it."""

    asked: Asked  #: ``since``: first day learned from
    at: date | None
    until: date | None
    controls: tuple[str, ...]
    measure: Measure

    @classmethod
    def read(cls, request: Request) -> Wanted:
        given = request.query_params
        asked, faults = replace(Asked.read(given), by=None, raw=False, until=None, last=None), []
        days: dict[str, date | None] = {}
        for name in ("at", "until"):
            text = given.get(name, "").strip()
            try:
                days[name] = date.fromisoformat(text) if text else None
            except ValueError:
                days[name] = None
                faults.append(("asked.day", text[:40]))
        controls = tuple(dict.fromkeys(text.strip() for text in given.getlist("controls") if text.strip()))
        measure: Measure = "volume" if given.get("measure") == "volume" else "share"
        return cls(
            asked=replace(asked, faults=(*asked.faults, *faults)), at=days["at"], until=days["until"],
            controls=controls[:MOST_CONTROLS], measure=measure,
        )  # fmt: skip

    def pairs(self) -> list[tuple[str, str]]:
        """Parameters beside those of ``asked``."""
        found = [
            ("at", self.at.isoformat() if self.at else ""),
            ("until", self.until.isoformat() if self.until else ""),
        ]
        found += [("controls", text) for text in self.controls]
        return [(name, value) for name, value in [*found, ("measure", self.measure)] if value]

    def control(self, text: str) -> Asked:
        """A control as a question: of the same sources and kinds."""
        kept = {name: values for name, values in self.asked.filters.items() if name in {"source", "kind"}}
        return Asked(text=text, filters=kept, everything=self.asked.everything, count_by=self.asked.count_by)


def build() -> APIRouter:
    router = APIRouter()

    @router.get("/dampak")
    def page(request: Request, view: ThisView) -> Response:
        wanted = Wanted.read(request)
        found, wrong, status = None, None, 200
        try:
            found = measured(view.state, wanted) if wanted.at else None
        except (QueryError, InputError) as fault:
            wrong, status = fault, 400
        values: dict[str, Any] = {"found": found, "wrong": wrong, "wanted": wanted, "asked": wanted.asked}
        if found is not None:
            values |= _shown(view, wanted, found)
        return view.page("dampak.html", status_code=status, page="dampak", offered=_offered(view), places=PLACES,
                         **values)  # fmt: skip

    @router.get("/unduh/dampak.csv")
    def table(request: Request, view: ThisView) -> Response:
        wanted = Wanted.read(request)
        if wanted.at is None:
            raise HTTPException(400, "no event")
        found = measured(view.state, wanted)
        return csv_answer("citra-dampak.csv", days(found))

    return router


def measured(state: WebState, wanted: Wanted) -> Effect:
    """Remembered for each snapshot; the same as ``citra effect``.

    :raises QueryError, InputError: what cannot be read or measured.
    """
    assert wanted.at is not None
    at, until, today, store = wanted.at, wanted.until, state.today, state.index.store()
    relevance = state.settings.trend.relevance
    query = wanted.asked.query(relevance)
    controls = [wanted.control(text).query(relevance) for text in wanted.controls]
    key = ("effect", store.snapshot(), query.id, at, until, tuple(one.id for one in controls), wanted.measure, today)
    return state.answers.get(key, lambda: _measured(state, query, at, until, controls, wanted.measure))


def _measured(
    state: WebState, query: Query, at: date, until: date | None, controls: Sequence[Query], measure: Measure
) -> Effect:
    now, today = state.clock(), state.today
    since = date.fromordinal(max(1, at.toordinal() - BEFORE))
    last = until or date.fromordinal(min(date.max.toordinal(), at.toordinal() + AFTER))
    around = replace(query, since=since, until=max(since, min(last, today)))
    return effect_in(
        state.index.store(), query, at=at, until=until, controls=controls, measure=measure, today=today,
        coverage=figures.coverage_of(state, around, now).shares, model=state.settings.analyse.model,
        human=human_ids(read_corrections(state.lake)),
    )  # fmt: skip


def _shown(view: View, wanted: Wanted, found: Effect) -> dict[str, Any]:
    asked, day = wanted.asked, timedelta(days=1)
    return {
        "chart": chart(view, found, asked),
        "days": days(found),
        "size": lambda value: size(view, found.measure, value),
        "sentence": sentence(view, found),
        "turn": turn(found),
        "before": asked.during(found.since, found.at - day),
        "after": asked.during(found.at, found.until),
        "rivals": [(text, wanted.control(text).during(found.since, found.until), one)
                   for text, one in zip(wanted.controls, found.controls, strict=True)],
    }  # fmt: skip


def turn(found: Effect) -> Literal["up", "down", "unclear"]:
    if found.verdict == "cannot-tell" or found.step is None:
        return "unclear"
    return "up" if found.step.value > 0 else "down"


def sentence(view: View, found: Effect) -> str:
    """The answer in the reader's language, one line."""
    words = view.words
    what = words.t(f"dampak.what_{found.measure}")
    if turn(found) == "unclear":
        return words.t("dampak.cannot_tell", what=what)
    assert found.step is not None
    told = size(view, found.measure, found.step.value)
    return words.t(f"dampak.went_{turn(found)}", what=what, size=told.lstrip("+−"))


def size(view: View, measure: Measure, value: float) -> str:
    """An effect in points of share, or in percent of the number of texts."""
    if measure == "share":
        return f"{view.words.points(value)} {view.words.t('ringkasan.points')}"
    change = math.expm1(min(value, 20.0))
    return f"{'+' if change > 0 else ''}{view.words.percent(change, 0)}"


def days(found: Effect) -> list[dict[str, object]]:
    """Each day that was read: observed, and what would have been read without the event."""
    back = np.exp if found.measure == "volume" else np.asarray
    course: Mapping[int, tuple[float, float, float]] = {}
    if found.counterfactual is not None:
        one = found.counterfactual
        ends = zip(back(one.value).tolist(), back(one.low).tolist(), back(one.high).tolist(), strict=True)
        course = dict(zip(one.day.tolist(), ends, strict=True))
    smooth = back(_smooth(found.observed)).tolist()
    rows: list[dict[str, object]] = []
    for number, value, mean in zip(
        found.observed.day.tolist(), back(found.observed.value).tolist(), smooth, strict=True
    ):
        without, low, high = course.get(number, (None, None, None))
        rows.append(
            {"day": date.fromordinal(number), "observed": value, "mean_7_days": mean, "without_event": without,
             "low": low, "high": high}
        )  # fmt: skip
    return rows


def _smooth(readings: Readings) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Mean of the last seven readings, those of many texts weighing more."""
    weight, value = 1 / readings.variance, readings.value
    means = [
        float(np.average(value[max(0, at - SMOOTH + 1) : at + 1], weights=weight[max(0, at - SMOOTH + 1) : at + 1]))
        for at in range(len(value))
    ]
    return np.array(means)


def chart(view: View, found: Effect, asked: Asked) -> dict[str, Any]:
    """All days of the calendar, so that gaps are seen; corrected shares of few texts are drawn at the edge."""
    words, known = view.words, {row["day"]: row for row in days(found)}
    span = stretch(found.since, found.until)

    def column(name: str) -> list[float | None]:
        values = [known[day][name] if day in known else None for day in span]
        return [None if value is None else _edged(found.measure, float(str(value))) for value in values]

    return {
        "type": "effect",
        "measure": found.measure,
        "labels": [words.short_day(day) for day in span],
        "titles": [words.day(day) for day in span],
        "observed": column("observed"),
        "smooth": column("mean_7_days"),
        "course": column("without_event"),
        "low": column("low"),
        "high": column("high"),
        "at": (found.at - found.since).days,
        "until": (found.until - found.since).days,
        "links": [asked.during(day, day).url("/telusur") for day in span],
        "words": {name: words.t(f"dampak.chart.{name}") for name in ("observed", "mean", "course", "at", "none")},
    }


def _edged(measure: Measure, value: float) -> float:
    return min(max(value, 0.0), 1.0) if measure == "share" else value


def _offered(view: View) -> list[tuple[str, str]]:
    """What could be a control: query and name, most texts first."""
    return [
        (f'{name}:"{value}"' if "@" in value else f"{name}:{value}", view.named(name, value))
        for name in ("office", "topic")
        for value in islice(occurring(view.state, name), OFFERED)
    ]
