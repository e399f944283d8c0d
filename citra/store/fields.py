"""The fields of the query language. ``index_mappings/mentions.json`` says how each is indexed; a test compares."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from citra.documents import KINDS, SENTIMENTS, TOPICS

FieldType = Literal["keyword", "region", "text", "day", "number"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSpec:
    """One name that may stand before the colon."""

    name: str
    type: FieldType
    paths: tuple[str, ...]  #: paths in the mapping that hold it; a match in any counts
    values: tuple[str, ...] = ()  #: the allowed values; empty: any
    folded: bool = False  #: compared without regard to case


FIELDS: Mapping[str, FieldSpec] = {
    spec.name: spec
    for spec in (
        FieldSpec(name="source", type="keyword", paths=("source",)),
        FieldSpec(name="kind", type="keyword", paths=("kind",), values=KINDS),
        FieldSpec(name="sentiment", type="keyword", paths=("sentiment.label",), values=SENTIMENTS),
        FieldSpec(name="topic", type="keyword", paths=("topics.id",), values=TOPICS),
        FieldSpec(name="office", type="keyword", paths=("offices",)),
        # a province's code also finds its regencies: 32 finds 32.71
        FieldSpec(name="region", type="region", paths=("regions",)),
        FieldSpec(name="author", type="keyword", paths=("author_folded",), folded=True),
        FieldSpec(name="section", type="keyword", paths=("section_folded",), folded=True),
        FieldSpec(name="language", type="keyword", paths=("language",)),
        FieldSpec(name="title", type="text", paths=("title_words",)),
        FieldSpec(name="url", type="keyword", paths=("canonical_url", "url")),
        FieldSpec(name="story", type="keyword", paths=("story_id",)),
        FieldSpec(name="id", type="keyword", paths=("id",)),
        FieldSpec(name="day", type="day", paths=("day",)),
        FieldSpec(name="relevance", type="number", paths=("relevance",)),
    )
}

#: Fields whose values ``Store.facets`` counts.
FACETS: tuple[str, ...] = (
    "source", "kind", "sentiment", "topic", "office", "region", "language", "section", "model",
)  # fmt: skip


def suggest(wrong: str, known: Iterable[str]) -> str:
    """``did you mean 'x'?``, or the first of what is known."""
    names = list(known)
    near = difflib.get_close_matches(wrong.lower(), names, n=1, cutoff=0.5)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known: {', '.join(names[:20])}{' …' if len(names) > 20 else ''}"
