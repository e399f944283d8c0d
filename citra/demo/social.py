"""A Mastodon-like instance: public hashtag timelines with paging, in the shape of the real API."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any
from urllib.parse import quote

from citra.demo.plan import HANDLES, MASTODON, PlannedItem
from citra.demo.reply import Query, Reply, natural, not_found

#: as the real API: 20 posts unless asked, 40 at most
DEFAULT_LIMIT, MOST = 20, 40
RATE_LIMIT = 300


class MastodonSite:
    """Serves planned posts at ``/api/v1/timelines/tag/:hashtag`` and ``/api/v1/statuses/:id``."""

    name = MASTODON

    def __init__(self, items: Sequence[PlannedItem], now: datetime) -> None:
        """:param now: aware; only the rate-limit headers tell it."""
        self.items = sorted(items, key=lambda item: int(item.key), reverse=True)
        self._now = now
        self._by_id = {item.key: item for item in self.items}
        self._replies = {item.key: sum(other.answers == item.key for other in self.items) for item in self.items}

    def reply(self, path: str, query: Query, base: str) -> Reply:
        if path == "/robots.txt":
            return Reply(body=b"User-agent: *\nDisallow: /media_proxy/\n", content_type="text/plain")
        if found := re.fullmatch(r"/api/v1/timelines/tag/(\w+)", path):
            return self._timeline(found[1].lower(), query, base)
        if (found := re.fullmatch(r"/api/v1/statuses/(\d+)", path)) and found[1] in self._by_id:
            return self._json(self.status(self._by_id[found[1]], base))
        if path.startswith("/api/"):
            return self._json({"error": "Record not found"}, status=404)
        return not_found()

    def _timeline(self, tag: str, query: Query, base: str) -> Reply:
        numbers: dict[str, int] = {}
        for name in ("limit", "max_id", "since_id", "min_id"):
            if query.get(name):
                if (number := natural(query[name])) is None:
                    return self._json({"error": "Validation failed"}, status=422)
                numbers[name] = number
        limit = min(max(1, numbers.get("limit", DEFAULT_LIMIT)), MOST)
        found = [item for item in self.items if tag in tags_of(item)]
        if "max_id" in numbers:
            found = [item for item in found if int(item.key) < numbers["max_id"]]
        if "min_id" in numbers:  # the oldest posts above it, still newest first
            found = [item for item in found if int(item.key) > numbers["min_id"]][-limit:]
        if "since_id" in numbers:
            found = [item for item in found if int(item.key) > numbers["since_id"]]
        page = found[:limit]
        headers = {}
        if page:
            here = f"{base}/api/v1/timelines/tag/{quote(tag)}?limit={limit}"
            headers["Link"] = f'<{here}&max_id={page[-1].key}>; rel="next", <{here}&min_id={page[0].key}>; rel="prev"'
        return self._json([self.status(item, base) for item in page], headers=headers)

    def status(self, item: PlannedItem, base: str) -> dict[str, Any]:
        """The post as the API gives it."""
        draw = zlib.crc32(f"likes:{item.story}".encode())
        liked = draw % 9 if draw % 5 else 10 + draw % 160
        parent = self._by_id.get(item.answers or "")
        return {
            "id": item.key,
            "created_at": f"{item.published:%Y-%m-%dT%H:%M:%S}.000Z",
            "in_reply_to_id": item.answers,
            "in_reply_to_account_id": account_id(parent.author) if parent else None,
            "sensitive": False,
            "spoiler_text": "",
            "visibility": "public",
            "language": "id",
            "uri": f"{base}/users/{item.author}/statuses/{item.key}",
            "url": f"{base}/@{item.author}/{item.key}",
            "replies_count": self._replies[item.key],
            "reblogs_count": liked // 3,
            "favourites_count": liked,
            "quotes_count": 0,
            "edited_at": None,
            "content": _content(item, base),
            "reblog": None,
            "application": {"name": "Web", "website": None},
            "account": account(item.author, base),
            "media_attachments": [],
            "mentions": [_mention(handle, base) for handle in _mentioned(item)],
            "tags": [{"name": tag, "url": f"{base}/tags/{tag}"} for tag in tags_of(item)],
            "emojis": [],
            "card": None,
            "poll": None,
        }

    def _json(self, value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
        reset = (self._now.astimezone(UTC) + timedelta(minutes=5)).isoformat().replace("+00:00", "Z")
        limits = {
            "X-RateLimit-Limit": str(RATE_LIMIT),
            "X-RateLimit-Remaining": str(RATE_LIMIT - 1),
            "X-RateLimit-Reset": reset,
        }
        return Reply(
            body=json.dumps(value, ensure_ascii=False).encode(),
            content_type="application/json; charset=utf-8",
            status=status,
            headers={**limits, **(headers or {})},
        )


def tags_of(item: PlannedItem) -> list[str]:
    """Hashtags of a post, lower case, in order."""
    return list(dict.fromkeys(tag.lower() for tag in re.findall(r"(?<!\w)#(\w+)", item.paragraphs[0])))


def account_id(handle: str) -> str:
    return str(109_000_000_000_000_000 + zlib.crc32(handle.encode()))


def display_name(handle: str) -> str:
    """What the invented person calls itself."""
    return f"{re.sub(r'[^a-z]+', ' ', handle.partition('@')[0]).strip().title()} (rekaan)"


def account(handle: str, base: str) -> dict[str, Any]:
    """The invented person as the API gives it."""
    return {
        "id": account_id(handle),
        "username": handle.partition("@")[0],
        "acct": handle,
        "display_name": display_name(handle),
        "locked": False,
        "bot": False,
        "created_at": "2024-01-01T00:00:00.000Z",
        "note": f"<p>Akun fiktif {escape(handle)} untuk peragaan Citra</p>",
        "url": f"{base}/@{handle}",
        "uri": f"{base}/users/{handle}",
        "avatar": f"{base}/avatars/{account_id(handle)}.png",
        "avatar_static": f"{base}/avatars/{account_id(handle)}.png",
        "followers_count": zlib.crc32(handle.encode()) % 900,
        "following_count": zlib.crc32(handle.encode()) % 300,
        "statuses_count": zlib.crc32(handle.encode()) % 4000,
        "noindex": False,
        "emojis": [],
        "fields": [],
    }


def _mentioned(item: PlannedItem) -> list[str]:
    return [handle for handle in HANDLES if re.search(rf"@{re.escape(handle)}(?!\w)", item.paragraphs[0])]


def _mention(handle: str, base: str) -> dict[str, str]:
    return {
        "id": account_id(handle),
        "username": handle.partition("@")[0],
        "acct": handle,
        "url": f"{base}/@{handle}",
    }


def _content(item: PlannedItem, base: str) -> str:
    """The post as the HTML that the platform makes of it: links for hashtags and mentions."""
    html = escape(item.paragraphs[0], quote=False)
    for handle in _mentioned(item):
        name = handle.partition("@")[0]
        link = f'<span class="h-card"><a href="{base}/@{handle}" class="u-url mention">@<span>{name}</span></a></span>'
        html = html.replace(f"@{handle}", link)
    html = re.sub(
        r"(?<![\w/&])#(\w+)",
        lambda tag: f'<a href="{base}/tags/{tag[1]}" class="mention hashtag" rel="tag">#<span>{tag[1]}</span></a>',
        html,
    )
    return f"<p>{html}</p>"
