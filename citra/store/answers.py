"""Every question to one state of an index, answered from its columns; only matching texts is left to the engine."""

from __future__ import annotations

import hashlib
import threading
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from citra.documents import KINDS, SENTIMENTS, TOPICS, Mention
from citra.errors import InputError, QueryError
from citra.store.columns import Columns, Ints, Mask
from citra.store.encoding import VERSION
from citra.store.expand import expand
from citra.store.fields import FACETS, suggest
from citra.store.highlight import Highlighter
from citra.store.masks import mask
from citra.store.nodes import Node, Not
from citra.store.protocol import Buckets, Counts, Hit, Interval, Page, Sort
from citra.store.query import Query

#: Mentions fetched at once by ``iterate``.
STREAM = 500
#: Full-text results kept; each takes a byte a mention.
KEPT_RESULTS = 32
#: Tables of counts kept; one of a year by day and topic takes some 0.6 MB.
KEPT_TABLES = 32
MAX_SIZE = 10_000

_SPLITS: Mapping[str, tuple[str, ...]] = {"kind": KINDS, "sentiment": SENTIMENTS, "topic": TOPICS}


def snapshot_id(mentions: int, digests: int) -> str:
    """Equal for equal contents, however they came there and in whichever engine: 16 hex digits.

    :param digests: sum of the mentions' digests, modulo 2⁶³.
    """
    return hashlib.sha256(f"{VERSION}:{mentions}:{digests}".encode()).hexdigest()[:16]


class Answers(ABC):
    """Immutable; a newer state of the index is a new one. Threads may share it.

    The engine's own places of mentions (``Any`` below) mean something to the engine alone.
    """

    def __init__(self, stem: Callable[[str], str]) -> None:
        self.stem = stem
        self._results: OrderedDict[Node, Mask] = OrderedDict()
        self._tables: OrderedDict[tuple[object, ...], dict[str, Buckets]] = OrderedDict()
        self._lock = threading.RLock()

    @property
    @abstractmethod
    def id(self) -> str:
        """See :func:`snapshot_id`."""

    @property
    @abstractmethod
    def columns(self) -> Columns: ...

    @abstractmethod
    def get(self, mention_id: str) -> Mention | None: ...

    @abstractmethod
    def matching(self, node: Node, number: int) -> Ints:
        """Rows (as in ``columns.row``) of all mentions that a tree matches; ``number`` of them."""

    @abstractmethod
    def terms(self, node: Node | None, field: str) -> dict[str, int]:
        """Values of a facet field that is no column → mentions that the tree matches.

        :raises StoreError: when there are too many to count all.
        """

    @abstractmethod
    def newest(
        self, query: Query, node: Node | None, size: int, after: str | None
    ) -> tuple[list[tuple[Any, None]], str | None, int | None]:
        """Places in descending order of time, the cursor behind them, and the total where it cost nothing more."""

    @abstractmethod
    def best(
        self, query: Query, node: Node | None, size: int, after: str | None
    ) -> tuple[list[tuple[Any, float]], str | None, int | None]:
        """Places and scores, best first; else as ``newest``."""

    @abstractmethod
    def total(self, node: Node | None) -> int: ...

    @abstractmethod
    def mention(self, place: Any) -> Mention: ...

    def mask(self, query: Query) -> Mask:
        """Which mentions the query matches, over ``columns``."""
        return mask(self.columns, expand(query), self._matches)

    def count(self, query: Query) -> Counts:
        columns, chosen = self.columns, self.mask(query)
        return Counts(
            placements=int(np.count_nonzero(chosen)),
            stories=columns.stories(chosen),
            undated=int(np.count_nonzero(chosen & ~columns.dated())),
        )

    def buckets(self, query: Query, interval: Interval) -> Buckets:
        found = self._kept((query.id, interval), lambda: {"": self.columns.tallies(self.mask(query), interval)})
        return found[""]

    def split(self, query: Query, interval: Interval, field: str) -> Mapping[str, Buckets]:
        return self._kept((query.id, interval, field), lambda: self._split(query, interval, field))

    def _split(self, query: Query, interval: Interval, field: str) -> dict[str, Buckets]:
        values, columns = self.values(field), self.columns
        chosen = self.mask(query)
        parts = {value: columns.tallies(chosen & columns.equals(field, value), interval) for value in values}
        return {value: buckets for value, buckets in parts.items() if buckets}

    def _kept(self, asked: tuple[object, ...], make: Callable[[], dict[str, Buckets]]) -> dict[str, Buckets]:
        """The table asked for, made once: the state of the index does not change. A copy, which may be changed."""
        with self._lock:
            found = self._tables.get(asked)
            if found is not None:
                self._tables.move_to_end(asked)
        if found is None:
            found = make()
            with self._lock:
                self._tables[asked] = found
                if len(self._tables) > KEPT_TABLES:
                    self._tables.popitem(last=False)
        return {value: dict(buckets) for value, buckets in found.items()}

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
            found = self.terms(expand(query), field)
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
        find = self.best if sort == "relevance" else self.newest
        found, cursor, total = find(query, node, size, after)
        if total is None:
            total = self.total(node)
        return Page(hits=tuple(self._hit(place, score, light) for place, score in found), total=total, after=cursor)

    def iterate(self, query: Query) -> Iterator[Mention]:
        node, after = expand(query), None
        while True:
            found, after, _ = self.newest(query, node, STREAM, after)
            for place, _ in found:
                yield self.mention(place)
            if after is None:
                return

    def _hit(self, place: Any, score: float | None, light: Highlighter) -> Hit:
        mention = self.mention(place)
        document = mention.document
        return Hit(mention=mention, title=light.whole(document.title), snippet=light.best(document.text), score=score)

    def _matches(self, node: Node) -> Mask:
        """What a subtree matches, from the cache when it was asked lately; not to be changed.

        Of a common word the engine is asked what it does *not* match: that is less to hand over.
        """
        with self._lock:
            if node in self._results:
                self._results.move_to_end(node)
                return self._results[node]
        columns, number = self.columns, self.total(node)
        if 2 * number > len(columns):
            found = ~columns.of_rows(self.matching(Not(node), len(columns) - number))
        else:
            found = columns.of_rows(self.matching(node, number))
        found.setflags(write=False)
        with self._lock:
            self._results[node] = found
            if len(self._results) > KEPT_RESULTS:
                self._results.popitem(last=False)
        return found


def read_cursor(after: str, sort: str, query: Query, numbers: int = 2) -> tuple[int, ...]:
    """The numbers of a cursor, each below 2⁶⁴.

    :raises InputError: for anything that this query and this order did not hand out.
    """
    parts = after.split("-")
    try:
        if len(parts) != 2 + numbers or parts[:2] != [sort, query.id[:8]] or any(len(p) > 16 for p in parts[2:]):
            raise ValueError(after)
        found = tuple(int(part, 16) for part in parts[2:])
    except ValueError:
        raise InputError(f"{after[:60]!r} is no page of this query in this order") from None
    return found
