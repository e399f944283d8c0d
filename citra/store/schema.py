"""How a mention lies in the embedded index: the engine's fields, and one mention as an engine document.

Beside mentions the index holds two kinds of records of its own, so that they change in the same commit: one
``state`` (row counter, content sum) and one ``partition`` record for each partition loaded.
"""

from __future__ import annotations

from typing import Any

import orjson
import tantivy

from citra.documents import KINDS, SENTIMENTS, TOPICS
from citra.store.encoding import Encoded, day_of, key, order_of, source_key
from citra.store.words import fold, spaced

#: Raise when the schema below changes: an index of another version is refused, and rebuilt from the lake.
VERSION = 2

MENTION, STATE, PARTITION = "mention", "state", "partition"

KEYWORDS = (
    "id", "record", "marker", "partition", "kind", "sentiment", "topics", "author", "canonical_url",
    "url", "story_id",
)  # fmt: skip
#: Keywords that are also columns of the engine: their values are counted by its aggregations.
COUNTED = ("source", "offices", "regions", "language", "section", "model")
TEXTS = ("words", "title_words", "stems")
INTEGERS = (
    "row", "day", "story_key", "sentiment_code", "kind_code", "topic_bits", "source_key",
    "order", "id_key", "digest", "fetched_us", "version",
)  # fmt: skip


def build_schema() -> Any:
    builder = tantivy.SchemaBuilder()
    for name in KEYWORDS:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in COUNTED:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in TEXTS:  # we cut the words ourselves (citra.store.words), the engine only splits at spaces
        option = "freq" if name == "stems" else "position"  # phrases are looked up as written, never in stems
        builder.add_text_field(name, tokenizer_name="whitespace", index_option=option)
    for name in INTEGERS:
        builder.add_integer_field(name, fast=True)
    builder.add_float_field("relevance", fast=True)
    builder.add_bytes_field("body", stored=True)
    return builder.build()


_SCHEMA = build_schema()
_SENTIMENT_CODES = {label: code for code, label in enumerate(SENTIMENTS)}
_KIND_CODES = {kind: code for code, kind in enumerate(KINDS)}
_TOPIC_BITS = {topic: 1 << bit for bit, topic in enumerate(TOPICS)}


def to_document(encoded: Encoded, *, row: int, partition: str, version: int, stems: str) -> Any:
    """The engine's document; ``stems`` are the searchable stems, in the order of the words."""
    mention, document = encoded.mention, encoded.mention.document
    sentiment, title, id_key = mention.sentiment.label, spaced(document.title), key(document.id)
    values: dict[str, Any] = {
        "record": MENTION,
        "id": document.id,
        "partition": partition,
        "source": document.source,
        "kind": document.kind,
        "sentiment": sentiment,
        "story_id": mention.story_id,
        "canonical_url": document.canonical_url,
        "model": f"{mention.model.name}@{mention.model.version}",
        # the pilcrow is no word, so no phrase reaches from the title into the text
        "words": f"{title} ¶ {spaced(document.text)}",
        "title_words": title,
        "stems": spaced(stems),
        "row": row,
        "day": day_of(document.published),
        "story_key": key(mention.story_id),
        "source_key": source_key(document.source),
        "sentiment_code": _SENTIMENT_CODES[sentiment],
        "kind_code": _KIND_CODES[document.kind],
        "topic_bits": sum({_TOPIC_BITS[topic.id] for topic in mention.topics}),
        "order": order_of(document.published, id_key),
        "id_key": id_key,
        "digest": encoded.digest,
        "fetched_us": encoded.fetched_us,
        "version": version,
        "relevance": mention.relevance,
        "body": encoded.body,
    }
    if document.url != document.canonical_url:  # a query looks in both: once is enough
        values["url"] = document.url
    if document.author:
        values["author"] = fold(document.author)
    if document.section:
        values["section"] = fold(document.section)
    if document.language:
        values["language"] = document.language
    if mention.topics:
        values["topics"] = sorted({topic.id for topic in mention.topics})
    if mention.offices:
        values["offices"] = sorted(set(mention.offices))
    if mention.regions:
        values["regions"] = sorted(set(mention.regions))
    return _document(values)


def to_record(record: str, body: dict[str, Any], marker: str = "") -> Any:
    """One of the index's own records."""
    return _document({"record": record, "marker": marker, "body": orjson.dumps(body, option=orjson.OPT_SORT_KEYS)})


def _document(values: dict[str, Any]) -> Any:
    return tantivy.Document.from_dict(values, _SCHEMA)


def body_of(document: Any) -> dict[str, Any]:
    """The stored JSON of an engine document."""
    value: dict[str, Any] = orjson.loads(document.get_first("body"))
    return value
