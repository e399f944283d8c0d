"""Fetched bytes to text, whatever the server and the page say of their encoding."""

from __future__ import annotations

import re
import zlib

#: a page larger than this is no article; the largest of the shared pages has 0.4 MB
LARGEST = 12_000_000
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.\-]{2,40})", re.IGNORECASE)
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_:.\-]{2,40})", re.IGNORECASE)
_CONTROL = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_BINARY = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"PK\x03\x04",
    b"\x7fELF",
    b"RIFF",
    b"\x00\x00\x00",
    b"Rar!",
    b"ID3",
)


class NotHtml(ValueError):
    """The bytes are no page; ``reason`` is a reject's code."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def decode(html: bytes, content_type: str = "") -> str:
    """Bytes as text: valid UTF-8 is believed over any declaration, for declarations are often wrong.

    :raises NotHtml: see ``parse``.
    """
    if html[:2] == b"\x1f\x8b":
        html = _unzip(html)
    if len(html) > LARGEST:
        raise NotHtml("too-large", f"{len(html)} bytes")
    if not html.removeprefix(b"\xef\xbb\xbf").strip():
        raise NotHtml("empty", "no content")
    head = html[:4096]
    if html[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return html.decode("utf-16", "replace").replace("\x00", "")
    if head.startswith(_BINARY) or head.count(0) > len(head) // 10:
        raise NotHtml("not-html", "binary content")
    html = html.removeprefix(b"\xef\xbb\xbf").replace(b"\x00", b"")
    try:
        text = html.decode("utf-8")
    except UnicodeDecodeError:
        text = _decode_declared(html, content_type)
    return text if text.isprintable() else _CONTROL.sub(" ", text)


def _decode_declared(html: bytes, content_type: str) -> str:
    meta = _META_CHARSET.search(html[:4096])
    header = _HEADER_CHARSET.search(content_type)
    names = [header[1] if header else "", meta[1].decode("ascii") if meta else ""]
    for name in names:
        if name and name.lower().replace("_", "-") not in {"utf-8", "utf8", "ascii", "us-ascii", "iso-8859-1"}:
            try:
                return html.decode(name)
            except (LookupError, UnicodeError, ValueError):
                continue
    broken = html.decode("utf-8", "replace")
    # a few bad bytes in UTF-8 stay UTF-8; a page of Latin-1 has more bad bytes than good sequences
    good = sum(1 for char in broken if char > "\x7f" and char != "\ufffd")
    return broken if broken.count("\ufffd") <= good else html.decode("cp1252", "replace")


def _unzip(html: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        text = unpacker.decompress(html, LARGEST + 1)
    except zlib.error as wrong:
        raise NotHtml("not-html", f"damaged gzip: {wrong}") from wrong
    if text[:2] == b"\x1f\x8b":
        raise NotHtml("not-html", "gzip within gzip")
    return text
