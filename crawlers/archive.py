"""Other people's WARC files (Common Crawl CC-NEWS): read from any offset, past damage, rewritten as records of ours."""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO
from urllib.parse import urlsplit

from warcio.archiveiterator import WARCIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord

from crawlers.warc import SOURCE_HEADER, pack_copy

#: our own header: ``file@offset`` that a record was copied from
ORIGIN_HEADER = "WARC-Citra-Origin"
_HTML = frozenset({"text/html", "application/xhtml+xml", ""})
_BLOCK = 1 << 20
#: what the reading of a damaged file raises; faults of a disk or a network (OSError) are none of the file
_DAMAGE = (ArchiveLoadFailed, EOFError, zlib.error, ValueError, TypeError, AttributeError, IndexError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An archived page that is wanted."""

    offset: int  #: of the record in the file; reading may begin here again
    source: str  #: what ``choose`` called it
    url: str
    fetched: datetime  #: WARC-Date, aware UTC
    headers: tuple[tuple[str, str], ...]  #: of the HTTP response
    body: bytes  #: without transfer and content encoding
    record_id: str  #: the archive's own, so that a record copied twice is known


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A record that is not wanted."""

    offset: int
    reason: str  #: ``other-host``, ``http-status``, ``not-html``, ``revisit`` or ``too-large``


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """A stretch of the file that holds no readable record."""

    offset: int
    detail: str
    url: str = ""  #: of the damaged record, where it can be read
    source: str = ""


def read_archive(
    stream: IO[bytes], *, start: int, size: int, choose: Callable[[str], str | None], max_bytes: int
) -> Iterator[Page | Passed | Damage]:
    """The responses and revisits of a WARC file from ``start`` on, gzip per record or plain, in file order.

    Behind a damaged record reading goes on at the next one that begins soundly.

    :param start: offset at which a record begins. :param size: of the file, bytes.
    :param choose: name of the source that an address belongs to; None: not wanted, its body is not read.
    :param max_bytes: longest body, decoded.
    :raises OSError: the file cannot be read on; what was yielded stands.
    """
    while start < size:
        stream.seek(start)
        records = WARCIterator(stream)
        fault, place = "", start
        try:
            for record in records:
                place = records.offset
                found = _read(record, place, choose, max_bytes)
                if found is not None:
                    yield found
                if isinstance(found, Damage):
                    break
            else:
                place = records.offset
                fault = "no record begins here" if place < size else ""
        except _DAMAGE as wrong:
            place = max(place, records.offset)
            fault = " ".join(str(wrong).split())[:300] or type(wrong).__name__
        if fault:
            yield Damage(offset=place, detail=fault)
        start = _next_record(stream, place + 1, size)


def _read(
    record: ArcWarcRecord, offset: int, choose: Callable[[str], str | None], max_bytes: int
) -> Page | Passed | Damage | None:
    """What one record is; None for requests, metadata and the like."""
    if record.rec_type not in {"response", "revisit"}:
        return None
    about, http = record.rec_headers, record.http_headers
    url = (about.get_header("WARC-Target-URI") or "").strip("<>")
    source = choose(url)
    if source is None:
        return Passed(offset=offset, reason="other-host")
    if record.rec_type == "revisit":  # says only that the page was as before
        return Passed(offset=offset, reason="revisit")
    if http is None or http.get_statuscode() != "200":
        return Passed(offset=offset, reason="http-status")
    if (http.get_header("Content-Type") or "").partition(";")[0].strip().lower() not in _HTML:
        return Passed(offset=offset, reason="not-html")
    body = _body(record, max_bytes)
    if body is None:
        return Passed(offset=offset, reason="too-large")
    if getattr(record.raw_stream, "limit", 0):
        return Damage(offset=offset, detail="the record is cut off or damaged", url=url, source=source)
    fetched = datetime.fromisoformat(about.get_header("WARC-Date") or "")
    fetched = fetched.astimezone(UTC) if fetched.tzinfo else fetched.replace(tzinfo=UTC)
    return Page(
        offset=offset,
        source=source,
        url=url,
        fetched=fetched,
        headers=tuple(http.headers),
        body=body,
        record_id=about.get_header("WARC-Record-ID") or _made_id(url, fetched),
    )


def _made_id(url: str, fetched: datetime) -> str:
    return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{fetched.isoformat()} {url}')}>"


def _body(record: ArcWarcRecord, max_bytes: int) -> bytes | None:
    """The decoded body; None when it is longer than ``max_bytes``, however short it was on the wire."""
    stream = record.content_stream()
    parts, length = [], 0
    while part := stream.read(1 << 16):
        length += len(part)
        if length > max_bytes:
            return None
        parts.append(part)
    return b"".join(parts)


def _next_record(stream: IO[bytes], start: int, size: int) -> int:
    """Offset at or behind ``start`` where a WARC record begins, compressed or not; ``size`` when there is none."""
    tail = b""
    while start < size:
        stream.seek(start)
        block = stream.read(_BLOCK)
        if not block:
            return size
        text = tail + block
        base = start - len(tail)
        for mark in (b"\x1f\x8b\x08", b"\n\r\nWARC/1."):
            at = text.find(mark)
            while at >= 0:
                found = base + at + (3 if mark[:1] == b"\n" else 0)
                if mark[:1] == b"\n" or _is_member(stream, found):
                    return found
                at = text.find(mark, at + 1)
        tail = text[-16:]
        start += len(block)
    return size


def _is_member(stream: IO[bytes], offset: int) -> bool:
    """Whether a gzip member that holds a WARC record begins at ``offset``."""
    stream.seek(offset)
    try:
        return zlib.decompressobj(wbits=31).decompress(stream.read(4096), 64).startswith(b"WARC/")
    except zlib.error:
        return False


def pack_archived(page: Page, origin: str) -> bytes:
    """``page`` as a ``response`` record of ours, one gzip member: decoded, under the id it had in the archive.

    The same page gives the same bytes. No ``request`` record is made up for it.
    """
    about: Mapping[str, str] = {
        "WARC-Record-ID": page.record_id,
        "WARC-Date": page.fetched.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        SOURCE_HEADER: page.source,
        ORIGIN_HEADER: f"{origin}@{page.offset}",
    }
    return pack_copy(url=page.url, headers=page.headers, body=page.body, about=about)


def host_of(url: str) -> str:
    """The host of an http(s) address, in lower case; empty when it is none."""
    try:
        place = urlsplit(url)
        return (place.hostname or "").lower() if place.scheme in {"http", "https"} else ""
    except ValueError:
        return ""
