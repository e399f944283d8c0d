"""Route that puts offices, regions, topics or sources beside each other."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from citra.api.access import Caller, needs
from citra.api.answers import answer, steady
from citra.api.compare_models import CompareAnswer
from citra.api.parameters import Filters
from citra.api.problems import documented
from citra.api.state import ApiState, state_of
from citra.trends.compare import VERDICT_ID
from citra.trends.series import VERDICT_ID as CHANGE_ID
from citra.verbs.compare import Comparison, Line, compare_in

State = Annotated[ApiState, Depends(state_of)]
Reader = Annotated[Caller, Depends(needs("read"))]
router = APIRouter(tags=["reading"])


class CompareParameters(Filters):
    by: Literal["office", "region", "topic", "source", "kind"] = "office"
    level: Literal["province", "regency"] = Field(default="province", description="Of regions.")
    top: int = Field(default=30, ge=2, le=100, description="How many lines: those with most texts.")
    count_by: Literal["placements", "stories"] = "placements"


@router.get(
    "/compare",
    response_model=CompareAnswer,
    responses=documented(
        "invalid-query", "invalid-input", "unauthorised", "forbidden", "invalid-parameter", "too-many-requests",
        "unavailable",
    ),
)  # fmt: skip
def compare(request: Request, state: State, _: Reader, given: Annotated[CompareParameters, Query()]) -> Response:
    """Units beside each other: shares drawn towards that of all where texts are few, and ranks with intervals."""
    query, store = given.query(state, given.count_by), state.store()

    human = state.labelled_by_hand()

    def measured() -> Comparison:
        return compare_in(
            store, query, by=given.by, level=given.level, top=given.top, model=state.settings.analyse.model, human=human
        )

    def compute() -> CompareAnswer:
        return _answer(steady(store, measured)[0])

    return answer(request, state, (store.snapshot(), query.id, human), compute)


def _answer(found: Comparison) -> CompareAnswer:
    how = found.confusion
    plain: dict[str, Any] = {
        "by": found.by,
        "lines": [_line(line) for line in found.lines],
        "units": found.units,
        "mentions": found.mentions,
        "correction": {"model": how.model, "gold": how.gold, "measured": how.date} if how else None,
        "notes": list(found.notes),
        "query_id": found.query.id,
        "index_version": found.index_version,
        "model_version": found.model_version,
    }
    return CompareAnswer.model_validate(plain)


def _line(line: Line) -> dict[str, Any]:
    return {
        **asdict(line.standing),
        "id": line.id,
        "name": line.name,
        "members": list(line.members),
        "voice": line.voice,
        "label_id": VERDICT_ID[line.standing.verdict],
        "query_id": line.query.id,
        "breaks": [
            {
                "day": one.day.isoformat(),
                "text": one.text,
                "change": asdict(one.change) | {"label_id": CHANGE_ID[one.change.verdict]},
            }
            for one in line.breaks
        ],
    }
