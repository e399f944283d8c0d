"""Addresses: what makes two of them the same page, the whole-article rule, and the topic filter on links."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from crawlers.source import WholeArticle

TOPIC_WORDS = Path(__file__).parent / "data" / "topic_words.txt"

#: parameters that say where a reader came from, not what is read
_TRACKING = re.compile(
    r"^(utm_\w+|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_[ce]id|_ga|_gl|ref|source|from|campaign|medium|"
    r"(tag|mdk|jns|ktg|bbm)_?from|tracking\w*|wtmk|amp)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What a feed, sitemap or listing tells of an article before it is fetched."""

    url: str  #: absolute
    title: str = ""  #: also the summary of a feed; empty when there is none
    published: datetime | None = None  #: aware UTC; None when not told
    day_only: bool = False  #: ``published`` is the first instant of a day, the time of day is unknown
    modified: datetime | None = None  #: aware UTC; None when not told to the minute


@lru_cache(maxsize=4096)  # a page's own address is asked for five times while it is stored
def normalise(url: str) -> str:
    """The address without fragment, tracking parameters, default port and upper-case host.

    >>> normalise("HTTP://WWW.Contoh.id:80/a?utm_source=x&page=2#komentar")
    'http://www.contoh.id/a?page=2'
    """
    place = urlsplit(url.strip())
    scheme, host = place.scheme.lower(), (place.hostname or "").lower()
    if ":" in host:
        host = f"[{host}]"
    if place.port and place.port != {"http": 80, "https": 443}.get(scheme):
        host = f"{host}:{place.port}"
    kept = [(k, v) for k, v in parse_qsl(place.query, keep_blank_values=True) if not _TRACKING.match(k)]
    return urlunsplit((scheme, host, place.path or "/", urlencode(kept), ""))


def whole(url: str, rule: WholeArticle) -> str:
    """The address that shows the article on one page.

    >>> whole("https://contoh.id/d-1/judul/2", WholeArticle(query="single=1", strip_page_number=True))
    'https://contoh.id/d-1/judul?single=1'
    """
    place = urlsplit(url)
    path, query = place.path, place.query
    if rule.strip_page_number:
        path = re.sub(r"(?<=[^/])/\d{1,2}/?$", "", path)
    if rule.path and not path.endswith(rule.path):
        path = path.rstrip("/") + rule.path
    if rule.query:
        name = rule.query.partition("=")[0]
        others = [pair for pair in query.split("&") if pair and pair.partition("=")[0] != name]
        query = "&".join([*others, rule.query])
    return urlunsplit((place.scheme, place.netloc, path, query, ""))


class TopicFilter:
    """Decides by words of title and address whether a link may be about civil servants."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        """:param words: replace the shipped ones; phrases, case aside, matched as whole words."""
        chosen = sorted({" ".join(word.lower().split()) for word in words or shipped_words()} - {""})
        self.words = tuple(chosen)
        choices = "|".join(re.escape(word).replace(r"\ ", r"[\s_-]+") for word in reversed(chosen))
        self._pattern = re.compile(rf"(?<!\w)(?:{choices})(?!\w)")

    def match(self, link: Link) -> str | None:
        """The first word found in title or address, or None."""
        path = re.sub(r"[-_/.+]+", " ", unquote(urlsplit(link.url).path))
        found = self._pattern.search(f"{link.title} {path}".lower())
        return found.group() if found else None


def shipped_words() -> tuple[str, ...]:
    """The words of ``crawlers/data/topic_words.txt``."""
    lines = TOPIC_WORDS.read_text(encoding="utf-8").splitlines()
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))
