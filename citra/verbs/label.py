"""Label: a human's word on a text, kept for ever in the lake and at once in the index."""

from __future__ import annotations

import hashlib
import heapq
import re
import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from citra.corrections import AREA, Correction, Corrections, Sampling, packed, read_corrections
from citra.documents import SENTIMENTS, TOPICS, Mention, Partition, SentimentLabel, mention_from_json
from citra.errors import InputError, TryAgain
from citra.lake import Lake
from citra.store import Query, Store
from citra.verbs.index import open_index
from citra.verbs.publish import is_local, only_writer, state_folder
from nlp.train.data import text_key

#: seconds to wait for another writer of the index; then the next load applies the label
PATIENCE = 3.0
MAX_NAME, MAX_NOTE = 100, 2_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """What became of a label."""

    mention: Mention  #: as it counts now
    correction: Correction
    is_new: bool  #: False when this person had said just that before
    is_applied: bool  #: False when the index was busy: the next `citra load` applies it


def label(
    lake: str,
    index: str,
    mention_id: str,
    *,
    who: str,
    now: datetime,
    relevant: bool | None = None,
    sentiment: str | None = None,
    topics: Sequence[str] | None = None,
    note: str = "",
    sampling: Sampling = "id",
    blind: bool = False,
    retract: bool = False,
    patience: float = PATIENCE,
) -> Labelled:
    """Store what ``who`` says of a mention and let it count at once; a label that is None is left as it is.

    First the lake, durably; then the index. Killed in between, the next `citra load` completes it.

    :param sampling: why this text was shown; keep it honest: ``random`` ones measure the model.
    :param blind: said without seeing the model's or others' labels; measures agreement, see ``Corrections.standing``.
    :param retract: take back all that ``who`` said of it.
    :raises InputError: no such mention; unknown label; no name; nothing said.
    """
    said = _said(relevant, sentiment, topics, who, note, retract=retract)
    place = Lake(lake)
    with open_index(index) as store:
        mention = store.get(mention_id)
        if mention is None:
            raise InputError(f"{mention_id}: no such text in the index; `citra search` shows ids with --json")
        known = read_corrections(place)
        partition, original = _original(place, mention, known)
        correction = Correction(
            mention_id=mention_id, at=now.astimezone(UTC), sampling=sampling, blind=blind, retracts=retract,
            source=mention.document.source, kind=mention.document.kind, partition=partition,
            key=text_key(training_text(mention)), content_hash=mention.document.content_hash,
            relevance_predicted=original.relevance, sentiment_predicted=original.sentiment,
            topics_predicted=original.topics, model=original.model, **said,
        )  # fmt: skip
        mine = [one for one in known.of(mention_id) if one.who == correction.who]
        is_new = not (mine and mine[-1].labels == correction.labels)
        if is_new:
            _append(place, correction)
        now_known = read_corrections(place)
        corrected = now_known.apply(original)
        version = now_known.version(partition, _written(place, partition))
        is_applied = _put(store, corrected, version, partition, patience)
    return Labelled(mention=corrected, correction=correction, is_new=is_new, is_applied=is_applied)


def choose(
    lake: str, index: str, query: Query, *, sampling: Sampling, size: int, seed: int = 0, who: str = "",
    again: bool = False,
) -> list[Mention]:  # fmt: skip
    """Up to ``size`` texts of ``query`` to be labelled.

    ``random``: in an order that depends on ``seed`` alone, so that a second call goes on where the first stopped;
    ``uncertain``: those whose two likeliest sentiments are closest first; else the newest.
    Left out: what has a label already, or with ``again`` (a second pass) what has none, or one of ``who``.
    """
    known = read_corrections(Lake(lake))
    with open_index(index) as store:
        fit = (one for one in store.iterate(query) if _is_open(known, one.id, who, again=again))
        if sampling == "random":
            return heapq.nsmallest(size, fit, key=lambda one: hashlib.sha256(f"{seed} {one.id}".encode()).digest())
        if sampling == "uncertain":
            return heapq.nsmallest(
                size, (one for one in fit if one.relevance > 0), key=lambda one: (_margin(one), one.id)
            )
        return [one for one, _ in zip(fit, range(size), strict=False)]


def sampling_of(query: Query, asked: Sampling) -> Sampling:
    """``random`` only where the query does not choose by what the model said, or by words."""
    chosen = query.text is not None or query.sentiments or query.topics
    return "query" if asked == "random" and chosen else asked


def training_text(mention: Mention) -> str:
    """Title and text as one, the text that a label's key names."""
    return f"{mention.document.title}\n{mention.document.text}".strip()


def _said(
    relevant: bool | None, sentiment: str | None, topics: Iterable[str] | None, who: str, note: str, *, retract: bool
) -> dict[str, Any]:
    who, note = " ".join(_CONTROL.sub(" ", who).split()), _CONTROL.sub(" ", note).strip()
    if not who or len(who) > MAX_NAME:
        raise InputError(f"who says so? a name of at most {MAX_NAME} characters is needed (--by)")
    if len(note) > MAX_NOTE:
        raise InputError(f"the note is longer than {MAX_NOTE:,} characters")
    if sentiment is not None and sentiment not in SENTIMENTS:
        raise InputError(f"unknown sentiment {sentiment!r}; known: {', '.join(SENTIMENTS)}")
    wrong = [topic for topic in topics or () if topic not in TOPICS]
    if wrong:
        raise InputError(f"unknown topic {wrong[0]!r}; known: {', '.join(TOPICS)}")
    given = not (relevant is None and sentiment is None and topics is None)
    if given == retract:
        raise InputError("either labels or --retract, not both" if retract else "no label was given")
    chosen: SentimentLabel | None = next((one for one in SENTIMENTS if one == sentiment), None)
    ordered = None if topics is None else tuple(topic for topic in TOPICS if topic in set(topics))
    return {"relevant": relevant, "sentiment": chosen, "topics": ordered, "who": who, "note": note}


def _original(lake: Lake, mention: Mention, known: Corrections) -> tuple[str, Mention]:
    """The partition that a mention of the index came from, and the mention as the model left it."""
    own = Partition.of(mention.document.source, mention.document.fetched)
    others = [each for each in reversed(lake.partitions("mentions", own.source)) if each != own]
    needle = orjson.dumps(mention.id)
    for partition in (own, *others):
        if not lake.exists("mentions", partition):
            continue
        with lake.fs.open(lake.path("mentions", partition), "rb", compression="gzip") as stream:
            for line in stream:
                if needle not in line:
                    continue
                found = mention_from_json(orjson.loads(line))
                if found.id == mention.id and found.document.fetched == mention.document.fetched:
                    return partition.key, found
    said = [one for one in known.records if one.mention_id == mention.id]
    if mention.corrected_by is None or not said:
        return "", mention
    return "", replace(
        mention, relevance=said[0].relevance_predicted, sentiment=said[0].sentiment_predicted,
        topics=said[0].topics_predicted, corrected_by=None,
    )  # fmt: skip


def _append(lake: Lake, correction: Correction) -> None:
    """Add one line to the day's file, which is replaced as a whole; an object store gets a file for each."""
    base = f"{lake.root}/{AREA}/{correction.at:%Y-%m-%d}"
    if not is_local(lake):  # no lock reaches other machines
        with lake.replacing(f"{base}/{correction.at:%H%M%S%f}-{uuid.uuid4().hex[:8]}.jsonl") as out:
            out.write(packed(correction))
        return
    path = f"{base}/labels.jsonl"
    with only_writer(state_folder(lake) / "locks", AREA):
        before = lake.fs.cat_file(path) if lake.fs.exists(path) else b""
        if before and not before.endswith(b"\n"):
            before += b"\n"
        with lake.replacing(path) as out:
            out.write(before + packed(correction))


def _written(lake: Lake, partition: str) -> int:
    """The version that `citra load` gives to the partition's mentions."""
    if not partition:
        return 0
    modified: datetime = lake.fs.modified(lake.path("mentions", Partition.from_key(partition)))
    return int(modified.timestamp() * 1e6)


def _put(store: Store, mention: Mention, version: int, partition: str, patience: float) -> bool:
    """Whether the mention is in the index as it should be; False when another process keeps writing."""
    deadline = time.monotonic() + patience
    while True:
        try:
            with store.writing() as writer:
                result = writer.upsert([mention], version=version, partition=partition)
            return not result.stale
        except TryAgain:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.1)


def _is_open(known: Corrections, mention_id: str, who: str, *, again: bool) -> bool:
    said = known.of(mention_id)
    if again:
        return bool(said) and all(one.who != who for one in said)
    return not said


def _margin(mention: Mention) -> float:
    chances = sorted((mention.sentiment.p_negative, mention.sentiment.p_neutral, mention.sentiment.p_positive))
    return chances[2] - chances[1]
