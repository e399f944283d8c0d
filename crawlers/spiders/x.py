"""Public posts of X by recent search, for holders of a paid token. Each post that is read is paid for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from scrapy import Request
from scrapy.http import Response

from crawlers.platforms import x
from crawlers.platforms.post import CleanPost
from crawlers.spiders.posts import PostsSpider, Walk

PATH = "/2/tweets/search/recent"
PAGE = 100
#: what recent search reaches back, less a minute for the way there
RECENT = timedelta(days=7) - timedelta(minutes=1)
#: a newest id that is older is too near the edge of it to be asked from
FRESH = timedelta(days=6)


class XSpider(PostsSpider):
    """Pages back with ``next_token``; a query that was read to its end is asked only for what came since."""

    async def start(self) -> AsyncIterator[Request]:
        assert self.source.x
        for query in self.source.x.queries:
            self.tally.ways_in += 1
            walk = self.walk(f"{PATH} {query}", self.source.x.pages)
            yield self._page(query, walk, self._from(query, walk), "", "")

    def _from(self, query: str, walk: Walk) -> dict[str, str]:
        """Where a search begins: behind the newest post that a complete walk saw, else at the time asked for."""
        newest, _, at = (self.state.fact(f"newest {query}") or "").partition(" ")
        now = self.job.now.astimezone(UTC)
        if walk.was_complete and newest and now - datetime.fromisoformat(at) < FRESH:
            return {"since_id": newest}
        start = max(self.job.since.astimezone(UTC), now - RECENT) if self.job.since else None
        return {"start_time": start.isoformat(timespec="seconds").replace("+00:00", "Z")} if start else {}

    def _page(self, query: str, walk: Walk, begin: dict[str, str], token: str, newest: str) -> Request:
        parameters = {"query": query, "max_results": PAGE, "tweet.fields": x.FIELDS, **begin}
        if token:
            parameters["next_token"] = token
        return self.ask(
            PATH,
            self.parse,
            parameters,
            headers={"Authorization": f"Bearer {self.job.secrets['CITRA_X_TOKEN']}"},
            cb_kwargs={"query": query, "walk": walk, "begin": begin, "newest": newest},
        )

    def parse(
        self, response: Response, query: str, walk: Walk, begin: dict[str, str], newest: str
    ) -> Iterator[Request]:
        if response.status in {400, 401, 402, 403}:
            self.no_access(response, "is CITRA_X_TOKEN valid and paid?")
            return
        value = self.json_of(response, is_way=walk.number == 1)
        if value is None:
            return
        meta = value.get("meta") if isinstance(value, dict) else None
        if not isinstance(meta, dict):
            self.way_closed(response.url, "bad-json", "meta is no object")
            return
        posts = value.get("data") or []
        kept = self.keep(posts if isinstance(posts, list) else [posts], self._clean, walk)
        newest = newest or str(meta.get("newest_id") or "")
        token = str(meta.get("next_token") or "")
        further = self.go_on(walk, kept, more=bool(token))
        if further:
            yield self._page(query, further, begin, token, newest)
        elif newest.isdigit():
            self.state.set_fact(f"newest {query}", f"{newest} {self.job.now.astimezone(UTC).isoformat()}")

    def _clean(self, post: Any) -> CleanPost:
        return x.clean(post, self.pseudonyms)
