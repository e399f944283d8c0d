"""Route of what an event or a campaign changed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from citra.api.access import Caller, needs
from citra.api.answers import answer, steady
from citra.api.compare_models import EffectAnswer
from citra.api.parameters import Filters, Value
from citra.api.problems import documented
from citra.api.state import ApiState, state_of
from citra.documents import KINDS
from citra.verbs.effect import AFTER, BEFORE, Effect, effect_in, sentence

State = Annotated[ApiState, Depends(state_of)]
Reader = Annotated[Caller, Depends(needs("read"))]
router = APIRouter(tags=["reading"])


class EffectParameters(Filters):
    at: date = Field(description="First day of the event or campaign.", examples=["2026-11-10"])
    end: date | None = Field(default=None, description="Last day looked at; default: four weeks.")
    control: Annotated[list[Value], Field(max_length=20)] = Field(
        default=[], description="Queries of what is alike but untouched.", examples=[["office:kemenkes"]]
    )
    measure: Literal["share", "volume"] = Field(default="share", description="Share of negative, or number of texts.")
    count_by: Literal["placements", "stories"] = "placements"


@router.get(
    "/effect",
    response_model=EffectAnswer,
    responses=documented(
        "invalid-query", "invalid-input", "unauthorised", "forbidden", "invalid-parameter", "too-many-requests",
        "unavailable",
    ),
)  # fmt: skip
def effect(request: Request, state: State, _: Reader, given: Annotated[EffectParameters, Query()]) -> Response:
    """The change that weekdays, slow drifts and the controls do not explain; `cannot-tell` is an answer."""
    query, store, today = given.query(state, given.count_by), state.store(), state.now().date()
    others = [given.model_copy(update={"q": text}).query(state, given.count_by) for text in given.control]
    first = date.fromordinal(max(1, given.at.toordinal() - BEFORE))
    last = given.end or date.fromordinal(min(date.max.toordinal(), given.at.toordinal() + AFTER))
    shares = state.coverage(query.sources, query.kinds or KINDS, first, max(first, min(last, today))).shares

    human = state.labelled_by_hand()

    def measured() -> Effect:
        return effect_in(
            store, query, at=given.at, until=given.end, controls=others, measure=given.measure, today=today,
            coverage=shares, model=state.settings.analyse.model, human=human,
        )  # fmt: skip

    about = (
        store.snapshot(),
        query.id,
        today,
        human,
        sorted((day.isoformat(), share) for day, share in shares.items()),
    )
    return answer(request, state, about, lambda: EffectAnswer.model_validate(_plain(steady(store, measured)[0])))


def _plain(found: Effect) -> dict[str, Any]:
    course = found.counterfactual
    days = [date.fromordinal(int(day)) for day in found.observed.day]
    return {
        "verdict": found.verdict,
        "reason": found.reason,
        "sentence_id": sentence(found),
        "measure": found.measure,
        "unit": "difference of shares" if found.measure == "share" else "difference of natural logarithms",
        "since": found.since,
        "at": found.at,
        "until": found.until,
        "step": asdict(found.step) if found.step else None,
        "own": asdict(found.own) if found.own else None,
        "detectable": found.detectable,
        "placebos": asdict(found.placebos) if found.placebos else None,
        "controls": [
            {"query_id": one.query.id, "moved": one.moved, "step": asdict(one.step) if one.step else None}
            for one in found.controls
        ],
        "observed": [
            {"day": day, "value": value} for day, value in zip(days, found.observed.value.tolist(), strict=True)
        ],
        "counterfactual": [
            {"day": date.fromordinal(day), "value": value, "low": low, "high": high}
            for day, value, low, high in zip(
                course.day.tolist(), course.value.tolist(), course.low.tolist(), course.high.tolist(), strict=True
            )
        ]
        if course
        else [],
        "corrected": found.confusion is not None,
        "query_id": found.query.id,
        "index_version": found.index_version,
        "model_version": found.model_version,
        "notes": list(found.notes),
    }
