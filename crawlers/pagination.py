"""The next page of an article that a site cuts into pages. Pure; the extraction decides what belongs together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urljoin

from crawlers.extract.merge import page_number
from crawlers.extract.urls import normalise

#: pages of one article that are followed
MOST_PAGES = 10

_LINK = re.compile(r"<(?:a|link)\b[^<>]*?\bhref\s*=\s*(?:\"([^\"<>]*)\"|'([^'<>]*)')", re.IGNORECASE)


def next_page(html: str, url: str) -> str | None:
    """The address of the page after ``url`` in the same article, or None when there is none.

    ``rel=next`` alone proves nothing: blogs use it for the next article. A link counts when it differs from ``url`` by
    nothing but a page number, and that number is the next one.

    >>> next_page('<a rel="next" href="?page=2">2</a>', "https://contoh.id/read/1/gaji-pns-naik")
    'https://contoh.id/read/1/gaji-pns-naik?page=2'
    >>> next_page('<link rel="next" href="/read/2/cuti-bersama-asn">', "https://contoh.id/read/1/gaji-pns-naik")
    """
    number = page_number(url)
    if not 0 < number < MOST_PAGES:
        return None
    own = normalise(url)
    return next(
        (link for link in _links(html, url) if page_number(link) == number + 1 and normalise(link) == own), None
    )


def _links(html: str, url: str) -> Iterator[str]:
    for found in _LINK.finditer(html):
        href = unescape(found[1] or found[2] or "").strip()
        if not href or href.startswith(("#", "javascript:", "mailto:")) or not any(sign.isdigit() for sign in href):
            continue
        try:
            yield urljoin(url, href).partition("#")[0]
        except ValueError:
            continue
