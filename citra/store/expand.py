"""A query as one tree: its filters become nodes beside its text, so that every engine compiles a single thing."""

from __future__ import annotations

from collections.abc import Iterator

from citra.store.nodes import And, Between, Equals, Node, Or
from citra.store.query import Query


def expand(query: Query) -> Node | None:
    """The whole condition of ``query``; None matches everything."""
    parts = list(_conditions(query))
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _conditions(query: Query) -> Iterator[Node]:
    if isinstance(query.text, And):
        yield from query.text.children
    elif query.text is not None:
        yield query.text
    for field, values in (
        ("source", query.sources),
        ("kind", query.kinds),
        ("sentiment", query.sentiments),
        ("topic", query.topics),
        ("office", query.offices),
        ("region", query.regions),
    ):
        if values:
            yield Or(tuple(Equals(field, (value,)) for value in values))
    if query.since or query.until:
        yield Between("day", query.since, query.until)
    if query.min_relevance:
        yield Between("relevance", query.min_relevance, None)
