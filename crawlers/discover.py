"""Reads feeds, sitemaps and listings into links. Pure: bytes in, links out; fetching stands in ``crawlers.spiders``."""

from __future__ import annotations

import calendar
import io
import re
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin

import feedparser
from lxml import etree
from parsel import Selector
from scrapy.utils.gz import gunzip

from citra.documents import JAKARTA
from crawlers.links import Link

_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
_DECLARATION = re.compile(rb"^\s*<\?xml[^>]*\?>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitemap:
    links: tuple[Link, ...] = ()  #: of a ``urlset``
    children: tuple[Link, ...] = ()  #: sitemaps of a ``sitemapindex``


def read_feed(body: bytes, base_url: str = "") -> list[Link]:
    """The entries of an RSS or Atom feed, also of one with a leading blank line or a wrong encoding declared.

    :raises ValueError: no feed at all (an HTML page, for instance), or one that declares entities: no honest feed
        does, and some nine lines of them unfold to gigabytes.
    """
    if _ENTITY.search(body.replace(b"\0", b"")):  # also in UTF-16
        raise ValueError("a feed that declares entities is not read")
    feed = feedparser.parse(io.BytesIO(body.strip()))
    if feed.get("bozo") and not feed.entries:
        text = _DECLARATION.sub(b"", body.strip()).decode("utf-8", errors="replace")
        feed = feedparser.parse(io.BytesIO(text.encode()))
    if not feed.entries and not feed.get("version"):
        raise ValueError("no RSS or Atom feed")
    return [link for entry in feed.entries if (link := _entry(entry, base_url))]


def _entry(entry: feedparser.FeedParserDict, base_url: str) -> Link | None:
    address = entry.get("feedburner_origlink") or entry.get("link") or ""
    guid = entry.get("id") or ""
    if "feedsportal.com" in address and re.match(r"https?://", guid):
        address = guid  # a dead redirector; the publisher's own address stands in the guid
    url = _absolute(base_url, address)
    if not url:
        return None
    moment = entry.get("published_parsed") or entry.get("updated_parsed")
    edited = entry.get("updated_parsed") if entry.get("published_parsed") else None
    summary = Selector(text=entry.get("summary") or "<p>").xpath("string()").get() or ""
    return Link(
        url=url,
        title=" ".join(f"{entry.get('title', '')} {summary}".split()),
        published=datetime.fromtimestamp(calendar.timegm(moment), UTC) if moment else None,
        modified=datetime.fromtimestamp(calendar.timegm(edited), UTC) if edited else None,
    )


def read_sitemap(body: bytes, base_url: str = "", max_bytes: int = 50_000_000) -> Sitemap:
    """The addresses of a sitemap, plain or gzipped; a sitemap index gives ``children``.

    :raises ValueError: no sitemap, or one larger than ``max_bytes`` when unpacked.
    """
    if body[:2] == b"\x1f\x8b":
        try:
            body = gunzip(body, max_size=max_bytes)
        except Exception as wrong:
            raise ValueError(f"gzipped sitemap cannot be unpacked: {wrong}") from wrong
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, remove_comments=True)
    try:
        root = etree.fromstring(body.strip(), parser)
    except (etree.XMLSyntaxError, ValueError, zlib.error) as wrong:
        raise ValueError(f"no sitemap: {wrong}") from wrong
    kind = etree.QName(root).localname if root is not None and isinstance(root.tag, str) else ""
    if kind not in {"urlset", "sitemapindex"}:
        raise ValueError(f"no sitemap: <{kind or 'nothing'}>")
    links = tuple(link for entry in root if (link := _place(entry, base_url)))
    return Sitemap(children=links) if kind == "sitemapindex" else Sitemap(links=links)


def _place(entry: etree._Element, base_url: str) -> Link | None:
    texts: dict[str, str] = {}
    for part in entry.iter():
        if isinstance(part.tag, str) and part.text and part.text.strip():
            texts.setdefault(etree.QName(part).localname, part.text.strip())
    url = _absolute(base_url, texts.get("loc", ""))
    if not url:
        return None
    raw = texts.get("publication_date") or texts.get("lastmod") or ""
    return Link(
        url=url,
        title=f"{texts.get('title', '')} {texts.get('keywords', '')}".strip(),
        published=_moment(raw),
        day_only=len(raw) == 10,
        modified=_moment(lastmod) if len(lastmod := texts.get("lastmod", "")) > 10 else None,
    )


def _absolute(base_url: str, address: str) -> str:
    """The absolute address; what is none (``http://[x``) comes back as it is, for the caller to count."""
    try:
        return urljoin(base_url, address.strip()) if address.strip() else ""
    except ValueError:
        return address.strip()


def _moment(raw: str) -> datetime | None:
    """W3C date or time; without a zone it is taken as Jakarta's."""
    try:
        moment = datetime.fromisoformat(raw)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=JAKARTA)).astimezone(UTC)


def read_listing(page: Selector, base_url: str, links: str) -> list[Link]:
    """The links that the CSS ``links`` selects (or encloses), each address once, in page order."""
    found: dict[str, Link] = {}
    for node in page.css(links):
        anchors = [node] if node.xpath("self::a[@href]") else node.css("a[href]")
        for anchor in anchors:
            href = (anchor.attrib.get("href") or "").strip()
            if not href or href.startswith(("#", "javascript:", "mailto:", "tel:", "whatsapp:")):
                continue
            url = _absolute(base_url, href)
            if not url:
                continue
            title = anchor.xpath("string()").get() or ""
            title = " ".join(f"{title} {anchor.attrib.get('title', '')}".split())
            if url not in found or len(title) > len(found[url].title):
                found[url] = Link(url=url, title=title)
    return list(found.values())


def listing_pages(url: str, first: int, pages: int, since: datetime | None, now: datetime) -> list[list[str]]:
    """The addresses of a listing to walk: one list of pages for each Jakarta day (newest first), or one.

    Without ``since`` a dated listing is walked for today and yesterday.
    """
    if "{day" not in url:
        return [[url.format(page=number) for number in range(first, first + pages)]]
    last = now.astimezone(JAKARTA).date()
    start = since.astimezone(JAKARTA).date() if since else last - timedelta(days=1)
    days = [last - timedelta(days=back) for back in range((last - start).days + 1)]
    numbers = range(first, first + pages) if "{page" in url else [first]
    return [
        [url.format(page=number, year=day.year, month=day.month, day=day.day) for number in numbers] for day in days
    ]
