"""One point in time of the index in Elasticsearch, and how the server answers."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from elasticsearch import ApiError, Elasticsearch, NotFoundError

from citra.documents import Mention, mention_from_json
from citra.errors import InputError, StoreError
from citra.store.answers import Answers, read_cursor, snapshot_id
from citra.store.columns import Columns, Ints
from citra.store.elasticsearch import months
from citra.store.elasticsearch.connection import telling
from citra.store.elasticsearch.dsl import Dsl
from citra.store.elasticsearch.layout import Layout
from citra.store.elasticsearch.packed import Content
from citra.store.elasticsearch.sources import joined
from citra.store.nodes import Node
from citra.store.query import Query

#: How long the server keeps a point in time after the last question to it.
KEPT = "5m"
#: Rows fetched by one request; ``max_result_window`` of the template allows it.
STRIDE = 100_000
#: Most values of a field that ``facets`` counts; the server refuses more buckets.
MAX_VALUES = 60_000

_COUNTED = {
    "office": "offices",
    "region": "regions",
    "section": "section_folded",
    "model": "labelled_by",
}
_NEWEST = [{"order": "desc"}, {"id_key": "asc"}]
_BEST = [{"_score": "desc"}, {"id_key": "asc"}]
#: Behind every place in a shard: a point in time orders equals by it, and ours are never equal before.
_LAST = 1 << 62
_DERIVED = ("words", "title_words", "stem_words")


class View(Answers):
    """The mentions as they were when it was opened.

    :param contents: month → what it holds, when known; else counted by the server.
    """

    def __init__(
        self, client: Elasticsearch, layout: Layout, stem: Callable[[str], str], contents: dict[str, Content] | None
    ) -> None:
        super().__init__(stem)
        self.client, self.layout, self.dsl = client, layout, Dsl(stem)
        self._pit = self._open()
        self._columns: Columns | None = None
        self.contents = contents if contents is not None else months.contents(self.ask, layout)

    @property
    def id(self) -> str:
        sums = [sum(content.sums[i] for content in self.contents.values()) for i in range(3)]
        return snapshot_id(self.mentions, joined(*sums))

    @property
    def mentions(self) -> int:
        return sum(content.mentions for content in self.contents.values())

    @property
    def columns(self) -> Columns:
        with self._lock:
            if self._columns is None:
                self._columns = months.columns(self.client, self.layout, self.ask, self.contents)
            return self._columns

    def close(self) -> None:
        """Let the server forget the point in time; it does so by itself after a while."""
        try:
            self.client.close_point_in_time(id=self._pit)
        except ApiError:
            return

    def get(self, mention_id: str) -> Mention | None:
        hits = self.ask(query={"term": {"id": mention_id}}, size=1)["hits"]["hits"]
        return self.mention(hits[0]) if hits else None

    def matching(self, node: Node, number: int) -> Ints:
        pieces = [np.zeros(0, dtype=np.int64)]
        after: list[int] | None = None
        while True:
            extra = {} if after is None else {"search_after": after}
            hits = self.ask(
                query=_unscored(self.dsl.query(node)), size=max(1, min(STRIDE, number)), sort=[{"id_key": "asc"}],
                source=False, stored_fields="_none_", track_total_hits=False, filter_path="hits.hits.sort,pit_id",
                **extra,
            ).get("hits", {}).get("hits", ())  # fmt: skip
            pieces.append(np.fromiter((hit["sort"][0] for hit in hits), dtype=np.int64, count=len(hits)))
            number -= len(hits)
            if number <= 0 or not hits:
                return np.concatenate(pieces)
            after = hits[-1]["sort"]

    def terms(self, node: Node | None, field: str) -> dict[str, int]:
        request = {"values": {"terms": {"field": _COUNTED.get(field, field), "size": MAX_VALUES}}}
        answer = self.ask(query=self.dsl.query(node), size=0, aggs=request)["aggregations"]["values"]
        if answer["sum_other_doc_count"]:
            raise StoreError(f"{field} has more than {MAX_VALUES:,} values: narrow the query")
        return {str(bucket["key"]): int(bucket["doc_count"]) for bucket in answer["buckets"]}

    def newest(
        self, query: Query, node: Node | None, size: int, after: str | None
    ) -> tuple[list[tuple[Any, None]], str | None, int | None]:
        """The cursor is the place in a total order, so it is good after any load in between."""
        extra = {}
        if after is not None:
            extra = {"search_after": [*_signed(after, read_cursor(after, "n", query)), _LAST]}
        hits, total = self._page(node, size, sort=_NEWEST, track_scores=False, **extra)
        cursor = None
        if len(hits) > size:
            hits = hits[:size]
            order, id_key, _ = hits[-1]["sort"]
            cursor = f"n-{query.id[:8]}-{order:x}-{id_key:x}"
        return [(hit, None) for hit in hits], cursor, total

    def best(
        self, query: Query, node: Node | None, size: int, after: str | None
    ) -> tuple[list[tuple[Any, float]], str | None, int | None]:
        """Scores depend on all mentions, so a cursor is good for one content of the index only."""
        extra, generation = {}, int(self.id, 16)
        if after is not None:
            then, score, id_key = read_cursor(after, "r", query, numbers=3)
            if then != generation:
                raise InputError("the index has changed since that page; start again without --after")
            _signed(after, (id_key,))
            extra = {"search_after": [struct.unpack(">d", struct.pack(">Q", score))[0], id_key, _LAST]}
        hits, total = self._page(node, size, sort=_BEST, search_type="dfs_query_then_fetch", **extra)
        cursor = None
        if len(hits) > size:
            hits = hits[:size]
            score, id_key, _ = hits[-1]["sort"]
            (bits,) = struct.unpack(">Q", struct.pack(">d", score))
            cursor = f"r-{query.id[:8]}-{generation:x}-{bits:x}-{id_key:x}"
        return [(hit, float(hit["sort"][0])) for hit in hits], cursor, total

    def total(self, node: Node | None) -> int:
        found = self.ask(query=_unscored(self.dsl.query(node)), size=0, track_total_hits=True)
        return int(found["hits"]["total"]["value"])

    def mention(self, place: Any) -> Mention:
        return mention_from_json(place["_source"])

    def scan(self, query: Mapping[str, Any], source: list[str]) -> Iterator[Mapping[str, Any]]:
        """All hits of a clause, by ``id_key``."""
        yield from months.pages(self.ask, query, [{"id_key": "asc"}], source=source)

    def _page(self, node: Node | None, size: int, **options: Any) -> tuple[list[Any], int]:
        found = self.ask(
            query=self.dsl.query(node), size=size + 1, track_total_hits=True, source_excludes=list(_DERIVED), **options
        )
        return found["hits"]["hits"], int(found["hits"]["total"]["value"])

    def ask(self, **request: Any) -> Any:
        """A search in this point in time; opened again when the server has forgotten it meanwhile."""
        with telling(self.layout.address):
            try:
                found = self._ask(request)
            except NotFoundError:  # after a pause, or where reindexing has swapped an index: the content is the same
                self._pit = self._open()
                found = self._ask(request)
        return found

    def _ask(self, request: Mapping[str, Any]) -> Any:
        options = dict(request)
        search_type = options.pop("search_type", None)
        pit = {"id": self._pit, "keep_alive": KEPT}
        found = self.client.search(pit=pit, search_type=search_type, allow_partial_search_results=False, **options).body
        self._pit = found.get("pit_id", self._pit)
        return found

    def _open(self) -> str:
        with telling(self.layout.address):
            # one copy of each shard for everybody: scores of two copies differ
            found = self.client.open_point_in_time(index=self.layout.mentions, keep_alive=KEPT, preference="citra")
        return str(found["id"])


def _unscored(clause: dict[str, Any]) -> dict[str, Any]:
    return {"bool": {"filter": clause}}


def _signed(after: str, numbers: tuple[int, ...]) -> tuple[int, ...]:
    """:raises InputError: for numbers that the server's longs do not hold."""
    if any(number >= 1 << 63 for number in numbers):
        raise InputError(f"{after[:60]!r} is no page of this query in this order")
    return numbers
