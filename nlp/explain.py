"""Which words moved a decision: each is left out in turn, and the model is asked again (occlusion).

Zeiler & Fergus (2014), *Visualizing and understanding convolutional networks*, ECCV, §4; for words Li, Monroe &
Jurafsky (2016), *Understanding neural networks through representation erasure*, arXiv:1612.08220. It says what this
model reacted to, not what is true of the world; words that say the same thing twice hide each other's weight.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from citra.documents import SENTIMENTS, TOPICS, Model
from nlp.encoder import Labels

#: Words of a text that are left out one by one; in a longer one, pieces are tried first, and only those that matter
#: most are taken apart: never more than this many runs of the network.
ONE_BY_ONE = 65
PIECES = 33


class Scorer(Protocol):
    """The part of :class:`nlp.encoder.OnnxAnalyser` that is needed."""

    model: Model
    config: dict[str, Any]

    def analyse(self, texts: Sequence[str]) -> list[Labels]: ...

    def logits(self, texts: Sequence[str]) -> list[dict[str, list[float]]]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One thing that the model decided of a text."""

    name: str  #: ``sentiment``, ``relevance`` or a topic's id
    label: str  #: a sentiment; ``relevant`` or ``irrelevant``; ``yes`` or ``no`` for a topic
    p: float  #: calibrated probability of ``label``
    effects: tuple[
        float, ...
    ]  #: of each word: by how much ``label``'s log-odds fall without it; below 0 it speaks against


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What a text was taken for, and which of its words made it so."""

    text: str  #: as the model reads it
    words: tuple[tuple[int, int], ...]  #: start and end of each word in ``text``
    decisions: tuple[Decision, ...]  #: sentiment, relevance, then topics, those assigned first; empty: not judged
    model: Model
    pieces: tuple[tuple[int, int], ...]  #: first and last (excluded) of the words that were left out together
    id: str = ""  #: of the mention; empty for a text that is in no index
    corrected_by: str | None = None  #: whose labels count instead of these
    note: str = ""  #: why a text was not judged, and the like
    note_id: str = ""  #: the same in Bahasa Indonesia

    def strongest(self, decision: Decision, count: int = 10) -> list[tuple[str, float]]:
        """The words (or pieces) with the largest effects on a decision, either way."""
        found = [
            (self.text[self.words[first][0] : self.words[last - 1][1]], round(sum(decision.effects[first:last]), 4))
            for first, last in self.pieces
        ]
        return sorted(found, key=lambda piece: -abs(piece[1]))[:count]


def explain_text(text: str, analyser: Scorer) -> Explanation:
    """Why ``text`` (what ``nlp.text.model_input`` made of a document) gets its labels.

    The words of a piece that was not taken apart share its effect evenly.
    """
    words = _words(text)
    ask = _Asking(text, words, analyser)
    decided = _decided(analyser.analyse([text])[0], ask.whole, analyser.config)
    size = 1 if len(words) <= ONE_BY_ONE else math.ceil(len(words) / PIECES)
    pieces = [(first, min(first + size, len(words))) for first in range(0, len(words), size)]
    fell = dict(zip(pieces, ask.without(pieces), strict=True))
    if size > 1:
        shown = [_key(name, label) for name, label, _ in decided if label != "no"]
        weight = {piece: max(abs(fell[piece][key]) for key in shown) for piece in pieces}
        taken = sorted(pieces, key=lambda piece: -weight[piece])[: (ONE_BY_ONE - len(pieces)) // size]
        single = [(place, place + 1) for first, last in taken for place in range(first, last)]
        fell = {piece: lost for piece, lost in fell.items() if piece not in taken}
        fell |= dict(zip(single, ask.without(single), strict=True))
        pieces = sorted(fell)
    decisions = []
    for name, label, p in decided:
        key, sign = _key(name, label), -1.0 if label in {"irrelevant", "no"} else 1.0
        shares = [
            sign * fell[piece][key] / (piece[1] - piece[0]) for piece in pieces for _ in range(piece[1] - piece[0])
        ]
        decisions.append(Decision(name=name, label=label, p=p, effects=tuple(round(x, 5) for x in shares)))
    return Explanation(
        text=text, words=tuple(words), decisions=tuple(decisions), model=analyser.model, pieces=tuple(pieces)
    )


class _Asking:
    """Asks the model about one text without some of its words."""

    def __init__(self, text: str, words: Sequence[tuple[int, int]], analyser: Scorer) -> None:
        self._words = [text[start:end] for start, end in words]
        self._analyser = analyser
        self.whole = self._log_odds([text])[0]

    def without(self, pieces: Sequence[tuple[int, int]]) -> list[dict[str, float]]:
        """For each piece, by how much each log-odds falls when it is left out."""
        texts = [" ".join(self._words[:first] + self._words[last:]) for first, last in pieces]
        return [{key: self.whole[key] - odds[key] for key in odds} for odds in self._log_odds(texts)]

    def _log_odds(self, texts: Sequence[str]) -> list[dict[str, float]]:
        return [_log_odds(logits, self._analyser.config) for logits in self._analyser.logits(texts)]


def _key(name: str, label: str) -> str:
    return label if name == "sentiment" else name


def _words(text: str) -> list[tuple[int, int]]:
    found, start = [], 0
    for word in text.split(" "):
        if word:
            found.append((start, start + len(word)))
        start += len(word) + 1
    return found


def _log_odds(logits: Mapping[str, Sequence[float]], config: Mapping[str, Any]) -> dict[str, float]:
    """Of each sentiment, of relevance and of each topic, by calibrated logits."""
    heat = config.get("temperature", {})
    scaled = {name: [x / float(heat.get(name, 1.0)) for x in values] for name, values in logits.items()}
    image = scaled["sentiment"]
    found = {"relevance": scaled["relevance"][0], **dict(zip(TOPICS, scaled["topics"], strict=True))}
    for place, name in enumerate(SENTIMENTS):
        found[name] = image[place] - _log_sum([x for i, x in enumerate(image) if i != place])
    return found


def _log_sum(values: Sequence[float]) -> float:
    top = max(values)
    return top + math.log(sum(math.exp(x - top) for x in values))


def _decided(labels: Labels, whole: Mapping[str, float], config: Mapping[str, Any]) -> list[tuple[str, str, float]]:
    """Name, label and its probability of each decision."""
    image = labels.sentiment
    relevant = labels.relevance >= float(config.get("relevance_threshold", 0.5))
    found = [
        ("sentiment", str(image.label), float(getattr(image, f"p_{image.label}"))),
        ("relevance", "relevant" if relevant else "irrelevant", _rounded(labels.relevance, relevant)),
    ]
    assigned = {topic.id: topic.p for topic in labels.topics}
    found += [(topic, "yes", p) for topic, p in assigned.items()]
    absent = [(topic, 1 / (1 + math.exp(-whole[topic]))) for topic in TOPICS if topic not in assigned]
    found += [(topic, "no", _rounded(p, is_true=False)) for topic, p in sorted(absent, key=lambda one: -one[1])]
    return found


def _rounded(p: float, is_true: bool) -> float:
    return round(p if is_true else 1 - p, 4)
