"""What every index can do. Methods take and return plain values; nothing of an engine shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

from citra.documents import Mention, Reject
from citra.store.query import Query

Interval = Literal["day", "week", "month", "all"]
Sort = Literal["newest", "relevance"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadResult:
    """What became of the mentions that were handed in; the numbers add up to them, ``removed`` apart."""

    added: int = 0
    replaced: int = 0
    unchanged: int = 0  #: the index had the same content already
    stale: int = 0  #: the index had a newer version, which stays
    removed: int = 0  #: in the index for this partition, but no longer in it
    rejects: tuple[Reject, ...] = ()  #: could not be indexed; ``locator`` is the mention's id

    def __add__(self, other: LoadResult) -> LoadResult:
        return LoadResult(
            added=self.added + other.added,
            replaced=self.replaced + other.replaced,
            unchanged=self.unchanged + other.unchanged,
            stale=self.stale + other.stale,
            removed=self.removed + other.removed,
            rejects=self.rejects + other.rejects,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Raw counts of one bucket; sums over stories are exact, nothing is estimated.

    With ``m`` texts and ``y`` negative texts of a story inside the bucket, ``sum_mm``, ``sum_my`` and ``sum_yy``
    are the sums of ``m²``, ``m·y`` and ``y²`` over its stories: what a cluster-robust interval needs.
    A story's own label is that of most of its texts here; no strict winner makes it neutral.
    """

    placements: int = 0
    stories: int = 0
    negative: int = 0  #: texts
    neutral: int = 0
    positive: int = 0
    negative_stories: int = 0
    neutral_stories: int = 0
    positive_stories: int = 0
    sum_mm: int = 0
    sum_my: int = 0
    sum_yy: int = 0


Buckets = Mapping[date, Tally]
"""First day of each bucket that has texts (weeks begin on Monday) → its counts, oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much a query matches."""

    placements: int
    stories: int
    undated: int = 0  #: of the placements: without a day, so in no bucket


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """A piece of the text; ``marks`` are ``(start, end)`` offsets of the matches in ``text``."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    mention: Mention
    title: Snippet
    snippet: Snippet
    score: float | None = None  #: only when sorted by relevance; comparable within one result only


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    hits: tuple[Hit, ...]
    total: int  #: exact
    after: str | None  #: hand it back for the next page; None on the last


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """The state of the index; ``snapshot`` changes if and only if the mentions in it do."""

    snapshot: str
    mentions: int
    stories: int
    partitions: int
    first_day: date | None
    last_day: date | None
    bytes: int
    models: tuple[str, ...]  #: ``name@version`` of the models whose labels are in it, sorted


class Writer(Protocol):
    """Changes gather until ``commit``; what was not committed never happened."""

    def upsert(self, mentions: Iterable[Mention], *, version: int, partition: str = "") -> LoadResult:
        """Add or replace by id. ``version`` orders analyses of one fetch (larger is newer): a mention replaces
        an older ``(fetched, version)`` and never a newer one."""

    def replace_partition(
        self, partition: str, mentions: Iterable[Mention], *, version: int, fingerprint: str
    ) -> LoadResult:
        """``upsert``, then remove what the index holds for ``partition`` and ``mentions`` lacks, and remember
        ``fingerprint`` as the state loaded. What another partition took over stays."""

    def forget(self, partitions: Iterable[str]) -> None:
        """Drop the fingerprints of these partitions, so that they are loaded again; their mentions stay."""

    def delete(self, ids: Iterable[str]) -> int:
        """Remove by id; returns how many were there."""

    def commit(self) -> LoadResult:
        """Make everything since the last commit visible at once, or nothing of it.

        Returns what it takes back of the results handed out since: a mention that the engine refused at the last
        moment counts ``-1`` there, and is a reject or stale here, so that the sum is right again.
        """


class Store(Protocol):
    """An index of mentions; reads see the last commit, of any process."""

    def writing(self) -> AbstractContextManager[Writer]:
        """The one writer; commits when the block ends, forgets uncommitted changes when it raises.

        :raises TryAgain: when another process is writing.
        """

    def loaded(self) -> Mapping[str, str]:
        """Partition → fingerprint of what was loaded for it."""

    def get(self, mention_id: str) -> Mention | None: ...

    def count(self, query: Query) -> Counts: ...

    def search(self, query: Query, *, size: int = 10, sort: Sort = "newest", after: str | None = None) -> Page: ...

    def buckets(self, query: Query, interval: Interval) -> Buckets:
        """Counts per day, week, month, or of the whole (one bucket, at its first day) in Asia/Jakarta."""

    def split(self, query: Query, interval: Interval, field: str) -> Mapping[str, Buckets]:
        """``buckets`` for each value of ``topic``, ``source``, ``kind`` or ``sentiment``."""

    def facets(self, query: Query, field: str) -> Mapping[str, int]:
        """Every value of a field among the matches → placements, most frequent first (then by value)."""

    def iterate(self, query: Query) -> Iterator[Mention]:
        """All matches, newest first, streamed from one commit."""

    def stats(self) -> Stats: ...

    def snapshot(self) -> str:
        """``stats().snapshot`` alone, at no cost."""

    def close(self) -> None: ...
