"""Every engine gives the numbers that counting by hand gives."""

from __future__ import annotations

from datetime import date

import pytest
from oracle import Oracle, day

from citra.errors import InputError, QueryError
from citra.store import Query, Store

ALL: dict[str, object] = {"min_relevance": None}
NOVEMBER: dict[str, object] = {"since": date(2026, 11, 1), "until": date(2026, 11, 24)}

CASES: list[tuple[str, dict[str, object]]] = [
    ("", {}),
    ("", ALL),
    ("", NOVEMBER),
    ("", {"since": date(2026, 11, 3)}),
    ("", {"until": date(2026, 10, 3)} | ALL),
    ("", {"since": date(2031, 1, 1)}),
    ("", {"sources": ("kompas", "detik")}),
    ("", {"sources": ("nowhere",)}),
    ("", {"kinds": ("news",), "sentiments": ("negative",)}),
    ("", {"topics": ("corruption", "ethics")}),
    ("", {"offices": ("bkn",), "topics": ("service",)}),
    ("", {"regions": ("32",)}),
    ("", {"regions": ("3",)} | ALL),
    ("", {"min_relevance": 0.87}),
    ("korupsi", {}),
    ("mengorupsi", {}),
    ("pelayanan", ALL),
    ("korupsi suap", ALL),
    ("korupsi AND suap AND pungli", ALL),
    ("korupsi OR suap", {}),
    ("korupsi suap OR pungli bola", ALL),
    ("korupsi (suap OR pungli) -bola", ALL),
    ("-korupsi", {}),
    ("NOT NOT korupsi", {}),
    ("NOT (korupsi OR suap)", ALL),
    ("-korupsi -suap", ALL),
    ("korupsi OR -suap", ALL),
    ("tidakada", ALL),
    ('"dana desa"', ALL),
    ('"pegawai negeri" OR "dana desa"', {}),
    ('-"dana desa" korupsi', ALL),
    ("anak-anak", ALL),
    ("e-KTP", ALL),
    ("Rp5.000", ALL),
    ("korup*", ALL),
    ("pe*an", ALL),
    ("la*n* -cepat", {}),
    ("source:kompas", {}),
    ("source:k*", ALL),
    ("-source:kompas korupsi", ALL),
    ("source:kompas OR korupsi", ALL),
    ("(source:kompas suap) OR (source:detik pungli)", ALL),
    ("kind:news topic:service sentiment:positive", {}),
    ("office:bkn OR office:pem*", {}),
    ("region:32", {}),
    ("-region:32.71", ALL),
    ('author:"budi s"', ALL),
    ("author:anon*", ALL),
    ("section:nasional language:id", ALL),
    ("title:korupsi", ALL),
    ('title:"dana desa" OR title:suap*', ALL),
    ("url:https://kompas.example/*", ALL),
    ("story:s17", ALL),
    ("day:2026-11-01..2026-11-10 korupsi", ALL),
    ("day:>2026-11-20 OR day:<=2026-09-30", ALL),
    ("-day:2026-10-01..", ALL),
    ("day:2026-10-10", {}),
    ("relevance:>0.8", {}),
    ("relevance:0.2..0.3", {}),
    ("relevance:<=0.1 OR relevance:>=0.99", {}),
    ("relevance:0.5", {}),
    ("korupsi", NOVEMBER | {"kinds": ("news", "social"), "sentiments": ("negative", "neutral")}),
]
queries = pytest.mark.parametrize(("text", "filters"), CASES, ids=[f"{t or 'all'} {f}"[:70] for t, f in CASES])


@queries
def test_count(full: Store, oracle: Oracle, text: str, filters: dict[str, object]) -> None:
    query = Query.of(text, **filters)
    expected = oracle.matches(query)
    counted = full.count(query)
    assert counted.placements == len(expected)
    assert counted.stories == len({m.story_id for m in expected})
    assert counted.undated == sum(day(m) is None for m in expected)


@queries
def test_search_gives_exactly_the_matches(full: Store, oracle: Oracle, text: str, filters: dict[str, object]) -> None:
    query = Query.of(text, **filters)
    expected = oracle.matches(query)
    page = full.search(query, size=1000)
    assert page.total == len(expected)
    assert {hit.mention.id: hit.mention for hit in page.hits} == {m.id: m for m in expected}
    times = [hit.mention.document.published for hit in page.hits]
    assert [t and t.replace(microsecond=0) for t in times] == [
        m.document.published and m.document.published.replace(microsecond=0) for m in expected
    ]


@queries
@pytest.mark.parametrize("interval", ["day", "week", "month", "all"])
def test_buckets(full: Store, oracle: Oracle, text: str, filters: dict[str, object], interval: str) -> None:
    query = Query.of(text, **filters)
    assert list(full.buckets(query, interval).items()) == list(oracle.tallies(query, interval).items())


@pytest.mark.parametrize("text", ["", "korupsi", "-source:kompas", "tidakada"])
@pytest.mark.parametrize(
    "field",
    ["source", "kind", "sentiment", "topic", "office", "region", "language", "section", "model"],
)
def test_facets(full: Store, oracle: Oracle, text: str, field: str) -> None:
    query = Query.of(text)
    assert list(full.facets(query, field).items()) == list(oracle.facet(query, field).items())


@pytest.mark.parametrize("field", ["source", "kind", "sentiment", "topic"])
def test_split_is_buckets_of_each_value(full: Store, oracle: Oracle, field: str) -> None:
    parts = full.split(Query.of("korupsi"), "week", field)
    assert set(parts) == set(oracle.facet(Query.of("korupsi"), field))
    for value, buckets in parts.items():
        assert buckets == oracle.tallies(Query.of(f"korupsi {field}:{value}"), "week")


@pytest.mark.parametrize("sort", ["newest", "relevance"])
@pytest.mark.parametrize("size", [1, 7, 50])
def test_pages_neither_lose_nor_repeat(full: Store, oracle: Oracle, sort: str, size: int) -> None:
    query = Query.of("korupsi OR suap")
    seen, after = [], None
    while True:
        page = full.search(query, size=size, sort=sort, after=after)
        seen += [hit.mention.id for hit in page.hits]
        after = page.after
        if after is None:
            break
        assert len(page.hits) == size
    assert len(seen) == len(set(seen)) == page.total
    assert set(seen) == {m.id for m in oracle.matches(query)}


def test_relevance_puts_more_matches_first(full: Store) -> None:
    page = full.search(Query.of("korupsi OR suap OR pungli"), size=1000, sort="relevance")
    scores = [hit.score for hit in page.hits]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[-1] > 0


def test_filters_do_not_change_the_order_by_relevance(full: Store) -> None:
    plain = full.search(Query.of("korupsi"), size=1000, sort="relevance").hits
    filtered = full.search(Query.of("korupsi", sources=("kompas",)), size=1000, sort="relevance").hits
    scores = {hit.mention.id: hit.score for hit in plain}
    assert filtered
    assert all(hit.score == pytest.approx(scores[hit.mention.id]) for hit in filtered)


def test_iterate_streams_everything_newest_first(full: Store, oracle: Oracle) -> None:
    found = list(full.iterate(Query(min_relevance=None)))
    assert len(found) == len({m.id for m in found}) == len(oracle.mentions)
    days = [m.document.published for m in found if m.document.published]
    assert days == sorted(days, reverse=True)


def test_get(full: Store, oracle: Oracle) -> None:
    assert full.get(oracle.mentions[3].id) == oracle.mentions[3]
    assert full.get("no such id") is None


def test_stats(full: Store, oracle: Oracle) -> None:
    stats = full.stats()
    days = [d for d in map(day, oracle.mentions) if d]
    assert (stats.mentions, stats.stories) == (600, len({m.story_id for m in oracle.mentions}))
    assert (stats.first_day, stats.last_day) == (min(days), max(days))
    assert stats.models == ("tiny@1", "tiny@2")
    assert stats.bytes > 100_000
    assert stats.snapshot == full.snapshot()


@pytest.mark.parametrize("after", ["", "x", "n-0-0-0", "r-12345678-1-1", "n-" + "f" * 400, "n--1-2"])
def test_a_foreign_cursor_is_refused(full: Store, after: str) -> None:
    with pytest.raises(InputError, match="no page of this query"):
        full.search(Query.of("korupsi"), after=after)


def test_unknown_field_to_count_by(full: Store) -> None:
    with pytest.raises(QueryError, match="did you mean 'topic'"):
        full.facets(Query(), "topics")
    with pytest.raises(QueryError, match="cannot split by 'office'"):
        full.split(Query(), "day", "office")


def test_page_size_is_bounded(full: Store) -> None:
    with pytest.raises(InputError, match="1 to 10,000"):
        full.search(Query(), size=0)


def test_asked_again_the_answer_is_the_same_whatever_was_done_to_the_first(full: Store) -> None:
    query = Query(min_relevance=None)
    first, table = full.buckets(query, "week"), full.split(query, "week", "topic")
    expected = dict(first), {topic: dict(buckets) for topic, buckets in table.items()}
    first.clear()  # type: ignore[attr-defined]
    next(iter(table.values())).clear()  # type: ignore[attr-defined]
    assert (full.buckets(query, "week"), full.split(query, "week", "topic")) == expected
    assert full.buckets(query, "month") != expected[0]
