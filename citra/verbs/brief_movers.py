"""What moved: topics and offices with more texts than is usual, and what carries them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from citra.alerts.evidence import Evidence, gather
from citra.alerts.incident import LEAST_COUNT, LEAST_RATIO
from citra.brief.selection import Counted, Selection
from citra.brief.shapes import Amount, Mover, Period, TextLine
from citra.documents import TOPICS, Mention
from citra.indonesian import LABELS
from citra.store import Buckets
from citra.verbs.brief_counts import Asker, UsualLevels
from citra.verbs.brief_texts import MOST, Texts
from citra.verbs.watch_evidence import function_words
from nlp.gazetteer import office_name
from nlp.stem import stem_word

SHOWN = 3
#: False discoveries among what is said to have moved.
RATE = 0.05
#: Offices looked at: those with most texts in the period.
OFFICES = 12
#: Texts before the period that a movement's words are compared with.
MOST_BEFORE, LEAST_BEFORE = 2_000, 30
#: Two movements that share more than this of the smaller one's texts are one.
SAME = 0.5
STORIES, SOURCES, WORDS, PLACES = 3, 4, 6, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    kind: str
    id: str
    name: str
    negative: bool
    of: Selection
    counts: Buckets


def moved(asker: Asker, levels: UsualLevels, period: Period, texts: Texts) -> tuple[tuple[Mover, ...], frozenset[str]]:
    """At most ``SHOWN`` movements that share few texts, the least expected first, and the ids of their texts.

    One that shares most texts with another is named beside it.

    False discoveries are held to ``RATE``: Benjamini, Y. & Hochberg, Y. (1995), JRSS B 57, 289-300.
    """
    candidates = list(_candidates(asker, levels, period))
    amounts = levels.amounts([one.of for one in candidates], [one.counts for one in candidates])
    found: list[_Found] = []
    for place in _rare(amounts):
        mentions = _texts_of(asker, candidates[place].of)
        ids = frozenset(mention.id for mention in mentions)
        same = next((one for one in found if len(ids & one.ids) > SAME * min(len(ids), len(one.ids))), None)
        if same is not None:
            same.also.append(place)
        elif len(found) < SHOWN:
            found.append(_Found(place, mentions, ids, []))
    movers = tuple(
        _mover(asker, period, texts, candidates[one.place], amounts[one.place], one.mentions, [
            (candidates[place].name, amounts[place].now) for place in one.also if not candidates[place].negative
        ])
        for one in found
    )  # fmt: skip
    return movers, frozenset().union(*(one.ids for one in found))


@dataclass(frozen=True, slots=True)
class _Found:
    place: int
    mentions: list[Mention]
    ids: frozenset[str]
    also: list[int]  #: places of those that share most of the texts


def _candidates(asker: Asker, levels: UsualLevels, period: Period) -> Iterator[_Candidate]:
    whole = Selection(since=period.since, until=period.until)
    long = replace(whole, since=levels.starts[0])
    for negative in (False, True):
        narrowed = replace(long, sentiments=("negative",)) if negative else long
        counts = asker.store.split(asker.query(narrowed), levels.span, "topic")
        for topic in TOPICS:
            of = replace(narrowed, since=period.since, topics=(topic,))
            yield _Candidate(
                kind="topic", id=topic, name=LABELS[topic], negative=negative, of=of, counts=counts.get(topic, {})
            )
    for office in islice(asker.store.facets(asker.query(whole), "office"), OFFICES):
        counts_of = asker.store.buckets(asker.query(replace(long, offices=(office,))), levels.span)
        of = replace(whole, offices=(office,))
        yield _Candidate(kind="office", id=office, name=office_name(office), negative=False, of=of, counts=counts_of)


def _rare(amounts: Sequence[Amount]) -> list[int]:
    """Places of the amounts above what is usual, beyond chance over all of them; the least expected first."""
    known = [(one.usual.p, place) for place, one in enumerate(amounts) if one.usual is not None]
    order = sorted(known)
    passed = max((rank for rank, (p, _) in enumerate(order, 1) if p <= RATE * rank / len(order)), default=0)
    return [place for _, place in order[:passed] if _notable(amounts[place])]


def _notable(amount: Amount) -> bool:
    assert amount.usual is not None
    return amount.now.value >= max(LEAST_COUNT, LEAST_RATIO * amount.usual.expected)


def _texts_of(asker: Asker, of: Selection) -> list[Mention]:
    return list(islice(asker.store.iterate(asker.query(of)), MOST))


def _mover(
    asker: Asker,
    period: Period,
    texts: Texts,
    one: _Candidate,
    amount: Amount,
    mentions: Sequence[Mention],
    also: Sequence[tuple[str, Counted]],
) -> Mover:
    evidence = gather(mentions, _before(asker, one.of, period), stem=stem_word, dull=function_words())
    negative = replace(one.of, sentiments=("negative",))
    return Mover(
        kind="topic" if one.kind == "topic" else "office",
        id=one.id,
        name=one.name,
        is_negative=one.negative,
        texts=amount,
        negative=asker.texts(negative),
        stories=tuple(_stories(texts, evidence, mentions)),
        words=evidence.words[:WORDS],
        sources=tuple(_each(asker, one.of, "sources", [name for name, _ in evidence.sources[:SOURCES]])),
        offices=tuple(
            (office_name(id_), counted)
            for id_, counted in _each(asker, one.of, "offices", [id_ for id_, _ in evidence.offices[:PLACES]])
            if one.kind != "office" and id_ not in {name for name, _ in also}
        ),
        also=tuple(also),
    )


def _before(asker: Asker, of: Selection, period: Period) -> list[Mention]:
    """Earlier texts of the same kind; where they are few, of all kinds."""
    earlier = replace(of, since=period.usual_since, until=period.usual_until)
    own = list(islice(asker.store.iterate(asker.query(earlier)), MOST_BEFORE))
    if len(own) >= LEAST_BEFORE:
        return own
    everything = Selection(since=earlier.since, until=earlier.until)
    return list(islice(asker.store.iterate(asker.query(everything)), MOST_BEFORE))


def _stories(texts: Texts, evidence: Evidence, mentions: Sequence[Mention]) -> Iterator[TextLine]:
    """The largest stories, each by its earliest text."""
    for line in evidence.top[:STORIES]:
        own = sorted(
            (mention for mention in mentions if mention.story_id == line.id),
            key=lambda mention: (mention.document.published or mention.document.fetched, mention.id),
        )
        yield texts.line(own, own[0])


def _each(asker: Asker, of: Selection, field: str, values: Sequence[str]) -> Iterator[tuple[str, Counted]]:
    for value in values:
        if getattr(of, field):
            return
        yield value, asker.texts(replace(of, **{field: (value,)}))  # type: ignore[arg-type]
