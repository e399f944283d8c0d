"""Routes of what people say of a text: its history, and a new word on it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from citra.api.access import Caller, needs
from citra.api.answers import answer
from citra.api.models import DocumentAnswer, LabelAnswer, Labelled, LabelsAnswer
from citra.api.problems import ProblemError, documented
from citra.api.state import ApiState, address_of, state_of
from citra.corrections import read_corrections
from citra.documents import TOPICS, SentimentLabel
from citra.lake import Lake
from citra.verbs.label import MAX_NOTE, label

State = Annotated[ApiState, Depends(state_of)]
Id = Annotated[str, Path(max_length=100, examples=["5d41402abc4b2a76b9719d91"])]
ALWAYS = ("unauthorised", "forbidden", "not-found", "invalid-parameter", "too-many-requests", "unavailable")
router = APIRouter(tags=["labels"])


class LabelRequest(BaseModel):
    """What the caller says; a label that is left out stays as it is."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"sentiment": "negative", "topics": ["service"], "note": "antrean panjang"}]},
    )

    relevant: bool | None = Field(default=None, description="Whether it is about civil servants or a public office.")
    sentiment: SentimentLabel | None = None
    topics: list[Literal[TOPICS]] | None = Field(  # type: ignore[valid-type]
        default=None, max_length=len(TOPICS), description="All that apply; empty: none does."
    )
    note: str = Field(default="", max_length=MAX_NOTE)
    blind: bool = Field(default=False, description="Said without seeing the model's or others' labels.")
    retract: bool = Field(default=False, description="Take back all that the caller said of it; nothing else is given.")


@router.get("/documents/{id}/labels", response_model=LabelsAnswer, responses=documented(*ALWAYS))
def labels(request: Request, state: State, _: Annotated[Caller, Depends(needs("read"))], id: Id) -> Response:
    """Who said what of a text, and when."""
    _must_exist(state, id)
    known = read_corrections(Lake(state.settings.lake.path)).of(id)
    found = LabelsAnswer(labels=[LabelAnswer.of(said) for said in known])
    return answer(request, state, (found.model_dump_json(),), lambda: found)


@router.post("/documents/{id}/labels", responses=documented("invalid-input", "too-large", *ALWAYS))
def say(
    request: Request, state: State, caller: Annotated[Caller, Depends(needs("label"))], id: Id, given: LabelRequest
) -> Labelled:
    """Correct the labels of a text. Kept for ever with name and time; every count follows at once.

    Saying the same again changes nothing.
    """
    _must_exist(state, id)
    done = label(
        state.settings.lake.path,
        state.settings.index.location,
        id,
        who=caller.name,
        now=state.now(),
        relevant=given.relevant,
        sentiment=given.sentiment,
        topics=given.topics,
        note=given.note,
        blind=given.blind,
        retract=given.retract,
    )
    if done.is_new:
        words = given.model_dump_json(exclude_defaults=True)
        state.note(caller.name, "label", f"{id} {words}", address_of(request))
    return Labelled(
        document=DocumentAnswer.of(done.mention),
        said=LabelAnswer.of(done.correction),
        is_new=done.is_new,
        is_applied=done.is_applied,
    )


def _must_exist(state: ApiState, id: str) -> None:
    if state.store().get(id) is None:
        raise ProblemError("not-found", f"no document {id[:60]!r} in the index")
