"""News outlets and offices: feeds, sitemaps and listings lead to articles, which are stored as they came."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from parsel import Selector
from scrapy import Request
from scrapy.http import Response

from crawlers.blocks import why_blocked
from crawlers.discover import listing_pages, read_feed, read_listing, read_sitemap
from crawlers.links import Link, TopicFilter, normalise, whole
from crawlers.source import Listing
from crawlers.spiders.base import SourceSpider, headers_of, lower_headers, reason_of_status, text_of
from crawlers.state import Place
from crawlers.warc import pack_page

#: sitemaps read in one run, those of an index included
MOST_SITEMAPS = 60
_HTML = ("text/html", "application/xhtml+xml")


@dataclass(slots=True)
class Walk:
    """The way through the pages of one listing in one run."""

    listing: Listing
    place: Place  #: remembered when the walk comes to its end
    was_complete: bool  #: an earlier walk came to its end: stop where all links are known
    chains: int  #: days still being walked
    failed: bool = False
    links: set[str] = field(default_factory=set)  #: articles met so far


class NewsSpider(SourceSpider):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.topic = TopicFilter(self.job.topic_words) if self.source.topic_filter else None
        self.rules = self.scope(
            self.topic.words if self.topic else "", self.source.article, self.source.exclude, self.source.whole_article
        )
        self._offered: set[str] = set()
        self._sitemaps: set[str] = set()
        self._asked = 0

    async def start(self) -> AsyncIterator[Request]:
        for url in self.state.pending():
            self._offered.add(url)
            for request in self._article(url):
                yield request
        for url in self.source.feeds:
            self.tally.ways_in += 1
            yield self._index(url, self.parse_feed)
        for url in self.source.sitemaps:
            self.tally.ways_in += 1
            self._sitemaps.add(url)
            yield self._index(url, self.parse_sitemap, {"is_way": True})
        for listing in self.source.listings:
            self.tally.ways_in += 1
            for request in self._walk(listing):
                yield request

    # --- ways in -----------------------------------------------------------------------------------------

    def _index(self, url: str, callback: Any, arguments: dict[str, Any] | None = None) -> Request:
        known = self.state.place(url, self.rules, self.since)
        headers = {}
        if known and known.etag:
            headers["If-None-Match"] = known.etag
        if known and known.modified:
            headers["If-Modified-Since"] = known.modified
        return self.request(
            url, callback, errback=self.way_failed, headers=headers, priority=10, cb_kwargs=arguments or {}
        )

    def parse_feed(self, response: Response) -> Iterator[Request]:
        if response.status == 304:
            self._not_modified()
        elif self.way_open(response):
            try:
                links = read_feed(response.body, response.url)
            except ValueError as wrong:
                self.way_closed(response.url, "not-a-feed", str(wrong))
                return
            self.tally.ways_open += 1
            yield from self._offer(links, self._place_of(response))

    def parse_sitemap(self, response: Response, *, is_way: bool = False) -> Iterator[Request]:
        if response.status == 304:
            self._not_modified(is_way)
        elif self.way_open(response):
            try:
                sitemap = read_sitemap(response.body, response.url, self.job.max_bytes)
            except ValueError as wrong:
                self.way_closed(response.url, "not-a-sitemap", str(wrong))
                return
            self.tally.ways_open += is_way
            for child in sitemap.children:
                if child.url in self._sitemaps or not self.source.allows(child.url) or self._is_old(child):
                    continue
                if len(self._sitemaps) >= MOST_SITEMAPS:
                    self.tally.skipped["sitemap-limit"] += 1
                    continue
                self._sitemaps.add(child.url)
                yield self._index(child.url, self.parse_sitemap)
            # an index is read anew each time: its children may have changed under an unchanged index
            yield from self._offer(sitemap.links, None if sitemap.children else self._place_of(response))

    def _walk(self, listing: Listing) -> Iterator[Request]:
        place = Place(url=f"walk {listing.url}", scope=self.scope(self.rules, listing), since=self.since)
        known = self.state.place(place.url, place.scope, place.since)
        chains = listing_pages(listing.url, listing.first_page, listing.pages, self.job.since, self.job.now)
        walk = Walk(listing, place, known is not None, len(chains))
        for number, chain in enumerate(chains):
            yield self._page(walk, chain, 0, is_way=number == 0)

    def _page(self, walk: Walk, chain: list[str], number: int, *, is_way: bool = False) -> Request:
        arguments = {"walk": walk, "chain": chain, "number": number, "is_way": is_way}
        return self.request(
            chain[number],
            self.parse_listing,
            errback=self.page_failed,
            priority=10,
            cb_kwargs=arguments,
        )

    def parse_listing(
        self, response: Response, walk: Walk, chain: list[str], number: int, *, is_way: bool
    ) -> Iterator[Request]:
        if not self.way_open(response):
            self._end_chain(walk, failed=True)
            return
        links = read_listing(Selector(text=text_of(response)), response.url, walk.listing.links)
        articles = [link for link in links if self._is_article(link)]
        if number == 0 and not (articles if not walk.listing.is_dated else links):
            self.way_closed(response.url, "layout-changed", f"no article links at {walk.listing.links!r}")
            self._end_chain(walk, failed=True)
            return
        self.tally.ways_open += is_way
        fresh = {self._key(link.url) for link in articles} - walk.links
        walk.links |= fresh
        all_known = all(self.state.progress(key) for key in fresh)
        yield from self._offer(articles)
        if not fresh or number + 1 >= len(chain) or (all_known and walk.was_complete):
            self._end_chain(walk)
        else:
            yield self._page(walk, chain, number + 1)

    def page_failed(self, failure: Any) -> None:
        self.way_failed(failure)
        self._end_chain(failure.request.cb_kwargs["walk"], failed=True)

    def _end_chain(self, walk: Walk, *, failed: bool = False) -> None:
        walk.chains -= 1
        walk.failed |= failed
        if walk.chains == 0 and not walk.failed:
            self.state.remember(walk.place)

    # --- links -------------------------------------------------------------------------------------------

    def _offer(self, links: Iterable[Link], place: Place | None = None) -> Iterator[Request]:
        """Write down what a place offers, with the place's validators, then fetch what is wanted of it."""
        wanted: list[Link] = []
        skipped: list[Link] = []
        for link in links:
            if not self._is_article(link):
                self.tally.skipped["not-article"] += 1
                continue
            chosen = Link(url=self._key(link.url), title=link.title, published=link.published, day_only=link.day_only)
            if chosen.url in self._offered:
                continue
            self._offered.add(chosen.url)
            self.tally.found += 1
            progress = self.state.progress(chosen.url)
            if progress in {"seen", "refused"}:
                self.tally.unchanged += 1
            elif self._is_old(chosen):
                self.tally.skipped["too-old"] += 1
            elif self.topic and not self.topic.match(chosen):
                self.tally.skipped["off-topic"] += 1
                skipped.append(chosen)
            else:
                wanted.append(chosen)
        self.state.discover(wanted, skipped, self.clock.now(), place)
        for link in wanted:
            yield from self._article(link.url)

    def _is_article(self, link: Link) -> bool:
        try:
            return self.source.is_article(normalise(link.url))
        except ValueError:  # no address at all, such as http://[x
            return False

    def _key(self, url: str) -> str:
        return whole(normalise(url), self.source.whole_article)

    def _is_old(self, link: Link) -> bool:
        if not link.published or not self.job.since:
            return False
        return link.published + timedelta(days=link.day_only) < self.job.since

    def _place_of(self, response: Response) -> Place:
        told = lower_headers(response)
        return Place(
            url=response.meta.get("redirect_urls", [response.url])[0],
            scope=self.rules,
            since=self.since,
            etag=told.get("etag", ""),
            modified=told.get("last-modified", ""),
        )

    def _not_modified(self, is_way: bool = True) -> None:
        self.tally.ways_open += is_way
        self.tally.unchanged += 1

    # --- articles ----------------------------------------------------------------------------------------

    def _article(self, url: str) -> Iterator[Request]:
        if self.job.limit is not None and self._asked >= self.job.limit:
            return
        self._asked += 1
        yield self.request(url, self.parse_article, meta={"key": url})

    def parse_article(self, response: Response) -> None:
        key = response.meta["key"]
        refusal = self._why_refused(response)
        if refusal:
            self.reject(*refusal, url=response.url, key=key, record=text_of(response))
            return
        final = normalise(response.url)
        if self.is_seen(final):  # another address of a page that we have
            self.store(b"", [key], 0, records=0)
            self.tally.unchanged += 1
            return
        packed = pack_page(
            source=self.source.name,
            url=response.url,
            fetched=self.clock.now(),
            status=response.status,
            headers=headers_of(response),
            body=response.body,
            request_headers=headers_of(response.request),
        )
        self.store(packed, [key, final], len(response.body))

    def _why_refused(self, response: Response) -> tuple[str, str] | None:
        """Reason and detail when a response is not the article asked for."""
        told = lower_headers(response)
        if response.status != 200:
            return reason_of_status(response.status), f"HTTP {response.status}"
        if not response.body.strip():
            return "empty", "the page has no content"
        content_type = told.get("content-type", _HTML[0]).partition(";")[0].strip().lower()
        if content_type not in _HTML:
            return "not-html", content_type
        if why := why_blocked(response.status, told, text_of(response)):
            return "blocked", why
        if not self.source.is_article(normalise(response.url)):
            return "redirected-away", f"leads to {response.url}, which is no article"
        return None
