"""Public posts of Bluesky by search, without a login."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from scrapy import Request
from scrapy.http import Response

from crawlers.platforms import bluesky
from crawlers.platforms.post import CleanPost
from crawlers.spiders.posts import PostsSpider, Walk

PATH = "/xrpc/app.bsky.feed.searchPosts"
#: posts on one page, the most the API gives
PAGE = 100


class BlueskySpider(PostsSpider):
    """Pages back in time with ``until``: the API's ``cursor`` is refused to those who are not logged in."""

    async def start(self) -> AsyncIterator[Request]:
        assert self.source.bluesky
        for query in self.source.bluesky.queries:
            self.tally.ways_in += 1
            walk = self.walk(f"{PATH} {query}", self.source.bluesky.pages, self.scope(self.source.bluesky.language))
            yield self._page(query, walk, None)

    def _page(self, query: str, walk: Walk, until: datetime | None) -> Request:
        assert self.source.bluesky
        asked = {
            "q": query, "sort": "latest", "limit": PAGE, "lang": self.source.bluesky.language,
            "since": _iso(self.job.since) if self.job.since else "",
            "until": _iso(until) if until else "",
        }  # fmt: skip
        parameters = {name: value for name, value in asked.items() if value}
        return self.ask(PATH, self.parse, parameters, cb_kwargs={"query": query, "walk": walk, "until": until})

    def parse(self, response: Response, query: str, walk: Walk, until: datetime | None) -> Iterator[Request]:
        value = self.json_of(response, is_way=walk.number == 1)
        if value is None:
            return
        posts = value.get("posts") if isinstance(value, dict) else None
        if not isinstance(posts, list):
            self.way_closed(response.url, "bad-json", "posts is no list")
            return
        kept = self.keep(posts, self._clean, walk)
        following = _before(bluesky.oldest(posts), until)
        if further := self.go_on(walk, kept, more=following is not None):
            yield self._page(query, further, following)

    def _clean(self, post: Any) -> CleanPost:
        return bluesky.clean(post, self.pseudonyms)


def _before(oldest: datetime | None, until: datetime | None) -> datetime | None:
    """The next ``until``, which is exclusive; None when the search moves no further.

    Posts of the oldest instant may stand on the next page, too, so it is asked for once more.
    """
    if oldest is None:
        return None
    inclusive = oldest + timedelta(milliseconds=1)
    if until is None or inclusive < until:
        return inclusive
    return oldest if oldest < until else None


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
