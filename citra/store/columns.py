"""Columns of a commit in memory, sorted by story and day, so that distinct stories are counted exactly in one pass.

A million mentions take about 40 MB. Rows are those of the engine (a serial number each mention gets when it is
written), so a full-text result, given as rows, becomes a mask over the columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citra.documents import KINDS, SENTIMENTS, TOPICS
from citra.store.protocol import Interval, Tally

Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]

#: Stored in ``day`` for a mention without a publication time.
UNDATED = 0

#: The fast fields of the engine that become columns.
NUMBERS: tuple[str, ...] = ("row", "day", "story_key", "sentiment_code", "kind_code", "topic_bits", "source_key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """One entry per mention in each array, all in the same order: by story, then day, then row."""

    row: Ints
    day: NDArray[np.int32]  #: ``date.toordinal``; ``UNDATED`` when none
    story: NDArray[np.int32]  #: 0, 1, … in sorted order
    sentiment: NDArray[np.int8]  #: index into ``SENTIMENTS``
    kind: NDArray[np.int8]  #: index into ``KINDS``
    topics: NDArray[np.uint8]  #: bit i: ``TOPICS[i]``
    source: NDArray[np.int16]  #: index into ``source_names``
    relevance: NDArray[np.float64]
    source_names: tuple[str, ...]
    by_row: Ints  #: place of each row, by its number, where they are dense; else the order of ``row``, ascending
    is_dense: bool  #: whether rows are small numbers (a counter) or any (keys)

    @classmethod
    def build(cls, raw: Mapping[str, Any], names: Mapping[int, str]) -> Columns:
        """From engine values in any order; ``names`` gives the source of each ``source_key``.

        Columns are sorted and narrowed one by one: beside the raw values only the order is held.
        """
        order = np.lexsort((raw["row"], raw["day"], raw["story_key"]))

        def column(name: str, dtype: Any) -> Any:
            return np.asarray(raw[name])[order].astype(dtype)

        story_key, keys = column("story_key", np.int64), sorted(names)
        changes = np.concatenate(([False], story_key[1:] != story_key[:-1])) if len(order) else order
        row = column("row", np.int64)
        is_dense = bool(len(row)) and int(row.min()) >= 0 and int(row.max()) < 4 * len(row)
        return cls(
            row=row,
            day=column("day", np.int32),
            story=np.cumsum(changes, dtype=np.int32),
            sentiment=column("sentiment_code", np.int8),
            kind=column("kind_code", np.int8),
            topics=column("topic_bits", np.uint8),
            source=np.searchsorted(np.array(keys, dtype=np.int64), column("source_key", np.int64)).astype(np.int16),
            relevance=column("relevance", np.float64),
            source_names=tuple(names[key] for key in keys),
            by_row=_places(row) if is_dense else np.argsort(row),
            is_dense=is_dense,
        )

    def __len__(self) -> int:
        return len(self.row)

    def all(self) -> Mask:
        return np.ones(len(self), dtype=np.bool_)

    def of_rows(self, rows: Ints) -> Mask:
        """The mask of these engine rows."""
        mask = np.zeros(len(self), dtype=np.bool_)
        if not len(rows):
            return mask
        if self.is_dense:
            mask[self.by_row[rows]] = True
        else:
            mask[self.by_row[np.searchsorted(self.row, rows, sorter=self.by_row)]] = True
        return mask

    def equals(self, field: str, value: str) -> Mask:
        """Mentions whose ``source``, ``kind``, ``sentiment`` or ``topic`` is ``value``."""
        if field == "topic":
            return (self.topics & np.uint8(1 << TOPICS.index(value))).astype(np.bool_)
        if field == "kind":
            return self.kind == KINDS.index(value)  # type: ignore[no-any-return]
        if field == "sentiment":
            return self.sentiment == SENTIMENTS.index(value)  # type: ignore[no-any-return]
        if value not in self.source_names:
            return np.zeros(len(self), dtype=np.bool_)
        return self.source == self.source_names.index(value)  # type: ignore[no-any-return]

    def dated(self) -> Mask:
        return self.day != UNDATED  # type: ignore[no-any-return]

    def stories(self, mask: Mask) -> int:
        """How many distinct stories the mask touches."""
        chosen = self.story[mask]
        return int(len(chosen) and 1 + np.count_nonzero(chosen[1:] != chosen[:-1]))

    def tallies(self, mask: Mask, interval: Interval) -> dict[date, Tally]:
        """Exact counts of the dated mentions in the mask per bucket that has any, oldest first."""
        at = np.flatnonzero(mask & self.dated())
        if not len(at):
            return {}
        bucket, first_days = _bucketed(self.day[at], interval)
        # Sorted by story and day, so the texts of one story in one bucket lie side by side.
        story = self.story[at]
        starts = np.flatnonzero(np.concatenate(([True], (story[1:] != story[:-1]) | (bucket[1:] != bucket[:-1]))))
        size = np.diff(np.append(starts, len(at)))
        labels = [
            np.add.reduceat((self.sentiment[at] == code).astype(np.int64), starts) for code in range(len(SENTIMENTS))
        ]
        return _sums(bucket[starts], first_days, size, labels)


def _places(row: Ints) -> Ints:
    """Row → where it stands; -1 for rows that are gone."""
    places = np.full(int(row.max()) + 1, -1, dtype=np.int64)
    places[row] = np.arange(len(row))
    return places


def _bucketed(day: NDArray[np.int32], interval: Interval) -> tuple[Ints, list[date]]:
    """Bucket index of each day, and the first day of each bucket; the indices grow with the days."""
    if interval == "month":
        months = (day - 719163).astype("datetime64[D]").astype("datetime64[M]")  # 719163: 1970-01-01
        start = months.astype("datetime64[D]").astype(np.int64) + 719163
    elif interval == "week":
        start = (day - (day - 1) % 7).astype(np.int64)  # ordinal 1 is a Monday
    elif interval == "day":
        start = day.astype(np.int64)
    else:
        start = np.full(len(day), int(day.min()), dtype=np.int64)
    low = int(start.min())
    offsets = start - low  # few distinct values over a small range: quicker than sorting
    present = np.flatnonzero(np.bincount(offsets))
    index = np.zeros(int(present[-1]) + 1, dtype=np.int64)
    index[present] = np.arange(len(present))
    return index[offsets], [date.min + timedelta(days=int(low + offset) - 1) for offset in present]


def _sums(bucket: Ints, first_days: list[date], size: Ints, labels: list[Ints]) -> dict[date, Tally]:
    """Sums over clusters (one story in one bucket): ``size`` texts, ``labels`` of them per sentiment."""
    count = len(first_days)

    def total(weights: Any) -> list[int]:
        # bincount adds in float64: exact for sums below 2**53
        return [int(value) for value in np.bincount(bucket, weights=weights, minlength=count)]

    negative, neutral, positive = labels
    is_negative = (negative > neutral) & (negative > positive)
    is_positive = (positive > neutral) & (positive > negative)
    parts = {
        "placements": total(size),
        "stories": total(np.ones(len(bucket))),
        "negative": total(negative),
        "neutral": total(neutral),
        "positive": total(positive),
        "negative_stories": total(is_negative),
        "neutral_stories": total(~(is_negative | is_positive)),
        "positive_stories": total(is_positive),
        "sum_mm": total(size * size),
        "sum_my": total(size * negative),
        "sum_yy": total(negative * negative),
    }
    return {day: Tally(**{name: column[i] for name, column in parts.items()}) for i, day in enumerate(first_days)}
