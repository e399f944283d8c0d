"""News outlets and offices: feeds, sitemaps and listings lead to articles, which are stored as they came."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from parsel import Selector
from scrapy import Request
from scrapy.http import Response

from citra.documents import JAKARTA
from crawlers.discover import listing_pages, read_feed, read_listing, read_sitemap
from crawlers.links import Link, TopicFilter, normalise, whole
from crawlers.revisit import is_edited, rest
from crawlers.source import Listing
from crawlers.spiders.articles import ArticleSpider
from crawlers.spiders.base import lower_headers, text_of
from crawlers.state import Place

#: sitemaps read in one run, those of an index included
MOST_SITEMAPS = 60


@dataclass(slots=True)
class Walk:
    """The way through the pages of one listing in one run."""

    listing: Listing
    place: Place  #: remembered when the walk comes to its end
    was_complete: bool  #: an earlier walk came to its end: stop where all links are known
    chains: int  #: days still being walked
    failed: bool = False
    is_fresh: bool = False  #: a link was met that no run had met before
    links: set[str] = field(default_factory=set)  #: articles met so far


class NewsSpider(ArticleSpider):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.topic = TopicFilter(self.job.topic_words) if self.source.topic_filter else None
        self.rules = self.scope(
            self.topic.words if self.topic else "", self.source.article, self.source.exclude, self.source.whole_article
        )
        self._offered: set[str] = set()
        self._waiting: set[str] = set()  #: met in earlier runs and not fetched; until offered again
        self._sitemaps: set[str] = set()

    async def start(self) -> AsyncIterator[Request]:
        pending, failing = self.state.pending(), set(self.state.failing())
        self._offered.update(pending)
        self._waiting.update(pending)
        for url in self.source.feeds:
            self.tally.ways_in += 1
            for request in self._index(url, self.parse_feed):
                yield request
        for url in self.source.sitemaps:
            self.tally.ways_in += 1
            self._sitemaps.add(url)
            for request in self._index(url, self.parse_sitemap, {"is_way": True}):
                yield request
        for listing in self.source.listings:
            self.tally.ways_in += 1
            for request in self._walk(listing):
                yield request
        for url in pending:
            for request in self.article(url, is_failing=url in failing):
                yield request
        for request in self.revisits():
            self._offered.add(request.meta["key"])
            yield request

    # --- ways in -----------------------------------------------------------------------------------------

    def _index(self, url: str, callback: Any, arguments: dict[str, Any] | None = None) -> Iterator[Request]:
        known = self.state.place(url, self.rules, self.since)
        if known and self._is_resting(url):
            return
        headers = {}
        if known and known.etag:
            headers["If-None-Match"] = known.etag
        if known and known.modified:
            headers["If-Modified-Since"] = known.modified
        yield self.request(
            url, callback, errback=self.way_failed, headers=headers, priority=10, cb_kwargs=arguments or {}
        )

    def parse_feed(self, response: Response) -> Iterator[Request]:
        if response.status == 304:
            self._not_modified(response)
        elif self.way_open(response):
            try:
                links = read_feed(response.body, response.url)
            except ValueError as wrong:
                self.way_closed(response.url, "not-a-feed", str(wrong))
                return
            self.tally.ways_open += 1
            yield from self._read(links, response)

    def parse_sitemap(self, response: Response, *, is_way: bool = False) -> Iterator[Request]:
        if response.status == 304:
            self._not_modified(response, is_way)
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
                yield from self._index(child.url, self.parse_sitemap)
            # an index is read anew each time: its children may have changed under an unchanged index
            yield from self._read(sitemap.links, None if sitemap.children else response)

    def _read(self, links: Iterable[Link], response: Response | None) -> Iterator[Request]:
        """What a feed or sitemap offers; with ``response`` it is remembered as it is."""
        place = self._place_of(response) if response else None
        requests, is_fresh = self._offer(links, place)
        if place:
            self.state.asked(place.url, self.clock.now(), is_changed=is_fresh)
        yield from requests

    def _is_resting(self, place: str, *, is_dated: bool = False) -> bool:
        """Whether a place is left alone in this run because it rarely brings something new."""
        rhythm = None if self.job.force else self.state.rhythm(place)
        if rhythm is None:
            return False
        asked, now = rhythm[0], self.clock.now()
        pause = rest(*rhythm)
        if not pause or now >= asked + pause or (is_dated and _day(asked) != _day(now)):
            return False
        self.tally.skip("resting", place.removeprefix("walk "))
        return True

    def _walk(self, listing: Listing) -> Iterator[Request]:
        place = Place(url=f"walk {listing.url}", scope=self.scope(self.rules, listing), since=self.since)
        known = self.state.place(place.url, place.scope, place.since)
        if known and self._is_resting(place.url, is_dated=listing.is_dated):
            return
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
        requests, is_fresh = self._offer(articles)
        walk.is_fresh |= is_fresh
        yield from requests
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
            self.state.asked(walk.place.url, self.clock.now(), is_changed=walk.is_fresh)

    # --- links -------------------------------------------------------------------------------------------

    def _offer(self, links: Iterable[Link], place: Place | None = None) -> tuple[list[Request], bool]:
        """Write down what a place offers, with the place's validators; returns what is wanted of it, and whether
        anything was never met before.
        """
        wanted: list[Link] = []
        skipped: list[Link] = []
        edited: list[Request] = []
        is_fresh = False
        for link in links:
            if not self._is_article(link):
                self.tally.skip("not-article", link.url)
                continue
            chosen = replace(link, url=self._key(link.url))
            if chosen.url in self._offered:
                self.tally.found += chosen.url in self._waiting
                self._waiting.discard(chosen.url)
                continue
            self._offered.add(chosen.url)
            self.tally.found += 1
            progress = self.state.progress(chosen.url)
            if progress in {"seen", "refused"}:
                visit = self.state.visit(chosen.url) if chosen.modified and progress == "seen" else None
                if visit and is_edited(visit, chosen.modified):
                    edited.append(self.revisit(visit))
                else:
                    self.tally.unchanged += 1
                continue
            if self._is_old(chosen):
                self.tally.skip("too-old", chosen.url)
                continue
            is_fresh |= progress is None
            if self.topic and not self.topic.match(chosen):
                self.tally.skip("off-topic", chosen.url)
                skipped.append(chosen)
            else:
                wanted.append(chosen)
        self.state.discover(wanted, skipped, self.clock.now(), place)
        return [*(request for link in wanted for request in self.article(link.url)), *edited], is_fresh

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

    def _not_modified(self, response: Response, is_way: bool = True) -> None:
        self.tally.ways_open += is_way
        self.tally.unchanged += 1
        self.state.asked(self._place_of(response).url, self.clock.now(), is_changed=False)


def _day(moment: datetime) -> date:
    return moment.astimezone(JAKARTA).date()
