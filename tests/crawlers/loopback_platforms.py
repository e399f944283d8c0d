"""Social platforms on loopback that behave as their documentation says, and what must never be found on disk."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from loopback_outlet import NOW, Answer, Site, records

from citra.documents import Document
from citra.lake import Lake
from crawlers.extract.record import extract_record
from crawlers.source import Source, load_sources

#: every one of these identifies a person
PEOPLE = ("siti_rahma", "siti rahma", "budi.santoso", "budisantoso", "joko88", "did:plc:", "UCsiti", "wajah.png")
SECRETS = {
    "CITRA_YOUTUBE_KEY": "kunci-youtube-rahasia", "CITRA_REDDIT_ID": "id-aplikasi-reddit",
    "CITRA_REDDIT_SECRET": "rahasia-aplikasi-reddit", "CITRA_X_TOKEN": "token-x-rahasia",
}  # fmt: skip


def query_of(handler: BaseHTTPRequestHandler) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(handler.path).query).items()}


def as_json(value: Any, status: int = 200, **headers: str) -> Answer:
    return status, {"Content-Type": "application/json; charset=utf-8", **headers}, json.dumps(value).encode()


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def find_on_disk(folder: Path, words: tuple[str, ...]) -> list[str]:
    """``word in file`` for each of ``words`` in any file below ``folder``, packed or not; case aside."""
    found = []
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert any(file.name.endswith(".warc.gz") for file in files)
    for file in files:
        data = file.read_bytes()
        data += gzip.decompress(data) if data[:2] == b"\x1f\x8b" else b""
        found += [f"{word} in {file}" for word in words if word.lower().encode() in data.lower()]
    return found


def bodies(lake: Lake) -> list[dict[str, Any]]:
    """The stored posts."""
    return [json.loads(item.body) for item in records(lake)]


def documents(lake: Lake, source: Source) -> list[Document]:
    """What the stored posts become, newest first; a reject is a fault of the test."""
    found = []
    for item in records(lake):
        for one in extract_record(item, {source.name: source}):
            assert isinstance(one, Document), one
            found.append(one)
    return sorted(found, key=lambda one: str(one.published), reverse=True)


def shipped(name: str, site: Site, **table: Any) -> Source:
    """The shipped definition of a platform, on loopback; ``table`` replaces keys of its table."""
    source = load_sources()[name]
    own = getattr(source, name)
    own = type(own)(**{**own.model_dump(), **table})
    hosts = (f"127.0.0.1:{site.port}",)
    return source.model_copy(update={"base_url": site.url, "hosts": hosts, "delay": 0.0, name: own})


class Bluesky:
    """``searchPosts`` logged out: newest first, ``until`` exclusive, ``since`` inclusive, ``cursor`` forbidden."""

    def __init__(self, site: Site, posts: list[dict[str, Any]]) -> None:
        self.posts = posts
        site.routes["/xrpc/app.bsky.feed.searchPosts"] = self

    def __call__(self, handler: BaseHTTPRequestHandler) -> Answer:
        query = query_of(handler)
        if "cursor" in query or int(query["limit"]) > 100:
            return as_json({"error": "Forbidden", "message": "Request forbidden"}, 403)
        fits = [
            post for post in self.posts
            if query.get("since", "") <= post["indexedAt"] < query.get("until", "9") and query["sort"] == "latest"
        ]  # fmt: skip
        page = sorted(fits, key=lambda post: post["indexedAt"], reverse=True)[: int(query["limit"])]
        return as_json({"cursor": "100", "hitsTotal": len(fits), "posts": page})

    @staticmethod
    def post(number: int, when: datetime, text: str | None = None, **changes: Any) -> dict[str, Any]:
        who = "did:plc:siti" if number % 2 else "did:plc:joko"
        said = "Antre KTP → lihat menpan.go.id/berita… kata @joko88.bsky.social soal ASN"
        data = said.encode()

        def at(part: str) -> dict[str, int]:
            start = data.index(part.encode())
            return {"byteStart": start, "byteEnd": start + len(part.encode())}

        link = {"$type": "app.bsky.richtext.facet#link", "uri": "https://menpan.go.id/berita/panjang?id=1"}
        mention = {"$type": "app.bsky.richtext.facet#mention", "did": "did:plc:joko"}
        facets = [
            {"index": at("menpan.go.id/berita…"), "features": [link]},
            {"index": at("@joko88.bsky.social"), "features": [mention]},
            {"index": {"byteStart": 11, "byteEnd": 12}, "features": [link]},  # cuts the arrow
        ]
        return {
            "uri": f"at://{who}/app.bsky.feed.post/3k{number}", "cid": f"bafy{number}", "indexedAt": iso(when),
            "author": {"did": who, "handle": "siti_rahma.bsky.social", "displayName": "Siti Rahma", "labels": [],
                       "avatar": f"https://cdn/{who}/wajah.png"},
            "record": {"$type": "app.bsky.feed.post", "createdAt": iso(when), "langs": ["id"], "text": text or said,
                       "facets": facets if text is None else []},
            "embed": {"images": [{"alt": "Siti Rahma"}]}, "likeCount": number, "repostCount": 1, "replyCount": 0,
            "quoteCount": 0, "labels": [], "viewer": {}, **changes,
        }  # fmt: skip


class Youtube:
    """Search, threads and replies; forbids a wrong key, and comments of closed videos."""

    def __init__(self, site: Site, threads: dict[str, list[dict[str, Any]]]) -> None:
        self.site, self.threads = site, threads
        self.closed: set[str] = set()
        self.replies: dict[str, list[dict[str, Any]]] = {}
        self.used_up, self.key = False, SECRETS["CITRA_YOUTUBE_KEY"]
        for method in ("search", "commentThreads", "comments", "playlistItems"):
            site.routes[f"/youtube/v3/{method}"] = self

    def __call__(self, handler: BaseHTTPRequestHandler) -> Answer:
        method, query = urlsplit(handler.path).path.rsplit("/", 1)[1], query_of(handler)
        if handler.headers.get("X-Goog-Api-Key") != self.key or "key" in query:
            return self.error(400, "keyInvalid")
        if self.used_up:
            return self.error(403, "quotaExceeded")
        if method == "comments":
            return self.paged(self.replies[query["parentId"]], query)
        if method == "commentThreads":
            if query["videoId"] in self.closed:
                return self.error(403, "commentsDisabled")
            return self.paged(self.threads[query["videoId"]], query)
        if method == "search":
            found = [{"id": {"videoId": video}, "snippet": self.about(video)} for video in self.threads]
        else:
            found = [{"snippet": {**self.about(video), "resourceId": {"videoId": video}}} for video in self.threads]
        return self.paged(found, query)

    @staticmethod
    def about(video: str) -> dict[str, Any]:
        title = "Resep rendang" if video.startswith("masak") else f"Gaji PNS naik {video}"
        return {"title": title, "publishedAt": iso(NOW - timedelta(hours=5)), "channelTitle": "Siti Rahma"}

    @staticmethod
    def error(status: int, reason: str) -> Answer:
        return as_json({"error": {"code": status, "errors": [{"domain": "youtube", "reason": reason}]}}, status)

    def paged(self, items: list[dict[str, Any]], query: dict[str, str]) -> Answer:
        start, size = int(query.get("pageToken", 0)), min(int(query["maxResults"]), 3)
        value: dict[str, Any] = {"kind": "youtube#list", "items": items[start : start + size]}
        if start + size < len(items):
            value["nextPageToken"] = str(start + size)
        return as_json(value)

    @staticmethod
    def comment(number: str, hours: float, text: str, **changes: Any) -> dict[str, Any]:
        snippet = {
            "authorDisplayName": "Siti Rahma", "authorProfileImageUrl": "https://yt3/wajah.png",
            "authorChannelUrl": "http://www.youtube.com/@siti_rahma", "authorChannelId": {"value": "UCsiti"},
            "textDisplay": text, "textOriginal": text, "likeCount": 4, "publishedAt": iso(NOW - timedelta(hours=hours)),
            "updatedAt": iso(NOW - timedelta(hours=hours)), "viewerRating": "none", "canRate": True, **changes,
        }  # fmt: skip
        return {"kind": "youtube#comment", "id": number, "snippet": snippet}

    @classmethod
    def thread(cls, number: str, hours: float, text: str, replies: int = 0) -> dict[str, Any]:
        snippet = {"topLevelComment": cls.comment(number, hours, text), "totalReplyCount": replies, "isPublic": True}
        thread: dict[str, Any] = {"kind": "youtube#commentThread", "id": number, "snippet": snippet}
        if replies:
            thread["replies"] = {"comments": cls.answers(number, hours, replies)[:5]}
        return thread

    @classmethod
    def answers(cls, number: str, hours: float, count: int) -> list[dict[str, Any]]:
        said = [(f"{number}.{n}", f"@Siti Rahma benar sekali {n}") for n in range(count)]
        return [cls.comment(key, hours, text, parentId=number) for key, text in said]
