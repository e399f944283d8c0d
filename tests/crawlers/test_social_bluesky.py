"""Bluesky's search on loopback: back in time without a cursor, nobody named on disk."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from loopback_outlet import NOW, Site, collect, coverage, rejects
from loopback_platforms import PEOPLE, Bluesky, bodies, documents, find_on_disk, shipped

from citra.lake import Lake


def test_search_goes_back_in_time_past_posts_of_one_instant(site: Site, lake: Lake, tmp_path: Path) -> None:
    # the hundredth and the next posts share one instant: page borders must not swallow any of them
    posts = [Bluesky.post(n, NOW - timedelta(minutes=min(n, 95) if n < 120 else n)) for n in range(250)]
    posts.append(Bluesky.post(901, NOW, author={**posts[0]["author"], "labels": [{"val": "!no-unauthenticated"}]}))
    broken = {"uri": "at://did:plc:siti/app.bsky.feed.post/1", "author": "Siti Rahma"}
    posts.append({**broken, "indexedAt": posts[0]["indexedAt"]})
    server = Bluesky(site, posts)
    source = shipped("bluesky", site, queries=("ASN",))
    report = collect([source], lake, since=NOW - timedelta(days=7)).sources[0]
    assert (report.new, report.succeeded) == (250, True)
    assert len({body["uri"] for body in bodies(lake)}) == 250
    assert coverage(lake)[0]["skipped"]["opted-out"] == 1
    assert {one["reason"] for one in rejects(lake)} == {"bad-json"}
    assert find_on_disk(tmp_path, PEOPLE) == []

    server.posts.append(Bluesky.post(500, NOW + timedelta(minutes=1), text="Gaji PNS naik"))
    del server.posts[251]  # the broken one
    site.asked.clear()
    second = collect([source], lake, since=NOW - timedelta(days=6)).sources[0]
    assert second.new == 1
    assert sum(count for path, count in site.asked.items() if "searchPosts" in path) <= 2


def test_what_is_stored_becomes_a_document(site: Site, lake: Lake) -> None:
    uri = "at://did:plc:joko/app.bsky.feed.post/3k2"
    answer = {**Bluesky.post(1, NOW)["record"], "reply": {"parent": {"uri": uri}, "root": {"uri": uri}}}
    Bluesky(site, [Bluesky.post(1, NOW, record=answer), Bluesky.post(2, NOW - timedelta(hours=1))])
    source = shipped("bluesky", site, queries=("ASN", "PNS"))
    assert collect([source], lake).sources[0].new == 2  # found by both queries, kept once
    first, second = documents(lake, source)
    assert [one.engagement["likes"] for one in (first, second)] == [1, 2]
    assert first.thread_id == second.id
    assert "https://menpan.go.id/berita/panjang?id=1" in first.text
    assert f"@{second.author}" in first.text
    assert "→" in first.text
    assert (first.language, first.published) == ("id", NOW)


def test_refusals_and_rate_limits(site: Site, other: Site, lake: Lake) -> None:
    site.routes["/xrpc/app.bsky.feed.searchPosts"] = (403, {}, b'{"error":"Forbidden"}')
    stamp = {"Date": NOW.strftime("%a, %d %b %Y %H:%M:%S GMT"), "RateLimit-Remaining": "0"}
    stamp["RateLimit-Reset"] = str(int(NOW.timestamp()) + 4000)
    other.routes["/xrpc/app.bsky.feed.searchPosts"] = (429, stamp, b"{}")
    slow = shipped("bluesky", other, queries=("ASN",)).model_copy(update={"name": "slow"})
    report = collect([shipped("bluesky", site, queries=("ASN",)), slow], lake, retries=2)
    assert [one.succeeded for one in report.sources] == [False, False]
    assert sorted(one["reason"] for one in rejects(lake)) == ["blocked", "rate-limited"]
    assert sum(count for path, count in other.asked.items() if "searchPosts" in path) == 1  # it was told to wait
