"""One mention as an Elasticsearch document: its own JSON, beside it what is derived for searching and counting."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import orjson

from citra.documents import KINDS, SENTIMENTS, TOPICS, Mention
from citra.store.columns import UNDATED
from citra.store.elasticsearch import layout
from citra.store.encoding import Encoded, day_of, key, order_of
from citra.store.words import fold, spaced

#: The digest is indexed in three pieces of this many bits: the server adds in float64, and 2³² such pieces stay exact.
PIECE = 21
_KIND_SHIFT, _TOPIC_SHIFT = 2, 4
_SECONDS_FROM = int(datetime(2020, 1, 1, tzinfo=UTC).timestamp())
_VERSION_BITS = 30


def month_of(ordinal: int) -> str:
    """The month that a day's mentions lie in."""
    if ordinal == UNDATED:
        return layout.UNDATED
    day = date.fromordinal(ordinal)
    return f"{day.year:04d}.{day.month:02d}"


def codes_of(mention: Mention) -> int:
    """Sentiment, kind and topics in one number."""
    topics = sum({1 << TOPICS.index(topic.id) for topic in mention.topics})
    kind = KINDS.index(mention.document.kind)
    return SENTIMENTS.index(mention.sentiment.label) | kind << _KIND_SHIFT | topics << _TOPIC_SHIFT


def decoded(codes: Any) -> dict[str, Any]:
    """The columns of ``codes`` (an array of numbers), by the names that ``Columns.build`` takes."""
    return {
        "sentiment_code": codes & 3,
        "kind_code": codes >> _KIND_SHIFT & 3,
        "topic_bits": codes >> _TOPIC_SHIFT,
    }


def external_version(fetched_us: int, version: int) -> int:
    """The version that the server compares: grows with ``(fetched, version)``.

    Seconds of both (versions are microseconds since 1970) in 63 bits. We compare exactly before writing; this
    stands against a writer that does not know it has been overtaken.
    """
    seconds = min(max(fetched_us // 1_000_000, 0), (1 << 33) - 1)
    stamp = min(max(version // 1_000_000 - _SECONDS_FROM, 0), (1 << _VERSION_BITS) - 1)
    return seconds << _VERSION_BITS | stamp


def to_source(encoded: Encoded, *, ordinal: int, stems: str, version: int, partition: str) -> bytes:
    """The document as JSON; ``stems`` are the searchable stems, in the order of the words."""
    mention, document = encoded.mention, encoded.mention.document
    title, id_key, digest = spaced(document.title), key(document.id), encoded.digest
    derived: dict[str, Any] = {
        "ordinal": ordinal,
        "partition": partition,
        "version": version,
        "fetched_us": encoded.fetched_us,
        "order": order_of(document.published, id_key),
        "id_key": id_key,
        "story_key": key(mention.story_id),
        "codes": codes_of(mention),
        "labelled_by": f"{mention.model.name}@{mention.model.version}",
        # the pilcrow is no word, so no phrase reaches from the title into the text
        "words": f"{title} ¶ {spaced(document.text)}",
        "title_words": title,
        "stem_words": spaced(stems),
    }
    derived |= {f"digest_{i}": part for i, part in enumerate(pieces(digest))}
    if ordinal != UNDATED:
        derived["day"] = date.fromordinal(ordinal).isoformat()
    if document.author:
        derived["author_folded"] = fold(document.author)
    if document.section:
        derived["section_folded"] = fold(document.section)
    return encoded.body[:-1] + b"," + orjson.dumps(derived)[1:]


def pieces(digest: int) -> tuple[int, int, int]:
    mask = (1 << PIECE) - 1
    return digest & mask, digest >> PIECE & mask, digest >> 2 * PIECE


def joined(low: int, middle: int, high: int) -> int:
    """The number (or the sum of numbers) whose pieces (or sums of pieces) these are, modulo 2⁶³."""
    return (low + (middle << PIECE) + (high << 2 * PIECE)) % (1 << 63)


def ordinal_of(mention: Mention) -> int:
    return day_of(mention.document.published)
