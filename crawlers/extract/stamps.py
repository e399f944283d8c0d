"""Where on a page a date of publication may stand: structured data, meta tags, ``<time>``, the line by the headline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime

from lxml.html import HtmlElement

from citra.documents import JAKARTA
from crawlers.extract.boilerplate import is_date_line
from crawlers.extract.dates import CLOCK_ALONE, ago, find_stamps, parse_stamp
from crawlers.extract.dom import Page, text_of
from crawlers.extract.published import Candidate
from crawlers.extract.structured import Structured

#: trust in a meta tag, by its lower-case name
META_WEIGHTS = {
    "article:published_time": 3.0,
    "og:published_time": 2.0,
    "og:article:published_time": 2.0,
    "datepublished": 2.0,
    "pubdate": 2.0,
    "publishdate": 2.0,
    "publish_date": 2.0,
    "publish-date": 2.0,
    "publisheddate": 2.0,
    "published": 2.0,
    "published_at": 2.0,
    "dtk:publishdate": 2.0,
    "dtk:publishdateunix": 2.0,
    "content_publisheddate": 2.0,
    "cxenseparse:recs:publishtime": 2.0,
    "cxenseparse:publishtime": 2.0,
    "parsely-pub-date": 2.0,
    "sailthru.date": 1.5,
    "dc.date.issued": 1.5,
    "dc.date": 1.5,
    "dcterms.created": 1.5,
    "date": 1.5,
    "article:published": 2.0,
    "datecreated": 0.8,
    "createdate": 0.8,
    "dtk:createddate": 0.8,
    "uploaddate": 0.8,
}
_SELECTED, _ARTICLE, _WEB_PAGE, _CREATED, _TIME_TAG = 6.0, 3.0, 1.5, 0.8, 2.0
_NEAREST, _NEAR, _ABOVE, _TICKER = 3.0, 1.5, 2.0, 0.3
#: letters that may stand beside a stamp: section, reporter, outlet
BESIDE = 60
#: lines between headline and byline: share buttons, a picture's caption, a summary
BELOW, OVER = 25, 8


def collect_stamps(
    found: Structured, page: Page, title_at: int, body_span: tuple[int, int], chosen: list[HtmlElement] | None = None
) -> list[Candidate]:
    """Every stamp of the page that may be the day of publication, with the trust its place deserves."""
    given: list[tuple[str, float]] = []
    for node in chosen or ():
        given.append((node.get("datetime") or node.get("content") or text_of(node), _SELECTED))
    for item in found.articles:
        given.append((str(item.get("datePublished") or ""), _ARTICLE))
        given.append((str(item.get("dateCreated") or ""), _CREATED))
    given += [(str(item.get("datePublished") or ""), _WEB_PAGE) for item in found.pages]
    for name, weight in META_WEIGHTS.items():
        given += [(text, weight) for text in dict.fromkeys(found.meta.get(name, ()))]
    given += [(text, _TIME_TAG) for text in _time_tags(page, title_at)]
    candidates = []
    for raw, weight in given:
        stamp = parse_stamp(raw) if raw else None
        if stamp is not None:
            candidates.append(Candidate(stamp, raw.strip(), weight))
    return candidates + list(_visible(page, title_at, body_span))


def _time_tags(page: Page, title_at: int) -> Iterator[str]:
    """Machine stamps of elements near the headline; without one, a stamp that stands alone on the page."""
    stamps = list(_placed_time_tags(page))
    if title_at < 0:
        yield from {stamp for stamp, _ in stamps} if len(stamps) <= 2 else ()
        return
    yield from (stamp for stamp, at in stamps if at is not None and title_at - OVER <= at <= title_at + BELOW)


def _placed_time_tags(page: Page) -> Iterator[tuple[str, int | None]]:
    for number, node in enumerate(page.root.iter("time", "span", "div", "abbr", "p")):
        if number > 20_000:
            return
        stamp = node.get("datetime") or node.get("content") or (node.get("title") if node.tag == "abbr" else "") or ""
        if not stamp or len(stamp) > 60:
            continue
        if node.tag != "time" and "datePublished" not in (node.get("itemprop") or ""):
            continue
        yield stamp, _line_of(page, node)


def _line_of(page: Page, node: HtmlElement) -> int | None:
    block: HtmlElement | None = node
    while block is not None:
        if block in page.span:
            return page.span[block][0]
        block = block.getparent()
    return None


def _visible(page: Page, title_at: int, body_span: tuple[int, int]) -> Iterator[Candidate]:
    start, last = _beside_headline(page, title_at, body_span)
    first = max(start - OVER, 0)
    is_nearest = True
    for at in range(start, last):
        for candidate in _in_line(_with_clock(page, at), _NEAREST if is_nearest else _NEAR):
            is_nearest = is_nearest and not candidate.stamp.has_time
            yield candidate
    for at in range(start - 1, first - 1, -1):
        for candidate in _in_line(page.lines[at].text, _ABOVE):
            yield candidate if candidate.stamp.has_time else Candidate(candidate.stamp, candidate.raw, _TICKER)
    for at in range(body_span[1], min(body_span[1] + 3, len(page.lines)) if body_span[1] else 0):
        if page.lines[at].noise < 0:
            yield from _in_line(page.lines[at].text, _NEAR)


def _beside_headline(page: Page, title_at: int, body_span: tuple[int, int]) -> tuple[int, int]:
    """The lines [from, to) from the headline to the first paragraph, where a byline stands."""
    start = title_at if title_at >= 0 else max(body_span[0] - BELOW, 0)
    inside = range(max(start + 1, body_span[0]), body_span[1])
    prose = (at for at in inside if page.lines[at].prose >= 80 and not page.lines[at].heading)
    return start, min(next(prose, start + BELOW) + 1, start + BELOW, len(page.lines))


def _with_clock(page: Page, at: int) -> str:
    """A line, and the time of day that stands alone on the next one: themes set day and time apart."""
    text = page.lines[at].text
    following = page.lines[at + 1].text if at + 1 < len(page.lines) else ""
    if not CLOCK_ALONE.fullmatch(following) or len(text) > BESIDE:
        return text
    stamps = list(find_stamps(text))
    return f"{text} {following}" if len(stamps) == 1 and not stamps[0].has_time else text


def relative_to(
    fetched: datetime, page: Page, title_at: int, body_span: tuple[int, int], url_day: date | None
) -> tuple[datetime, str] | None:
    """The moment of the one line by the headline that says ``2 jam lalu``, and that line.

    None when there are several (a list has one for each teaser), or when the address names another day.
    """
    start, last = _beside_headline(page, title_at, body_span)
    found = []
    for at in range(max(start - 3, 0), last):
        text = page.lines[at].text
        parts = [part.strip() for part in re.split(r"\s[|•·–—-]\s|,", text)] if len(text) <= 80 else []
        found += [(moment, text) for part in parts if (moment := ago(part, fetched))][:1]
    if len(found) != 1 or (url_day and found[0][0].astimezone(JAKARTA).date() != url_day):
        return None
    return found[0]


def _in_line(text: str, weight: float) -> Iterator[Candidate]:
    if not is_date_line(text, BESIDE):
        return
    for stamp in find_stamps(text):
        yield Candidate(stamp, stamp.raw, weight)
        weight *= 0.5
