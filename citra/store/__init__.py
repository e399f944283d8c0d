"""The index: one protocol, one query model, and the engines behind them."""

from citra.store.embedded import EmbeddedStore
from citra.store.protocol import (
    Buckets,
    Counts,
    Hit,
    Interval,
    LoadResult,
    Page,
    Snippet,
    Sort,
    Stats,
    Store,
    Tally,
    Writer,
)  # fmt: skip
from citra.store.query import RELEVANT, Query
from citra.store.syntax import parse

__all__ = [
    "RELEVANT", "Buckets", "Counts", "EmbeddedStore", "Hit", "Interval", "LoadResult", "Page", "Query",
    "Snippet", "Sort", "Stats", "Store", "Tally", "Writer", "parse",
]  # fmt: skip
