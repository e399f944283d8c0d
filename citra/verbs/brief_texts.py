"""The texts of a brief: which are worth reading, answering, spreading; what carries a movement; what was refuted."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from citra.alerts.evidence import EXCERPT, one_line
from citra.brief.selection import Selection, of_story, of_text
from citra.brief.shapes import Period, TextLine
from citra.documents import JAKARTA, Mention
from citra.verbs.brief_counts import Asker
from nlp.gazetteer import office_name

#: Texts of a period that are looked through; more are said to be left out.
MOST = 20_000
SHOWN = 5
#: What counts as people's reaction; views are no act.
ACTS = ("likes", "reposts", "quotes", "replies")
#: Posts and complaints ask for an answer by themselves, other texts only where they accuse.
PUBLIC = frozenset({"social", "complaint", "review"})
ACCUSING = frozenset({"corruption", "ethics"})


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of a period by story, oldest first within one."""

    asker: Asker
    period: Period
    stories: dict[str, list[Mention]]
    is_whole: bool  #: whether those are all

    @classmethod
    def read(cls, asker: Asker, period: Period) -> Texts:
        of = Selection(since=period.since, until=period.until)
        found = list(islice(asker.store.iterate(asker.query(of)), MOST + 1))
        stories: dict[str, list[Mention]] = {}
        for mention in sorted(found[:MOST], key=_order):
            stories.setdefault(mention.story_id, []).append(mention)
        return cls(asker, period, stories, len(found) <= MOST)

    def worth_reading(self) -> tuple[TextLine, ...]:
        """Of the stories that reached most: the clearest text each."""
        return self._lines(self.stories.values(), _lead)

    def worth_answering(self) -> tuple[TextLine, ...]:
        """Complaints and accusations without a reply that we know of, those that reached most first."""
        chosen = []
        for texts in self.stories.values():
            wanting = [one for one in texts if asks_for_answer(one) and not self._answered(one)]
            if wanting:
                chosen.append([*wanting, *(one for one in texts if one not in wanting)])
        return self._lines(chosen, lambda texts: texts[0])

    def worth_spreading(self) -> tuple[TextLine, ...]:
        """Stories that most of their texts tell as good ones."""
        good = [
            texts
            for texts in self.stories.values()
            if sum(one.sentiment.label == "positive" for one in texts) * 2 > len(texts)
        ]
        return self._lines(good, lambda texts: max(texts, key=lambda one: (one.sentiment.p_positive, one.id)))

    def _answered(self, mention: Mention) -> bool:
        return bool(mention.document.engagement.get("replies"))

    def _lines(
        self, stories: Iterable[Sequence[Mention]], lead: Callable[[Sequence[Mention]], Mention]
    ) -> tuple[TextLine, ...]:
        order = sorted(stories, key=lambda texts: (-reach(texts), texts[0].story_id))
        return tuple(self.line(texts, lead(texts)) for texts in order[:SHOWN])

    def line(self, texts: Sequence[Mention], lead: Mention) -> TextLine:
        document = lead.document
        title = one_line(document.title or document.text)
        if not document.title and len(title) > EXCERPT:
            title = title[:EXCERPT].rsplit(" ", 1)[0] + " …"
        is_web = document.canonical_url.startswith(("http://", "https://"))
        return TextLine(
            id=lead.id,
            story=lead.story_id,
            title=title,
            url=document.canonical_url if is_web else "",
            source=document.source,
            kind=document.kind,
            published=document.published.astimezone(JAKARTA) if document.published else None,
            sentiment=lead.sentiment.label,
            topics=tuple(topic.id for topic in lead.topics),
            offices=tuple(office_name(office) for office in lead.offices),
            copies=self.asker.texts(of_story(lead.story_id, self.period.since, self.period.until)),
            engagement=sum(map(acts, texts)),
            replies=document.engagement.get("replies"),
            of=of_text(lead.id),
        )


def asks_for_answer(mention: Mention) -> bool:
    """A complaint of the public, or an accusation."""
    if mention.sentiment.label != "negative":
        return False
    return mention.document.kind in PUBLIC or any(topic.id in ACCUSING for topic in mention.topics)


def acts(mention: Mention) -> int:
    """What people did with a text: likes, reposts, quotes, replies."""
    return sum(max(0, mention.document.engagement.get(name, 0)) for name in ACTS)


def reach(texts: Sequence[Mention]) -> float:
    """Doublings of copies and of reactions weigh alike: the two have no common unit."""
    return math.log2(len(texts)) + math.log2(1 + sum(map(acts, texts)))


def _lead(texts: Sequence[Mention]) -> Mention:
    """The founding text where it is here, else the earliest."""
    return next((one for one in texts if one.is_first), texts[0])


def _order(mention: Mention) -> tuple[bool, float, str]:
    published = mention.document.published
    return published is None, published.timestamp() if published else 0.0, mention.id
