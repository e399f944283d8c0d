"""Both engines on the same 20,000 mentions: equal numbers for every query, to the last story."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from mention_factory import mentions, stem
from search_server import wipe
from test_contract_queries import CASES

from citra.store import EmbeddedStore, Query, Store
from citra.store.elasticsearch import Address, Credentials, ElasticsearchStore
from citra.store.fields import FACETS

SIZE = 20_000
Both = tuple[Store, Store]

pytestmark = pytest.mark.timeout(900)  # for a busy machine: the first of these tests waits for both indices


@pytest.fixture(scope="module")
def both(search_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """Loaded in batches, some mentions twice and some removed, so that both have seen replacements and deletions."""
    prefix = f"t{uuid.uuid4().hex[:12]}"
    address = Address.parse(f"{search_server}/{prefix}?replicas=0")
    elastic = ElasticsearchStore(address, Credentials.from_environment(), stem=stem, create=True)
    embedded = EmbeddedStore(tmp_path_factory.mktemp("parity") / "index", stem=stem, create=True)
    made = mentions(SIZE + 500)
    for store in (embedded, elastic):
        with store.writing() as writer:
            writer.upsert(made[:15_000], version=1, partition="one")
            writer.commit()
            writer.upsert(made[14_000:], version=2, partition="two")
            writer.commit()
            assert writer.delete(m.id for m in made[SIZE:]) == 500
    yield embedded, elastic
    wipe(elastic.client, prefix)
    elastic.close()
    embedded.close()


def test_the_content_is_the_same(both: Both) -> None:
    embedded, elastic = (store.stats() for store in both)
    assert embedded.mentions == SIZE
    for name in ("snapshot", "mentions", "stories", "first_day", "last_day", "models"):
        assert getattr(embedded, name) == getattr(elastic, name)


@pytest.mark.parametrize(("text", "filters"), CASES, ids=[f"{t or 'all'} {f}"[:70] for t, f in CASES])
def test_the_numbers_are_the_same(both: Both, text: str, filters: dict[str, object]) -> None:
    query = Query.of(text, **filters)
    embedded, elastic = both
    assert elastic.count(query) == embedded.count(query)
    assert elastic.buckets(query, "day") == embedded.buckets(query, "day")
    first, second = (store.search(query, size=20) for store in both)
    assert second.total == first.total
    assert [hit.mention.id for hit in second.hits] == [hit.mention.id for hit in first.hits]
    assert [(hit.title, hit.snippet) for hit in second.hits] == [(hit.title, hit.snippet) for hit in first.hits]


@pytest.mark.parametrize("field", FACETS)
def test_the_values_are_the_same(both: Both, field: str) -> None:
    embedded, elastic = both
    for text in ("", "korupsi OR suap", "-source:kompas day:>=2026-11-01"):
        query = Query.of(text)
        assert list(elastic.facets(query, field).items()) == list(embedded.facets(query, field).items())


@pytest.mark.parametrize("field", ["topic", "source", "kind", "sentiment"])
def test_the_parts_are_the_same(both: Both, field: str) -> None:
    embedded, elastic = both
    assert elastic.split(Query.of("korupsi"), "week", field) == embedded.split(Query.of("korupsi"), "week", field)


def test_deep_pages_are_the_same(both: Both) -> None:
    query, after, seen = Query.of("korupsi OR suap"), None, []
    embedded, elastic = both
    while True:
        page = elastic.search(query, size=1_000, after=after)
        seen += [hit.mention.id for hit in page.hits]
        after = page.after
        if after is None:
            break
    assert len(seen) == page.total
    assert seen == [mention.id for mention in embedded.iterate(query)]


def test_everything_streams_alike(both: Both) -> None:
    embedded, elastic = both
    query = Query(min_relevance=None)
    pairs = zip(embedded.iterate(query), elastic.iterate(query), strict=True)
    assert sum(first == second for first, second in pairs) == SIZE
