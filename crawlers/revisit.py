"""When a place or a page is worth asking again. Pure; what was seen when is remembered by ``crawlers.state``."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawlers.shown import prose, shown_text

#: a place that brought nothing new for a time is not asked for a tenth of it (as caches do by RFC 9111, §4.2.2) …
REST_SHARE = 0.1
#: … at most so long; and shorter rests are not worth the name
LONGEST_REST, SHORTEST_REST = timedelta(hours=6), timedelta(minutes=5)
#: articles are edited in their first two days; after that a page is not asked again
RECENT = timedelta(hours=48)
#: times that one page is asked again: a sitemap may call every page modified at every moment
MOST_VISITS = 3

#: with fewer characters in paragraphs the text stands elsewhere: all that is shown is compared
_LEAST_PROSE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A page as it was when it was last stored."""

    url: str
    fetched: datetime  #: first, aware UTC
    checked: datetime  #: last, aware UTC
    etag: str = ""
    modified: str = ""  #: Last-Modified
    digest: str = ""  #: of what is shown; empty when part of the article was missing
    checks: int = 0  #: times asked again


def rest(asked: datetime, changed: datetime) -> timedelta:
    """How long a place that was last asked at ``asked`` and last brought something new at ``changed`` is left alone."""
    found = min(LONGEST_REST, REST_SHARE * (asked - changed))
    return found if found >= SHORTEST_REST else timedelta()


def is_edited(visit: Visit, modified: datetime | None) -> bool:
    """Whether a site that says a page was ``modified`` should be believed once more."""
    return modified is not None and modified > visit.checked and visit.checks < MOST_VISITS


def text_digest(page: str) -> str:
    """Hash of title, heading and paragraphs: blind to scripts, advertisements and white space, which change."""
    text = prose(page)
    if len(text) < _LEAST_PROSE:
        text = shown_text(page)
    letters = text.encode("utf-8", "replace").translate(None, b" \t\r\n\f")
    return hashlib.sha256(letters).hexdigest()[:16]
