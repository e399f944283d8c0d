"""The texts of a brief: which are worth reading, answering, spreading; what carries a movement; what was refuted."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import islice

from citra.alerts.evidence import EXCERPT, one_line
from citra.brief.selection import Selection, of_story, of_text
from citra.brief.shapes import Period, TextLine
from citra.documents import JAKARTA, Mention
from citra.verbs.brief_counts import Asker
from citra.verbs.brief_refuted import FactChecks, is_fact_check
from nlp.gazetteer import office_name

#: Texts of a period that are looked through; more are said to be left out.
MOST = 20_000
SHOWN = 5
#: What counts as people's reaction; views are no act.
ACTS = ("likes", "reposts", "quotes", "replies")
#: Posts and complaints ask for an answer by themselves, other texts only where they accuse.
PUBLIC = frozenset({"social", "complaint", "review"})
ACCUSING = frozenset({"corruption", "ethics"})
#: Probability from which a text counts as good news: what is spread must not be irony.
SURELY = 0.6
#: How a post names somebody else: says nothing, and takes room.
_PSEUDONYM = re.compile(r"@?anon:[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of a period by story, oldest first within one."""

    asker: Asker
    period: Period
    checks: FactChecks
    stories: dict[str, list[Mention]]
    is_whole: bool  #: whether those are all

    @classmethod
    def read(cls, asker: Asker, period: Period) -> Texts:
        of = Selection(since=period.since, until=period.until)
        found = list(islice(asker.store.iterate(asker.query(of)), MOST + 1))
        stories: dict[str, list[Mention]] = {}
        for mention in sorted(found[:MOST], key=_order):
            if not is_fact_check(mention):
                stories.setdefault(mention.story_id, []).append(mention)
        return cls(asker, period, FactChecks.read(asker, period), stories, len(found) <= MOST)

    def worth_reading(self, moving: Set[str]) -> tuple[TextLine, ...]:
        """The founding texts of stories that carry what moved, were copied and reacted to, and judge; news first,
        for posts stand among those to answer.

        :param moving: ids of the texts of what moved.
        """

        def score(texts: Sequence[Mention]) -> float:
            first = texts[0]
            bonus = (first.sentiment.label != "neutral") + (first.document.kind == "news")
            return any(one.id in moving for one in texts) + 0.5 * bonus

        return self._lines(self.stories.values(), _lead, score)

    def worth_answering(self) -> tuple[TextLine, ...]:
        """Complaints and accusations without an answer that we know of, those that reached most first."""
        answered = self._answered()
        chosen = []
        for texts in self.stories.values():
            wanting = [one for one in texts if asks_for_answer(one) and one.id not in answered]
            if wanting and not any(map(tells_answer, texts)):
                chosen.append([*wanting, *(one for one in texts if one not in wanting)])
        return self._lines(chosen, lambda texts: texts[0], lambda texts: -0.5 * bool(replies(texts[0])))

    def worth_spreading(self) -> tuple[TextLine, ...]:
        """Stories that most of their texts tell as good ones, and surely."""
        good = [
            texts
            for texts in self.stories.values()
            if 2 * sum(one.sentiment.p_positive >= SURELY for one in texts) > len(texts)
        ]
        return self._lines(good, lambda texts: max(texts, key=lambda one: (one.sentiment.p_positive, one.id)))

    def _answered(self) -> frozenset[str]:
        """Ids of posts that somebody answered under a name: private people have none here."""
        found = (mention.document for texts in self.stories.values() for mention in texts)
        return frozenset(
            one.thread_id for one in found if one.thread_id and one.author and not one.author.startswith("anon:")
        )

    def _lines(
        self,
        stories: Iterable[Sequence[Mention]],
        lead: Callable[[Sequence[Mention]], Mention],
        more: Callable[[Sequence[Mention]], float] = lambda _: 0.0,
    ) -> tuple[TextLine, ...]:
        copies = max((len(texts) for texts in self.stories.values()), default=1)
        most = max((sum(map(acts, texts)) for texts in self.stories.values()), default=0)

        def score(texts: Sequence[Mention]) -> float:
            """Copies and reactions have no common unit: each counts against the most of the period."""
            spread = math.log(len(texts)) / math.log(copies) if copies > 1 else 0.0
            echo = math.log1p(sum(map(acts, texts))) / math.log1p(most) if most else 0.0
            return spread + echo + more(texts)

        order = sorted(stories, key=lambda texts: (-score(texts), texts[0].story_id))
        return tuple(self.line(texts, lead(texts)) for texts in order[:SHOWN])

    def line(self, texts: Sequence[Mention], lead: Mention) -> TextLine:
        """``lead``, standing for the ``texts`` of its story."""
        document = lead.document
        title = _PSEUDONYM.sub("@…", one_line(document.title or document.text))
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
            replies=replies(lead),
            of=of_text(lead.id),
            refuted=self.checks.of(lead),
        )


def replies(mention: Mention) -> int | None:
    """Of whomever; None where nobody counts them."""
    return mention.document.engagement.get("replies")


def tells_answer(mention: Mention) -> bool:
    """Whether the text says that the office answered."""
    document = mention.document
    return bool(_answers().search(f"{document.title} {document.text}".lower()))


@cache
def _answers() -> re.Pattern[str]:
    lines = resources.files("citra.brief").joinpath("answer_words.txt").read_text(encoding="utf-8").splitlines()
    words = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b")


def asks_for_answer(mention: Mention) -> bool:
    """A complaint of the public, or an accusation."""
    if mention.sentiment.label != "negative":
        return False
    return mention.document.kind in PUBLIC or any(topic.id in ACCUSING for topic in mention.topics)


def acts(mention: Mention) -> int:
    """What people did with a text: likes, reposts, quotes, replies."""
    return sum(max(0, mention.document.engagement.get(name, 0)) for name in ACTS)


def _lead(texts: Sequence[Mention]) -> Mention:
    """The founding text where it is here, else the earliest."""
    return next((one for one in texts if one.is_first), texts[0])


def _order(mention: Mention) -> tuple[bool, float, str]:
    published = mention.document.published
    return published is None, published.timestamp() if published else 0.0, mention.id
