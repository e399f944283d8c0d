"""Route of what an event or a campaign changed."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from citra.api.access import Caller, needs
from citra.api.answers import answer, steady
from citra.api.compare_models import EffectAnswer
from citra.api.parameters import Filters, Value
from citra.api.problems import documented
from citra.api.state import ApiState, state_of
from citra.documents import KINDS
from citra.verbs.effect import AFTER, BEFORE, Effect, effect_in
from citra.verbs.effect_json import as_json

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
    return answer(request, state, about, lambda: EffectAnswer.model_validate(as_json(steady(store, measured)[0])))
