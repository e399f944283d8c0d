"""What the spiders of social platforms share: asking an API, keeping clean posts, walking back in time."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode, urljoin

from scrapy import Request
from scrapy.http import Response

from crawlers.platforms.post import BadPost, CleanPost, PassedOver
from crawlers.pseudonym import Pseudonyms
from crawlers.spiders.base import SourceSpider
from crawlers.state import Place
from crawlers.warc import pack_payload

#: scope of a place whose walk has stored posts and is not at its end; no rules hash to it
INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """Pages of one query or channel, newest first, until what an earlier walk that came to its end had seen."""

    place: Place
    was_complete: bool  #: an earlier walk reached at least as far back
    most: int  #: pages
    number: int = 1  #: of the page asked for


@dataclass(slots=True)
class Kept:
    """What became of the posts of one page."""

    total: int = 0
    known: int = 0  #: from this run or an earlier one, or passed over
    reached_since: bool = False  #: whether the last (oldest) one is from before the time asked for


class PostsSpider(SourceSpider):
    """Each new post becomes one ``resource`` record at an address that names nobody."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pseudonyms = Pseudonyms(self.job.salt, self.source.spider)

    def ask(
        self, path: str, callback: Callable[..., Any], parameters: dict[str, Any] | None = None, **options: Any
    ) -> Request:
        """A request to the API. Keys go into headers, which are never written down, and follow no redirect."""
        url = urljoin(self.source.base_url, path) + (f"?{urlencode(parameters)}" if parameters else "")
        meta = {"dont_redirect": True, "by_key": bool(self.job.secrets), **options.pop("meta", {})}
        headers = {"Accept": "application/json", **options.pop("headers", {})}
        options.setdefault("errback", self.way_failed)
        return self.request(url, callback, meta=meta, headers=headers, **options)

    def walk(self, name: str, pages: int, scope: str = "") -> Walk:
        """Begin a walk; ``name`` is what is remembered of it, and holds no secret."""
        place = Place(url=f"walk {name}", scope=scope, since=self.since)
        complete = self.state.place(place.url, place.scope, place.since) is not None
        return Walk(place=place, was_complete=complete, most=pages)

    def go_on(self, walk: Walk, kept: Kept, *, more: bool) -> Walk | None:
        """The walk one page further, or None when it is at its end: nothing more, too old, or known from before.

        A walk that is cut off by its limit of pages counts as come to its end: what lies behind stays unseen.
        """
        more = more and not kept.reached_since
        if more and walk.number >= walk.most:
            self.tally.skipped["page-limit"] += 1
            more = False
        if not more or (walk.was_complete and kept.total and kept.known == kept.total):
            self.state.remember(walk.place)
            return None
        return replace(walk, number=walk.number + 1)

    def json_of(self, response: Response, *, is_way: bool = False) -> Any:
        """The answer of an API; None when there is none, and then it is noted why."""
        if response.status == 200:
            try:
                value = json.loads(response.body)
            except (ValueError, RecursionError):
                if self.way_open(response):
                    self.way_closed(response.url, "bad-json", "no JSON")
                return None
            self.tally.ways_open += is_way
            return value
        if response.status in {301, 302, 303, 307, 308}:
            self.way_closed(response.url, "http-status", f"HTTP {response.status}: led elsewhere")
        else:
            self.way_open(response)
        return None

    def keep(self, posts: Iterable[Any], clean: Callable[[Any], CleanPost], walk: Walk | None = None) -> Kept:
        """Store the new posts of a page in one step; until ``walk`` comes to its end, it counts as interrupted."""
        kept, packed, keys = Kept(), [], []
        for post in posts:
            self.tally.found += 1
            kept.total += 1
            try:
                one = clean(post)
            except PassedOver as why:
                self.tally.skipped[why.reason] += 1
                kept.known += 1
                continue
            except (BadPost, KeyError, TypeError, ValueError, AttributeError) as wrong:
                # the post itself is not kept, nor what an exception may quote of it: it may name a person
                why_bad = str(wrong) if isinstance(wrong, BadPost) else type(wrong).__name__
                self.reject("bad-json", f"no {self.source.spider} post: {why_bad}", url=self.source.base_url)
                continue
            url = urljoin(self.source.base_url, one.path)
            key = f"{url}#{one.version}"
            kept.reached_since = self.is_old(one)
            if key in keys or self.is_seen(key):
                kept.known += 1
                self.tally.unchanged += 1
            elif kept.reached_since:
                self.tally.skipped["too-old"] += 1
            else:
                packed.append(self._pack(url, one))
                keys.append(key)
        if packed:
            if walk:  # killed now, a later walk must not stop at these posts: there may be new ones behind them
                self.state.remember(replace(walk.place, scope=INTERRUPTED))
            self.store(b"".join(packed), keys, sum(map(len, packed)), len(packed))
            self.flush()
        return kept

    def no_access(self, response: Response, hint: str) -> None:
        """Note that the API refuses us, with the code it gives and what to look at."""
        code = code_of(response.body) or "no reason given"
        self.way_closed(response.url.partition("?")[0], "blocked", f"HTTP {response.status}: {code}; {hint}")

    def is_old(self, post: CleanPost) -> bool:
        return bool(self.job.since and post.created and post.created < self.job.since)

    def _pack(self, url: str, post: CleanPost) -> bytes:
        body = json.dumps(post.body, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")
        return pack_payload(
            source=self.source.name, url=url, fetched=self.clock.now(), body=body, content_type="application/json"
        )


def code_of(body: bytes) -> str:
    """Short code that an API gives for an error: ``quotaExceeded``, ``Unauthorized``; empty when it gives none."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(value, dict):
        return ""
    inner = value.get("error")
    inner = inner if isinstance(inner, dict) else {}
    errors = inner.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    choices = (first.get("reason"), inner.get("status"), value.get("error"), value.get("title"), value.get("message"))
    # nothing longer is passed on: a message could quote what was sent
    return next((one for one in choices if isinstance(one, str) and re.fullmatch(r"[\w .-]{1,60}", one)), "")
