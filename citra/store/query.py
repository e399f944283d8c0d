"""One query for every engine: which mentions count, and how."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Literal, Self

from citra.documents import KINDS, SENTIMENTS, TOPICS
from citra.errors import QueryError
from citra.store.fields import suggest
from citra.store.nodes import Node, fields_of
from citra.store.syntax import parse

CountBy = Literal["placements", "stories"]

#: Texts that are less probably about civil servants are not counted unless asked for.
RELEVANT = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Values of one tuple are alternatives, the fields must all hold; an empty tuple does not restrict.

    :raises QueryError: from the constructor, for values that cannot be.
    """

    text: Node | None = None  #: made by :func:`citra.store.parse`
    since: date | None = None  #: first day, Asia/Jakarta
    until: date | None = None  #: last day, included
    sources: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    sentiments: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    offices: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()  #: a province's code includes what lies in it
    min_relevance: float | None = RELEVANT  #: None: all
    count_by: CountBy = "placements"  #: what a share is a share of

    def __post_init__(self) -> None:
        if self.since and self.until and self.since > self.until:
            raise QueryError(f"the period ends ({self.until}) before it begins ({self.since})")
        for name, known in (("kinds", KINDS), ("sentiments", SENTIMENTS), ("topics", TOPICS)):
            for value in getattr(self, name):
                if value not in known:
                    raise QueryError(f"unknown {name[:-1]} {value!r}; {suggest(value, known)}")
        if self.min_relevance is not None and not 0 <= self.min_relevance <= 1:
            raise QueryError(f"relevance lies between 0 and 1, not at {self.min_relevance}")

    @classmethod
    def of(cls, text: str, **filters: object) -> Self:
        """A query from its text and the other fields; ``relevance:`` in the text replaces ``min_relevance``."""
        node = parse(text)
        if "relevance" in fields_of(node):
            filters["min_relevance"] = None
        return cls(text=node, **filters)  # type: ignore[arg-type]

    @property
    def id(self) -> str:
        """The same for two queries that ask the same in the same words: 16 hex digits."""
        values = {}
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            values[field.name] = sorted(set(value)) if isinstance(value, tuple) else repr(value)
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]
