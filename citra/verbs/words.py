"""The words of a period or a topic: those that tell its stories from others, each with texts that show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Literal

from citra.documents import JAKARTA, Mention
from citra.errors import InputError
from citra.store import Query, Snippet, Store
from citra.store.highlight import Highlighter
from citra.store.nodes import And, Node, Or, Phrase
from citra.store.nodes import Word as Wanted
from citra.store.words import spans
from citra.trends.series import period_before
from citra.trends.words import Distinctive, beyond_chance, distinctive
from citra.verbs.index import open_index
from nlp.stem import stem_text, stem_word

Against = Literal["before", "rest"]
Watch = Callable[[Iterable[Mention], str], Iterable[Mention]]

MOST = 500
EXAMPLES = 2
#: Stories looked through for how a stem is written and for examples.
LOOKED = 3_000
SHORTEST, LONGEST = 3, 40
#: A word must stand in so many stories.
LEAST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A text in which the word stands."""

    id: str
    source: str
    title: str
    snippet: Snippet  #: the word is marked
    url: str
    published: datetime | None  #: aware, +07:00


@dataclass(frozen=True, slots=True, kw_only=True)
class WordLine:
    word: str  #: as it is written most often
    stem: str
    now: int  #: stories with it
    before: int  #: stories of the baseline with it
    share_now: float  #: of all stories, 0…1
    share_before: float
    z: float  #: log-odds ratio in units of its standard error
    query: Query  #: finds its texts
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    query: Query
    against: Query
    kind: str  #: of the baseline: ``before``, ``rest`` or ``query``
    words: tuple[WordLine, ...]  #: most distinctive first
    stories: int
    stories_before: int
    index_version: str
    notes: tuple[str, ...]


def distinctive_words(
    index: str, query: Query, *, against: Query | Against | None = None, top: int = 20, watch: Watch | None = None
) -> Words:
    """The ``top`` words that tell the stories of ``query`` from those of its baseline.

    :param against: another query; ``before``: the same one in the period before; ``rest``: all other texts of the
        period. None: ``before`` where the query has a period, else ``rest``.
    :param watch: wraps the passes over the texts, to show progress.
    :raises InputError: for ``top`` out of range, or ``before`` without a period.
    """
    with open_index(index) as store:
        return words_in(store, query, against=against, top=top, watch=watch)


def words_in(
    store: Store,
    query: Query,
    *,
    against: Query | Against | None = None,
    top: int = 20,
    watch: Watch | None = None,
) -> Words:
    """:func:`distinctive_words` on a store that stays open."""
    if not 1 <= top <= MOST:
        raise InputError(f"a list has 1 to {MOST} words, not {top}")
    kind, other = _baseline(query, against)
    watch = watch or (lambda mentions, _: mentions)
    seen: set[str] = set()
    now = _count(watch(store.iterate(query), "stories"), seen)
    stories = len(seen)
    before = _count(watch(store.iterate(other), "baseline"), seen)
    stories_before = len(seen) - stories
    silent = _silent() | _asked(query.text)
    tested = {stem: count for stem, count in now.items() if stem not in silent}
    found = distinctive(tested, {s: c for s, c in before.items() if s not in silent}, len(tested), least=LEAST)
    found = beyond_chance(found, sum(count >= LEAST for count in tested.values()))[:top]
    return Words(
        query=query,
        against=other,
        kind=kind,
        words=tuple(_lines(store, query, found, stories, stories_before)),
        stories=stories,
        stories_before=stories_before,
        index_version=store.snapshot(),
        notes=tuple(_notes(store, kind, stories, stories_before, found)),
    )


def _baseline(query: Query, against: Query | Against | None) -> tuple[str, Query]:
    if isinstance(against, Query):
        return "query", against
    period = period_before(query.since, query.until) if query.since and query.until else None
    if against == "before" and period is None:
        raise InputError("the period before is that of a query with a first and a last day")
    if period and against != "rest":
        return "before", replace(query, since=period[0], until=period[1])
    return "rest", Query(since=query.since, until=query.until, min_relevance=query.min_relevance)


def _count(mentions: Iterable[Mention], seen: set[str]) -> Counter[str]:
    """Stem → in how many stories; those in ``seen`` are left out, the others added to it."""
    found: Counter[str] = Counter()
    for mention in mentions:
        if mention.story_id not in seen:
            seen.add(mention.story_id)
            found.update(set(_stems(mention)))
    return found


def _stems(mention: Mention) -> Iterator[str]:
    text = mention.stems or stem_text(f"{mention.document.title}\n{mention.document.text}")
    return (stem for stem in text.split() if SHORTEST <= len(stem) <= LONGEST and stem.isalpha())


@cache
def _silent() -> frozenset[str]:
    """Stems of the function words: they tell the style of a text, not its matter."""
    text = resources.files("nlp").joinpath("data/function_words.txt").read_text(encoding="utf-8")
    lines = (line.partition(":")[2] for line in text.splitlines() if not line.startswith("#"))
    words = {word for line in lines for word in line.split()}
    return frozenset(words | {stem_word(word) for word in words})


def _asked(node: Node | None) -> frozenset[str]:
    """Stems of the words that the query demands: that its texts hold them is no finding."""
    match node:
        case Wanted(text):
            return frozenset(stem_text(text).split())
        case Phrase(words):
            return frozenset(stem_word(word.lower()) for word in words)
        case And(children) | Or(children):
            return frozenset().union(*map(_asked, children))
        case _:
            return frozenset()


def _lines(
    store: Store, query: Query, found: list[Distinctive], stories: int, stories_before: int
) -> Iterator[WordLine]:
    forms, examples = _shown(store, query, [one.word for one in found])
    for one in found:
        form = forms.get(one.word, one.word)
        wanted = Wanted(form)
        yield WordLine(
            word=form,
            stem=one.word,
            now=one.now,
            before=one.before,
            share_now=one.now / stories,
            share_before=one.before / stories_before,
            z=one.z,
            query=replace(query, text=wanted if query.text is None else And((query.text, wanted))),
            examples=tuple(_example(mention, form) for mention in examples.get(one.word, ())),
        )


def _shown(store: Store, query: Query, stems: list[str]) -> tuple[Mapping[str, str], Mapping[str, list[Mention]]]:
    """How each stem is written most often, and the newest stories with it, of several sources where there are."""
    forms: Counter[tuple[str, str]] = Counter()
    examples: dict[str, list[Mention]] = {stem: [] for stem in stems}
    seen: set[str] = set()
    for mention in store.iterate(query) if stems else ():
        if mention.story_id in seen:
            continue
        seen.add(mention.story_id)
        if len(seen) > LOOKED and all(examples.values()):
            break
        text = f"{mention.document.title}\n{mention.document.text}"
        written = {word.lower() for _, _, word in spans(text)}
        for stem, form in {(stem_word(word), word) for word in written}:
            if stem in examples:
                forms[stem, form] += 1
                _keep(examples[stem], mention)
    best: dict[str, str] = {}
    for (stem, form), _ in sorted(forms.items(), key=lambda item: (-item[1], item[0])):
        best.setdefault(stem, form)
    return best, examples


def _keep(kept: list[Mention], mention: Mention) -> None:
    """The newest texts, but another source rather than the same again."""
    if mention.id in {one.id for one in kept}:
        return
    if len(kept) < EXAMPLES:
        kept.append(mention)
    elif len({one.document.source for one in kept}) < len(kept) and mention.document.source != kept[0].document.source:
        kept[-1] = mention


def _example(mention: Mention, form: str) -> Example:
    document = mention.document
    return Example(
        id=document.id,
        source=document.source,
        title=document.title,
        snippet=Highlighter(Wanted(form), stem_text).best(document.text),
        url=document.canonical_url,
        published=document.published.astimezone(JAKARTA) if document.published else None,
    )


def _notes(store: Store, kind: str, stories: int, before: int, found: list[Distinctive]) -> Iterator[str]:
    if not stories:
        stats = store.stats()
        if not stats.mentions:
            yield "the index is empty: run `citra load`"
        else:
            yield f"nothing matches; the index holds {stats.mentions:,} texts of {stats.first_day} to {stats.last_day}"
    elif not before:
        yield f"the baseline ({kind}) has no stories: nothing to tell the words from"
    elif not found:
        yield f"no word is distinctive: {stories:,} stories and {before:,} of the baseline speak alike, or are too few"
