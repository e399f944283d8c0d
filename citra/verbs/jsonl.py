"""Other people's JSONL: one line → a ``Document``, or a ``Reject`` that says what is wrong with it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import IO, Any, NamedTuple, NoReturn

from citra.documents import JAKARTA, KINDS, Document, Reject, content_hash

#: Longest line read into memory; a longer one is refused and skipped.
MAX_LINE = 16_000_000
MAX_ID = 512
#: How much of a refused record is kept with it.
KEPT = 2_000

#: Control characters that no reader sees; tab and line ends stay.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


class Line(NamedTuple):
    number: int  #: from 1
    raw: bytes


class _Wrong(Exception):
    """Raised inside this module only: reason and detail of a reject."""


def read_lines(stream: IO[bytes]) -> Iterator[Line]:
    """The lines of ``stream`` that are not blank; one over ``MAX_LINE`` comes cut to ``MAX_LINE + 1`` bytes."""
    number = 0
    while raw := stream.readline(MAX_LINE + 1):
        number += 1
        ended = raw.endswith(b"\n")
        while len(raw) > MAX_LINE and not ended:
            rest = stream.readline(MAX_LINE)
            ended = not rest or rest.endswith(b"\n")
        if number == 1:
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        if raw.strip():
            yield Line(number, raw)


def parse_line(line: Line, name: str, now: datetime) -> Document | Reject:
    """The document in one line of JSON.

    ``id`` and ``text`` are required. The other fields of ``Document`` may be given; without them ``source`` is
    ``input``, ``kind`` is ``news`` where there is a title and ``social`` where there is none, ``fetched`` is ``now``,
    the rest stays empty. Times without a zone are read as Asia/Jakarta. The author of anything but news is kept only
    when it already is a pseudonym (``anon:…``). Unknown keys are ignored.
    """
    try:
        return _document(_decode(line.raw), now)
    except _Wrong as wrong:
        return refuse(line, name, now, *wrong.args)


def refuse(line: Line, name: str, now: datetime, reason: str, detail: str) -> Reject:
    """The reject of a line of the file ``name``."""
    return Reject(
        stage="analyse",
        reason=reason,
        detail=detail,
        locator=f"{name}:{line.number}",
        record=line.raw[: KEPT * 4].decode("utf-8", "replace").strip()[:KEPT],
        at=now,
    )


def _decode(raw: bytes) -> Mapping[str, Any]:
    if len(raw) > MAX_LINE:
        raise _Wrong("too-long", f"more than {MAX_LINE:,} bytes in one line")
    try:
        data = json.loads(raw.decode("utf-8"), parse_constant=_no_constant)
    except UnicodeDecodeError as wrong:
        raise _Wrong("bad-encoding", f"not UTF-8 at byte {wrong.start}") from wrong
    except RecursionError as wrong:
        raise _Wrong("bad-json", "nested too deeply") from wrong
    except ValueError as wrong:
        raise _Wrong("bad-json", str(wrong)) from wrong
    if not isinstance(data, dict):
        raise _Wrong("bad-json", f"expected an object with id and text, found {_kind_of(data)}")
    return data


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


def _document(data: Mapping[str, Any], now: datetime) -> Document:
    for name in ("id", "text"):
        if data.get(name) is None:
            raise _Wrong("missing-field", f"{name} is required")
    title, text = _string(data, "title"), _string(data, "text")
    if not text.strip():
        raise _Wrong("no-text", "text is empty")
    kind = _string(data, "kind") or ("news" if title.strip() else "social")
    if kind not in KINDS:
        raise _Wrong("bad-value", f"kind: {kind!r} is none of {', '.join(KINDS)}")
    url = _string(data, "url")
    author = _string(data, "author") or None
    return Document(
        id=_id(data["id"]),
        source=_string(data, "source") or "input",
        kind=kind,
        url=url,
        canonical_url=_string(data, "canonical_url") or url,
        title=title,
        text=text,
        author=author if author and (kind == "news" or author.startswith("anon:")) else None,
        published=_time(data, "published"),
        published_raw=_string(data, "published_raw") or _raw_time(data) or None,
        fetched=_time(data, "fetched") or now,
        language=_string(data, "language") or None,
        section=_string(data, "section") or None,
        engagement=_counts(data),
        thread_id=_string(data, "thread_id") or None,
        content_hash=content_hash(title, text),
        extractor=_string(data, "extractor") or "jsonl",
    )


def _id(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise _Wrong("bad-value", f"id: expected a string, found {_kind_of(value)}")
    clean = _SURROGATE.sub("\ufffd", value).strip()
    if not clean or len(clean) > MAX_ID or _CONTROL.search(clean):
        raise _Wrong("bad-value", f"id: empty, longer than {MAX_ID} characters, or with control characters")
    return clean


def _string(data: Mapping[str, Any], name: str) -> str:
    """A string field without control characters and lone surrogates (which no UTF-8 file can hold)."""
    value = data.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _Wrong("bad-value", f"{name}: expected a string, found {_kind_of(value)}")
    return _SURROGATE.sub("\ufffd", _CONTROL.sub(" ", value))


def _raw_time(data: Mapping[str, Any]) -> str:
    return _string(data, "published")


def _time(data: Mapping[str, Any], name: str) -> datetime | None:
    value = _string(data, name).strip()
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=JAKARTA)).astimezone(UTC)
    except (ValueError, OverflowError) as wrong:
        raise _Wrong("bad-value", f"{name}: {value[:60]!r} is no ISO 8601 time") from wrong


def _counts(data: Mapping[str, Any]) -> dict[str, int]:
    value = data.get("engagement") or {}
    if not isinstance(value, dict):
        raise _Wrong("bad-value", f"engagement: expected counts by name, found {_kind_of(value)}")
    for name, count in value.items():
        whole = isinstance(count, int | float) and not isinstance(count, bool) and math.isfinite(count)
        if not whole or count != int(count) or not 0 <= count < 2**63:
            raise _Wrong("bad-value", f"engagement.{name[:60]}: expected a whole number")
    return {_SURROGATE.sub("\ufffd", name): int(count) for name, count in value.items()}


def _kind_of(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "true or false"}
    if value is None:
        return "null"
    return names.get(type(value), "a number")
