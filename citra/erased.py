"""What was erased must not come back: marks (hashes) of its addresses, authors and ids, in the lake's ``erased`` area.

A mark names nobody; it only tells whether something that comes by is what was erased. All that is removed is found by
marks, so that an erasure that was killed, or undone by an old backup, is completed from them alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from citra.documents import Document, Mention, content_hash, mark
from citra.errors import InputError
from citra.lake import Lake

AREA = "erased"
#: stands where an erased person's pseudonym stood in texts of others; as long, so that offsets stay
NOBODY = "anon:" + "0" * 16

_PSEUDONYM = re.compile(r"anon:[0-9a-f]{16}")
_HEX = re.compile(r"(?<![0-9a-f])[0-9a-f]{16}(?![0-9a-f])")
_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{24}(?![0-9a-f])")
_URL = re.compile(r"https?://[^\s\"'<>\\]+")


class Erased:
    """Tells what was erased.

    :param normalise: an address without tracking and the like, as ``crawlers.links.normalise`` makes it.
    """

    def __init__(self, marks: Iterable[str], normalise: Callable[[str], str]) -> None:
        self.marks = frozenset(marks)
        self._normalise = normalise

    def __bool__(self) -> bool:
        return bool(self.marks)

    def has_url(self, url: str | None) -> bool:
        if not url or not self.marks:
            return False
        try:
            return mark("url", self._normalise(url)) in self.marks
        except ValueError:  # no address
            return False

    def has_author(self, author: str | None) -> bool:
        return bool(author and self.marks) and mark("author", str(author)) in self.marks

    def has_id(self, id_: str | None) -> bool:
        return bool(id_ and self.marks) and mark("id", str(id_)) in self.marks

    def has(self, record: Mapping[str, Any]) -> bool:
        """Whether a document or mention, as JSON, is one that was erased."""
        return (
            self.has_id(record.get("id"))
            or self.has_author(record.get("author"))
            or self.has_url(record.get("url"))
            or self.has_url(record.get("canonical_url"))
        )

    def has_document(self, document: Document) -> bool:
        return (
            self.has_id(document.id)
            or self.has_author(document.author)
            or self.has_url(document.url)
            or self.has_url(document.canonical_url)
        )

    def touches(self, text: str) -> bool:
        """Whether a line of any kind holds an address, id or pseudonym that was erased."""
        return (
            any(map(self.has_author, _PSEUDONYM.findall(text)))
            or any(map(self.has_id, _ID.findall(text)))
            or any(self.has_url(url.rstrip(".,;:)]}")) for url in _URL.findall(text))
        )

    def redacted(self, text: str) -> str:
        """The text with erased pseudonyms made :data:`NOBODY`."""
        if not self.marks:
            return text
        return _HEX.sub(lambda found: NOBODY[5:] if self.has_author(f"anon:{found[0]}") else found[0], text)

    def without_urls(self, text: str) -> str:
        """The text with erased addresses taken out."""
        return _URL.sub(lambda found: "[erased]" if self.has_url(found[0].rstrip(".,;:)]}")) else found[0], text)

    def document(self, document: Document) -> Document:
        """The document with erased people taken out of its text."""
        if not self.marks:
            return document
        title, text = self.redacted(document.title), self.redacted(document.text)
        if (title, text) == (document.title, document.text):
            return document
        return replace(document, title=title, text=text, content_hash=content_hash(title, text))

    def mention(self, mention: Mention) -> Mention:
        """The same for a mention."""
        document = self.document(mention.document)
        if document is mention.document:
            return mention
        return replace(mention, document=document, stems=self.redacted(mention.stems))


def read_erased(lake: Lake, normalise: Callable[[str], str]) -> Erased:
    """All that was ever erased from this lake."""
    marks: set[str] = set()
    for record in tombstones(lake):
        marks |= set(record["marks"])
    return Erased(marks, normalise)


def tombstones(lake: Lake) -> list[dict[str, Any]]:
    """The records of all erasures, oldest first.

    :raises InputError: one cannot be read: nothing may be taken in before that is mended.
    """
    found = []
    for path in sorted(lake.fs.glob(f"{lake.root}/{AREA}/*.json")):
        try:
            record = json.loads(lake.fs.cat_file(path))
            record["marks"] = [str(each) for each in record["marks"]]
            found.append(record)
        except (ValueError, KeyError, TypeError) as wrong:
            raise InputError(f"{path}: a damaged record of an erasure ({wrong}); restore it from a backup") from wrong
    return sorted(found, key=lambda record: str(record.get("begun", "")))


def write_tombstone(lake: Lake, record: Mapping[str, Any]) -> None:
    """Replace the record of one erasure, named by its ``id``."""
    with lake.replacing(f"{lake.root}/{AREA}/{record['id']}.json") as out:
        out.write(json.dumps(record, ensure_ascii=False, indent=1).encode() + b"\n")
