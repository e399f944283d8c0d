"""What people say a text is: records of the lake's ``labels`` area, and which of them stands for each mention.

Records are only ever added. The mentions in the lake stay as the model left them; corrections are laid over them when
they go into the index, so no newer analysis can undo a human's word.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal, Self, get_args

import orjson

from citra.documents import KINDS, SENTIMENTS, TOPICS, Kind, Mention, Model, Reject, Sentiment, SentimentLabel, Topic
from citra.lake import Lake

AREA = "labels"
#: Why this text was shown to a human. Only ``random`` ones may be counted as if they stood for all.
Sampling = Literal["random", "uncertain", "query", "id"]
SAMPLINGS: tuple[Sampling, ...] = get_args(Sampling)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One word of one person on one text. A label that is None was not given and leaves the model's."""

    mention_id: str
    who: str
    at: datetime  #: aware UTC
    relevant: bool | None = None
    sentiment: SentimentLabel | None = None
    topics: tuple[str, ...] | None = None
    note: str = ""
    sampling: Sampling = "id"
    blind: bool = False  #: a second pass: neither the model's nor another person's labels were shown
    retracts: bool = False  #: takes back all that this person said of the text before
    source: str
    kind: Kind
    partition: str = ""  #: of the lake, in which the text lay; empty when in none
    key: str  #: of the text as it was read (``nlp.train.data.text_key``)
    content_hash: str
    relevance_predicted: float  #: what the model had said, for measuring it
    sentiment_predicted: Sentiment
    topics_predicted: tuple[Topic, ...] = ()
    model: Model

    @property
    def labels(self) -> tuple[object, ...]:
        return (self.relevant, self.sentiment, self.topics, self.note, self.blind, self.retracts)

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"at": self.at.astimezone(UTC).isoformat()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """:raises KeyError, TypeError, ValueError: not of this shape."""
        values = dict(data)
        values["at"] = datetime.fromisoformat(values["at"])
        values["sentiment_predicted"] = Sentiment(**values["sentiment_predicted"])
        values["topics_predicted"] = tuple(Topic(**topic) for topic in values.get("topics_predicted") or ())
        values["model"] = Model(**values["model"])
        if values.get("topics") is not None:
            values["topics"] = tuple(values["topics"])
        found = cls(**values)
        if found.at.tzinfo is None or not {found.sentiment} <= {None, *SENTIMENTS}:
            raise ValueError("a time without zone, or an unknown sentiment")
        if not set(found.topics or ()) <= set(TOPICS) or found.kind not in KINDS or found.sampling not in SAMPLINGS:
            raise ValueError("an unknown topic, kind or sampling")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The labels that count for a mention: of each, the last one given."""

    relevant: bool | None
    sentiment: SentimentLabel | None
    topics: tuple[str, ...] | None
    who: str  #: the last who gave one of them


class Corrections:
    """All corrections of a lake, oldest first, and what follows from them.

    :param rejects: lines that could not be read.
    """

    def __init__(self, records: Iterable[Correction] = (), rejects: Iterable[Reject] = ()) -> None:
        self.records = sorted(records, key=lambda record: record.at)
        self.rejects = tuple(rejects)
        self._by_mention: dict[str, list[Correction]] = defaultdict(list)
        self._by_partition: dict[str, list[Correction]] = defaultdict(list)
        for record in self.records:
            self._by_mention[record.mention_id].append(record)
            self._by_partition[record.partition].append(record)

    def of(self, mention_id: str) -> list[Correction]:
        """What was said of a text and not taken back, oldest first."""
        kept: list[Correction] = []
        for record in self._by_mention.get(mention_id, ()):
            if record.retracts:
                kept = [one for one in kept if one.who != record.who]
            else:
                kept.append(record)
        return kept

    def mentions(self) -> list[str]:
        """Ids of all mentions that anything was ever said of, in the order of the first word."""
        return list(self._by_mention)

    def standing(self, mention_id: str) -> Standing | None:
        """What counts; blind second passes measure agreement and stand only where there is no other word."""
        said = self.of(mention_id)
        said = [one for one in said if not one.blind] or said
        if not said:
            return None
        last: dict[str, Any] = {}
        for one in said:
            last |= {name: getattr(one, name) for name in ("relevant", "sentiment", "topics") if _is_given(one, name)}
        return Standing(
            relevant=last.get("relevant"),
            sentiment=last.get("sentiment"),
            topics=last.get("topics"),
            who=said[-1].who,
        )

    def apply(self, mention: Mention) -> Mention:
        """The mention with the labels that stand; a human is certain, so probabilities become 0 and 1."""
        found = self.standing(mention.id) if mention.id in self._by_mention else None
        if found is None:
            return mention
        changes: dict[str, Any] = {"corrected_by": found.who}
        if found.relevant is not None:
            changes["relevance"] = float(found.relevant)
        if found.sentiment is not None:
            chances = {f"p_{name}": float(name == found.sentiment) for name in SENTIMENTS}
            changes["sentiment"] = Sentiment(label=found.sentiment, **chances)
        if found.topics is not None:
            changes["topics"] = tuple(Topic(id=topic, p=1.0) for topic in TOPICS if topic in found.topics)
        return replace(mention, **changes)

    def fingerprint(self, partition: str, content: bytes) -> str:
        """Of a partition's file and the corrections that lie over it: 32 hex digits."""
        digest = hashlib.sha256(content)
        for record in self._by_partition.get(partition, ()):
            digest.update(packed(record))
        return digest.hexdigest()[:32]

    def version(self, partition: str, version: int) -> int:
        """The version of a partition's mentions: no older than its last correction, in microseconds since 1970."""
        said = self._by_partition.get(partition)
        return max(version, int(said[-1].at.timestamp() * 1e6)) if said else version


def read_corrections(lake: Lake) -> Corrections:
    """All of the lake's ``labels``; a line that is none becomes a reject."""
    records: list[Correction] = []
    rejects: list[Reject] = []
    for path in sorted(lake.fs.glob(f"{lake.root}/{AREA}/**/*.jsonl")):
        with lake.fs.open(path, "rb") as stream:
            for number, line in enumerate(stream, 1):
                try:
                    records.append(Correction.from_json(orjson.loads(line)))
                except (KeyError, TypeError, ValueError, AttributeError) as wrong:
                    detail = " ".join(f"{type(wrong).__name__}: {wrong}".split())[:200]
                    rejects.append(
                        Reject(
                            stage="load", reason="bad-label", detail=detail, locator=f"{path}:{number}",
                            record=line.decode("utf-8", "replace").strip()[:2_000],
                        )
                    )  # fmt: skip
    return Corrections(records, rejects)


def packed(record: Correction) -> bytes:
    """One line of a labels file."""
    return json.dumps(record.to_json(), ensure_ascii=False).encode() + b"\n"


def _is_given(record: Correction, name: str) -> bool:
    return getattr(record, name) is not None
