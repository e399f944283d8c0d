"""Columns of what a writer has written itself, so that packing a month need not read it back from the server."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from citra.store.elasticsearch.packed import COLUMNS, Content, Month
from citra.store.elasticsearch.sources import codes_of, month_of, ordinal_of, pieces
from citra.store.encoding import Encoded, key

#: Rows remembered at most, some 40 bytes each; beyond, all is forgotten and the server is asked instead.
LIMIT = 4_000_000


class OwnRows:
    """What was written since the writer began, by month. Rows that were replaced or removed later stay in it.

    That does no harm: they are used only where their number and digests add up to what the server has counted.
    """

    def __init__(self) -> None:
        self._parts: dict[str, list[Month]] = {}
        self._contents: dict[str, Content] = {}
        self._number = 0

    def add(self, written: Iterable[Encoded]) -> None:
        """Remember mentions that the server has taken."""
        found: dict[str, list[tuple[Encoded, int]]] = {}
        for encoded in written:
            ordinal = ordinal_of(encoded.mention)
            found.setdefault(month_of(ordinal), []).append((encoded, ordinal))
            self._number += 1
        if self._number > LIMIT:
            self._parts.clear()
            return
        for month, rows in found.items():
            self._parts.setdefault(month, []).append(_columns(rows))
            digests = [pieces(encoded.digest) for encoded, _ in rows]
            sums = tuple(sum(parts[i] for parts in digests) for i in range(3))
            self._contents[month] = _sum(
                self._contents.get(month, Content()),
                Content(mentions=len(rows), sums=sums),  # type: ignore[arg-type]
            )

    def explains(self, month: str, before: Content, now: Content) -> bool:
        """Whether the month is now what it was before and our rows."""
        return month in self._parts and _sum(before, self._contents[month]) == now

    def with_ours(self, month: str, before: Month | None) -> Month:
        """The columns of a month that was ``before`` (None: empty) when the writer began."""
        parts = self._parts[month] + ([] if before is None else [before])
        sources = [np.array(part.sources, dtype=np.str_)[part.arrays["source"]] for part in parts]
        arrays = {name: np.concatenate([part.arrays[name] for part in parts]) for name in COLUMNS if name != "source"}
        return Month.of(arrays, list(np.concatenate(sources)))


def _columns(rows: list[tuple[Encoded, int]]) -> Month:
    values: dict[str, list[Any]] = {
        "story_key": [key(encoded.mention.story_id) for encoded, _ in rows],
        "row": [key(encoded.mention.id) for encoded, _ in rows],
        "relevance": [encoded.mention.relevance for encoded, _ in rows],
        "ordinal": [ordinal for _, ordinal in rows],
        "codes": [codes_of(encoded.mention) for encoded, _ in rows],
    }
    arrays = {name: np.array(column, dtype=COLUMNS[name]) for name, column in values.items()}
    return Month.of(arrays, [encoded.mention.document.source for encoded, _ in rows])


def _sum(one: Content, other: Content) -> Content:
    a, b = one.sums, other.sums
    return Content(mentions=one.mentions + other.mentions, sums=(a[0] + b[0], a[1] + b[1], a[2] + b[2]))
