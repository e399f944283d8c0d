"""Comments below YouTube videos by the Data API, within the day's allowance of the key."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import UTC
from functools import cached_property
from typing import Any

from scrapy import Request
from scrapy.http import Response

from crawlers.links import Link, TopicFilter
from crawlers.platforms import youtube
from crawlers.platforms.post import BadPost, CleanPost, instant
from crawlers.spiders.posts import PostsSpider, Walk, code_of
from crawlers.spiders.quota import Quota

API = "/youtube/v3"
SEARCHES, UNITS = "searches", "units"
VIDEOS, COMMENTS = 50, 100  #: on one page, the most the API gives
_USED_UP = frozenset({"quotaExceeded", "dailyLimitExceeded"})
_TOO_FAST = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})
#: why a video or thread shows no comments, though nothing is wrong
_CLOSED = {"commentsDisabled": "comments-disabled", "videoNotFound": "gone", "commentThreadNotFound": "gone"}


class YoutubeSpider(PostsSpider):
    """Searches and channels lead to videos, videos to threads, and threads with more than five replies to these.

    Videos whose comments the day's allowance did not suffice for stay pending and come first in the next run.
    """

    @cached_property
    def quota(self) -> Quota:
        assert self.source.youtube
        limits = {SEARCHES: self.source.youtube.searches_per_day, UNITS: self.source.youtube.units_per_day}
        return Quota(self.state, self.clock.now, limits, "America/Los_Angeles")

    async def start(self) -> AsyncIterator[Request]:
        assert self.source.youtube
        self._topic = TopicFilter(self.job.topic_words)
        self._asked: set[str] = set()
        for request in self._videos(key.partition("=")[2] for key in self.state.pending()):
            yield request
        for query in self.source.youtube.queries:
            self.tally.ways_in += 1
            for request in self._call("search", self.parse_videos, self._search(query), number=1):
                yield request
        for channel in self.source.youtube.channels:
            self.tally.ways_in += 1
            uploads = {"part": "snippet", "playlistId": f"UU{channel[2:]}", "maxResults": VIDEOS}
            for request in self._call("playlistItems", self.parse_videos, uploads, number=1):
                yield request

    def _search(self, query: str) -> dict[str, Any]:
        assert self.source.youtube
        parameters = {
            "part": "snippet", "type": "video", "order": "date", "q": query, "maxResults": VIDEOS,
            "regionCode": self.source.youtube.region, "relevanceLanguage": self.source.language,
        }  # fmt: skip
        if self.job.since:
            since = self.job.since.astimezone(UTC).isoformat(timespec="seconds")
            parameters["publishedAfter"] = since.replace("+00:00", "Z")
        return parameters

    def _call(self, method: str, callback: Any, parameters: dict[str, Any], **arguments: Any) -> Iterator[Request]:
        """The request, if the day's allowance has room for it."""
        allowance = SEARCHES if method == "search" else UNITS
        if not self.quota.take(allowance):
            self.tally.skipped["quota"] += 1
            self.tally.fault(f"the {allowance} of today are used up; the next are given at midnight US Pacific time")
            return
        arguments |= {"method": method, "parameters": parameters}
        key = {"X-Goog-Api-Key": self.job.secrets["CITRA_YOUTUBE_KEY"]}
        yield self.ask(f"{API}/{method}", callback, parameters, headers=key, cb_kwargs=arguments)

    def _items(self, response: Response, method: str, *, is_way: bool = False) -> dict[str, Any] | None:
        """An answer with its ``items``; None when there is none, and then it is noted why."""
        allowance = SEARCHES if method == "search" else UNITS
        self.quota.charge(allowance, response.meta.get("tries", 0))
        if response.status in {400, 403, 404}:
            self._refused(response, code_of(response.body), allowance)
            return None
        value = self.json_of(response, is_way=is_way)
        if value is None:
            return None
        if not isinstance(value, dict) or not isinstance(value.get("items", []), list):
            self.way_closed(response.url, "bad-json", "items is no list")
            return None
        return {"items": [], **value}

    def _refused(self, response: Response, code: str, allowance: str) -> None:
        if code in _CLOSED:
            self.tally.skipped[_CLOSED[code]] += 1
        elif code in _USED_UP:
            self.quota.exhaust(allowance)
            self.tally.skipped["quota"] += 1
            self.tally.fault(f"YouTube says that the {allowance} of today are used up")
        elif code in _TOO_FAST:
            self.way_closed(response.url, "rate-limited", f"HTTP {response.status}: {code}")
        else:
            self.no_access(response, "is CITRA_YOUTUBE_KEY valid for the Data API?")

    # --- videos ------------------------------------------------------------------------------------------

    def parse_videos(
        self, response: Response, method: str, parameters: dict[str, Any], number: int
    ) -> Iterator[Request]:
        value = self._items(response, method, is_way=number == 1)
        if value is None:
            return
        assert self.source.youtube
        videos = [video for item in value["items"] if (video := self._wanted(item, method))]
        self.state.discover([Link(url=self._key(video)) for video in videos], [], self.clock.now())
        yield from self._videos(videos)
        token = value.get("nextPageToken")
        if not token or not value["items"]:
            return
        if number >= self.source.youtube.pages:
            self.tally.skipped["page-limit"] += 1
            return
        yield from self._call(method, self.parse_videos, {**parameters, "pageToken": token}, number=number + 1)

    def _wanted(self, item: Any, method: str) -> str:
        """Id of a video whose comments are to be read; a channel's videos must name civil servants in their title."""
        try:
            snippet = item["snippet"]
            video = str(item["id"]["videoId"] if method == "search" else snippet["resourceId"]["videoId"])
            title, published = str(snippet["title"]), instant(snippet["publishedAt"], "publishedAt")
        except (BadPost, LookupError, TypeError):
            self.reject("bad-json", "no video", url=self.source.base_url)
            return ""
        if self.job.since and published < self.job.since:
            self.tally.skipped["too-old"] += 1
            return ""
        if method != "search" and self.source.topic_filter and not self._topic.match(Link(url="", title=title)):
            self.tally.skipped["off-topic"] += 1
            return ""
        return video

    def _key(self, video: str) -> str:
        return f"{self.source.base_url.rstrip('/')}{API}/commentThreads?videoId={video}"

    # --- comments ----------------------------------------------------------------------------------------

    def _videos(self, videos: Iterable[str]) -> Iterator[Request]:
        assert self.source.youtube
        for video in videos:
            if video not in self._asked:
                self._asked.add(video)
                walk = self.walk(f"comments {video}", self.source.youtube.comment_pages)
                parameters = {
                    "part": "snippet,replies", "videoId": video, "maxResults": COMMENTS, "order": "time",
                    "textFormat": "plainText",
                }  # fmt: skip
                yield from self._call("commentThreads", self.parse_threads, parameters, walk=walk)

    def parse_threads(
        self, response: Response, method: str, parameters: dict[str, Any], walk: Walk
    ) -> Iterator[Request]:
        video = parameters["videoId"]
        value = self._items(response, method)
        if value is None:
            if code_of(response.body) in _CLOSED:
                self.store(b"", [self._key(video)], 0, 0)
            return
        comments: list[tuple[Any, dict[str, str]]] = []
        for thread in value["items"]:
            try:
                of_thread = youtube.comments_of(thread)
                more = youtube.replies_missing(thread)
                top = str(thread["id"])
            except (BadPost, LookupError, TypeError):
                self.reject("bad-json", "no thread of comments", url=response.url)
                continue
            names = youtube.names_in(of_thread, self.pseudonyms)
            comments += [(comment, names) for comment in of_thread]
            key = f"{self.source.base_url} replies of {top}: {thread['snippet'].get('totalReplyCount')}"
            if more and not self.is_seen(key):
                asked = {"part": "snippet", "parentId": top, "maxResults": COMMENTS, "textFormat": "plainText"}
                yield from self._call("comments", self.parse_replies, asked, video=video, key=key, names=names)
        kept = self.keep(comments, lambda pair: self._clean(pair[0], video, pair[1]), walk)
        token = value.get("nextPageToken")
        if further := self.go_on(walk, kept, more=bool(token)):
            yield from self._call(method, self.parse_threads, {**parameters, "pageToken": token}, walk=further)
        else:
            self.store(b"", [self._key(video)], 0, 0)

    def parse_replies(
        self,
        response: Response,
        method: str,
        parameters: dict[str, Any],
        *,
        video: str,
        key: str,
        names: dict[str, str],
    ) -> Iterator[Request]:
        value = self._items(response, method)
        if value is None:
            return
        names = {**names, **youtube.names_in(value["items"], self.pseudonyms)}
        self.keep(value["items"], lambda comment: self._clean(comment, video, names))
        arguments = {"video": video, "key": key, "names": names}
        if token := value.get("nextPageToken"):
            yield from self._call(method, self.parse_replies, {**parameters, "pageToken": token}, **arguments)
        else:
            self.store(b"", [key], 0, 0)

    def _clean(self, comment: Any, video: str, names: dict[str, str]) -> CleanPost:
        return youtube.clean(comment, video, names, self.pseudonyms)
