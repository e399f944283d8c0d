"""Posts and comments of subreddits by Reddit's API, with the credentials of an application."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Iterator
from typing import Any

from scrapy import Request
from scrapy.http import Response

from crawlers.platforms import reddit
from crawlers.platforms.post import BadPost, CleanPost
from crawlers.spiders.posts import PostsSpider, Walk

PAGE = 100
#: comments of one post, the most that one call gives
MOST_COMMENTS = 500


class RedditSpider(PostsSpider):
    """Asks for a token, pages back with ``after``, and reads the comments of posts whose number of them changed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._token = ""  # kept in memory alone

    async def start(self) -> AsyncIterator[Request]:
        yield self._login()

    def _login(self) -> Request:
        assert self.source.reddit
        pair = f"{self.job.secrets['CITRA_REDDIT_ID']}:{self.job.secrets['CITRA_REDDIT_SECRET']}"
        return self.ask(
            self.source.reddit.token_url,
            self.parse_token,
            method="POST",
            body="grant_type=client_credentials",
            headers={
                "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
                "Content-Type": "application/x-www-form-urlencoded",
            },
        )

    def parse_token(self, response: Response) -> Iterator[Request]:
        assert self.source.reddit
        if response.status in {400, 401, 403}:
            self.tally.ways_in += 1
            self.no_access(response, "are CITRA_REDDIT_ID and CITRA_REDDIT_SECRET right?")
            return
        value = self.json_of(response)
        token = value.get("access_token") if isinstance(value, dict) else None
        if not isinstance(token, str) or not token:
            self.tally.ways_in += 1
            if value is not None:  # else it is noted already
                self.way_closed(response.url, "bad-json", "no access_token")
            return
        self._token = token
        for subreddit in self.source.reddit.subreddits:
            for query in self.source.reddit.queries or ("",):
                self.tally.ways_in += 1
                walk = self.walk(f"/r/{subreddit} {query}", self.source.reddit.pages)
                yield self._page(subreddit, query, walk, "")

    def _page(self, subreddit: str, query: str, walk: Walk, after: str) -> Request:
        parameters: dict[str, Any] = {"limit": PAGE, "raw_json": 1}
        if query:
            parameters |= {"q": query, "restrict_sr": 1, "sort": "new", "t": "all", "type": "link"}
        if after:
            parameters["after"] = after
        path = f"/r/{subreddit}/search" if query else f"/r/{subreddit}/new"
        arguments = {"subreddit": subreddit, "query": query, "walk": walk, "after": after}
        return self._read(path, self.parse, parameters, cb_kwargs=arguments)

    def _read(self, path: str, callback: Any, parameters: dict[str, Any], **options: Any) -> Request:
        return self.ask(path, callback, parameters, headers={"Authorization": f"Bearer {self._token}"}, **options)

    def parse(self, response: Response, subreddit: str, query: str, walk: Walk, after: str) -> Iterator[Request]:
        value = self.json_of(response, is_way=walk.number == 1)
        if value is None:
            return
        data = value.get("data") if isinstance(value, dict) else None
        things = data.get("children") if isinstance(data, dict) else None
        if not isinstance(data, dict) or not isinstance(things, list):
            self.way_closed(response.url, "bad-json", "no listing")
            return
        kept = self.keep(things, self._clean, walk)
        assert self.source.reddit
        if self.source.reddit.comments:
            yield from self._comments(things)
        following = str(data.get("after") or "")
        more = bool(following) and following != after
        if further := self.go_on(walk, kept, more=more):
            yield self._page(subreddit, query, further, following)

    def _comments(self, things: list[Any]) -> Iterator[Request]:
        """Ask for the comments of those posts whose number of comments is another than at the last time."""
        for thing in things:
            try:
                post = self._clean(thing)
            except Exception:  # noqa: S112 (told by keep already, whatever it is)
                continue
            count, name = post.body.get("num_comments", 0), post.body["name"]
            key = f"{self.source.base_url} comments of {name}: {count}"
            if not count or self.is_old(post) or self.is_seen(key):
                continue
            number = name.partition("_")[2]
            parameters = {"limit": MOST_COMMENTS, "sort": "new", "raw_json": 1}
            arguments = {"key": key}
            yield self._read(f"/comments/{number}", self.parse_comments, parameters, cb_kwargs=arguments)

    def parse_comments(self, response: Response, key: str) -> None:
        value = self.json_of(response)
        if value is None:
            return
        try:
            things = list(reddit.tree(value[1]))
        except (BadPost, LookupError, TypeError):
            self.way_closed(response.url, "bad-json", "no tree of comments")
            return
        if hidden := sum(map(_hidden, things)):
            self.tally.skipped["more-comments"] += hidden
        self.keep([one for one in things if not _is_more(one)], self._clean)
        self.store(b"", [key], 0, 0)

    def _clean(self, thing: Any) -> CleanPost:
        return reddit.clean(thing, self.pseudonyms)


def _is_more(thing: Any) -> bool:
    """Whether it stands for comments that would take further calls."""
    return isinstance(thing, dict) and thing.get("kind") == "more"


def _hidden(thing: Any) -> int:
    """How many comments a thing stands for that are not shown."""
    data = thing.get("data") if _is_more(thing) else None
    count = data.get("count") if isinstance(data, dict) else 0
    return count if isinstance(count, int) and count > 0 else 0
