"""Reddit's API on loopback: a token, listings with ``after``, trees of comments."""

from __future__ import annotations

import base64
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from loopback_outlet import NOW, Answer, Site, collect, coverage, rejects
from loopback_platforms import PEOPLE, SECRETS, as_json, documents, find_on_disk, query_of, shipped

from citra.documents import document_id
from citra.lake import Lake
from crawlers.source import Source

KEYS = {"secrets": SECRETS}


def post(number: int, hours: float, comments: int = 0, **changes: Any) -> dict[str, Any]:
    data = {
        "name": f"t3_{number:x}", "id": f"{number:x}", "subreddit": "indonesia", "author": "joko88",
        "title": f"CPNS {number}", "selftext": "Tanya u/budisantoso dan siti_rahma@surel.example",
        "created_utc": (NOW - timedelta(hours=hours)).timestamp(), "edited": False, "score": number,
        "num_comments": comments, "over_18": False, "author_fullname": "t2_joko88",
        "permalink": f"/r/indonesia/comments/{number:x}/x/", **changes,
    }  # fmt: skip
    return {"kind": "t3", "data": data}


def comment(name: str, parent: str, body: str, replies: Any = "", **changes: Any) -> dict[str, Any]:
    data = {
        "name": name, "subreddit": "indonesia", "author": "siti_rahma", "body": body, "parent_id": parent,
        "edited": False, "link_id": "t3_1", "link_author": "joko88", "created_utc": NOW.timestamp() - 60,
        "score": -3, "replies": replies, **changes,
    }  # fmt: skip
    return {"kind": "t1", "data": data}


def listing(children: list[Any], after: str | None = None) -> dict[str, Any]:
    return {"kind": "Listing", "data": {"after": after, "children": children}}


class Reddit:
    """Listings of 2 posts, newest first; everything but the token wants the token."""

    def __init__(self, site: Site, posts: list[dict[str, Any]]) -> None:
        self.posts, self.trees = posts, {}
        self.headers: dict[str, str] = {}
        site.routes["/api/v1/access_token"] = self.token
        for path in ("/r/indonesia/new", "/r/indonesia/search", *(f"/comments/{n:x}" for n in range(20))):
            site.routes[path] = self

    def token(self, handler: BaseHTTPRequestHandler) -> Answer:
        pair = f"{SECRETS['CITRA_REDDIT_ID']}:{SECRETS['CITRA_REDDIT_SECRET']}".encode()
        if handler.command != "POST" or handler.headers["Authorization"] != f"Basic {base64.b64encode(pair).decode()}":
            return as_json({"message": "Unauthorized", "error": 401}, 401)
        return as_json({"access_token": "karcis-rahasia", "token_type": "bearer", "expires_in": 86400, "scope": "*"})

    def __call__(self, handler: BaseHTTPRequestHandler) -> Answer:
        if handler.headers["Authorization"] != "Bearer karcis-rahasia":
            return as_json({"message": "Forbidden", "error": 403}, 403)
        path, query = urlsplit(handler.path).path, query_of(handler)
        if path.startswith("/comments/"):
            number = path.rsplit("/", 1)[1]
            return as_json([listing([]), listing(self.trees[number])])
        fits = [one for one in self.posts if query.get("q", "").lower() in one["data"]["title"].lower()]
        names = [one["data"]["name"] for one in fits]
        start = names.index(query["after"]) + 1 if "after" in query else 0
        page = fits[start : start + 2]
        after = page[-1]["data"]["name"] if start + 2 < len(fits) else None
        return as_json(listing(page, after), **self.headers)


def reddit(site: Site, **table: Any) -> Source:
    table = {"subreddits": ("indonesia",), "queries": (), **table}
    return shipped("reddit", site, token_url=f"{site.url}/api/v1/access_token", **table)


def test_posts_and_comments(site: Site, lake: Lake, tmp_path: Path) -> None:
    posts = [post(1, 1, 3), post(2, 2), post(3, 3, selftext="[removed]"), post(4, 4), post(5, 5, author="[deleted]")]
    posts += [post(6, 400), post(7, 401)]
    server = Reddit(site, posts)
    deep = comment("t1_b", "t1_a", "Betul, /u/joko88 [sumber](https://www.reddit.com/user/budisantoso/)")
    more = {"kind": "more", "data": {"count": 7, "children": ["x"]}}
    gone = comment("t1_c", "t3_1", "[deleted]", author="[deleted]")
    server.trees["1"] = [comment("t1_a", "t3_1", "Gaji PNS naik", listing([deep])), gone, more]
    source = reddit(site)
    report = collect([source], lake, since=NOW - timedelta(days=7), **KEYS).sources[0]
    assert (report.new, report.error) == (4 + 2, None)
    assert coverage(lake)[0]["skipped"] == {"deleted": 2, "more-comments": 7, "too-old": 1}
    assert site.posted == [b"grant_type=client_credentials"]
    leaks = find_on_disk(tmp_path, (*PEOPLE, *SECRETS.values(), "karcis-rahasia", "surel.example"))
    assert leaks == []
    found = {one.published_raw and one.canonical_url: one for one in documents(lake, source)}
    top, answer = (found[f"https://www.reddit.com/comments/1/_/{name}/"] for name in ("a", "b"))
    assert answer.thread_id == top.id == document_id("reddit:", "t1_a")
    assert top.thread_id == document_id("reddit:", "t3_1")
    assert top.engagement == {"likes": 0}
    first = found["https://www.reddit.com/comments/1/"]
    assert first.text.startswith("CPNS 1\nTanya u/anon:")
    assert (first.engagement, first.section) == ({"likes": 1, "replies": 3}, "r/indonesia")
    assert found["https://www.reddit.com/comments/5/"].author is None

    site.asked.clear()
    posts.insert(0, post(8, 0))
    second = collect([source], lake, since=NOW - timedelta(days=6), **KEYS).sources[0]
    assert second.new == 1
    assert sum(count for path, count in site.asked.items() if path.startswith("/comments/")) == 0


def test_search_rate_limits_and_wrong_credentials(site: Site, other: Site, lake: Lake) -> None:
    server = Reddit(site, [post(1, 1), post(2, 2, title="PPPK dan CPNS"), post(3, 3), post(4, 4)])
    server.headers = {"X-Ratelimit-Remaining": "0.0", "X-Ratelimit-Reset": "500", "X-Ratelimit-Used": "600"}
    Reddit(other, [post(1, 1)])
    wrong = reddit(other).model_copy(update={"name": "salah"})
    one = collect([reddit(site, queries=("cpns",))], lake, **KEYS).sources[0]
    assert one.new == 2  # the second page would have to wait for longer than a run may
    assert "500 s" in str(one.error)
    keys = {"CITRA_REDDIT_ID": "x", "CITRA_REDDIT_SECRET": "kata-sandi-salah"}
    two = collect([wrong], lake, secrets=keys).sources[0]
    assert not two.succeeded
    assert "are CITRA_REDDIT_ID and CITRA_REDDIT_SECRET right?" in str(two.error)
    assert "kata-sandi-salah" not in str(rejects(lake)) + str(coverage(lake))
