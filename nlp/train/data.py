"""Labelled texts for training: reading, splitting, batching. The texts stay where they are; none is shipped."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from citra.documents import SENTIMENTS, TOPICS
from citra.errors import InputError
from nlp.text import model_input

#: Channels of the weakly labelled news that say nothing about a public office; used for relevance alone.
OFF_TOPIC_CHANNELS = frozenset(
    [
        "sport",
        "sports",
        "bola",
        "superball",
        "liga",
        "celeb",
        "celebrity",
        "seleb",
        "showbiz",
        "hot",
        "inet",
        "tekno",
        "techno",
        "otomotif",
        "mobil",
        "lifestyle",
        "crypto",
    ]
)
#: Labels of ours by the key of their text; the texts themselves are not ours to ship.
LABELS = Path(__file__).with_name("labels.jsonl")
#: All texts about public offices, in the folder of the labelled ones.
TEXTS = "asn_texts.jsonl.gz"
WEAK_NEWS = ("news_channels", "news_categories")
GENERAL_TONE_SOURCES = ("smsa", "nusax_ind", "nusax_jav", "nusax_sun", "nusax_bal", "nusax_min", "nusax_mad")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One text with the labels that are known of it; ``None`` means unknown and costs no loss."""

    text: str  #: as the model reads it
    relevant: float | None = None  #: 0 or 1, or a teacher's probability
    sentiment: int | tuple[float, ...] | None = None  #: index into ``SENTIMENTS`` (the image), or a teacher's chances
    topics: tuple[float, ...] | None = None  #: 0 or 1 for each of ``TOPICS``, or a teacher's probabilities
    tone: int | None = None  #: index into ``SENTIMENTS``: the writer's general tone
    kind: str = ""
    source: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Splits:
    """``fit`` trains, ``tune`` sets temperatures and thresholds, ``test`` is only ever read by the evaluation."""

    fit: list[Example]
    tune: list[Example]
    test: list[Example]
    tone_test: list[Example]


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """JSON objects of a ``.jsonl`` or ``.jsonl.gz`` file.

    :raises InputError: no such file.
    """
    if not path.exists():
        raise InputError(f"{path}: no such file; give the folder of the labelled texts with --data")
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def gold(folder: Path) -> list[tuple[str, Example]]:
    """The domain gold set as ``(its split, example)``."""
    return [
        (
            row["split"],
            Example(
                text=model_input("", row["text"]),
                relevant=row["relevant"],
                sentiment=SENTIMENTS.index(row["sentiment"]),
                topics=tuple(int(topic in row["topics"]) for topic in TOPICS),
                kind=row["kind"],
                source="gold",
                id=row["id"],
            ),
        )
        for row in read_rows(folder / "asn_gold.jsonl")
    ]


def tone(folder: Path, split: str) -> list[Example]:
    """General sentiment: the standard Indonesian set and the regional languages parallel to it."""
    return [
        Example(text=model_input("", row["text"]), tone=SENTIMENTS.index(row["label"]), source=row["source"])
        for row in read_rows(folder / "sentiment.jsonl.gz")
        if row["source"] in GENERAL_TONE_SOURCES and row["split"] == split
    ]


def off_topic(folder: Path) -> list[Example]:
    """News of sport, show business and the like: certainly not about a public office."""
    return [
        Example(text=model_input("", row["text"]), relevant=False, source="news_channels")
        for row in read_rows(folder / "topics_weak.jsonl.gz")
        if row["source"] in WEAK_NEWS and str(row["original"]).lower().replace(" ", "") in OFF_TOPIC_CHANNELS
    ]


def text_key(text: str) -> str:
    """Names a text without holding it: 16 hex digits of SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def beginning(text: str, words: int = 130) -> str:
    """As much of a text as the gold's annotators saw."""
    parts = text.split()
    return " ".join(parts[:words]) + (" …" if len(parts) > words else "")


def domain_texts(*files: Path) -> Iterator[tuple[str, str]]:
    """``(key, text)`` of all texts about public offices, labelled or not; the beginnings, each once."""
    seen = set()
    for row in chain.from_iterable(read_rows(file) for file in files):
        text = beginning(row["text"])
        letters = _letters(text)
        if len(letters) >= 15 and letters not in seen:
            seen.add(letters)
            yield text_key(row["text"]), text


def own_labels(texts: Sequence[Path], labels: Sequence[Path]) -> list[Example]:
    """Labels beside the gold: ``labels`` hold keys and labels (the last one wins), ``texts`` what they belong to."""
    known = {row["key"]: row for file in labels for row in read_rows(file)}
    return [
        Example(
            text=model_input("", text),
            relevant=known[key]["relevant"],
            sentiment=SENTIMENTS.index(known[key]["sentiment"]),
            topics=tuple(int(topic in known[key]["topics"]) for topic in TOPICS),
            source="own",
            id=key,
        )
        for key, text in domain_texts(*texts)
        if key in known
    ]


def taught(folder: Path, answers: Path) -> list[Example]:
    """Unlabelled texts with the probabilities that ``citra model teach`` wrote to ``answers``."""
    known = {row["key"]: row for row in read_rows(answers)}
    return [
        Example(
            text=model_input("", text),
            relevant=known[key]["relevance"],
            sentiment=tuple(known[key]["sentiment"]),
            topics=tuple(known[key]["topics"]),
            source="taught",
            id=key,
        )
        for key, text in domain_texts(folder / TEXTS)
        if key in known
    ]


def load_splits(
    folder: Path,
    seed: int,
    tune_share: float = 0.1,
    *,
    answers: Path | None = None,
    corrections: tuple[Path, Path] | None = None,
) -> Splits:
    """Everything needed to train and judge, drawn with ``seed``.

    :param answers: those of a teacher join what trains (``nlp.train.teach``).
    :param corrections: labels and texts that ``citra label export`` wrote; they join what trains, and win.

    The gold's own ``valid`` part becomes ``test``; ``tune`` is cut from its ``train`` part. A training text that also
    stands in one of them (first letters and digits compared) is left out; NusaX keeps a sentence's twins in one split.
    """
    rows = gold(folder)
    test = [example for split, example in rows if split == "valid"]
    tone_test = tone(folder, "valid")
    train = [example for split, example in rows if split == "train"]
    random.Random(seed).shuffle(train)
    cut = int(len(train) * tune_share)
    weak = off_topic(folder)
    random.Random(seed).shuffle(weak)
    labels, texts = zip((LABELS, folder / TEXTS), *([corrections] if corrections else []), strict=True)
    own = own_labels(texts, labels)
    labelled = {_letters(example.text) for example in train + own}
    soft = [e for e in taught(folder, answers) if _letters(e.text) not in labelled] if answers else []
    held_out = {_letters(example.text) for example in test + tone_test + train[:cut]}
    fit = train[cut:] + own + tone(folder, "train") + weak[:700] + soft
    return Splits(
        fit=[example for example in fit if _letters(example.text) not in held_out],
        tune=train[:cut],
        test=test,
        tone_test=tone_test,
    )


def _letters(text: str) -> str:
    """What two copies of a text share however they are cut or set: its first letters and digits."""
    return re.sub(r"[^a-z0-9]", "", text.lower())[:150]


def length_batches(lengths: Sequence[int], size: int, rng: random.Random) -> list[list[int]]:
    """Indices in batches of similar length (less padding), the batches in random order.

    Lengths are jittered by up to 15 % so that batches differ from epoch to epoch.
    """
    order = sorted(range(len(lengths)), key=lambda i: lengths[i] * rng.uniform(0.85, 1.15))
    batches = [order[start : start + size] for start in range(0, len(order), size)]
    rng.shuffle(batches)
    return batches
