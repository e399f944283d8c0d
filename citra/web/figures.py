"""The figures of the overview, computed from an open index and remembered for each snapshot."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from itertools import islice

from Sastrawi.StopWordRemover.StopWordRemoverFactory import StopWordRemoverFactory

from citra.documents import JAKARTA, KINDS, TOPICS, Mention
from citra.store import Query, Store
from citra.store.words import words
from citra.trends import series
from citra.trends.series import Change
from citra.trends.words import Distinctive, distinctive
from citra.verbs.coverage import Coverage, DayCoverage, coverage
from citra.verbs.covered_trend import covered_trend
from citra.verbs.trend import By, Trend
from citra.web.state import WebState
from nlp.stem import stem_text

#: Texts of one period that are read to find the stories that grew: bounds the time to a second or two.
MOST_READ = 10_000
#: Seconds after which the lake is looked at again, beside the readers.
COVERAGE_AGE = 120
#: Stories and texts shown as proof.
SHOWN = 5
WORDS = 12
#: Stories, and characters of each, in which the usual form of a stem is looked for.
MOST_WORDED, LEAD = 2_000, 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicMove:
    """One topic now and in the period before."""

    topic: str
    placements: int
    negative: int
    neutral: int
    positive: int
    before: int  #: placements of the period before
    change: Change  #: of the share of negative


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryMove:
    """A story of the period, and what it was before."""

    story_id: str
    texts: int
    before: int
    sources: tuple[str, ...]  #: most frequent first
    lead: Mention  #: the earliest of its texts here
    negative: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """What stands behind the numbers of a period."""

    stories: tuple[StoryMove, ...]  #: those that grew most, largest growth first
    proof: tuple[Mention, ...]  #: negative texts, those of most weight first, one of each story
    words: tuple[Distinctive, ...]  #: words (each for all its forms) that tell the period from the one before
    read: int  #: texts looked at
    is_whole: bool  #: whether those were all


def trend_of(state: WebState, query: Query, by: By, now: datetime) -> Trend:
    """With coverage as of the last minutes."""
    store, today = state.index.store(), now.astimezone(JAKARTA).date()
    key = ("trend", store.snapshot(), query.id, by, today)
    return state.answers.get(
        key, lambda: covered_trend(state.index.store(), state.lake, query, now=now, by=by), age=COVERAGE_AGE
    )


def coverage_of(state: WebState, query: Query, now: datetime) -> Coverage:
    """Of the query's sources and period, as of the last minutes."""
    assert query.since is not None
    assert query.until is not None
    since, until, kinds = query.since, query.until, query.kinds or KINDS
    return state.answers.get(
        ("coverage", query.sources, kinds, since, until, now.astimezone(JAKARTA).date()),
        lambda: coverage(state.lake, query.sources, since=since, until=until, now=now, kinds=kinds),
        age=COVERAGE_AGE,
    )


def before(query: Query) -> Query | None:
    """The same question for the period of equal length right before."""
    assert query.since is not None
    assert query.until is not None
    earlier = series.period_before(query.since, query.until)
    return replace(query, since=earlier[0], until=earlier[1]) if earlier else None


def topics_of(state: WebState, query: Query) -> list[TopicMove]:
    """Every topic that occurs now, most texts first."""
    store = state.index.store()
    return state.answers.get(("topics", store.snapshot(), query.id), lambda: _topics(store, query))


def _topics(store: Store, query: Query) -> list[TopicMove]:
    earlier = before(query)
    now = store.split(query, "all", "topic")
    old = store.split(earlier, "all", "topic") if earlier else {}
    found = []
    for topic in TOPICS:
        tally = next(iter(now.get(topic, {}).values()), None)
        past = next(iter(old.get(topic, {}).values()), None)
        if tally is None:
            continue
        is_stories = query.count_by == "stories"
        change = series.compare(
            series.share_of(tally, query.count_by), series.share_of(past, query.count_by) if past else None
        )
        found.append(
            TopicMove(
                topic=topic,
                placements=tally.stories if is_stories else tally.placements,
                negative=tally.negative_stories if is_stories else tally.negative,
                neutral=tally.neutral_stories if is_stories else tally.neutral,
                positive=tally.positive_stories if is_stories else tally.positive,
                before=0 if past is None else past.stories if is_stories else past.placements,
                change=change,
            )
        )
    return sorted(found, key=lambda one: -one.placements)


def moves_of(state: WebState, query: Query) -> Moves:
    store = state.index.store()
    return state.answers.get(("moves", store.snapshot(), query.id), lambda: _moves(store, query))


def _moves(store: Store, query: Query) -> Moves:
    earlier = before(query)
    found = _by_story(store, query)
    old = _by_story(store, earlier) if earlier else {}
    read = sum(map(len, found.values()))
    grown = heapq.nlargest(
        SHOWN,
        found.items(),
        key=lambda item: (len(item[1]) - len(old.get(item[0], ())), _reach(item[1]), item[0]),
    )
    heavy = heapq.nlargest(
        SHOWN,
        ((story, texts) for story, texts in found.items() if any(_is_negative(one) for one in texts)),
        key=lambda item: (sum(map(_is_negative, item[1])), _reach(item[1]), item[0]),
    )
    return Moves(
        stories=tuple(_story(story, texts, len(old.get(story, ()))) for story, texts in grown),
        proof=tuple(_clearest(texts) for _, texts in heavy),
        words=_as_written(distinctive(_stems(found), _stems(old), WORDS), found),
        read=read,
        is_whole=read < MOST_READ,
    )


def _by_story(store: Store, query: Query) -> dict[str, list[Mention]]:
    found: dict[str, list[Mention]] = {}
    for mention in islice(store.iterate(query), MOST_READ):
        found.setdefault(mention.story_id, []).append(mention)
    return found


def _stems(stories: Mapping[str, list[Mention]]) -> Counter[str]:
    """In how many stories each stem occurs; short ones, numbers and function words tell nothing."""
    counts: Counter[str] = Counter()
    for texts in stories.values():
        counts.update({stem for stem in texts[0].stems.split() if len(stem) > 2 and stem.isalpha()} - _unsaying())
    return counts


def _as_written(stems: list[Distinctive], stories: Mapping[str, list[Mention]]) -> tuple[Distinctive, ...]:
    """Each stem as the form that most of the texts write: readers know ``pelayanan``, not ``layan``."""
    forms: dict[str, Counter[str]] = {one.word: Counter() for one in stems}
    for texts in islice(stories.values(), MOST_WORDED):
        document = texts[0].document
        for word in set(words(f"{document.title} {document.text[:LEAD]}")):
            stem = stem_text(word)
            if stem in forms:
                forms[stem][word] += 1
    return tuple(
        replace(one, word=forms[one.word].most_common(1)[0][0] if forms[one.word] else one.word) for one in stems
    )


@cache
def _unsaying() -> frozenset[str]:
    """Indonesian stop words, stemmed as texts are. Tala, F. Z. (2003), as PySastrawi ships them."""
    return frozenset(stem_text(" ".join(StopWordRemoverFactory().get_stop_words())).split())


def _story(story_id: str, texts: list[Mention], earlier: int) -> StoryMove:
    sources = Counter(mention.document.source for mention in texts)
    return StoryMove(
        story_id=story_id,
        texts=len(texts),
        before=earlier,
        sources=tuple(name for name, _ in sources.most_common()),
        lead=min(texts, key=lambda one: (one.document.published is None, one.document.published, one.id)),
        negative=sum(map(_is_negative, texts)),
    )


def _clearest(texts: Iterable[Mention]) -> Mention:
    return max(filter(_is_negative, texts), key=lambda one: (one.is_first, one.sentiment.p_negative, one.id))


def _is_negative(mention: Mention) -> bool:
    return mention.sentiment.label == "negative"


def _reach(texts: Iterable[Mention]) -> float:
    """Texts of one size are ordered by what readers did with them, then by how sure the label is."""
    return sum(sum(one.document.engagement.values()) + one.sentiment.p_negative for one in texts)


def stretch(since: date, until: date) -> list[date]:
    return [since + timedelta(days=n) for n in range((until - since).days + 1)]


def table(found: Coverage, *, flagged_only: bool = False) -> Mapping[str, Mapping[date, DayCoverage]]:
    """Source → day → how it was.

    :param flagged_only: leave out the sources that were as usual throughout.
    """
    flagged = {day.source for day in found.flagged()}
    rows: dict[str, dict[date, DayCoverage]] = {}
    for day in found.days:
        if day.source in flagged or not flagged_only:
            rows.setdefault(day.source, {})[day.day] = day
    return rows
