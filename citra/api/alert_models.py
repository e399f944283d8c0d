"""What the API sends of watches and incidents."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from citra.api.models import Answer

Measure = Literal["volume", "negative-stories", "negative-share"]
Window = Literal["day", "hour"]


class WatchAnswer(Answer):
    """A saved query, what of it is counted, and over which windows."""

    id: str = Field(examples=["disdukcapil-bogor"])
    name: str = Field(examples=["Disdukcapil Bogor"])
    text: str = Field(description="Query; empty: all texts.")
    measure: Measure
    window: Window
    sources: list[str]
    kinds: list[str]
    topics: list[str]
    offices: list[str]
    regions: list[str]
    min_relevance: float | None
    language: Literal["id", "en"] = Field(description="Of its messages.")


class WatchesAnswer(Answer):
    watches: list[WatchAnswer]


class IncidentAnswer(Answer):
    """Something unusual, from its first window to its last; fields as in `docs/alerts.md`."""

    id: int
    watch: str
    name: str = Field(description="Of the watch when it opened.")
    window: Window
    status: Literal["open", "growing", "calming", "closed"]
    first: datetime
    last: datetime
    opened_at: datetime
    closed_at: datetime | None
    count: float = Field(description="Of the window furthest from the usual.")
    expected: float
    ratio: float
    p: float
    total: float
    total_expected: float
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    false_by: str | None
    false_at: datetime | None
    snoozed_until: datetime | None
    revised: str


class IncidentsAnswer(Answer):
    incidents: list[IncidentAnswer]


class IncidentDetail(Answer):
    incident: IncidentAnswer
    evidence: dict[str, Any] | None = Field(description="Stories, sources, distinctive words, offices, regions.")
    messages: list[dict[str, Any]]


class PreviewAnswer(Answer):
    """What a watch would have told in the days that could be judged."""

    watch: str
    days: int
    usual: float | None
    threshold: float | None = Field(description="Null: too little history.")
    waiting_days: int | None = Field(description="Days of history that are needed; null: there is enough.")
    incidents: list[IncidentAnswer]


class AlertStatus(Answer):
    """Budget and measured rate, what people said of the last 30 days, how delivery goes."""

    budget: float = Field(description="False alarms a month, over all watches, that are put up with.")
    watches: int
    thresholds: dict[str, Any]
    last_run: datetime | None
    opened_30d: int
    acknowledged_30d: int
    false_30d: int
    sent: int
    waiting: int
    failed: int
    errors: list[str]
