"""One story: all its texts, who had it first, how it spread."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from citra.documents import JAKARTA, Mention
from citra.errors import InputError
from citra.store import Query, Store
from citra.store.nodes import Equals
from citra.trends.spread import Publication, Spread, spread
from citra.verbs.index import open_index


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One text of a story."""

    id: str
    source: str
    kind: str
    published: datetime | None  #: aware, +07:00
    title: str  #: of a post the beginning of its text
    url: str
    sentiment: str
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryAnswer:
    id: str
    query: Query  #: finds its texts
    spread: Spread
    copies: tuple[Copy, ...]  #: earliest first, those without a time last
    offices: tuple[str, ...]  #: named in any of them
    regions: tuple[str, ...]
    index_version: str


def story(index: str, story_id: str) -> StoryAnswer:
    """The story of this id, or that of the text of this id.

    :raises InputError: when there is neither.
    """
    with open_index(index) as store:
        return story_in(store, story_id)


def story_in(store: Store, story_id: str) -> StoryAnswer:
    """:func:`story` on a store that stays open."""
    query = _of(story_id)
    texts = list(store.iterate(query))
    if not texts and (one := store.get(story_id)) is not None:
        query = _of(one.story_id)
        texts = list(store.iterate(query))
    if not texts:
        raise InputError(f"no story and no text {story_id[:60]!r} in the index; `citra search --json` shows their ids")
    return StoryAnswer(
        id=texts[0].story_id,
        query=query,
        spread=spread(_publication(text) for text in texts),
        copies=tuple(_copy(text) for text in sorted(texts, key=_order)),
        offices=tuple(sorted({office for text in texts for office in text.offices})),
        regions=tuple(sorted({region for text in texts for region in text.regions})),
        index_version=store.snapshot(),
    )


def _of(story_id: str) -> Query:
    return Query(text=Equals("story", (story_id,)), min_relevance=None)


def _order(text: Mention) -> tuple[bool, datetime, str]:
    published = text.document.published
    return published is None, published or text.document.fetched, text.id


def _publication(text: Mention) -> Publication:
    document = text.document
    return Publication(id=document.id, source=document.source, kind=document.kind, at=document.published)


def _copy(text: Mention) -> Copy:
    document = text.document
    return Copy(
        id=document.id,
        source=document.source,
        kind=document.kind,
        published=document.published.astimezone(JAKARTA) if document.published else None,
        title=document.title or document.text[:110],
        url=document.canonical_url,
        sentiment=text.sentiment.label,
        topics=tuple(topic.id for topic in text.topics),
    )
