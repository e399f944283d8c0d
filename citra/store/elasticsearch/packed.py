"""Columns of whole months, packed by the writer, so that a reader's first question need not visit every mention.

They are a cache that cannot be wrong: a piece is named after the number and the digests of the mentions it was made
of, so a reader whose month counts otherwise finds no piece and reads the mentions themselves.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import orjson
from numpy.typing import NDArray

#: Raise when the layout below changes: pieces of another one are not found, and made anew.
LAYOUT = 1
#: Rows of one piece: some 3 MB.
ROWS = 100_000
#: Name and type of each column; 32 bytes a mention.
COLUMNS: Mapping[str, str] = {
    "story_key": "<i8",
    "row": "<i8",
    "relevance": "<f8",
    "ordinal": "<i4",
    "codes": "<u2",
    "source": "<u2",
}

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a month holds: how many mentions, and the sums of the pieces of their digests."""

    mentions: int = 0
    sums: tuple[int, int, int] = (0, 0, 0)

    @classmethod
    def from_json(cls, values: list[int]) -> Self:
        return cls(mentions=values[0], sums=(values[1], values[2], values[3]))

    def to_json(self) -> list[int]:
        return [self.mentions, *self.sums]

    def names(self, month: str) -> list[str]:
        """Ids of the pieces of a month with this content."""
        stamp = hashlib.sha256(f"{LAYOUT}:{self.to_json()}".encode()).hexdigest()[:20]
        return [f"columns-{month}-{stamp}-{part}" for part in range(-(-self.mentions // ROWS))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """Columns of a month's mentions, sorted by story, then day, then row."""

    arrays: Arrays  #: as in ``COLUMNS``; ``source`` is an index into ``sources``
    sources: tuple[str, ...]

    @classmethod
    def of(cls, arrays: Arrays, sources: list[str]) -> Self:
        """From columns in any order, ``sources`` beside them: the name of each mention's source."""
        names, codes = np.unique(np.array(sources, dtype=np.str_), return_inverse=True)
        order = np.lexsort((arrays["row"], arrays["ordinal"], arrays["story_key"]))
        columns = {**arrays, "source": codes.reshape(-1)}
        return cls(
            arrays={name: np.asarray(columns[name])[order].astype(kind) for name, kind in COLUMNS.items()},
            sources=tuple(str(name) for name in names),
        )

    def __len__(self) -> int:
        return len(self.arrays["row"])

    def pack(self) -> list[bytes]:
        """JSON of the pieces' ``body`` and ``data``, in order."""
        found = []
        for start in range(0, len(self), ROWS):
            columns = [self.arrays[name][start : start + ROWS] for name in COLUMNS]
            data = base64.b64encode(b"".join(column.tobytes() for column in columns)).decode()
            body = {"rows": len(columns[0]), "sources": self.sources}
            found.append(orjson.dumps({"body": body, "data": data}))
        return found

    @classmethod
    def unpack(cls, pieces: list[Mapping[str, Any]]) -> Self:
        """:raises ValueError, KeyError: for pieces that are not whole."""
        columns: dict[str, list[NDArray[Any]]] = {name: [] for name in COLUMNS}
        for piece in pieces:
            data, rows, at = base64.b64decode(piece["data"]), int(piece["body"]["rows"]), 0
            for name, kind in COLUMNS.items():
                columns[name].append(np.frombuffer(data, kind, rows, at))
                at += rows * np.dtype(kind).itemsize
        whole = {name: part[0] if len(part) == 1 else np.concatenate(part) for name, part in columns.items()}
        return cls(arrays=whole, sources=tuple(pieces[0]["body"]["sources"]))
