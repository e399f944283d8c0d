"""Public posts of a Mastodon instance by hashtag; persons are taken out before anything is stored."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, quote, urljoin, urlsplit

from scrapy import Request
from scrapy.http import Response

from crawlers.pseudonym import Pseudonyms
from crawlers.spiders.base import SourceSpider
from crawlers.spiders.posts import INTERRUPTED
from crawlers.state import Place
from crawlers.warc import pack_payload

#: posts on one page, the most the API gives
PAGE = 40
_NEXT = re.compile(r'<([^<>]+)>\s*;\s*rel="?next"?')


class MastodonSpider(SourceSpider):
    """Pages back through hashtag timelines. Each new post becomes one ``resource`` record.

    The record's address is the post's own in the API, which names nobody: ``…/api/v1/statuses/<id>``.
    Posts of people who asked not to be indexed, and posts that are not public, are passed over.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pseudonyms = Pseudonyms(self.job.salt, self.source.instance)

    async def start(self) -> AsyncIterator[Request]:
        assert self.source.mastodon
        for tag in self.source.mastodon.hashtags:
            self.tally.ways_in += 1
            url = urljoin(self.source.base_url, f"/api/v1/timelines/tag/{quote(tag, safe='')}?limit={PAGE}")
            place = Place(url=f"walk {url}", scope="", since=self.since)
            complete = self.state.place(place.url, place.scope, place.since) is not None
            yield self._page(url, {"place": place, "was_complete": complete, "number": 1})

    def _page(self, url: str, arguments: dict[str, Any]) -> Request:
        return self.request(
            url,
            self.parse_timeline,
            errback=self.way_failed,
            headers={"Accept": "application/json"},
            cb_kwargs=arguments,
        )

    def parse_timeline(self, response: Response, place: Place, number: int, *, was_complete: bool) -> Iterator[Request]:
        if not self.way_open(response):
            return
        try:
            posts = json.loads(response.body)
        except ValueError as wrong:
            self.way_closed(response.url, "bad-json", str(wrong))
            return
        if not isinstance(posts, list):
            self.way_closed(response.url, "bad-json", f"a list of posts was expected, not {type(posts).__name__}")
            return
        self.tally.ways_open += number == 1
        known = self._keep(posts, place)
        following = self._following(response, posts)
        assert self.source.mastodon
        is_last = number >= self.source.mastodon.pages
        if not following or self._reaches_back(posts) or is_last or (was_complete and known == len(posts)):
            if following and is_last:
                self.tally.skipped["page-limit"] += 1
            self.state.remember(place)
        else:
            yield self._page(following, {"place": place, "was_complete": was_complete, "number": number + 1})

    def _keep(self, posts: list[Any], place: Place) -> int:
        """Store the new posts of a page in one step; returns how many were known from before."""
        packed, keys, known = [], [], 0
        for post in posts:
            self.tally.found += 1
            try:
                url = urljoin(self.source.base_url, f"/api/v1/statuses/{quote(str(post['id']), safe='')}")
                key = f"{url}#{post.get('edited_at') or ''}"
                if key in keys or self.is_seen(key):
                    known += 1
                    self.tally.unchanged += 1
                    continue
                if reason := self._why_skipped(post):
                    self.tally.skipped[reason] += 1
                    continue
                clean = self.pseudonyms.status(post, url)
            except (KeyError, TypeError, ValueError, AttributeError) as wrong:
                # the post itself is not kept: it may name a person
                self.reject(
                    "bad-json", f"no Mastodon status: {type(wrong).__name__}: {wrong}"[:120], url=place_of(post)
                )
                continue
            body = json.dumps(clean, ensure_ascii=False, sort_keys=True).encode()
            packed.append(
                pack_payload(
                    source=self.source.name,
                    url=url,
                    fetched=self.clock.now(),
                    body=body,
                    content_type="application/json",
                )
            )
            keys.append(key)
        if packed:
            # killed now, a later walk must not stop at these posts: there may be new ones behind them
            self.state.remember(replace(place, scope=INTERRUPTED))
            self.store(b"".join(packed), keys, sum(map(len, packed)), len(packed))
            self.flush()
        return known

    def _why_skipped(self, post: Mapping[str, Any]) -> str | None:
        if post.get("visibility", "public") != "public":
            return "not-public"
        if post["account"].get("noindex") is True:
            return "opted-out"
        return "too-old" if self.job.since and _created(post) < self.job.since else None

    def _reaches_back(self, posts: list[Any]) -> bool:
        """Whether the oldest post of a page is from before the time asked for."""
        if not self.job.since or not posts:
            return False
        try:
            return _created(posts[-1]) < self.job.since
        except (KeyError, TypeError, ValueError):
            return False

    def _following(self, response: Response, posts: list[Any]) -> str | None:
        """Address of the next older page: by the Link header, else by the id of the oldest post."""
        if not posts:
            return None
        told = _NEXT.search((response.headers.get(b"Link") or b"").decode("latin-1"))
        here = urlsplit(response.url)
        if told:
            there = urlsplit(urljoin(response.url, told[1]))
            older = parse_qs(there.query).get("max_id", [""])[0]
        elif len(posts) == PAGE and isinstance(posts[-1], dict):
            older = str(posts[-1].get("id", ""))
        else:
            return None
        if not older or parse_qs(here.query).get("max_id") == [older]:
            return None
        # built from our own address: what the server names as host and path need not be followed
        return urljoin(self.source.base_url, f"{here.path}?limit={PAGE}&max_id={quote(older, safe='')}")


def place_of(post: Any) -> str:
    """The API's path of a post, for a reject."""
    return f"/api/v1/statuses/{post['id']}" if isinstance(post, dict) and str(post.get("id", "")).isalnum() else ""


def _created(post: Mapping[str, Any]) -> datetime:
    moment = datetime.fromisoformat(post["created_at"])
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
