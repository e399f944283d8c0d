"""Several fetches of one article or post to one document."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

from citra.documents import Document, content_hash

_PAGE_KEYS = frozenset({"page", "hal", "halaman", "paged"})
_WHOLE = frozenset({"all", "semua"})
_PATH_PAGE = re.compile(r"[a-z-]{8,}/(\d{1,2}|all)/?$", re.IGNORECASE)


def merge_documents(documents: Iterable[Document]) -> list[Document]:
    """One document for each id, sorted by id.

    Of a page fetched twice the later fetch counts. The pages of an article are joined in order, a paragraph
    that comes again on a later page once; where a page with the whole article is longer, it is taken.
    """
    groups: dict[str, list[Document]] = {}
    for document in documents:
        groups.setdefault(document.id, []).append(document)
    return [_merged(groups[each]) for each in sorted(groups)]


def page_number(url: str) -> int:
    """Which page of an article an address shows: 1 by default, 0 for the whole article."""
    parts = urlsplit(url)
    for key, value in parse_qsl(parts.query):
        if key.lower() in _PAGE_KEYS | {"single", "show"}:
            if value.lower() in _WHOLE or (key.lower() == "single" and value):
                return 0
            if key.lower() in _PAGE_KEYS and re.fullmatch(r"\d{1,2}", value):
                return max(int(value), 1)
    match = _PATH_PAGE.search(parts.path)
    if match:
        return 0 if match[1].lower() == "all" else max(int(match[1]), 1)
    return 1


def _merged(documents: list[Document]) -> Document:
    latest: dict[int, Document] = {}
    for document in sorted(documents, key=lambda each: (each.fetched, len(each.text), each.url)):
        latest[page_number(document.url)] = document
    numbers = sorted(latest)
    first = latest[numbers[0]]
    if len(numbers) == 1:
        return first
    pages = [latest[number] for number in numbers if number > 0]
    paragraphs = dict.fromkeys(line for page in pages for line in page.text.split("\n"))
    text = max(["\n".join(paragraphs), *(page.text for page in latest.values())], key=len)
    return replace(
        first,
        text=text,
        content_hash=content_hash(first.title, text),
        fetched=max(page.fetched for page in latest.values()),
        author=next((page.author for page in latest.values() if page.author), None),
    )
