"""Search results as a reader wants them: copies of one story together, choices with their counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, cast

from citra.store import Counts, Hit, Page, Query, Sort
from citra.store.nodes import And, Equals, Or
from citra.web.asked import FILTERS
from citra.web.state import WebState

#: Texts on one page.
SIZE = 20
#: Copies of a page's stories that are counted; a story with more says "and more".
MOST_COPIES = 2_000
#: Values of one facet that are offered; those chosen are always there.
MOST_VALUES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One story among the results: its texts on this page, and how much there is of it in all."""

    story_id: str
    hits: tuple[Hit, ...]  #: in the order of the results
    texts: int  #: matching texts of the story, on every page
    sources: tuple[tuple[str, int], ...]  #: source → texts, most first


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    page: Page
    counts: Counts
    groups: tuple[Group, ...]
    is_whole: bool  #: whether the copies of all groups were counted to the end


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """The values of one filter among the results, as if it were not set itself."""

    name: str
    values: tuple[tuple[str, int], ...]  #: value → texts
    more: int  #: values that are not shown


def results(state: WebState, query: Query, sort: Sort, after: str | None) -> Results:
    """One page. :raises InputError: a cursor that is none of this query's."""
    store = state.index.store()

    def make() -> Results:
        page = store.search(query, size=SIZE, sort=sort, after=after)
        copies, is_whole = _copies(state, query, page)
        return Results(page=page, counts=store.count(query), groups=_groups(page, copies), is_whole=is_whole)

    return state.answers.get(("results", store.snapshot(), query.id, sort, after), make)


def _copies(state: WebState, query: Query, page: Page) -> tuple[Mapping[str, Counter[str]], bool]:
    """Story → source → matching texts, for the stories on ``page``."""
    stories = {hit.mention.story_id for hit in page.hits}
    if not stories:
        return {}, True
    among = Or(tuple(Equals("story", (story,)) for story in sorted(stories)))
    found: dict[str, Counter[str]] = {}
    text = among if query.text is None else And((query.text, among))
    number = 0
    for mention in islice(state.index.store().iterate(replace(query, text=text)), MOST_COPIES):
        found.setdefault(mention.story_id, Counter())[mention.document.source] += 1
        number += 1
    return found, number < MOST_COPIES


def _groups(page: Page, copies: Mapping[str, Counter[str]]) -> tuple[Group, ...]:
    together: dict[str, list[Hit]] = {}
    for hit in page.hits:
        together.setdefault(hit.mention.story_id, []).append(hit)
    return tuple(
        Group(
            story_id=story,
            hits=tuple(hits),
            texts=max(len(hits), copies.get(story, Counter()).total()),
            sources=tuple(copies.get(story, Counter()).most_common()),
        )
        for story, hits in together.items()
    )


def facets(state: WebState, query: Query) -> tuple[Facet, ...]:
    """Of every filter; the counts are those that choosing the value alone would give."""
    store = state.index.store()
    snapshot = store.snapshot()

    def of(name: str) -> Facet:
        field = FILTERS[name]
        free = replace(query, **cast(dict[str, Any], {field: ()}))
        found = state.answers.get(("facet", snapshot, name, free.id), lambda: store.facets(free, name))
        return _facet(name, found, getattr(query, field))

    return tuple(of(name) for name in FILTERS)


def occurring(state: WebState, name: str) -> Mapping[str, int]:
    """Values of a filter among all relevant texts, most texts first: what a form may offer."""
    store, everything = state.index.store(), Query(min_relevance=state.settings.trend.relevance)
    return state.answers.get(("occurring", name, store.snapshot()), lambda: store.facets(everything, name))


def _facet(name: str, found: Mapping[str, int], chosen: Sequence[str]) -> Facet:
    shown = dict(islice(found.items(), MOST_VALUES)) | {value: found.get(value, 0) for value in chosen}
    return Facet(name=name, values=tuple(shown.items()), more=len(set(found) - set(shown)))
