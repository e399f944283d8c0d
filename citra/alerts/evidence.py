"""What carries an incident: stories, sources, first publisher, words, offices, regions. Pure over mentions."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from citra.documents import JAKARTA, Mention
from citra.trends.words import distinctive

TOP_STORIES, TOP_SOURCES, TOP_WORDS, TOP_PLACES = 5, 5, 8, 5
#: A post has no title: so much of its text stands for it.
EXCERPT = 110
#: Shorter stems say little.
SHORTEST_WORD = 3

_WORD = re.compile(r"[^\W\d_]{3,40}")
#: control characters, and those that turn the direction of writing
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryLine:
    """One story of an incident, by its first text."""

    id: str
    title: str  #: one line; the beginning of the text of a post
    url: str
    source: str
    published: datetime | None  #: aware
    placements: int  #: its texts in the incident
    sentiment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    placements: int
    stories: int
    negative: int  #: texts
    top: tuple[StoryLine, ...]  #: most widely carried first, then by how many of ``words`` they have
    first: StoryLine | None  #: the earliest text of the largest story
    sources: tuple[tuple[str, int], ...]  #: name → texts
    words: tuple[str, ...]
    offices: tuple[tuple[str, int], ...]  #: id → texts
    regions: tuple[tuple[str, int], ...]

    def to_json(self) -> dict[str, Any]:
        values = dataclasses.asdict(self)
        for line in (*values["top"], *([values["first"]] if values["first"] else [])):
            line["published"] = line["published"].isoformat() if line["published"] else None
        return values

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Evidence:
        pairs = {name: tuple((key, int(n)) for key, n in data[name]) for name in ("sources", "offices", "regions")}
        return cls(
            placements=data["placements"], stories=data["stories"], negative=data["negative"],
            top=tuple(map(_line_from, data["top"])), first=_line_from(data["first"]) if data["first"] else None,
            words=tuple(data["words"]), **pairs,
        )  # fmt: skip


def gather(
    now: Sequence[Mention], before: Iterable[Mention], *, stem: Callable[[str], str], dull: frozenset[str] = frozenset()
) -> Evidence:
    """What ``now`` consists of, and which words tell it from ``before``.

    :param stem: lower-cased word → stem, the function that made the mentions' ``stems``.
    :param dull: words never named (function words).
    """
    stories: dict[str, list[Mention]] = {}
    for mention in sorted(now, key=_order):
        stories.setdefault(mention.story_id, []).append(mention)
    words = _words(stories, before, stem, dull)
    ranked = sorted(stories.values(), key=lambda texts: (-len(texts), -_named(texts[0], words), _order(texts[0])))
    lines = [_line(texts) for texts in ranked]
    return Evidence(
        placements=len(now),
        stories=len(stories),
        negative=sum(mention.sentiment.label == "negative" for mention in now),
        top=tuple(lines[:TOP_STORIES]),
        first=lines[0] if lines else None,
        sources=_most((mention.document.source for mention in now), TOP_SOURCES),
        words=words,
        offices=_most((office for mention in now for office in mention.offices), TOP_PLACES),
        regions=_most((region for mention in now for region in mention.regions), TOP_PLACES),
    )


def one_line(text: str) -> str:
    """Text as it may stand in a subject, a log, a terminal: one line, nothing that hides or turns it."""
    return " ".join(_UNSEEN.sub(" ", text).split())


def _order(mention: Mention) -> tuple[bool, datetime, str]:
    published = mention.document.published
    return published is None, published or mention.document.fetched, mention.id


def _named(mention: Mention, words: Sequence[str]) -> int:
    """How many of the distinctive words a text has: of two that stand alone, the one that is about it comes first."""
    own = set(_WORD.findall(f"{mention.document.title} {mention.document.text}".lower()))
    return sum(word in own for word in words)


def _line(texts: Sequence[Mention]) -> StoryLine:
    first = texts[0].document
    title = one_line(first.title or first.text)
    return StoryLine(
        id=texts[0].story_id,
        title=title if len(title) <= EXCERPT or first.title else title[:EXCERPT].rsplit(" ", 1)[0] + " …",
        url=first.canonical_url if first.canonical_url.startswith(("http://", "https://")) else "",
        source=first.source,
        published=first.published.astimezone(JAKARTA) if first.published else None,
        placements=len(texts),
        sentiment=texts[0].sentiment.label,
    )


def _line_from(data: Mapping[str, Any]) -> StoryLine:
    published = datetime.fromisoformat(data["published"]) if data["published"] else None
    return StoryLine(**{**data, "published": published})


def _most(values: Iterable[str], k: int) -> tuple[tuple[str, int], ...]:
    counted = Counter(values)
    return tuple(sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:k])


def _words(
    stories: Mapping[str, Sequence[Mention]],
    before: Iterable[Mention],
    stem: Callable[[str], str],
    dull: frozenset[str],
) -> tuple[str, ...]:
    """Distinctive stems, each as the form of it that is most often written."""
    earlier = {mention.story_id: mention for mention in before if mention.story_id not in stories}
    now_counts, before_counts = _counts(texts[0] for texts in stories.values()), _counts(earlier.values())
    silent = {stem(word) for word in dull} | dull
    found = [one.word for one in distinctive(now_counts, before_counts, TOP_WORDS * 3) if one.word not in silent]
    wanted, forms = set(found[:TOP_WORDS]), Counter[tuple[str, str]]()
    for texts in stories.values():
        for word in _WORD.findall(f"{texts[0].document.title} {texts[0].document.text}".lower()):
            if (base := stem(word)) in wanted:
                forms[base, word] += 1
    best: dict[str, str] = {}
    for (base, word), _ in sorted(forms.items(), key=lambda item: (-item[1], item[0])):
        best.setdefault(base, word)
    return tuple(best.get(base, base) for base in found[:TOP_WORDS])


def _counts(mentions: Iterable[Mention]) -> Counter[str]:
    """Stem → in how many of the texts."""
    found: Counter[str] = Counter()
    for mention in mentions:
        found.update({word for word in mention.stems.split() if len(word) >= SHORTEST_WORD and not word.isdigit()})
    return found
