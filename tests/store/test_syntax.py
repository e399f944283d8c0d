"""The query language: what it means, what it refuses and where it points."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mention_factory import stem

from citra.errors import QueryError
from citra.store import Query, parse
from citra.store.compile import Compiler
from citra.store.fields import FIELDS
from citra.store.nodes import And, Between, Equals, Node, Not, Or, Phrase, Wildcard, Word
from citra.store.schema import build_schema

A, B, C = Word("a"), Word("b"), Word("c")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", None),
        (" \t\n", None),
        ("Korupsi", Word("korupsi")),
        ("a b", And((A, B))),
        ("a AND b", And((A, B))),
        ("a b AND c", And((A, B, C))),
        ("a b OR c", Or((And((A, B)), C))),
        ("a OR b c", Or((A, And((B, C))))),
        ("a (b OR c)", And((A, Or((B, C))))),
        ("(a)", A),
        ("a -b", And((A, Not(B)))),
        ("a NOT b", And((A, Not(B)))),
        ("a AND NOT b", And((A, Not(B)))),
        ("-(a b)", Not(And((A, B)))),
        ("- a", None),  # replaced below: a lone minus is an error
        ("not a", And((Word("not"), A))),
        ("AND", None),
        ('"Dana  Desa!"', Phrase(("dana", "desa"))),
        ("“dana desa”", Phrase(("dana", "desa"))),
        ("anak-anak", Phrase(("anak", "anak"))),
        ("ＫＯＲＵＰＳＩ", Word("korupsi")),
        ("korup*", Wildcard(("korup", ""))),
        ("ko**si", Wildcard(("ko", "si"))),
        ("source:kompas", Equals("source", ("kompas",))),
        ("-Source:kompas", Not(Equals("source", ("kompas",)))),
        ("topic:Corruption", Equals("topic", ("corruption",))),
        ("source:kom*", Equals("source", ("kom", ""))),
        ('source:"a*b"', Equals("source", ("a*b",))),
        ('author:"Budi S"', Equals("author", ("budi s",))),
        ("url:https://a.example/b?c=(d", None),
        ("title:korupsi", Phrase(("korupsi",), True)),
        ('title:"dana desa"', Phrase(("dana", "desa"), True)),
        ("title:korup*", Wildcard(("korup", ""), True)),
        ("day:2026-11-01", Between("day", date(2026, 11, 1), date(2026, 11, 1))),
        ("day:2026-11-01..2026-11-24", Between("day", date(2026, 11, 1), date(2026, 11, 24))),
        ("day:..2026-11-24", Between("day", None, date(2026, 11, 24))),
        ("day:>2026-11-24", Between("day", date(2026, 11, 24), None, open_low=True)),
        ("relevance:>0.8", Between("relevance", 0.8, None, open_low=True)),
        ("relevance:<=.8", Between("relevance", None, 0.8)),
        ("10:30", Phrase(("10", "30"))),
    ],
)
def test_meaning(text: str, tree: Node | None) -> None:
    if tree is None and text.strip():
        with pytest.raises(QueryError):
            parse(text)
    else:
        assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("korupsi AND (suap", 12, "never closed"),
        ("korupsi) suap", 7, "without an opening"),
        ("a OR", 4, "expected a word"),
        ("OR a", 0, "found OR"),
        ("a AND OR b", 6, "found OR"),
        ("()", 1, "found a closing parenthesis"),
        ('a "b', 2, "quotation mark is never closed"),
        ('a ""', 2, "at least one letter"),
        ("a !!", 2, "nothing to search for in '!!'"),
        ("a topik:suap", 2, "unknown field 'topik'; did you mean 'topic'?"),
        ("https://kompas.com", 0, "unknown field 'https'"),
        ("kind:berita", 5, "kind has no value 'berita'; known: news, social, complaint, review"),
        ("a topic:corupsi", 8, "did you mean 'corruption'?"),
        ("source: kompas", 7, "needs a value"),
        ("source:(a OR b)", 7, "write (source:a OR source:b)"),
        ("day:24-11-2026", 4, "'24-11-2026' is no day; write it as 2026-11-24"),
        ("day:2026-02-30", 4, "is no day"),
        ("day:2026-11-24..2026-11-01", 4, "ends before it begins"),
        ("day:..", 4, "at least one end"),
        ("relevance:>high", 10, "'high' is no number"),
        ("relevance:nan", 10, "is no number"),
        ("a *", 2, "before the first star"),
        ("k*", 0, "at least two letters"),
        ("*korupsi", 0, "at least two letters"),
        ("kor*u*p*s*i", 0, "at most 3 stars"),
        ("dana-des*", 0, "only letters, digits and stars"),
        ("(" * 100 + "a" + ")" * 100, 41, "nested deeper than 40"),
        ("-" * 100 + "a", 41, "nested deeper"),
        ("NOT " * 100 + "a", 164, "nested deeper"),
        ("a " * 300, None, "more than 200 terms"),
        ("a" * 3000, None, "longer than 2,000"),
    ],
)
def test_faults_are_pointed_at(text: str, position: int | None, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert message in str(caught.value)
    assert caught.value.position == position
    if position is not None:
        assert str(caught.value).splitlines()[-1] == f"  {' ' * position}^"


_PIECES = st.sampled_from(
    ["a", "korup*", "*", "(", ")", "-", "AND", "OR", "NOT", '"', '"x y"', ":", "\\", "/",
     "[1 TO 2]", "~2", "^9", "{", "..", ">"]
    + [f"{name}:" for name in FIELDS]
    + ["2026-11-01", "0.5", "news", "\u0000", "\u0301", "𝔘", "ﷺ", "İ", "\u2028", " "]
)  # fmt: skip
_QUERIES = st.lists(_PIECES, max_size=30).map("".join) | st.lists(_PIECES, max_size=30).map(" ".join) | st.text()


@given(_QUERIES)
@example("İ*")
@example("source:\ud800")
@settings(max_examples=600, deadline=None)
def test_any_text_is_a_tree_or_a_query_error(text: str) -> None:
    """And every tree can be compiled: no engine syntax gets through, nothing crashes."""
    try:
        tree = parse(text)
    except QueryError:
        return
    assert tree is None or isinstance(tree, Node)
    COMPILER.query(tree)


COMPILER = Compiler(build_schema(), stem)


def test_engine_syntax_is_only_text() -> None:
    for text in ("korupsi~2", "korupsi^9", "[a TO b]", "{!func}x", "_exists_", "+a", r"a\:b", "/a.b/"):
        for leaf in _leaves(parse(text)):
            assert isinstance(leaf, Word | Phrase)


def _leaves(tree: Node | None) -> list[Node]:
    match tree:
        case And(children) | Or(children):
            return [leaf for child in children for leaf in _leaves(child)]
        case Not(child):
            return _leaves(child)
        case None:
            return []
        case _:
            return [tree]


def test_query_ids() -> None:
    one = Query.of("korupsi", sources=("a", "b"))
    assert one.id == Query.of(" korupsi ", sources=("b", "a", "a")).id
    assert len(one.id) == 16
    others = [
        Query.of("korupsi"), Query.of("suap", sources=("a", "b")),
        Query.of("korupsi", sources=("a", "b"), count_by="stories"),
        Query.of("korupsi", sources=("a", "b"), min_relevance=None), Query.of("korupsi", topics=("ethics",)),
        Query.of("korupsi", sources=("a", "b"), since=date(2026, 1, 1)),
    ]  # fmt: skip
    assert len({one.id, *(q.id for q in others)}) == 7


def test_relevance_in_the_text_replaces_the_default() -> None:
    assert Query.of("a").min_relevance == 0.5
    assert Query.of("a -relevance:>0.3").min_relevance is None


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"since": date(2026, 2, 1), "until": date(2026, 1, 1)}, "ends .* before it begins"),
        ({"topics": ("korup",)}, "unknown topic 'korup'; did you mean 'corruption'"),
        ({"kinds": ("new",)}, "did you mean 'news'"),
        ({"sentiments": ("bad",)}, "known: negative, neutral, positive"),
        ({"min_relevance": 5}, "between 0 and 1"),
    ],
)
def test_impossible_filters(filters: dict[str, object], message: str) -> None:
    with pytest.raises(QueryError, match=message):
        Query(**filters)  # type: ignore[arg-type]
