"""Find mentions."""

from __future__ import annotations

from dataclasses import dataclass

from citra.store import Page, Query, Sort
from citra.verbs.index import open_index


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    page: Page
    snapshot: str  #: id of the index's content that was searched


def search(index: str, query: Query, *, size: int = 10, sort: Sort = "newest", after: str | None = None) -> Found:
    """One page of hits; ``after`` is the previous page's cursor.

    :raises InputError: a cursor of another query or order, or (by relevance) of an index that has changed since.
    """
    with open_index(index) as store:
        page = store.search(query, size=size, sort=sort, after=after)
        return Found(page=page, snapshot=store.snapshot())
