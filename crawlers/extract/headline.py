"""Title, byline and section of an article, from what the page says of itself and what it shows."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from crawlers.extract.dom import Line
from crawlers.extract.structured import Structured, clean

_SEPARATOR = re.compile(r"\s+(?:[|»›•·:]|::|[-–—])\s+|\s*\|\s*|(?<=\w):\s(?=Okezone)")
_PAGE_SUFFIX = re.compile(r"\s*[-–|(]?\s*(?:halaman|hal\.?|page|laman)\s*(?:\d+|all|semua)\)?\s*$", re.IGNORECASE)
_SITE_WORDS = re.compile(
    r"^(?:berita|news|portal|situs|media|online|indonesia|terkini|terbaru|home|beranda|warta|kabar)(?:\s+\S+){0,2}$",
    re.IGNORECASE,
)
_DOMAIN = re.compile(r"\b[\w-]+\.(?:com|co|id|net|org|go|news|tv|info)(?:\.id)?\b", re.IGNORECASE)
_NOBODY = re.compile(
    r"^(?:admin\w*|redaksi.*|tim (?:redaksi|liputan|editor|web|media|humas|it|detik\w*|.*\.com)\b.*|editor|super ?user"
    r"|user|penulis|reporter|wartawan|jurnalis|kontributor"
    r"|newsroom|redaktur|humas.*|webmaster|operator|root|anonymous|anonim|guest|none|null|nan|-+|\.+|unknown|author"
    r"|staff|writer|desk.*|author name|dok(?:umentasi)?\b.*|foto\b.*|istimewa)$",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"^\s*(?:oleh|by|penulis|reporter|pewarta|wartawan|jurnalis|kontributor|laporan(?: wartawan)?|ditulis oleh|author)"
    r"\s*[:|/-]?\s+"
    r"|^\s*(?:penulis|reporter|pewarta|wartawan|jurnalis|kontributor|oleh)\s*[:|/]\s*",
    re.IGNORECASE,
)
_BYLINE = re.compile(
    r"^\s*(?:penulis|reporter|pewarta|wartawan|jurnalis|kontributor|oleh|by)\s*[:|]\s*(?P<name>[^|:\n]{3,60}?)"
    r"\s*(?:[|/,-]?\s*(?:editor|redaktur|foto|uploader)\s*[:|].*)?$",
    re.IGNORECASE,
)
_EDITOR = re.compile(
    r"(?:^|[|/,-]\s*|\s)(?:editor|redaktur|penyunting)\s*[:|]\s*(?P<name>[^|:\n]{3,60}?)\s*(?:[|/]\s*.*)?$",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w{3,}")
_NO_LETTER = re.compile(r"[\W_]+")
_PAGE_KINDS = frozenset(
    {"article", "artikel", "news", "berita", "home", "beranda", "index", "indeks", "read", "uncategorized"}
)


def fold(text: str) -> str:
    """Letters and digits alone, for comparing what is set differently."""
    return _NO_LETTER.sub("", unicodedata.normalize("NFKC", text).casefold())


def find_title(found: Structured, lines: list[Line], host: str) -> str:
    """The headline as set on the page, without outlet, section and page number.

    A heading that is part of the page's declared title is what readers see; without one, the declared title
    is stripped of what names the site.
    """
    declared = [
        text
        for text in (clean(found.value("headline")), found.first("og:title", "twitter:title", "title"), found.title)
        if text
    ]
    titles = [fold(text) for text in declared]
    cut = [fold(text) for text in declared if text.endswith(("...", "…"))]
    best = ""
    for line in lines:
        key = fold(line.text) if 12 <= len(line.text) <= 300 and (line.heading or len(line.text) > len(best)) else ""
        if len(key) > len(fold(best)) and _is_headline(key, line.heading, titles, cut):
            best = line.text
    best = best or _other_headline(lines, declared)
    if best:
        return without_page(best)
    for text in declared:
        bare = without_site(without_page(text), host, found.first("og:site_name", "application-name"))
        if bare:
            return bare
    return next((line.text for line in lines if line.heading == "h1"), "")


def _other_headline(lines: list[Line], declared: list[str]) -> str:
    """A top heading that says in other words what the page declares, for search engines get titles of their own."""
    for line in lines:
        if line.heading != "h1" or line.linked or not 15 <= len(line.text) <= 250:
            continue
        words = set(_WORD.findall(line.text.casefold()))
        for title in declared:
            common = len(words & set(_WORD.findall(title.casefold())))
            if common >= 3 and common >= 0.5 * len(words):
                return line.text
    return ""


def _is_headline(key: str, heading: str, titles: list[str], cut: list[str]) -> bool:
    """Whether a line is a declared title, or as a heading is most of one or begins with one that was cut."""
    if len(key) < 12:
        return False
    if not heading:
        return key in titles
    is_part = any(key in title and len(key) >= 0.5 * len(title) for title in titles)
    return is_part or any(len(title) >= 30 and key.startswith(title) for title in cut)


def without_page(title: str) -> str:
    """``title`` without ``- Halaman 2``."""
    return _PAGE_SUFFIX.sub("", title).strip()


def without_site(title: str, host: str, site_name: str = "") -> str:
    """``title`` without the parts at either end that name the outlet or its section."""
    parts = _SEPARATOR.split(title)
    ends = list(_SEPARATOR.finditer(title))
    start, stop = 0, len(parts)
    while stop - start > 1 and names_site(parts[stop - 1], host, site_name):
        stop -= 1
    while stop - start > 1 and names_site(parts[start], host, site_name):
        start += 1
    begin = ends[start - 1].end() if start else 0
    finish = ends[stop - 1].start() if stop < len(parts) else len(title)
    bare = title[begin:finish].strip()
    return re.sub(r"^\S+\.(?:com|co\.id|id|net)\s*:\s*", "", bare, flags=re.IGNORECASE).strip()


def names_site(part: str, host: str, site_name: str = "") -> bool:
    """Whether a part of a title names the outlet: a domain, its host's name, or what it calls itself."""
    key = fold(part)
    if not key or len(part.split()) > 6:
        return False
    if _DOMAIN.search(part) or (site_name and key == fold(site_name)):
        return True
    labels = [
        label
        for label in re.split(r"[.\-]", host.lower())
        if len(label) >= 3 and label not in {"www", "com", "net", "org"}
    ]
    if any(fold(word) in labels for word in part.split()):
        return True
    return any(len(label) >= 5 and (label in key or key in label) for label in labels) or bool(_SITE_WORDS.match(part))


def find_author(found: Structured, shown: Iterable[str], host: str, body_end: Iterable[str]) -> str | None:
    """The person who wrote the article, else its editor; None when only the outlet or a desk is named.

    :param shown: texts of elements whose name says that they hold a byline.
    :param body_end: lines at the end of the text, where ``Penulis:`` and ``Editor:`` stand.
    """
    for name in _declared_authors(found):
        if is_person(name, host, found):
            return bare_name(name)
    for text in shown:
        name = bare_name(text)
        if len(name) <= 60 and is_person(name, host, found):
            return name
    lines = list(_with_labels(body_end))
    for pattern in (_BYLINE, _EDITOR):
        for line in lines:
            match = pattern.search(line)
            if match and is_person(match["name"], host, found):
                return bare_name(match["name"])
    editor = found.first("content_editor", "editor", "article:editor") or clean(_name_of(found.value("editor")))
    return bare_name(editor) if editor and is_person(editor, host, found) else None


def _with_labels(lines: Iterable[str]) -> Iterator[str]:
    """Lines, a label joined with the ``: Name`` that follows it."""
    label = ""
    for line in lines:
        yield f"{label} {line}" if line.startswith(":") else line
        label = line


def _declared_authors(found: Structured) -> Iterable[str]:
    for key in ("author", "creator"):
        for article in found.articles:
            value = article.get(key)
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, dict) and "Organization" in str(item.get("@type")):
                    continue
                yield clean(_name_of(item))
    for name in (
        "content_author",
        "dtk:author",
        "dable:author",
        "author",
        "article:author",
        "parsely-author",
        "dc.creator",
        "sailthru.author",
    ):
        yield from found.meta.get(name, ())


def _name_of(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("name")
    if isinstance(value, list):
        value = ", ".join(item for item in value if isinstance(item, str))
    return value if isinstance(value, str) else ""


def bare_name(text: str) -> str:
    """A byline without label, date, outlet after a dash."""
    name = clean(text)
    name = _LABEL.sub("", name)
    name = re.split(r"\s+[-–|•]\s+|\s*[|•]\s*", name)[0]
    return name.strip(" ,-–:|/")


def is_person(text: str, host: str, found: Structured) -> bool:
    """Whether a byline names a person rather than an address, a desk or the outlet."""
    name = bare_name(text)
    key = fold(name)
    if len(key) < 3 or len(name) > 80 or re.search(r"https?:|www\.|@|[{}<>\[\]_#]|\d{3,}", name):
        return False
    if _NOBODY.match(name) or _DOMAIN.search(name):
        return False
    publisher = fold(clean(_name_of(found.value("publisher"))))
    site = fold(found.first("og:site_name"))
    if key in {publisher, site} - {""}:
        return False
    labels = [label for label in re.split(r"[.\-]", host.lower()) if len(label) >= 4 and label not in {"www"}]
    return not any(label in key for label in labels)


def find_section(found: Structured, path: str, host: str) -> str | None:
    """The section as the page names it; else the first folder of its address."""
    values = [found.value("articleSection")]
    values += [
        found.first(name)
        for name in (
            "article:section",
            "article:section2",
            "content_category",
            "section",
            "article:section3",
            "dtk:kanal",
            "kanal",
        )
    ]
    for value in values:
        name = clean(value[0] if isinstance(value, list) and value else value)
        if name and _is_section(name, host):
            return name
    crumbs = [crumb for crumb in found.crumbs[:3] if _is_section(crumb, host)]
    if crumbs:
        return crumbs[0]
    for segment in path.strip("/").split("/")[:-1]:
        if re.fullmatch(r"[a-z][a-z-]{2,24}", segment) and segment not in _PAGE_KINDS:
            return segment
    return None


def _is_section(name: str, host: str) -> bool:
    if len(name) > 40 or "/" in name or _DOMAIN.search(name) or fold(name) == fold(host):
        return False
    return name.casefold() not in _PAGE_KINDS - {"news", "berita"}
