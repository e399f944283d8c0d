"""Recent search of X on loopback."""

from __future__ import annotations

from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from loopback_outlet import NOW, Answer, Site, collect, coverage
from loopback_platforms import PEOPLE, SECRETS, as_json, documents, find_on_disk, iso, query_of, shipped

from citra.documents import document_id
from citra.lake import Lake

KEY = {"secrets": SECRETS}
PATH = "/2/tweets/search/recent"


def post(number: int, hours: float, **changes: Any) -> dict[str, Any]:
    text = "RT? @budisantoso &amp; @siti_rahma: gaji PNS https://t.co/abc"
    return {
        "id": str(10_000 + number), "author_id": "77", "created_at": iso(NOW - timedelta(hours=hours)), "lang": "in",
        "text": text, "conversation_id": "10001", "edit_history_tweet_ids": [str(10_000 + number)],
        "public_metrics": {"like_count": number, "retweet_count": 2, "reply_count": 0, "quote_count": 0},
        "entities": {"mentions": [{"username": "siti_rahma", "id": "78"}],
                     "urls": [{"url": "https://t.co/abc", "expanded_url": "https://bkn.go.id/berita"}]}, **changes,
    }  # fmt: skip


class RecentSearch:
    """Three posts a page, ``next_token``, ``since_id``; a start before the last seven days is refused."""

    def __init__(self, site: Site, posts: list[dict[str, Any]]) -> None:
        self.posts = posts
        self.queries: list[dict[str, str]] = []
        site.routes[PATH] = self

    def __call__(self, handler: BaseHTTPRequestHandler) -> Answer:
        query = query_of(handler)
        self.queries.append(query)
        if handler.headers["Authorization"] != f"Bearer {SECRETS['CITRA_X_TOKEN']}":
            return as_json({"title": "Unauthorized", "status": 401, "type": "about:blank"}, 401)
        if "author_id" not in query["tweet.fields"] or query.get("start_time", "9") < iso(NOW - timedelta(days=7)):
            return as_json({"title": "Invalid Request"}, 400)
        fits = [one for one in self.posts if int(one["id"]) > int(query.get("since_id", 0))]
        start = int(query.get("next_token", 0))
        page = sorted(fits, key=lambda one: -int(one["id"]))[start : start + 3]
        meta: dict[str, Any] = {"result_count": len(page)}
        if page:
            meta |= {"newest_id": page[0]["id"], "oldest_id": page[-1]["id"]}
        if start + 3 < len(fits):
            meta["next_token"] = str(start + 3)
        return as_json({"data": page, "meta": meta} if page else {"meta": meta}, **{"x-rate-limit-remaining": "449"})


def test_pages_back_and_asks_next_time_for_what_is_new_alone(site: Site, lake: Lake, tmp_path: Path) -> None:
    posts = [post(n, 20 - n) for n in range(8)]
    posts[3]["referenced_tweets"] = [{"type": "retweeted", "id": "1"}]
    posts[7] |= {"referenced_tweets": [{"type": "replied_to", "id": "10006"}], "note_tweet": {"text": "panjang " * 60}}
    server = RecentSearch(site, posts)
    source = shipped("x", site, queries=("PNS lang:in",))
    report = collect([source], lake, since=NOW - timedelta(days=30), **KEY).sources[0]
    assert (report.new, report.error) == (7, None)
    assert coverage(lake)[0]["skipped"] == {"repost": 1}
    assert find_on_disk(tmp_path, (*PEOPLE, *SECRETS.values())) == []
    newest, second = documents(lake, source)[:2]
    assert newest.thread_id == second.id == document_id("x:", "10006")
    assert newest.text.startswith("panjang panjang")
    assert second.text.endswith("gaji PNS https://bkn.go.id/berita")
    assert "&" in second.text
    assert (second.language, second.engagement["reposts"]) == ("id", 2)
    assert second.canonical_url == "https://x.com/i/web/status/10006"

    posts.append(post(9, 0))
    server.queries.clear()
    again = collect([source], lake, since=NOW - timedelta(days=29), now=NOW + timedelta(hours=1), **KEY).sources[0]
    assert (again.new, again.fetched) == (1, 1)  # each post read is paid for
    assert [query.get("since_id") for query in server.queries] == ["10007"]
    server.queries.clear()
    collect([source], lake, since=NOW - timedelta(days=20), now=NOW + timedelta(days=6, hours=2), **KEY)
    assert "since_id" not in server.queries[0]


def test_a_token_that_is_not_paid_for(site: Site, lake: Lake) -> None:
    RecentSearch(site, [post(1, 1)])
    report = collect([shipped("x", site)], lake, secrets={"CITRA_X_TOKEN": "palsu-sekali"}).sources[0]
    assert not report.succeeded
    assert "HTTP 401: Unauthorized; is CITRA_X_TOKEN valid and paid?" in str(report.error)
    assert "palsu-sekali" not in str(report)
