"""Reading, the same for every engine: each question goes to the last commit's answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from datetime import date

from citra.documents import Mention
from citra.store.answers import Answers
from citra.store.protocol import Buckets, Counts, Interval, Page, Sort, Stats
from citra.store.query import Query


class Reading(ABC):
    """The reading half of :class:`citra.store.protocol.Store`, over what ``_current`` says."""

    @abstractmethod
    def _current(self) -> Answers:
        """The last commit, of any process."""

    def get(self, mention_id: str) -> Mention | None:
        return self._current().get(mention_id)

    def count(self, query: Query) -> Counts:
        return self._current().count(query)

    def search(self, query: Query, *, size: int = 10, sort: Sort = "newest", after: str | None = None) -> Page:
        return self._current().search(query, size, sort, after)

    def buckets(self, query: Query, interval: Interval) -> Buckets:
        return self._current().buckets(query, interval)

    def split(self, query: Query, interval: Interval, field: str) -> Mapping[str, Buckets]:
        return self._current().split(query, interval, field)

    def facets(self, query: Query, field: str) -> Mapping[str, int]:
        return self._current().facets(query, field)

    def iterate(self, query: Query) -> Iterator[Mention]:
        return self._current().iterate(query)

    def snapshot(self) -> str:
        return self._current().id


def stats_of(answers: Answers, *, partitions: int, size: int) -> Stats:
    """The state of an index of ``size`` bytes."""
    columns = answers.columns
    days = columns.day[columns.dated()]
    return Stats(
        snapshot=answers.id,
        mentions=len(columns),
        stories=columns.stories(columns.all()),
        partitions=partitions,
        first_day=date.fromordinal(int(days.min())) if len(days) else None,
        last_day=date.fromordinal(int(days.max())) if len(days) else None,
        bytes=size,
        models=tuple(sorted(answers.facets(Query(min_relevance=None), "model"))),
    )
