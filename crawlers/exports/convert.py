"""One row of an export → a ``Document``, or a ``Reject``; private persons are taken out here."""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from citra.documents import Document, Kind, Reject, content_hash, document_id
from crawlers.exports.column_map import ColumnMap, Columns, column_key
from crawlers.exports.rows import BadRow, Row
from crawlers.extract.dates import Stamp, parse_stamp
from crawlers.extract.language import declared_language
from crawlers.extract.posts import text_of_post
from crawlers.extract.urls import normalise, split
from crawlers.pseudonym import Pseudonyms

EXTRACTOR = "citra-import/1"
#: a clock may be wrong, a zone misunderstood; later than this is no date of a text that exists
_AHEAD = timedelta(days=1)
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_TAG = re.compile(r"</?(?:p|br|div|a|span|b|i|em|strong|ul|li|blockquote)\b[^>]*>", re.IGNORECASE)
_QUOTED = re.compile(r'="([^"]*)"')
_HYPERLINK = re.compile(r'=\s*HYPERLINK\(\s*"([^"]*)"\s*(?:[,;]\s*"((?:[^"]|"")*)"\s*)?\)', re.IGNORECASE)
#: a spreadsheet wrote a long number so and lost its last digits
_MANGLED = re.compile(r"[+-]?\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)
_COUNT = re.compile(r"(\d+(?:[.,]\d+)*)\s*(k|rb|ribu|m|jt|juta)?\+?", re.IGNORECASE)
_SIZES = {"k": 1e3, "rb": 1e3, "ribu": 1e3, "m": 1e6, "jt": 1e6, "juta": 1e6}
_NOTHING = frozenset({"", "-", "–", "n/a", "na", "nan", "null", "none", "nil", "unknown"})
#: how X wrote times before ISO 8601: ``Thu Nov 02 01:15:00 +0000 2023``
_YEAR_LAST = re.compile(r"^[A-Za-z]{3}\s+([A-Za-z]{3})\s+(\d{1,2})\s+([\d:]{8})\s+([+-]\d{4})\s+(\d{4})$")
_MONTH_FIRST = re.compile(r"^\s*(\d{1,2})([/-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
#: days since this one are how spreadsheets hold a moment; 1994 to 2100
_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  (a wall clock)
_EXCEL_RANGE = (34335.0, 73415.0)
_LANGUAGES = {"in": "id", "ind": "id", "indonesian": "id", "indonesia": "id", "eng": "en", "english": "en"}
#: hosts whose posts have an address that does not name the author
_NAMELESS = {"twitter.com": "x.com", "x.com": "x.com"}


class _Bad(ValueError):
    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class Converter:
    """Turns rows of one export into documents.

    A post's author, mentions, profile addresses and mail addresses become salted hashes; nothing of a refused post is
    kept. The byline of news stays.
    """

    def __init__(
        self, columns: ColumnMap, *, source: str, file: str, kind: Kind | None, salt: str, now: datetime
    ) -> None:
        """:param kind: overrides the map's. :param salt: needed unless all rows are news. :param now: fetch time."""
        self.map, self.source, self.file, self.now = columns, source, file, now
        self.kind = kind or columns.kind
        self._zone = ZoneInfo(columns.zone)
        self._keys: dict[str, tuple[str, ...]] = {
            field: tuple(map(column_key, getattr(columns.columns, field))) for field in Columns.model_fields
        }
        self._counts = {name: tuple(map(column_key, names)) for name, names in columns.engagement.items()}
        self._kinds = {} if kind else {column_key(value): told for value, told in columns.kinds.items()}
        self._platforms = {column_key(value): name for value, name in columns.platforms.items()}
        self._salt = salt
        self._pseudonyms: dict[str, Pseudonyms] = {}

    def convert(self, row: Row | BadRow) -> Document | Reject:
        if isinstance(row, BadRow):
            return self.refuse(row.number, row.reason, row.detail)
        kind = self._kind(row)
        try:
            return self._document(row, kind)
        except _Bad as wrong:
            record = json.dumps(dict(row.values), ensure_ascii=False)[:2000] if kind == "news" else ""
            return self.refuse(row.number, wrong.reason, str(wrong), _plain(record))

    def refuse(self, number: int, reason: str, detail: str, record: str = "") -> Reject:
        """The reject of row ``number``."""
        return Reject(
            stage="extract",
            reason=reason,
            detail=detail[:300],
            source=self.source,
            locator=f"{self.file}:{number}",
            record=record,
            at=self.now,
        )

    def _document(self, row: Row, kind: Kind) -> Document:
        text, title = _prose(self._get(row, "text")), _prose(self._get(row, "title"))
        if not any(char.isalnum() for char in text):
            raise _Bad("no-text", "no words in the text")
        published, published_raw = self._published(row)
        url = self._get(row, "url")
        if url and split(url) is None:
            raise _Bad("bad-url", "the address is no http(s) address")
        platform = self._platform(row)
        place = f"{platform}:" if platform else self.source
        author: str | None = self._get(row, "author") or None
        if kind != "news":
            names = self._names(row, platform or self.source, author)
            hide = self._pseudonyms_of(platform or self.source)
            text, title = _hidden(text, names, hide), "" if kind == "social" else _hidden(title, names, hide)
            author = names.get(author) if author else None
            url_shown = _nameless(url, names, hide)
        else:
            url_shown = url
        key = self._key(row, url, kind, f"{title}\n{text}\n{published_raw}")
        thread = self._get(row, "thread")
        return Document(
            id=document_id(self.source if kind == "news" else place, key),
            source=self.source,
            kind=kind,
            url=url_shown,
            canonical_url=normalise(url_shown) if url_shown else "",
            title=" ".join(title.split()),
            text=text,
            author=author,
            published=published,
            published_raw=published_raw,
            fetched=self.now,
            language=declared_language(_language(self._get(row, "language"))),
            section=self._get(row, "section") or None,
            engagement=self._engagement(row),
            thread_id=document_id(place, thread) if thread and not _MANGLED.fullmatch(thread) else None,
            content_hash=content_hash(title, text),
            extractor=EXTRACTOR,
        )

    # --- fields --------------------------------------------------------------------------------------------------

    def _get(self, row: Row, field: str) -> str:
        """The first column of a field that holds something, as a reader would see it."""
        for key in self._keys[field]:
            value = row.values.get(key, "")
            if value:
                value = _cell(value, label=field not in {"url", "id", "thread"})
            if value and value.casefold() not in _NOTHING:
                return value
        return ""

    def _kind(self, row: Row) -> Kind:
        return self._kinds.get(column_key(self._get(row, "kind")), self.kind)

    def _platform(self, row: Row) -> str:
        told = column_key(self._get(row, "platform"))
        return self._platforms.get(told, told.replace(" ", "-")) or self.map.platform

    def _key(self, row: Row, url: str, kind: Kind, content: str) -> str:
        """What tells a row from all others: its id, else its address, else all that it says."""
        number = self._get(row, "id")
        if kind == "news" and url:
            return normalise(url)
        if number and not _MANGLED.fullmatch(number):
            return number
        if url:
            return _post_number(url) or normalise(url)
        if number:
            raise _Bad("mangled-id", f"a spreadsheet has cut the id {number!r}; export it as text")
        return "content " + hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()[:32]

    def _published(self, row: Row) -> tuple[datetime | None, str | None]:
        raw = " ".join(part for part in (self._get(row, "published"), self._get(row, "time")) if part)
        if not raw:
            return None, None
        stamp = self._stamp(raw)
        if stamp is None:
            raise _Bad("bad-date", f"{raw[:60]!r} is no date")
        try:
            moment = stamp.instant(self._zone)
        except OverflowError:
            raise _Bad("bad-date", f"{raw[:60]!r} is no date") from None
        if moment > self.now + _AHEAD:
            raise _Bad("bad-date", f"{raw[:60]!r} lies in the future")
        return moment, raw

    def _stamp(self, raw: str) -> Stamp | None:
        if re.fullmatch(r"\d{5}(?:[.,]\d+)?", raw):
            days = float(raw.replace(",", "."))
            if _EXCEL_RANGE[0] <= days <= _EXCEL_RANGE[1]:
                wall = _EXCEL_EPOCH + timedelta(seconds=round(days * 86400))
                return Stamp(raw, wall, None, has_time=days % 1 > 0)
        if self.map.month_first:
            raw = _MONTH_FIRST.sub(r"\3\2\1\2\4", raw)
        return parse_stamp(_YEAR_LAST.sub(r"\2 \1 \5 \3 \4", raw))

    def _engagement(self, row: Row) -> dict[str, int]:
        found: dict[str, int] = {}
        for name, keys in self._counts.items():
            told = next((_cell(value) for key in keys if (value := row.values.get(key, "").strip())), "")
            if told.casefold() in _NOTHING:
                continue
            found[name] = _count(name, told)
        return found

    # --- people --------------------------------------------------------------------------------------------------

    def _pseudonyms_of(self, place: str) -> Pseudonyms:
        if place not in self._pseudonyms:
            self._pseudonyms[place] = Pseudonyms(self._salt, place)
        return self._pseudonyms[place]

    def _names(self, row: Row, place: str, author: str | None) -> dict[str, str]:
        """What the author is called → the pseudonym."""
        name = self._get(row, "author_name")
        handle = author or name
        if not handle:
            return {}
        known = re.fullmatch(r"anon:[0-9a-f]{16}", handle)
        pseudonym = handle if known else self._pseudonyms_of(place).of(handle)
        return {each: pseudonym for each in (handle, name) if each}


def _plain(text: str) -> str:
    """Without control characters and lone surrogates, which no UTF-8 file can hold."""
    if text.isprintable():
        return text
    return _SURROGATE.sub("\ufffd", _UNSEEN.sub(" ", text))


def _cell(value: str, *, label: bool = True) -> str:
    """A cell as it is shown: formulas that only quote are undone, all others stay text and are never computed.

    :param label: of a link, take what is shown; else where it leads.
    """
    value = _plain(value).strip()
    if value[:1] == "'" and value[1:2] in "=+-@":  # put before what a spreadsheet would compute
        value = value[1:]
    if value[:1] != "=":
        return value
    link = _HYPERLINK.fullmatch(value)
    if link:
        return (link[2] or link[1]).replace('""', '"') if label else link[1]
    quoted = _QUOTED.fullmatch(value)
    return quoted[1] if quoted else value


def _prose(text: str) -> str:
    """Paragraphs one a line, markup and entities resolved."""
    if _TAG.search(text):
        return text_of_post(text)
    lines = (" ".join(line.split()) for line in html.unescape(text).splitlines())
    return "\n".join(line for line in lines if line)


def _language(told: str) -> str:
    told = told.casefold()
    return _LANGUAGES.get(told, re.split(r"[-_]", told)[0])


def _count(name: str, told: str) -> int:
    """``1,234``, ``1.2K``, ``1,5 rb``, ``12.0`` as a number."""
    match = _COUNT.fullmatch(told)
    if not match:
        raise _Bad("bad-count", f"{name}: {told[:40]!r} is no count")
    digits, size = match[1], _SIZES.get((match[2] or "").lower(), 1)
    if size > 1:
        number = float(digits.replace(",", ".")) if digits.count(".") + digits.count(",") <= 1 else 0.0
    elif re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", digits):  # thousands, whichever the sign
        number = float(re.sub(r"[.,]", "", digits))
    else:
        number = float(re.sub(r"[.,]0+$", "", digits)) if re.fullmatch(r"\d+(?:[.,]0+)?", digits) else -1.0
    if number < 0 or number * size >= 2**63:
        raise _Bad("bad-count", f"{name}: {told[:40]!r} is no count")
    return round(number * size)


def _hidden(text: str, names: Mapping[str, str], hide: Pseudonyms) -> str:
    """``text`` without people; only names that occur in it are looked for, each costs a pattern."""
    seen = text.casefold()
    return hide.text(text, {name: each for name, each in names.items() if name.lstrip("@").casefold() in seen})


def _post_number(url: str) -> str:
    """The id that the address of a post on X holds; empty for others."""
    found = re.fullmatch(r"/[^/]+/status(?:es)?/(\d+)(?:/.*)?", urlsplit(url).path)
    host = (urlsplit(url).hostname or "").removeprefix("www.").removeprefix("mobile.")
    return found[1] if found and host in _NAMELESS else ""


def _nameless(url: str, names: Mapping[str, str], hide: Pseudonyms) -> str:
    """The address of a post without its author: every part that names one becomes the pseudonym."""
    if not url:
        return ""
    place = urlsplit(url)
    host = (place.hostname or "").removeprefix("www.").removeprefix("mobile.")
    number = _post_number(url)
    if number:
        return f"https://{_NAMELESS[host]}/i/status/{number}"
    known = {name.lstrip("@").casefold(): pseudonym for name, pseudonym in names.items()}
    parts = place.path.split("/")
    for at, part in enumerate(parts):
        name = part.lstrip("@").casefold()
        follows = parts[at + 1] if at + 1 < len(parts) else ""
        if name and (
            part.startswith("@") or name in known or follows in {"posts", "videos", "photos", "status", "reel"}
        ):
            parts[at] = known.get(name) or hide.of(part)
    clean = urlunsplit((place.scheme, place.netloc.rpartition("@")[2], "/".join(parts), "", ""))
    queries = f"?{place.query}" if place.query and not any(name in place.query.casefold() for name in known) else ""
    return clean + queries
