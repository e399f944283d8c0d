"""What a request may ask: parameters → :class:`citra.store.Query`. Unknown parameters are refused, never ignored."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from citra.api.state import ApiState
from citra.documents import KINDS, SENTIMENTS, TOPICS
from citra.errors import QueryError
from citra.store.fields import FACETS
from citra.store.query import Query
from citra.store.syntax import MAX_LENGTH

Value = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Values = Annotated[list[Value], Field(max_length=100)]
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
MAX_SIZE = 1_000


class Filters(BaseModel):
    """Which texts; values of one repeated parameter are alternatives, different parameters must all hold."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(
        default="",
        max_length=MAX_LENGTH,
        description='Words (all forms of each), AND, OR, NOT, ( ), "a phrase", korup*, field:value; as `citra search`.',
        examples=['pungli OR "dana desa"'],
    )
    since: date | None = Field(default=None, description="First day, Asia/Jakarta.", examples=["2026-11-01"])
    until: date | None = Field(default=None, description="Last day, included.", examples=["2026-11-24"])
    last: str | None = Field(
        default=None, pattern=r"^[0-9]{1,4}[dwmy]$", description="Instead of `since`: 14d, 8w, 6m (of 30 days), 1y.",
        examples=["30d"],
    )  # fmt: skip
    source: Values = Field(default=[], description="Names of sources.")
    kind: Values = Field(default=[], description=f"{', '.join(KINDS)}.", examples=[["news"]])
    sentiment: Values = Field(default=[], description=f"{', '.join(SENTIMENTS)}.", examples=[["negative"]])
    topic: Values = Field(default=[], description=f"{', '.join(TOPICS)}.", examples=[["corruption"]])
    office: Values = Field(default=[], description="Ids of offices.")
    region: Values = Field(default=[], description="Kemendagri codes; 32 includes 32.71.", examples=[["32"]])
    relevance: float | None = Field(
        default=None, ge=0, le=1, description="Least relevance; 0: all texts. Default: the server's own threshold."
    )

    def query(self, state: ApiState, count_by: Literal["placements", "stories"] = "placements") -> Query:
        """:raises QueryError: text that cannot be read, unknown values, an inverted period."""
        since, until = self.since, self.until
        if self.last:
            if since:
                raise QueryError("last and since exclude each other")
            until = until or state.now().date()
            days = int(self.last[:-1]) * _DAYS[self.last[-1]]
            since = date.fromordinal(max(1, until.toordinal() - max(1, days) + 1))
        least = state.settings.trend.relevance if self.relevance is None else self.relevance
        return Query.of(
            self.q,
            since=since,
            until=until,
            sources=tuple(self.source),
            kinds=tuple(self.kind),
            sentiments=tuple(self.sentiment),
            topics=tuple(self.topic),
            offices=tuple(self.office),
            regions=tuple(self.region),
            min_relevance=least or None,
            count_by=count_by,
        )


class ListParameters(Filters):
    size: int = Field(default=100, ge=1, le=MAX_SIZE, description="Most texts of one page.")
    cursor: str | None = Field(default=None, max_length=4_000, description="`next` of the page before.")


class SearchParameters(ListParameters):
    size: int = Field(default=10, ge=1, le=MAX_SIZE, description="Most hits of one page.")
    sort: Literal["newest", "relevance"] = Field(default="newest", description="Order of the hits.")


class FacetParameters(Filters):
    field: Annotated[list[Literal[FACETS]], Field(min_length=1, max_length=len(FACETS))] = Field(  # type: ignore[valid-type]
        default=["sentiment", "topic", "source", "kind"], description="What to count by (repeatable)."
    )


class TrendParameters(Filters):
    by: Literal["day", "week", "month"] = Field(default="day", description="One bucket for each.")
    count_by: Literal["placements", "stories"] = Field(
        default="placements", description="What a share is a share of: texts, or stories."
    )
    common_sources: bool = Field(
        default=False, description="Only sources that were there in all of the periods that are compared."
    )


class CoverageParameters(BaseModel):
    model_config = ConfigDict(extra="forbid")

    source: Values = Field(default=[], description="Names of sources; none: all.")
    since: date | None = Field(default=None, description="First day; default: 29 days before the last.")
    until: date | None = Field(default=None, description="Last day; default: today.")
