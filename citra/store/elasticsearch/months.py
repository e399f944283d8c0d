"""What each month holds, and the columns of all: from packed pieces where they fit, else from the mentions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from elasticsearch import Elasticsearch

from citra.store.columns import Columns
from citra.store.elasticsearch.connection import telling
from citra.store.elasticsearch.layout import Layout
from citra.store.elasticsearch.packed import COLUMNS, Content, Month
from citra.store.elasticsearch.sources import decoded
from citra.store.encoding import key

#: Mentions read by one request where no piece fits.
STRIDE = 10_000
#: Pieces fetched by one request.
TOGETHER = 4

Ask = Callable[..., Any]

#: One mention's columns as its sort values; ``id_key`` tells them apart, so the rest only rides along.
_SCAN = [
    {"id_key": "asc"}, {"story_key": "asc"}, {"relevance": "asc"}, {"ordinal": "asc"}, {"codes": "asc"},
    {"source": "asc"},
]  # fmt: skip


def contents(ask: Ask, layout: Layout) -> dict[str, Content]:
    """Month → what it holds, counted by the server; exact, see ``sources.PIECE``."""
    sums = {f"s{i}": {"sum": {"field": f"digest_{i}"}} for i in range(3)}
    by_index = {"terms": {"field": "_index", "size": 10_000}, "aggs": sums}
    answer = ask(size=0, aggs={"months": by_index}, track_total_hits=False)
    return {
        layout.month_of(bucket["key"]): Content(
            mentions=bucket["doc_count"], sums=tuple(int(bucket[f"s{i}"]["value"]) for i in range(3))  # type: ignore[arg-type]
        )
        for bucket in answer["aggregations"]["months"]["buckets"]
    }  # fmt: skip


def columns(client: Elasticsearch, layout: Layout, ask: Ask, wanted: Mapping[str, Content]) -> Columns:
    """The columns of all ``wanted`` months together."""
    found = packed(client, layout, wanted)
    parts = [found[month] if month in found else scanned(ask, layout, month) for month in sorted(wanted)]
    return _joined([part for part in parts if len(part)])


def packed(client: Elasticsearch, layout: Layout, wanted: Mapping[str, Content]) -> dict[str, Month]:
    """The months whose pieces are all there."""
    names = {month: content.names(month) for month, content in wanted.items()}
    everything = [name for month in names for name in names[month]]
    pieces: dict[str, Mapping[str, Any]] = {}
    for at in range(0, len(everything), TOGETHER):
        with telling(layout.address):
            answer = client.mget(index=layout.state, ids=everything[at : at + TOGETHER])
        pieces |= {doc["_id"]: doc["_source"] for doc in answer["docs"] if doc.get("found")}
    whole = [month for month in names if names[month] and all(name in pieces for name in names[month])]
    return {month: Month.unpack([pieces[name] for name in names[month]]) for month in whole}


def scanned(ask: Ask, layout: Layout, month: str) -> Month:
    """A month's columns from its mentions."""
    names = [next(iter(field)) for field in _SCAN]
    values: dict[str, list[Any]] = {name: [] for name in names}
    # every generation of the month's index: only one of them is behind the alias
    query = {"prefix": {"_index": f"{layout.alias(month)}-"}}
    for hit in pages(ask, query, _SCAN, stride=STRIDE, source=False, stored_fields="_none_"):
        # a point in time adds a last value of its own
        for name, value in zip(names, hit["sort"], strict=False):
            values[name].append(value)
    values["row"] = values.pop("id_key")
    arrays = {name: np.array(values[name], dtype=kind) for name, kind in COLUMNS.items() if name != "source"}
    return Month.of(arrays, values["source"])


def pages(
    ask: Ask, query: Mapping[str, Any], sort: Sequence[Mapping[str, Any]], *, stride: int = STRIDE, **options: Any
) -> Iterator[Mapping[str, Any]]:
    """All hits, in the order of ``sort``, whose first field no two mentions share."""
    after: dict[str, Any] = {}
    while True:
        hits = ask(query=query, sort=list(sort), size=stride, track_total_hits=False, **options, **after)["hits"][
            "hits"
        ]
        yield from hits
        if len(hits) < stride:
            return
        after = {"search_after": hits[-1]["sort"]}


def _joined(parts: Sequence[Month]) -> Columns:
    names = sorted({name for part in parts for name in part.sources})
    raw: dict[str, Any] = {}
    for name, kind in COLUMNS.items():
        pieces = [part.arrays[name] for part in parts if name != "source"]
        if name == "source":
            keys = [np.array([key(source) for source in part.sources], dtype=np.int64) for part in parts]
            pieces = [table[part.arrays["source"]] for table, part in zip(keys, parts, strict=True)]
        raw[name] = np.concatenate(pieces) if pieces else np.zeros(0, dtype=kind)
    raw |= decoded(raw.pop("codes"))
    raw["day"], raw["source_key"] = raw.pop("ordinal"), raw.pop("source")
    return Columns.build(raw, {key(name): name for name in names})
