"""Messages of public Telegram channels by their preview pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from scrapy import Request
from scrapy.http import Response

from crawlers.platforms import telegram
from crawlers.platforms.post import CleanPost
from crawlers.spiders.posts import PostsSpider, Walk


class TelegramSpider(PostsSpider):
    """Pages back through ``/s/<channel>`` with ``before``. The channel is an office's or an outlet's and is named."""

    async def start(self) -> AsyncIterator[Request]:
        assert self.source.telegram
        for channel in self.source.telegram.channels:
            self.tally.ways_in += 1
            yield self._page(channel, self.walk(f"/s/{channel}", self.source.telegram.pages), None)

    def _page(self, channel: str, walk: Walk, before: int | None) -> Request:
        parameters = {"before": before} if before else None
        arguments = {"channel": channel, "walk": walk, "before": before}
        return self.ask(f"/s/{channel}", self.parse, parameters, headers={"Accept": "text/html"}, cb_kwargs=arguments)

    def parse(self, response: Response, channel: str, walk: Walk, before: int | None) -> Iterator[Request]:
        if response.status in {301, 302, 303, 307, 308}:
            self.way_closed(response.url, "not-public", f"{channel} shows no public preview")
            return
        if not self.way_open(response):
            return
        found = telegram.messages(response.body)
        if not found and not telegram.is_preview(response.body):
            self.way_closed(response.url, "layout-changed", "neither messages nor a channel's preview")
            return
        self.tally.ways_open += walk.number == 1
        own = [one for one in found if (one.get("data-post") or "").lower().startswith(f"{channel.lower()}/")]
        kept = self.keep(reversed(own), self._clean, walk)
        oldest = min((number for one in own if (number := telegram.number_of(one))), default=0)
        # the first message of a channel has number 1; a page that leads no further back is the last
        more = oldest > 1 and (before is None or oldest < before)
        if further := self.go_on(walk, kept, more=more):
            yield self._page(channel, further, oldest)

    def _clean(self, message: Any) -> CleanPost:
        return telegram.clean(message, self.pseudonyms)
