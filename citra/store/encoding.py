"""A mention made ready for any engine: checked, as canonical JSON, with the numbers that both engines index alike."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Any

import orjson

from citra.documents import JAKARTA, KINDS, SENTIMENTS, TOPICS, Mention
from citra.store.columns import UNDATED

#: Raise when the meaning of what is stored changes: snapshots of differing versions never look equal.
VERSION = 2

MAX_ID = 512
_SECONDS_BITS, _TIE_BITS = 34, 29
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Unfit(ValueError):
    """A mention that cannot be indexed: ``args`` are a short code and a line for a human."""


@dataclass(slots=True)  # not frozen: making one costs a third then, and one is made for each mention
class Encoded:
    """A mention ready to be written, but for its row, partition and version."""

    mention: Mention
    body: bytes  #: canonical JSON: equal for equal mentions
    digest: int  #: 63 bits of the body's hash
    fetched_us: int


def key(text: str) -> int:
    """63 bits of a hash: equal texts, equal keys; two of a million differing texts share one at odds of 10⁷ to 1."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


def day_of(moment: datetime | None) -> int:
    """The Asia/Jakarta day as ``date.toordinal``; ``UNDATED`` for None."""
    return UNDATED if moment is None else moment.astimezone(JAKARTA).toordinal()


@lru_cache(maxsize=4096)
def source_key(source: str) -> int:
    return key(source)


def order_of(published: datetime | None, id_key: int) -> int:
    """Sort key of *newest*: seconds since 1970 (0: undated), then bits of the id to break ties alike everywhere."""
    seconds = 0
    if published is not None:
        seconds = math.floor(published.timestamp())
        seconds = min(max(seconds, 1), (1 << _SECONDS_BITS) - 1)
    return seconds << _TIE_BITS | id_key & ((1 << _TIE_BITS) - 1)


def encode(mention: Mention) -> Encoded:
    """:raises Unfit: for values outside the domain, or text that is no Unicode."""
    fault = _fault(mention)
    if fault:
        raise Unfit("invalid", fault)
    try:
        body = orjson.dumps(_plain(mention))
    except TypeError as wrong:  # half a surrogate pair, a count beyond 64 bits
        raise Unfit("not-storable", str(wrong)[:200]) from wrong
    digest = int.from_bytes(hashlib.blake2b(body, digest_size=8).digest(), "big") >> 1
    fetched = (mention.document.fetched - _EPOCH) // timedelta(microseconds=1)
    return Encoded(mention, body, digest, fetched)


_TEXT = attrgetter("id", "source", "kind", "url", "canonical_url", "title", "text", "content_hash", "extractor")
_TEXT_TYPES, _OPTIONAL, _NUMBERS = {str}, {str, type(None)}, {int, float}
_TEXT_OR_NONE = attrgetter("author", "published_raw", "language", "section", "thread_id")


def _type_fault(mention: Mention) -> str:
    """JSON can hold anything anywhere; the dataclasses do not look."""
    document, model, sentiment = mention.document, mention.model, mention.sentiment
    texts: tuple[object, ...] = (*_TEXT(document), mention.story_id, mention.stems, model.name, model.version)
    texts += (*mention.offices, *mention.regions)
    optional: tuple[object, ...] = (*_TEXT_OR_NONE(document), mention.corrected_by)
    numbers: tuple[object, ...] = (
        *document.engagement.values(),
        *(topic.p for topic in mention.topics),
        mention.relevance,
    )
    numbers += (sentiment.p_negative, sentiment.p_neutral, sentiment.p_positive)
    if not (
        {*map(type, texts)} - _TEXT_TYPES or {*map(type, optional)} - _OPTIONAL or {*map(type, numbers)} - _NUMBERS
    ):
        return ""  # nearly always
    for value in texts:
        if not isinstance(value, str):
            return f"{value!r} where text belongs"
    for value in optional:
        if not (value is None or isinstance(value, str)):
            return f"{value!r} where text or nothing belongs"
    for number in numbers:
        if not isinstance(number, int | float):
            return f"{number!r} where a number belongs"
    return ""


def _plain(mention: Mention) -> dict[str, Any]:
    """``to_json(mention)`` with sorted keys, written out field by field: a test compares them; ten times as fast.

    Times are left to orjson, which writes them as ``isoformat`` does.
    """
    document, sentiment, model = mention.document, mention.sentiment, mention.model
    published, engagement = document.published, document.engagement
    return {
        "author": document.author,
        "canonical_url": document.canonical_url,
        "content_hash": document.content_hash,
        "corrected_by": mention.corrected_by,
        "engagement": dict(sorted(engagement.items())) if engagement else {},
        "extractor": document.extractor,
        "fetched": document.fetched.astimezone(UTC),
        "id": document.id,
        "is_first": mention.is_first,
        "kind": document.kind,
        "language": document.language,
        "model": {"name": model.name, "version": model.version},
        "offices": mention.offices,
        "published": published and published.astimezone(JAKARTA),
        "published_raw": document.published_raw,
        "regions": mention.regions,
        "relevance": mention.relevance,
        "section": document.section,
        "sentiment": {
            "label": sentiment.label,
            "p_negative": sentiment.p_negative,
            "p_neutral": sentiment.p_neutral,
            "p_positive": sentiment.p_positive,
        },
        "source": document.source,
        "stems": mention.stems,
        "story_id": mention.story_id,
        "text": document.text,
        "thread_id": document.thread_id,
        "title": document.title,
        "topics": [{"id": topic.id, "p": topic.p} for topic in mention.topics],
        "url": document.url,
    }


def _fault(mention: Mention) -> str:
    document, sentiment = mention.document, mention.sentiment
    fault = _type_fault(mention)
    if fault:
        return fault
    if not document.id or len(document.id) > MAX_ID:
        return f"an id has 1 to {MAX_ID} characters"
    if document.kind not in KINDS:
        return f"unknown kind {document.kind!r}"
    if sentiment.label not in SENTIMENTS:
        return f"unknown sentiment {sentiment.label!r}"
    chances = [mention.relevance, sentiment.p_negative, sentiment.p_neutral, sentiment.p_positive]
    for topic in mention.topics:
        if topic.id not in TOPICS:
            return f"unknown topic {topic.id!r}"
        chances.append(topic.p)
    for chance in chances:
        if not 0 <= chance <= 1:  # also not-a-number
            return f"{chance} is no probability"
    if not mention.story_id:
        return "no story_id"
    if not document.source:
        return "no source"
    if document.fetched.tzinfo is None or (document.published is not None and document.published.tzinfo is None):
        return "time without zone"
    return ""
