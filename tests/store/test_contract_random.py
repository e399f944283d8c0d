"""Queries nobody thought of: random trees, counted by the engine's two ways and by hand."""

from __future__ import annotations

from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle import Oracle

from citra.documents import KINDS, SENTIMENTS, TOPICS
from citra.store import Query, Store
from citra.store.nodes import And, Between, Equals, Node, Not, Or, Phrase, Wildcard, Word

_WORDS = st.sampled_from(["korupsi", "pelayanan", "suap", "desa", "bupati", "ktp", "anak", "rp5", "000", "nihil"])
_DAYS = st.dates(date(2026, 9, 20), date(2026, 11, 28))
_VALUES = {
    "source": ("kompas", "detik", "antara", "mastodon", "x"),
    "kind": KINDS,
    "sentiment": SENTIMENTS,
    "topic": TOPICS,
    "office": ("bkn", "disdukcapil", "x"),
    "region": ("32", "32.71", "3", "33.1", "9"),
    "language": ("id", "su"),
    "section": ("nasional", "x"),
    "story": ("s1", "s20"),
}


@st.composite
def _equals(draw: st.DrawFn) -> Node:
    field = draw(st.sampled_from(sorted(_VALUES)))
    value = draw(st.sampled_from(_VALUES[field]))
    if field in {"source", "office", "language"} and draw(st.booleans()):
        return Equals(field, (value[:1], draw(st.sampled_from(["", value[-1:]]))))
    return Equals(field, (value,))


@st.composite
def _between(draw: st.DrawFn) -> Node:
    values = _DAYS if draw(st.booleans()) else st.integers(0, 100).map(lambda n: n / 100)
    low, high = draw(st.none() | values), draw(st.none() | values)
    if low is None and high is None:
        low = draw(values)
    field = "day" if isinstance(low if low is not None else high, date) else "relevance"
    return Between(field, low, high, draw(st.booleans()), draw(st.booleans()))


_LEAVES = (
    _WORDS.map(Word)
    | st.builds(Phrase, st.lists(_WORDS, min_size=1, max_size=2).map(tuple), st.booleans())
    | st.builds(Wildcard, st.tuples(_WORDS.map(lambda w: w[:2]), st.sampled_from(["", "i", "an"])), st.booleans())
    | _equals()
    | _between()
)
_TREES = st.recursive(
    _LEAVES,
    lambda inner: (
        inner.map(Not)
        | st.lists(inner, min_size=2, max_size=4).map(tuple).map(And)
        | st.lists(inner, min_size=2, max_size=4).map(tuple).map(Or)
    ),
    max_leaves=8,
)


@given(tree=_TREES)
@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_tree(full: Store, oracle: Oracle, tree: Node) -> None:
    query = Query(text=tree, min_relevance=None)
    expected = {m.id for m in oracle.matches(query)}
    assert full.count(query).placements == len(expected)
    page = full.search(query, size=1000)
    assert page.total == len(expected)
    assert {hit.mention.id for hit in page.hits} == expected
    assert full.buckets(query, "week") == oracle.tallies(query, "week")
