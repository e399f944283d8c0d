"""One commit of the embedded index, and how its engine answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from operator import itemgetter
from typing import Any

import numpy as np

from citra.documents import Mention, mention_from_json
from citra.errors import InputError, StoreError
from citra.store import schema
from citra.store.answers import Answers, read_cursor, snapshot_id
from citra.store.columns import NUMBERS, Columns, Ints
from citra.store.compile import Compiler
from citra.store.encoding import key
from citra.store.nodes import Node
from citra.store.query import Query
from citra.store.writer import State

#: Rows taken from the engine at once while columns are built: bounds memory.
STRIDE = 250_000
#: Most values of a field that ``facets`` counts; the engine refuses more.
MAX_VALUES = 60_000

_ROW = itemgetter(0)
_COUNTED = {"office": "offices", "region": "regions"}


class Snapshot(Answers):
    """``generation`` names the commit's files: equal generations give equal scores and equal order."""

    def __init__(self, searcher: Any, index_schema: Any, stem: Callable[[str], str], generation: str) -> None:
        super().__init__(stem)
        self.searcher, self.generation = searcher, generation
        self.compiler = Compiler(index_schema, stem)

    @cached_property
    def state(self) -> State:
        records = list(self.records(schema.STATE))
        return State(**records[0]) if records else State()

    @property
    def id(self) -> str:
        return snapshot_id(self.state.mentions, self.state.digests)

    def records(self, record: str) -> Iterator[dict[str, Any]]:
        """The index's own records of one type."""
        query, count = self.compiler.term("record", record), self.number_of(record)
        if count:
            for _, place in self._search(query, limit=count, count=False).hits:
                yield schema.body_of(self.searcher.doc(place))

    def number_of(self, record: str) -> int:
        return int(self._search(self.compiler.term("record", record), limit=1).count)

    def get(self, mention_id: str) -> Mention | None:
        hits = self._search(self.compiler.term("id", mention_id), limit=1, count=False).hits
        return self.mention(hits[0][1]) if hits else None

    @property
    def columns(self) -> Columns:
        with self._lock:
            return self._columns

    @cached_property
    def _columns(self) -> Columns:
        names = (*NUMBERS, "relevance")
        pieces: dict[str, list[Any]] = {name: [] for name in names}
        for low in range(0, self.state.next_row, STRIDE):
            rows = self.compiler.rows(low, low + STRIDE)
            hits = self._search(rows, limit=STRIDE, count=False, order_by_field="row").hits
            places = [place for _, place in hits]
            for name in names:
                kind = np.float64 if name == "relevance" else np.int64
                pieces[name].append(np.array(self.searcher.fast_field_values(name, places), dtype=kind))
        raw = {name: np.concatenate(pieces.pop(name) or [np.zeros(0, np.int64)]) for name in names}
        sources = self.terms(None, "source")
        return Columns.build(raw, {key(name): name for name in sources})

    def newest(
        self, query: Query, node: Node | None, size: int, after: str | None
    ) -> tuple[list[tuple[Any, None]], str | None, int | None]:
        """The cursor is the last ``order`` and how often it was seen."""
        compiled, skip, last = self.compiler.query(node), 0, None
        if after is not None:
            last, skip = read_cursor(after, "n", query)
            if last >= 1 << 63 or skip >= 1 << 32:
                raise InputError(f"{after[:60]!r} is no page of this query in this order")
            compiled = self.compiler.upto(compiled, last)
        first = after is None
        found = self._search(compiled, limit=size + 1, count=first, order_by_field="order", offset=skip)
        hits, total = found.hits, int(found.count) if first else None
        cursor = None
        if len(hits) > size:
            hits = hits[:size]
            edge = hits[-1][0]
            seen = sum(value == edge for value, _ in hits) + (skip if edge == last else 0)
            cursor = f"n-{query.id[:8]}-{edge:x}-{seen:x}"
        return [(place, None) for _, place in hits], cursor, total

    def best(
        self, query: Query, node: Node | None, size: int, after: str | None
    ) -> tuple[list[tuple[Any, float]], str | None, int | None]:
        """Scores depend on the commit's files, so a cursor is good for one generation only."""
        skip, generation = 0, int(self.generation, 16)
        if after is not None:
            then, skip = read_cursor(after, "r", query)
            if then != generation or skip >= 1 << 32:
                raise InputError("the index has changed since that page; start again without --after")
        found = self._search(self.compiler.query(node), limit=size + 1, count=True, offset=skip)
        hits = found.hits
        cursor = f"r-{query.id[:8]}-{generation:x}-{skip + size:x}" if len(hits) > size else None
        return [(place, float(score)) for score, place in hits[:size]], cursor, int(found.count)

    def total(self, node: Node | None) -> int:
        return self._number(self.compiler.query(node))

    def mention(self, place: Any) -> Mention:
        return mention_from_json(schema.body_of(self.searcher.doc(place)))

    def matching(self, node: Node, number: int) -> Ints:
        return np.concatenate([np.zeros(0, dtype=np.int64), *self._strides(self.compiler.query(node), number)])

    def _strides(self, query: Any, count: int) -> Iterator[Ints]:
        """Rows of the matches; many are fetched by stretches, each is a Python object for a moment."""
        if not count:
            return
        stretches = range(0, self.state.next_row, STRIDE) if count > STRIDE else (0,)
        for low in stretches:
            part = self.compiler.within(query, low, low + STRIDE) if count > STRIDE else query
            hits = self._search(part, limit=min(count, STRIDE), count=False, order_by_field="row").hits
            yield np.fromiter(map(_ROW, hits), dtype=np.int64, count=len(hits))

    def _number(self, query: Any) -> int:
        return int(self._search(self.compiler.unscored(query), limit=1).count)

    def terms(self, node: Node | None, field: str) -> dict[str, int]:
        request = {"values": {"terms": {"field": _COUNTED.get(field, field), "size": MAX_VALUES}}}
        answer = self._ask(self.searcher.aggregate, self.compiler.query(node), request)["values"]
        if answer["sum_other_doc_count"]:
            raise StoreError(f"{field} has more than {MAX_VALUES:,} values: narrow the query")
        return {str(bucket["key"]): int(bucket["doc_count"]) for bucket in answer["buckets"]}

    def _search(self, query: Any, **options: Any) -> Any:
        return self._ask(self.searcher.search, query, **options)

    @staticmethod
    def _ask(question: Callable[..., Any], *values: Any, **options: Any) -> Any:
        try:
            return question(*values, **options)
        except (ValueError, OSError) as wrong:
            raise StoreError(f"the index could not answer: {wrong}") from wrong
