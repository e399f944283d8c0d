"""The Mastodon spider over a timeline on loopback; no handle may reach the disk."""

from __future__ import annotations

import gzip
import json
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from loopback_outlet import NOW, Answer, Site, collect, coverage, records, rejects

from citra.errors import ConfigError
from citra.lake import Lake
from crawlers.pseudonym import Pseudonyms
from crawlers.source import Mastodon, Source

#: every one of these identifies a person, and none of them may be found in the lake or beside it
SECRETS = ("siti_rahma", "Siti Rahma", "budi.santoso", "joko88", "cerita hidup saya", "siti@surel.example", "wajah.png")


def post(number: int, when: datetime, tags: tuple[str, ...] = ("asn",), **changes: Any) -> dict[str, Any]:
    user = "siti_rahma" if number % 2 else "joko88@lain.example"
    return {
        "id": str(1000 + number), "created_at": when.isoformat(), "edited_at": None, "in_reply_to_id": None,
        "in_reply_to_account_id": "77", "language": "id", "visibility": "public", "sensitive": False,
        "spoiler_text": "untuk @siti_rahma", "uri": f"https://x/users/{user}/statuses/{number}",
        "url": f"https://x/@{user}/{number}", "replies_count": 1, "reblogs_count": 2, "favourites_count": number,
        "content": f'<p>Antre KTP nomor {number} di kantor <span class="h-card"><a href="https://x/@budi.santoso" '
        'class="u-url mention">@<span>budi.santoso</span></a></span> &amp; @joko88@lain.example, surel '
        'siti@surel.example, lihat https://x/@siti_rahma/9<br>siti_rahma menulis <a href="https://x/tags/asn" '
        'class="mention hashtag">#<span>asn</span></a></p>',
        "account": {"id": "7", "username": user.partition("@")[0], "acct": user, "display_name": "Siti Rahma",
                    "note": "cerita hidup saya", "avatar": "https://x/wajah.png", "url": f"https://x/@{user}",
                    "noindex": False},
        "mentions": [{"username": "budi.santoso", "acct": "budi.santoso", "url": "https://x/@budi.santoso", "id": "8"}],
        "media_attachments": [{"url": "https://x/wajah.png", "description": "Siti Rahma"}],
        "card": {"author_name": "Siti Rahma"}, "reblog": None, "tags": [{"name": tag} for tag in tags],
        **changes,
    }  # fmt: skip


class Timeline:
    """Hashtag timelines as the API documents them: newest first, ``limit``, ``max_id``, Link header."""

    def __init__(self, site: Site, posts: list[dict[str, Any]]) -> None:
        self.site, self.posts = site, posts
        for tag in ("asn", "pns"):
            site.routes[f"/api/v1/timelines/tag/{tag}"] = self

    def __call__(self, handler: BaseHTTPRequestHandler) -> Answer:
        place = urlsplit(handler.path)
        query = {name: values[0] for name, values in parse_qs(place.query).items()}
        tag, before = place.path.rsplit("/", 1)[1], int(query.get("max_id", 10**9))
        fits = [p for p in self.posts if tag in [t["name"] for t in p.get("tags", ())] and int(p["id"]) < before]
        page = sorted(fits, key=lambda p: -int(p["id"]))[: int(query["limit"])]
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if page:
            headers["Link"] = f'<https://elsewhere.example{place.path}?max_id={page[-1]["id"]}>; rel="next"'
        return 200, headers, json.dumps(page).encode()


def mastodon(site: Site, **values: Any) -> Source:
    values = {"kind": "social", "spider": "mastodon", "mastodon": Mastodon(hashtags=("asn",)), **values}
    return site.source("posts", **values)


def test_no_handle_reaches_the_disk(site: Site, lake: Lake, tmp_path: Path) -> None:
    Timeline(site, [post(n, NOW - timedelta(hours=n)) for n in range(6)] + [{"id": "7", "account": "Siti Rahma"}])
    site.routes["/api/v1/timelines/tag/asn"].posts[-1]["tags"] = [{"name": "asn"}]  # type: ignore[union-attr]
    report = collect([mastodon(site)], lake).sources[0]
    assert (report.new, report.rejected) == (6, 1)

    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert any(file.name.endswith(".warc.gz") for file in files)
    for file in files:
        data = file.read_bytes()
        unpacked = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else b""
        for secret in SECRETS:
            assert secret.lower().encode() not in data.lower() + unpacked.lower(), f"{secret} in {file}"

    status = json.loads(records(lake, "posts")[0].body)
    assert status["account"]["id"].startswith("anon:")
    assert len({json.loads(item.body)["account"]["id"] for item in records(lake)}) == 2
    assert status["favourites_count"] in range(6)
    assert status["tags"] == [{"name": "asn"}]
    assert "Antre KTP" in status["content"]
    assert "#asn" in status["content"]
    assert status["content"].count("anon:") >= 5


def test_paging_goes_back_until_since_and_only_new_posts_are_stored(site: Site, lake: Lake) -> None:
    posts = [post(200 - n, NOW - timedelta(hours=n)) for n in range(150)]
    timeline = Timeline(site, posts)
    report = collect([mastodon(site)], lake, since=NOW - timedelta(hours=100)).sources[0]
    assert report.new == 101
    assert report.skipped == 120 - 101
    assert sum(count for path, count in site.asked.items() if "timelines" in path) == 3

    timeline.posts.append(post(201, NOW + timedelta(hours=1), in_reply_to_id="1100"))
    site.asked.clear()
    second = collect([mastodon(site)], lake, since=NOW - timedelta(hours=90)).sources[0]
    assert (second.new, second.unchanged) == (1, 79)  # the second page is known throughout: no third
    bodies = [json.loads(item.body) for item in records(lake)]
    assert len({body["id"] for body in bodies}) == len(bodies) == 102
    assert [body["in_reply_to_id"] for body in bodies if body["id"] == "1201"] == ["1100"]
    kinds = {(item.record_type, item.content_type, item.source) for item in records(lake)}
    assert kinds == {("resource", "application/json", "posts")}
    assert all(item.url == f"{site.url}/api/v1/statuses/{json.loads(item.body)['id']}" for item in records(lake))


def test_a_post_of_two_hashtags_is_one_record_and_an_edit_another(site: Site, lake: Lake) -> None:
    timeline = Timeline(site, [post(1, NOW, ("asn", "pns")), post(2, NOW, ("pns",))])
    source = mastodon(site, mastodon=Mastodon(hashtags=("asn", "pns")))
    assert collect([source], lake).sources[0].new == 2
    timeline.posts[0] = post(1, NOW, ("asn", "pns"), edited_at="2026-11-24T08:00:00Z", content="<p>diubah</p>")
    assert collect([source], lake).sources[0].new == 1


def test_wishes_are_respected(site: Site, lake: Lake) -> None:
    hidden = post(1, NOW)
    hidden["account"]["noindex"] = True
    Timeline(site, [hidden, post(2, NOW, visibility="unlisted"), post(3, NOW)])
    assert collect([mastodon(site)], lake).sources[0].new == 1
    assert coverage(lake)[0]["skipped"] == {"not-public": 1, "opted-out": 1}


def test_closed_instances_bad_json_and_rate_limits(site: Site, other: Site, lake: Lake) -> None:
    site.routes["/api/v1/timelines/tag/asn"] = (401, {}, b'{"error":"This API requires an authenticated user"}')
    other.routes["/api/v1/timelines/tag/asn"] = (200, {"Content-Type": "application/json"}, b'{"error": 1}')
    sources = [mastodon(site), mastodon(other).model_copy(update={"name": "lain"})]
    report = collect(sources, lake)
    assert [one.succeeded for one in report.sources] == [False, False]
    assert sorted(one["reason"] for one in rejects(lake)) == ["bad-json", "blocked"]
    soon = (NOW + timedelta(seconds=1)).isoformat()
    stamp = {"Date": NOW.strftime("%a, %d %b %Y %H:%M:%S GMT"), "Content-Type": "application/json"}
    answers = iter([(429, {**stamp, "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": soon}, b"[]")])
    full = (200, {"Content-Type": "application/json"}, json.dumps([post(1, NOW)]).encode())
    site.routes["/api/v1/timelines/tag/asn"] = lambda handler: next(answers, full)
    site.times.clear()
    assert collect([mastodon(site)], lake).sources[0].new == 1


def test_without_a_salt_social_sources_are_refused(site: Site, lake: Lake) -> None:
    with pytest.raises(ConfigError, match="CITRA_SALT"):
        collect([mastodon(site)], lake, salt=None)
    assert not site.asked


def test_pseudonyms_are_stable_salted_and_blind_to_case() -> None:
    one, other = Pseudonyms("garam", "x.example"), Pseudonyms("lain", "x.example")
    assert one.of("Siti") == one.of("@siti@x.example") == Pseudonyms("garam", "X.example").of("SITI")
    assert len({one.of("siti"), one.of("budi"), one.of("siti@y.example"), other.of("siti")}) == 4
    assert one.of("siti").removeprefix("anon:").isalnum()
    assert len(one.of("siti")) == len("anon:") + 16


@pytest.mark.parametrize(
    "text",
    [
        "cc:@budi ya", "dan/@budi", "(@budi)", "@budi", "@budi@x.example",
        "https://x.example/@budi/12?x=1", "x.example/@budi",
        "https://x.example/users/budi/statuses/1", "surel: budi@x.example", "@budi, @budi.",
        "<a href='https://x.example/@budi'>ia</a>",
        "<a class='u-url mention' href='https://x.example/@budi'>@<span>budi</span></a>",
        "<a href='https://x.example/@budi'>@budi</a>",
    ],
)  # fmt: skip
def test_no_way_of_writing_a_handle_gets_through(text: str) -> None:
    status = {
        "id": "1",
        "created_at": "2026-11-24T07:00:00Z",
        "content": f"<p>Halo {text} apa kabar</p>",
        "spoiler_text": text,
    }
    status |= {"account": {"acct": "siti", "username": "siti"}, "mentions": [], "tags": []}
    clean = Pseudonyms("garam", "x.example").status(status, "https://x.example/api/v1/statuses/1")
    assert "budi" not in json.dumps(clean)
    assert "apa kabar" in clean["content"]
    if "'" not in text:  # a link without a name in its words has no one to stand for
        assert Pseudonyms("garam", "x.example").of("budi") in clean["content"]


def test_ordinary_words_stay() -> None:
    status = {
        "id": "1",
        "created_at": "x",
        "content": "<p>Jam 8 @ kantor, suhu 5&lt;6, a@b, 50% #ASN</p><p>di jakarta</p>",
    }
    clean = Pseudonyms("garam", "x").status({**status, "account": {"acct": "jakarta"}}, "u")
    assert clean["content"] == "<p>Jam 8 @ kantor, suhu 5&lt;6, a@b, 50% #ASN</p><p>di jakarta</p>"


def test_real_payloads_lose_their_names() -> None:
    file = Path(__file__).parents[3] / "shared/pages/social/mastodon/test_timeline_disabled_1.json"
    if not file.exists():
        pytest.skip("shared/pages is not here")
    pseudonyms = Pseudonyms("garam", "localhost:3000")
    statuses = json.loads(file.read_text())
    for status in statuses:
        clean = json.dumps(pseudonyms.status(status, "https://x/api/v1/statuses/1"))
        assert status["account"]["url"] not in clean
        assert status["uri"] not in clean
        assert "avatars" not in clean
    assert len(statuses) > 10
