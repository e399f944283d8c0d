"""What the API sends of units beside each other, and of an event's effect."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from citra.api.models import Answer, ChangeAnswer, CorrectionAnswer, ShareAnswer


class BreakAnswer(Answer):
    day: str = Field(description="First day of the new names.")
    text: str
    change: ChangeAnswer


class LineAnswer(Answer):
    """One unit; shares are of negative, intervals 95 %."""

    id: str
    name: str
    members: list[str] = Field(description="The values that are counted in it.")
    placements: int
    stories: int
    voice: float = Field(description="Its part of all that the units were mentioned.")
    share: ShareAnswer | None = Field(description="As labelled; null with too few stories.")
    corrected: ShareAnswer | None
    shrunk: ShareAnswer = Field(description="The estimate to compare by.")
    borrowed: float = Field(description="How much of `shrunk` comes from the other units.")
    rank: int = Field(description="1: most negative.")
    rank_low: int = Field(description="95 % interval of the true rank.")
    rank_high: int
    p_above: float = Field(description="Probability that it lies above the mean of all units.")
    verdict: str = Field(examples=["unclear"])
    label_id: str = Field(description="The verdict in Bahasa Indonesia.")
    few: bool
    query_id: str
    breaks: list[BreakAnswer]


class CompareAnswer(Answer):
    by: str
    lines: list[LineAnswer] = Field(description="Most negative first.")
    units: int = Field(description="Units with at least one text, shown or not.")
    mentions: int
    correction: CorrectionAnswer | None
    notes: list[str]
    query_id: str
    index_version: str
    model_version: str


class StepAnswer(Answer):
    """A change inside a window, with its 95 % interval."""

    value: float
    low: float
    high: float
    p: float = Field(description="Two-sided probability of so much where there is nothing.")
    deviation: float


class PlacebosAnswer(Answer):
    """The same analysis on days on which nothing happened."""

    dates: int
    found: int = Field(description="Called an effect by the model alone.")
    widened: float = Field(description="Factor by which the interval was widened because of them.")


class ControlAnswer(Answer):
    query_id: str
    moved: bool = Field(description="Clearly: then it is no control.")
    step: StepAnswer | None


class ReadingAnswer(Answer):
    day: date
    value: float | None


class CourseAnswer(ReadingAnswer):
    low: float | None
    high: float | None


class EffectAnswer(Answer):
    """What changed with an event, against the course it would have taken."""

    verdict: Literal["effect", "cannot-tell"]
    reason: str
    sentence_id: str = Field(description="The verdict in Bahasa Indonesia.")
    measure: Literal["share", "volume"]
    unit: str
    since: date
    at: date
    until: date
    step: StepAnswer | None = Field(description="Against the controls where there are any.")
    own: StepAnswer | None = Field(description="Of the treated alone.")
    detectable: float | None = Field(description="A true effect of this size would be found four times out of five.")
    placebos: PlacebosAnswer | None
    controls: list[ControlAnswer]
    observed: list[ReadingAnswer]
    counterfactual: list[CourseAnswer]
    corrected: bool
    query_id: str
    index_version: str
    model_version: str
    notes: list[str]
