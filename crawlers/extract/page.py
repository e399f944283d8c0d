"""One page of an outlet to a ``Document`` or a ``Reject``. Pure: no network, no clock."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from urllib.parse import urlsplit

import lxml.cssselect
from cssselect import SelectorError
from lxml.html import HtmlElement

from citra.documents import Document, Reject, content_hash, document_id
from citra.errors import ConfigError
from crawlers.extract import urls
from crawlers.extract.body import SHORT_TEXT, Body, by_trafilatura, captions, find_body, is_list_of_teasers
from crawlers.extract.decoding import NotHtml
from crawlers.extract.dom import Line, Page, is_noise, parse, read_lines, text_of
from crawlers.extract.headline import find_author, find_section, find_title, fold, without_page
from crawlers.extract.kind import ENOUGH, MOST_FOR_TEXT, Verdict, judge, refusal
from crawlers.extract.language import declared_language
from crawlers.extract.published import choose_published
from crawlers.extract.stamps import collect_stamps, relative_to
from crawlers.extract.structured import Structured, clean, read_structured
from crawlers.source import Selectors, Source

#: changes whenever the same page may give another document
EXTRACTOR = "citra-extract/1"
#: an article has at least this many characters; infographics and bare videos have fewer
LEAST_TEXT = 80
#: lines between a headline and its text: byline, stamp, share buttons
HEADING_ABOVE = 6
_Refuse = Callable[[str, str], Reject]
_BYLINE_NAMES = re.compile(
    r"(?:^|[\s_-])(?:author|byline|penulis|reporter|writer|editor|wartawan|jurnalis|journalist|creator|nama-?penulis)",
    re.IGNORECASE,
)


def extract_page(
    html: bytes, url: str, *, source: Source | None, fetched: datetime, content_type: str = "", status: int = 200
) -> Document | Reject:
    """The article of a page, or why there is none.

    :param url: as fetched; may be empty when the page names its own address.
    :param source: whose page it is; None takes the registrable name of the host.
    :param fetched: aware; a stamp later than it is doubted.
    :param content_type: as the server gave it; its charset is a hint, valid UTF-8 is believed first.

    Reasons of rejects: ``empty``, ``not-html``, ``too-large``, ``http-error``, ``blocked``, ``not-an-article``,
    ``no-text`` (an article's page with fewer than ``LEAST_TEXT`` characters of it). An article without a
    date is a document whose ``published`` is None: its text is evidence all the same. A page that nobody
    gives an address is known by its content, ``urn:sha256:…``.
    """
    name = source.name if source else ""

    def refuse(reason: str, detail: str) -> Reject:
        record = html[:2000].decode("utf-8", "replace").replace("\x00", "")
        return Reject(
            stage="extract",
            reason=reason,
            detail=detail,
            source=name or (_site(url) if url else ""),
            url=url,
            record=record,
            at=fetched,
        )

    if status in {401, 403, 429, 451}:
        return refuse("blocked", f"HTTP status {status}")
    if status >= 300 or 0 < status < 200:
        return refuse("http-error", f"HTTP status {status}")
    try:
        root = parse(html, content_type)
        found = read_structured(root)
        _remove(root, source.selectors if source else Selectors())
        page = read_lines(root)
    except NotHtml as wrong:
        return refuse(wrong.reason, str(wrong))
    refused = refusal(found, page, html)
    if refused:
        return refuse(*refused)
    canonical = urls.canonical(
        url, link=found.canonical_link, og=found.first("og:url"), hosts=source.allowed_hosts if source else ()
    )
    canonical = canonical or f"urn:sha256:{hashlib.sha256(html).hexdigest()[:32]}"
    host = (urlsplit(canonical).hostname or "").lower()
    reading = _Reading(found, page, url, canonical, host, source.selectors if source else Selectors())
    return _article(reading, source, fetched, refuse)


@dataclass(slots=True)
class _Reading:
    """What is at hand while a page is read."""

    found: Structured
    page: Page
    url: str
    canonical: str
    host: str
    selectors: Selectors

    def chosen(self, css: str) -> list[HtmlElement]:
        """Elements that one of the source's selectors names."""
        return _select(self.page.root, css)


def _article(reading: _Reading, source: Source | None, fetched: datetime, refuse: _Refuse) -> Document | Reject:
    title, title_at = _title(reading)
    body = _body(reading, title, title_at)
    published, published_raw = _published(reading, title_at, body, source, fetched)
    verdict = _judge(reading, title, title_at, body, published)
    if body.prose < LEAST_TEXT and verdict.score + MOST_FOR_TEXT >= ENOUGH:
        body = _last_resort(reading, body, title)
        verdict = _judge(reading, title, title_at, body, published)
    if not verdict.is_article:
        return refuse("not-an-article", f"evidence {verdict.score:g}: {', '.join(verdict.reasons)}")
    if len(body.text) < LEAST_TEXT:
        return refuse("no-text", f"{len(body.text)} characters of text")
    name = source.name if source else _site(reading.canonical)
    return Document(
        id=document_id(name, reading.canonical),
        source=name,
        kind=source.kind if source else "news",
        url=reading.url or reading.canonical,
        canonical_url=reading.canonical,
        title=title,
        text=body.text,
        author=_author(reading, body),
        published=published,
        published_raw=published_raw,
        fetched=fetched.astimezone(UTC),
        language=declared_language(reading.found.language),
        section=_section(reading),
        content_hash=content_hash(title, body.text),
        extractor=EXTRACTOR,
    )


def _published(
    reading: _Reading, title_at: int, body: Body, source: Source | None, fetched: datetime
) -> tuple[datetime | None, str | None]:
    selected = reading.chosen(reading.selectors.published)
    candidates = collect_stamps(reading.found, reading.page, title_at, body.span, selected)
    rules = source.date if source else None
    day = urls.url_day(reading.canonical)
    found = choose_published(candidates, fetched=fetched, rules=rules, url_day=day)
    if not candidates and urls.unwrap(reading.url) == reading.url:  # of a copy nobody knows when it was shown
        found = relative_to(fetched, reading.page, title_at, body.span, day) or found
    return found or (None, None)


def _judge(reading: _Reading, title: str, title_at: int, body: Body, published: datetime | None) -> Verdict:
    return judge(
        url=reading.canonical,
        found=reading.found,
        page=reading.page,
        title=title,
        title_at=title_at,
        body=body,
        published=published,
    )


def _title(reading: _Reading) -> tuple[str, int]:
    """The headline without markup, and the number of the line that shows it (-1: none does)."""
    selected = next((text_of(node) for node in reading.chosen(reading.selectors.title)), "")
    title = selected or find_title(reading.found, reading.page.lines, reading.host)
    at = _shown_at(reading, fold(title))
    if at < 0 and not selected:
        at = _heading_of_text(reading)
        # where only <title> declares one, it is often the site's
        if at >= 0 and not (reading.found.first("og:title") or reading.found.value("headline")):
            title = reading.page.lines[at].text
    return clean(title), at


def _shown_at(reading: _Reading, key: str) -> int:
    lines = reading.page.lines
    near = [at for at, line in enumerate(lines) if len(key) <= len(line.text) <= 2 * len(key) + 40]
    shown = [at for at in near if key and fold(without_page(lines[at].text)) == key]
    free = [at for at in shown if not lines[at].linked]
    tops = [at for at in shown if lines[at].heading == "h1"]
    return next(iter([*tops, *(at for at in free if lines[at].heading), *free, *shown]), -1)


def _heading_of_text(reading: _Reading) -> int:
    """The heading right above the first sentences of the page's text; the one top heading of a sure article."""
    lines = reading.page.lines
    start, stop = find_body(reading.page, -1, "").span
    first = next((at for at in range(start, stop) if lines[at].prose >= 80 and not lines[at].heading), -1)
    for at in range(first - 1, max(first - HEADING_ABOVE, 0) - 1, -1):
        if lines[at].heading in {"h1", "h2", "h3"} and not lines[at].linked and len(lines[at].text.split()) >= 4:
            return at
    for at in range(first - 1, max(first - HEADING_ABOVE, 0) - 1, -1):
        if not lines[at].linked and len(lines[at].text.split()) >= 4 and _is_bold(lines[at]):
            return at
    alone = [at for at, line in enumerate(lines) if line.heading == "h1" and not line.linked and len(line.text) > 15]
    return alone[0] if len(alone) == 1 and reading.found.articles else -1


def _is_bold(line: Line) -> bool:
    """Whether all of a line is set in bold, as headlines were before style sheets."""
    return any(text_of(node) == line.text for node in islice(line.block.iter("b", "strong", "big"), 20))


def _body(reading: _Reading, title: str, title_at: int) -> Body:
    """The text by the first way that gives enough of it: selector, our own reading, captions."""
    body = find_body(reading.page, title_at, title, reading.chosen(reading.selectors.text))
    teasers = is_list_of_teasers(reading.page, body)
    if body.how == "selector" or (body.prose >= SHORT_TEXT and not teasers):
        return body
    below = captions(reading.page, title_at, title)
    if below.prose >= LEAST_TEXT and (teasers or below.prose > body.prose):
        return below
    return body


def _last_resort(reading: _Reading, body: Body, title: str) -> Body:
    """What trafilatura or the page's own JSON-LD gives, where that is more than our own reading did."""
    declared = clean(reading.found.value("articleBody"))
    others = [by_trafilatura(reading.page.root, title), Body([declared] if declared else [], how="json-ld")]
    best = max([body, *others], key=lambda other: other.prose)
    return replace(best, span=body.span)


def _author(reading: _Reading, body: Body) -> str | None:
    selected = [text_of(node) for node in reading.chosen(reading.selectors.author)]
    shown = (
        selected
        + [
            text_of(node)
            for node in islice(reading.page.root.iter("span", "div", "a", "p", "address", "strong"), 20_000)
            if _is_byline(node)
        ][:12]
    )
    return find_author(reading.found, [text for text in shown if 0 < len(text) < 120], reading.host, body.dropped)


def _is_byline(node: HtmlElement) -> bool:
    names = f"{node.get('class') or ''} {node.get('itemprop') or ''} {node.get('rel') or ''}".strip()
    return bool(names) and bool(_BYLINE_NAMES.search(names)) and not is_noise(node)


def _section(reading: _Reading) -> str | None:
    selected = next((text_of(node) for node in reading.chosen(reading.selectors.section)), "")
    return selected or find_section(reading.found, urlsplit(reading.canonical).path, reading.host)


def _remove(root: HtmlElement, selectors: Selectors) -> None:
    for css in selectors.remove:
        for node in _select(root, css):
            if node.getparent() is not None:
                node.drop_tree()


def _select(root: HtmlElement, css: str) -> list[HtmlElement]:
    return list(_compiled(css)(root)) if css else []


@lru_cache(maxsize=512)
def _compiled(css: str) -> lxml.cssselect.CSSSelector:
    """:raises ConfigError: the selector of a source is no CSS."""
    try:
        return lxml.cssselect.CSSSelector(css, translator="html")
    except SelectorError as wrong:
        raise ConfigError(f"selector {css!r} is no CSS: {wrong}") from wrong


def _site(url: str) -> str:
    parts = urls.split(url)
    return urls.site_of(parts.hostname or "") if parts else "unknown"
