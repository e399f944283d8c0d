"""One commit of the embedded index, and every question it can answer. Immutable; a newer commit is a new one."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from citra.documents import KINDS, SENTIMENTS, TOPICS, Mention, mention_from_json
from citra.errors import InputError, QueryError, StoreError
from citra.store import schema
from citra.store.columns import NUMBERS, Columns, Ints, Mask
from citra.store.compile import Compiler
from citra.store.expand import expand
from citra.store.fields import FACETS, suggest
from citra.store.highlight import Highlighter
from citra.store.masks import mask
from citra.store.nodes import Node
from citra.store.protocol import Hit, Page, Sort
from citra.store.query import Query
from citra.store.writer import State

#: Rows taken from the engine at once while columns are built: bounds memory.
STRIDE = 250_000
#: Mentions fetched at once by ``iterate``.
STREAM = 500
#: Full-text results kept; each takes eight bytes a match.
KEPT_RESULTS = 32
#: Most values of a field that ``facets`` counts; the engine refuses more.
MAX_VALUES = 60_000
MAX_SIZE = 10_000

_SPLITS: Mapping[str, tuple[str, ...]] = {"kind": KINDS, "sentiment": SENTIMENTS, "topic": TOPICS}
_COUNTED = {"office": "offices", "region": "regions"}


class Snapshot:
    """``generation`` names the commit's files: equal generations give equal scores and equal order."""

    def __init__(self, searcher: Any, index_schema: Any, stem: Callable[[str], str], generation: str) -> None:
        self.searcher, self.stem, self.generation = searcher, stem, generation
        self.compiler = Compiler(index_schema, stem)
        self._results: OrderedDict[Node, Ints] = OrderedDict()
        self._lock = threading.RLock()

    @cached_property
    def state(self) -> State:
        records = list(self.records(schema.STATE))
        return State(**records[0]) if records else State()

    @property
    def id(self) -> str:
        """Equal for equal contents, however they came there: 16 hex digits."""
        content = f"{schema.VERSION}:{self.state.mentions}:{self.state.digests}"
        return hashlib.sha256(content.encode()).hexdigest()[:16]

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
        return self._mention(hits[0][1]) if hits else None

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
        sources = self._terms(None, "source")
        return Columns.build(raw, {schema.key(name): name for name in sources})

    def mask(self, query: Query) -> Mask:
        """Which mentions the query matches, over ``columns``."""
        return mask(self.columns, expand(query), self._rows)

    def facets(self, query: Query, field: str) -> dict[str, int]:
        if field not in FACETS:
            raise QueryError(f"cannot count by {field!r}; {suggest(field, FACETS)}")
        if field in {"source", "kind", "sentiment", "topic"}:
            chosen = self.mask(query)
            found = {
                value: int(np.count_nonzero(chosen & self.columns.equals(field, value))) for value in self.values(field)
            }
            found = {value: count for value, count in found.items() if count}
        else:
            found = self._terms(expand(query), _COUNTED.get(field, field))
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    def values(self, field: str) -> tuple[str, ...]:
        """The values by which ``split`` can part the mentions."""
        if field == "source":
            return self.columns.source_names
        if field not in _SPLITS:
            known = ("topic", "source", "kind", "sentiment")
            raise QueryError(f"cannot split by {field!r}; {suggest(field, known)}")
        return _SPLITS[field]

    def search(self, query: Query, size: int, sort: Sort, after: str | None) -> Page:
        if not 1 <= size <= MAX_SIZE:
            raise InputError(f"a page has 1 to {MAX_SIZE:,} hits, not {size}")
        node = expand(query)
        light = Highlighter(query.text, self.stem)
        find = self._by_relevance if sort == "relevance" else self._newest
        found, cursor, total = find(query, node, size, after)
        if total is None:
            total = self._number(self.compiler.query(node))
        return Page(hits=tuple(self._hit(place, score, light) for place, score in found), total=total, after=cursor)

    def iterate(self, query: Query) -> Iterator[Mention]:
        node, after = expand(query), None
        while True:
            found, after, _ = self._newest(query, node, STREAM, after)
            for place, _ in found:
                yield self._mention(place)
            if after is None:
                return

    def _newest(
        self, query: Query, node: Node | None, size: int, after: str | None
    ) -> tuple[list[tuple[Any, None]], str | None, int | None]:
        """Hits in descending ``order``; the cursor is the last ``order`` and how often it was seen.

        The third value is the total, where counting cost nothing more.
        """
        compiled, skip, last = self.compiler.query(node), 0, None
        if after is not None:
            last, skip = _read(after, "n", query)
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

    def _by_relevance(
        self, query: Query, node: Node | None, size: int, after: str | None
    ) -> tuple[list[tuple[Any, float]], str | None, int | None]:
        """Best first. Scores depend on the commit's files, so a cursor is good for one generation only."""
        skip, generation = 0, int(self.generation, 16)
        if after is not None:
            then, skip = _read(after, "r", query)
            if then != generation:
                raise InputError("the index has changed since that page; start again without --after")
        found = self._search(self.compiler.query(node), limit=size + 1, count=True, offset=skip)
        hits = found.hits
        cursor = f"r-{query.id[:8]}-{generation:x}-{skip + size:x}" if len(hits) > size else None
        return [(place, float(score)) for score, place in hits[:size]], cursor, int(found.count)

    def _hit(self, place: Any, score: float | None, light: Highlighter) -> Hit:
        mention = self._mention(place)
        document = mention.document
        return Hit(mention=mention, title=light.whole(document.title), snippet=light.best(document.text), score=score)

    def _mention(self, place: Any) -> Mention:
        return mention_from_json(schema.body_of(self.searcher.doc(place)))

    def _rows(self, node: Node) -> Ints:
        """Engine rows of a subtree, from the cache when it was asked lately."""
        with self._lock:
            if node in self._results:
                self._results.move_to_end(node)
                return self._results[node]
        rows = np.concatenate([np.zeros(0, dtype=np.int64), *self._strides(self.compiler.query(node))])
        with self._lock:
            self._results[node] = rows
            if len(self._results) > KEPT_RESULTS:
                self._results.popitem(last=False)
        return rows

    def _strides(self, query: Any) -> Iterator[Ints]:
        """Rows of the matches; many are fetched by stretches, each is a Python object for a moment."""
        count = self._number(query)
        if not count:
            return
        stretches = range(0, self.state.next_row, STRIDE) if count > STRIDE else (0,)
        for low in stretches:
            part = self.compiler.within(query, low, low + STRIDE) if count > STRIDE else query
            hits = self._search(part, limit=min(count, STRIDE), count=False, order_by_field="row").hits
            yield np.fromiter((row for row, _ in hits), dtype=np.int64, count=len(hits))

    def _number(self, query: Any) -> int:
        return int(self._search(self.compiler.unscored(query), limit=1).count)

    def _terms(self, node: Node | None, field: str) -> dict[str, int]:
        request = {"values": {"terms": {"field": field, "size": MAX_VALUES}}}
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


def _read(after: str, sort: str, query: Query) -> tuple[int, int]:
    """The two numbers of a cursor.

    :raises InputError: for anything that this query and this order did not hand out.
    """
    parts = after.split("-")
    try:
        if len(parts) != 4 or parts[:2] != [sort, query.id[:8]]:
            raise ValueError(after)
        first, second = int(parts[2], 16), int(parts[3], 16)
    except ValueError:
        raise InputError(f"{after[:60]!r} is no page of this query in this order") from None
    if not (0 <= first < 1 << 63 and 0 <= second < 1 << 32):
        raise InputError(f"{after[:60]!r} is no page of this query in this order")
    return first, second
