"""WARC records: how a fetch is written down and read again. Where the files lie: ``crawlers.spool``."""

from __future__ import annotations

import base64
import hashlib
import uuid
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import IO
from urllib.parse import urlsplit

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders

from citra.errors import InputError

#: our own header: the name of the source that a record was fetched for
SOURCE_HEADER = "WARC-Citra-Source"
#: describe the bytes on the wire, which we store decoded
_WIRE_HEADERS = frozenset({"content-encoding", "transfer-encoding", "content-length"})
#: of gzip: 9 would take a fifth longer for pages smaller by .4 % (58 kB of a real one)
LEVEL = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class WarcItem:
    """A fetched page (``response``) or an API payload whose private handles were replaced (``resource``)."""

    url: str  #: as fetched
    fetched: datetime  #: aware UTC
    status: int  #: HTTP status; 200 for a ``resource`` record
    headers: Mapping[str, str]  #: of the HTTP response, names in lower case; empty for a ``resource``
    body: bytes  #: without transfer and content encoding
    content_type: str  #: as the server gave it, parameters included; empty when it gave none
    source: str  #: name of the source definition; empty in files that others wrote
    record_id: str  #: ``<urn:uuid:…>``
    offset: int  #: of the record in the (compressed) file
    record_type: str = "response"


def read_warc(stream: IO[bytes]) -> Iterator[WarcItem]:
    """Every HTTP response and API payload of a WARC file, gzip per record or plain, in file order.

    Request, warcinfo, metadata and revisit records are passed over.

    :raises InputError: the file is no WARC, or is damaged from some offset on.
    """
    records = ArchiveIterator(stream)
    try:
        for record in records:
            if record.rec_type not in {"response", "resource"}:
                continue
            yield read_item(record, records.offset)
    except (ArchiveLoadFailed, EOFError, OSError) as wrong:
        raise InputError(f"not a readable WARC file after offset {records.offset}: {wrong}") from wrong


def read_item(record: ArcWarcRecord, offset: int) -> WarcItem:
    """One ``response`` or ``resource`` record; reads its body. :raises InputError: it is cut off."""
    about = record.rec_headers
    http: StatusAndHeaders | None = record.http_headers if record.rec_type == "response" else None
    body = record.content_stream().read() if http else record.raw_stream.read()
    headers = {name.lower(): value for name, value in http.headers} if http else {}
    # what is left of the record: the file ends before it does; without a Content-Length its own headers are cut off
    if getattr(record.raw_stream, "limit", 1):
        raise InputError(f"damaged WARC file: the record at offset {offset} is cut off")
    content_type = headers.get("content-type", "") if http else about.get_header("Content-Type") or ""
    return WarcItem(
        url=(about.get_header("WARC-Target-URI") or "").strip("<>"),
        fetched=_instant(about.get_header("WARC-Date") or ""),
        status=_status(http) if http else 200,
        headers=headers,
        body=body,
        content_type=content_type,
        source=about.get_header(SOURCE_HEADER) or "",
        record_id=about.get_header("WARC-Record-ID") or "",
        offset=offset,
        record_type=record.rec_type,
    )


def _status(http: StatusAndHeaders) -> int:
    code = http.get_statuscode()
    return int(code) if code and code.isdigit() else 0


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise InputError(f"WARC-Date {text!r} is no time") from wrong
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def new_record_id() -> str:
    return f"<urn:uuid:{uuid.uuid4()}>"


def pack_page(
    *,
    source: str,
    url: str,
    fetched: datetime,
    status: int,
    headers: list[tuple[str, str]],
    body: bytes,
    request_headers: list[tuple[str, str]],
    method: str = "GET",
) -> bytes:
    """A ``response`` record and its ``request`` record, each one gzip member.

    :param body: decoded; the headers that described its encoding are kept as ``X-Citra-Original-*``.
    """
    phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Unknown"
    place = urlsplit(url)
    target = (place.path or "/") + (f"?{place.query}" if place.query else "")
    about = _about(source, fetched)
    pair = {**_about(source, fetched), "WARC-Concurrent-To": about["WARC-Record-ID"]}
    answer = _http(f"HTTP/1.1 {status} {phrase}", stored_headers(headers, body))
    question = _http(f"{method} {target} HTTP/1.1", request_headers)
    return pack("response", url, about, answer, body) + pack("request", url, pair, question)


def pack_payload(*, source: str, url: str, fetched: datetime, body: bytes, content_type: str) -> bytes:
    """A ``resource`` record, one gzip member: an API answer after private handles were taken out.

    It is no ``response``, because what the server sent is never stored.
    """
    return pack("resource", url, _about(source, fetched), b"", body, content_type)


def pack_copy(*, url: str, headers: Iterable[tuple[str, str]], body: bytes, about: Mapping[str, str]) -> bytes:
    """A ``response`` record alone, of a page that somebody else fetched; ``about`` are its WARC headers."""
    return pack("response", url, about, _http("HTTP/1.1 200 OK", stored_headers(headers, body)), body)


def stored_headers(headers: Iterable[tuple[str, str]], body: bytes) -> list[tuple[str, str]]:
    """Headers of a response whose body is stored decoded."""
    kept = [
        (f"X-Citra-Original-{name}", value) if name.lower() in _WIRE_HEADERS else (name, value)
        for name, value in headers
    ]
    return [*kept, ("Content-Length", str(len(body)))]


def pack(
    kind: str, url: str, about: Mapping[str, str], http: bytes, body: bytes = b"", content_type: str = ""
) -> bytes:
    """A WARC 1.0 record (ISO 28500) as one gzip member; warcio's writer takes three times as long.

    :param http: status line and headers with the empty line behind them; empty for a ``resource``.
    """
    part = "request" if kind == "request" else "response"
    block = http + body
    lines = {
        "WARC-Type": kind,
        "WARC-Target-URI": url,
        **about,
        "WARC-Payload-Digest": _digest(body),
        "WARC-Block-Digest": _digest(block),
        "Content-Type": content_type or f"application/http; msgtype={part}",
        "Content-Length": str(len(block)),
    }
    head = "".join(f"{name}: {_one_line(value)}\r\n" for name, value in lines.items())
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    whole = b"".join((b"WARC/1.0\r\n", head.encode("utf-8", "replace"), b"\r\n", block, b"\r\n\r\n"))
    return packer.compress(whole) + packer.flush()


def _http(first: str, headers: list[tuple[str, str]]) -> bytes:
    text = "".join(f"{line}\r\n" for line in (first, *(f"{name}: {_one_line(value)}" for name, value in headers), ""))
    try:
        return text.encode("latin-1")  # as on the wire
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _one_line(value: str) -> str:
    return " ".join(value.splitlines()) if "\n" in value or "\r" in value else value


def _digest(data: bytes) -> str:
    """As warcio checks it."""
    return "sha1:" + base64.b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()


def _about(source: str, fetched: datetime) -> dict[str, str]:
    moment = fetched.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return {"WARC-Record-ID": new_record_id(), "WARC-Date": moment, SOURCE_HEADER: source}
