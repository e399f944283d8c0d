"""A walk that breaks off between two pages leaves no gap: the next one goes behind the posts it already has."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from loopback_outlet import NOW, Answer, Site, collect
from loopback_platforms import Bluesky, bodies, shipped
from test_mastodon_crawl import Timeline, mastodon
from test_mastodon_crawl import post as toot

from citra.lake import Lake

Server = Callable[[BaseHTTPRequestHandler], Answer]


def failing(
    server: Callable[[BaseHTTPRequestHandler], Answer], page: str
) -> Callable[[BaseHTTPRequestHandler], Answer]:
    """``server``, but the pages behind the first one, whose addresses hold ``page``, are broken."""
    return lambda handler: (404, {}, b"") if page in handler.path else server(handler)


def test_no_gap_behind_a_page_that_failed(site: Site, other: Site, lake: Lake) -> None:
    search, timeline = "/xrpc/app.bsky.feed.searchPosts", "/api/v1/timelines/tag/asn"
    bluesky = Bluesky(site, [Bluesky.post(n, NOW - timedelta(minutes=1000 - n)) for n in range(20)])
    toots = Timeline(other, [toot(n, NOW - timedelta(minutes=1000 - n)) for n in range(20)])
    sources, since = [shipped("bluesky", site, queries=("ASN",)), mastodon(other)], {"since": NOW - timedelta(days=2)}
    assert [one.new for one in collect(sources, lake, **since).sources] == [20, 20]
    bluesky.posts += [Bluesky.post(100 + n, NOW - timedelta(minutes=300 - n)) for n in range(150)]
    toots.posts += [toot(100 + n, NOW - timedelta(minutes=300 - n)) for n in range(60)]
    site.routes[search], other.routes[timeline] = failing(bluesky, "until="), failing(toots, "max_id=")
    assert [one.new for one in collect(sources, lake, **since).sources] == [100, 40]
    site.routes[search], other.routes[timeline] = bluesky, toots
    assert [one.new for one in collect(sources, lake, **since).sources] == [50, 20]
    ids = Counter(body.get("uri") or body["id"] for body in bodies(lake))
    assert (len(ids), max(ids.values())) == (170 + 80, 1)


def test_killed_between_pages_nothing_is_lost_or_doubled(site: Site, lake: Lake) -> None:
    server = Bluesky(site, [Bluesky.post(n, NOW - timedelta(minutes=n)) for n in range(230)])
    source = shipped("bluesky", site, queries=("ASN",))

    def killing(handler: BaseHTTPRequestHandler) -> Answer:
        if "until=" in handler.path:  # the first page is stored: the crawl's own process is ended
            os.kill(worker(), signal.SIGKILL)
        return server(handler)

    site.routes["/xrpc/app.bsky.feed.searchPosts"] = killing
    assert "ended with code" in str(collect([source], lake).sources[0].error)
    site.routes["/xrpc/app.bsky.feed.searchPosts"] = server
    collect([source], lake)
    ids = Counter(body["uri"] for body in bodies(lake))
    assert (len(ids), max(ids.values())) == (230, 1)


def worker() -> int:
    """Process id of the crawl, the child of this process."""
    for children in Path(f"/proc/{os.getpid()}/task").glob("*/children"):
        for child in children.read_text(encoding="ascii").split():
            if b"crawlers.worker" in Path(f"/proc/{child}/cmdline").read_bytes():
                return int(child)
    raise AssertionError("no crawl is running")
