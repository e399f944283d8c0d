"""``index_mappings/mentions.json`` is the only truth about fields: domain, queries and engine agree with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import orjson
import pytest
from mention_factory import mentions, stem

from citra.documents import Topic, to_json
from citra.store import encoding, schema
from citra.store.fields import FIELDS
from citra.store.nodes import Equals, Phrase, Wildcard, Word

TEMPLATE = json.loads(Path(__file__).parents[2].joinpath("index_mappings/mentions.json").read_text())
MAPPINGS = TEMPLATE["template"]["mappings"]
PROPERTIES = MAPPINGS["properties"]

#: Types of the server's core; none that needs a module or a licence.
CORE = {"keyword", "text", "date", "boolean", "long", "integer", "double", "float", "object"}
#: What each kind of query field may lie in.
FIT = {"keyword": {"keyword"}, "region": {"keyword"}, "text": {"text"}, "day": {"date"}, "number": {"double"}}


def paths(properties: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, field in properties.items():
        if "properties" in field:
            yield from paths(field["properties"], f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", field["type"]


def test_mapping_is_the_mention_and_what_is_derived() -> None:
    made = replace(mentions(1)[0], topics=(Topic(id="ethics", p=0.5),))
    fields = set()
    for name, value in to_json(made).items():
        inner = value[0] if name == "topics" else value
        is_group = isinstance(inner, dict) and name != "engagement"
        fields |= {f"{name}.{part}" for part in inner} if is_group else {name}
    derived = set(MAPPINGS["_meta"]["derived"])
    assert not fields & derived
    assert {path for path, _ in paths(PROPERTIES)} == fields | derived


def test_mapping_is_strict_and_core_only() -> None:
    assert MAPPINGS["dynamic"] == "strict"
    assert MAPPINGS["_meta"]["version"] == TEMPLATE["version"] == 1
    assert {kind for _, kind in paths(PROPERTIES)} <= CORE


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_query_fields_exist(name: str) -> None:
    spec, known = FIELDS[name], dict(paths(PROPERTIES))
    assert name == spec.name
    for path in spec.paths:
        assert known[path] in FIT[spec.type]
        if spec.folded:
            assert path.endswith("_folded")  # by us, alike for both engines; no normalizer of the server's


def test_the_embedded_engine_has_every_field_that_queries_use() -> None:
    from citra.store.compile import Compiler

    compiler = Compiler(schema.build_schema(), stem)
    for spec in FIELDS.values():
        if spec.type in {"keyword", "region"}:
            compiler.query(Equals(spec.name, ("x",)))  # raises for a field that the schema lacks
    for leaf in (Word("x"), Phrase(("x", "y")), Phrase(("x",), True), Wildcard(("xy", "")), Wildcard(("xy", ""), True)):
        compiler.query(leaf)
    for derived in ("day", "partition", "version", "order", "title_words", "words", "stems", "relevance", "id_key"):
        assert derived in (*schema.KEYWORDS, *schema.COUNTED, *schema.TEXTS, *schema.INTEGERS, "relevance")


def test_the_stored_body_is_the_mention_as_json() -> None:
    for made in mentions(40):
        # to the byte: digests, and with them the ids of snapshots, hang on it
        assert encoding.encode(made).body == orjson.dumps(to_json(made), option=orjson.OPT_SORT_KEYS)
    odd = replace(
        made.document,
        published=datetime(987, 1, 2, 3, 4, 5, 678, tzinfo=timezone(timedelta(hours=9))),
        fetched=datetime(2026, 1, 1, 0, 0, 0, 5, tzinfo=UTC),
        engagement={"likes": 3, "replies": 1, "a": 2, "é": 0},
        text="\u2028 “kutip” \x00 😀",
    )
    made = replace(made, document=odd)
    assert encoding.encode(made).body == orjson.dumps(to_json(made), option=orjson.OPT_SORT_KEYS)
