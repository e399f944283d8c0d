"""The keys of `citra label`: one text after the other, what was pressed so far, and going back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from citra.documents import TOPICS, Mention, SentimentLabel

#: Indonesian initials, as far as they are free
SENTIMENT_KEYS: Mapping[str, SentimentLabel] = {"n": "negative", "u": "neutral", "p": "positive"}
TOPIC_KEYS: Mapping[str, str] = {
    "k": "corruption", "l": "service", "i": "innovation", "t": "transparency", "e": "ethics", "g": "staffing",
    "w": "participation",
}  # fmt: skip
RELEVANT, SKIP, UNDO, QUIT, SAVE = "r", "s", "z", "q", ("\r", "\n")
HELP = (
    "n negatif  u netral  p positif   r relevan/tidak   topik: k korupsi  l layanan  i inovasi  t transparansi  "
    "e etika  g kepegawaian  w partisipasi\nEnter simpan   s lewati   z kembali ke yang sebelumnya   q keluar"
)


@dataclass(frozen=True, slots=True)
class Draft:
    """What was pressed for one text so far; a sentiment of None is not decided yet."""

    relevant: bool = True
    sentiment: SentimentLabel | None = None
    topics: tuple[str, ...] = ()

    @classmethod
    def of(cls, mention: Mention, threshold: float) -> Draft:
        """The labels that count now, to be confirmed or changed."""
        return cls(
            relevant=mention.relevance >= threshold,
            sentiment=mention.sentiment.label,
            topics=tuple(topic.id for topic in mention.topics),
        )

    def press(self, key: str) -> Draft:
        """After one more key; keys without meaning change nothing. An irrelevant text has no topics."""
        if key in SENTIMENT_KEYS:
            return replace(self, sentiment=SENTIMENT_KEYS[key])
        if key == RELEVANT:
            return replace(self, relevant=not self.relevant, topics=())
        if key in TOPIC_KEYS and self.relevant:
            changed = set(self.topics) ^ {TOPIC_KEYS[key]}
            return replace(self, topics=tuple(topic for topic in TOPICS if topic in changed))
        return self


Store = Callable[[Mention, Draft], None]
TakeBack = Callable[[Mention], None]


@dataclass(slots=True)
class Session:
    """What a sitting did."""

    saved: int = 0
    skipped: int = 0
    undone: int = 0


def sit(
    mentions: Sequence[Mention],
    *,
    draft_of: Callable[[Mention], Draft],
    show: Callable[[int, Mention], None],
    tell: Callable[[str], None],
    key: Callable[[], str],
    store: Store,
    take_back: TakeBack,
) -> Session:
    """Show the texts one by one until the last or `q`; every Enter stores at once, so quitting loses nothing."""
    done = Session()
    history: list[Literal["saved", "skipped"]] = []
    while len(history) < len(mentions):
        mention = mentions[len(history)]
        show(len(history), mention)
        answer = _one(draft_of(mention), tell, key)
        if answer is QUIT:
            break
        if answer is UNDO:
            if history and history.pop() == "saved":
                take_back(mentions[len(history)])
                done.saved -= 1
                done.undone += 1
        elif isinstance(answer, Draft):
            store(mention, answer)
            history.append("saved")
            done.saved += 1
        else:
            history.append("skipped")
            done.skipped += 1
    return done


def _one(draft: Draft, tell: Callable[[str], None], key: Callable[[], str]) -> Draft | str:
    """The finished draft of one text, or the key that ended it."""
    tell(line_of(draft))
    while True:
        pressed = key()
        pressed = pressed if pressed in SAVE else pressed.lower()
        if pressed in {SKIP, UNDO, QUIT}:
            return {SKIP: SKIP, UNDO: UNDO, QUIT: QUIT}[pressed]
        if pressed in SAVE:
            if draft.sentiment is not None:
                return draft
            tell("  belum ada sentimen: n, u atau p")
            continue
        draft = draft.press(pressed)
        tell(line_of(draft))


def line_of(draft: Draft) -> str:
    """The state of a draft in one line, in words of officers."""
    from citra.indonesian import LABELS

    image = LABELS[draft.sentiment] if draft.sentiment else "—"
    topics = ", ".join(LABELS[topic] for topic in draft.topics) or "—"
    return f"  {'relevan' if draft.relevant else 'TIDAK relevan'} | sentimen: {image} | topik: {topics}"
