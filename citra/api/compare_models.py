"""What the API sends of units beside each other."""

from __future__ import annotations

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
