"""Stored posts of Bluesky, YouTube, Telegram, Reddit and X to documents, field by field."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from citra.documents import Document, content_hash, document_id
from crawlers.extract.language import declared_language
from crawlers.extract.posts_fields import UnreadablePost, author_of, counts_of, instant_of, string_of
from crawlers.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    key: str  #: the platform's id of the post
    web: str  #: where it can be read, without naming anybody; empty where there is no such address
    author: str | None
    text: str
    published: datetime
    raw: str
    language: str = ""  #: as declared
    engagement: dict[str, int] = field(default_factory=dict)
    parent: str | None = None  #: the platform's id of what it answers
    section: str | None = None


def document_of(post: dict[str, Any], url: str, source: Source | None, fetched: datetime, extractor: str) -> Document:
    """A stored post, consumed field by field.

    :raises UnreadablePost: unknown platform, missing or unknown field, no words, author not pseudonymised.
    """
    platform = str(post.pop("platform"))
    read = READERS.get(platform)
    if read is None:
        raise UnreadablePost("bad-json", f"unknown platform {platform[:20]!r}")
    parts = read(post)
    if post:
        raise UnreadablePost("bad-json", f"unknown fields: {', '.join(sorted(post))[:150]}")
    text = "\n".join(line for line in (" ".join(each.split()) for each in parts.text.splitlines()) if line)
    if not any(char.isalnum() for char in text):
        raise UnreadablePost("no-text", "a post without words")
    place = f"{platform}:"  # one network each: no instance
    return Document(
        id=document_id(place, parts.key),
        source=source.name if source else platform,
        kind=source.kind if source else "social",
        url=url,
        canonical_url=parts.web or url,
        text=text,
        author=parts.author,
        published=parts.published,
        published_raw=parts.raw,
        fetched=fetched.astimezone(UTC),
        language=declared_language(parts.language),
        section=parts.section,
        engagement=parts.engagement,
        thread_id=document_id(place, parts.parent) if parts.parent else None,
        content_hash=content_hash("", text),
        extractor=extractor,
    )


def _bluesky(post: dict[str, Any]) -> _Parts:
    author = author_of(post.pop("author", None), "author")
    raw, langs = string_of(post, "createdAt"), post.pop("langs", None)
    published = instant_of(raw, "createdAt")
    if indexed := post.pop("indexedAt", None):  # an author may claim any time, but not one after its arrival
        published = min(published, instant_of(str(indexed), "indexedAt"))
    names = {"likes": "likeCount", "reposts": "repostCount", "replies": "replyCount", "quotes": "quoteCount"}
    return _Parts(
        key=string_of(post, "uri"),
        web="",
        author=author,
        text=_text(post),
        published=published,
        raw=raw,
        language=langs[0].partition("-")[0] if isinstance(langs, list) and langs else "",
        engagement=counts_of(post, names),
        parent=_optional(post, "parent"),
    )


def _youtube(post: dict[str, Any]) -> _Parts:
    author = _author(post)
    number, video, raw = string_of(post, "id"), string_of(post, "videoId"), string_of(post, "publishedAt")
    post.pop("updatedAt", None)
    return _Parts(
        key=number,
        web=f"https://www.youtube.com/watch?v={video}&lc={number}",
        author=author,
        text=_text(post),
        published=instant_of(raw, "publishedAt"),
        raw=raw,
        engagement=counts_of(post, {"likes": "likeCount"}),
        parent=_optional(post, "parentId") or video,
    )


def _telegram(post: dict[str, Any]) -> _Parts:
    number, channel, raw = string_of(post, "id"), string_of(post, "channel"), string_of(post, "datetime")
    title, views = post.pop("title", ""), post.pop("views", None)
    for name in ("edited", "forwarded", "forwarded_from"):
        post.pop(name, None)
    return _Parts(
        key=number,
        web=f"https://t.me/{number}",
        author=str(title) or channel,
        text=_text(post),
        published=instant_of(raw, "datetime"),
        raw=raw,
        engagement={"views": whole_number(views)} if isinstance(views, str) else {},
        parent=_optional(post, "parent"),
    )


def _reddit(post: dict[str, Any]) -> _Parts:
    author = _author(post)
    name, created = string_of(post, "name"), post.pop("created_utc", None)
    if isinstance(created, bool) or not isinstance(created, int | float) or not 0 < created < 1e11:
        raise UnreadablePost("bad-json", "created_utc is no time")
    title, subreddit = post.pop("title", ""), string_of(post, "subreddit")
    parent, link = _optional(post, "parent_id"), _optional(post, "link_id")
    for ignored in ("edited", "over_18"):
        post.pop(ignored, None)
    post["likes"] = max(0, _number(post.pop("score", 0)))  # a score may be below 0, a count may not
    number = name.partition("_")[2]
    web = f"https://www.reddit.com/comments/{(link or '').partition('_')[2]}/_/{number}/" if link else ""
    return _Parts(
        key=name,
        web=web or f"https://www.reddit.com/comments/{number}/",
        author=author,
        text="\n".join(part for part in (str(title), _text(post)) if part),
        published=datetime.fromtimestamp(created, UTC),
        raw=str(created),
        engagement=counts_of(post, {"likes": "likes", "replies": "num_comments"}),
        parent=parent,
        section=f"r/{subreddit}",
    )


def _x(post: dict[str, Any]) -> _Parts:
    author = _author(post)
    number, raw = string_of(post, "id"), string_of(post, "created_at")
    metrics = post.pop("public_metrics", None)
    names = {
        "likes": "like_count", "reposts": "retweet_count", "replies": "reply_count", "quotes": "quote_count",
        "bookmarks": "bookmark_count", "views": "impression_count",
    }  # fmt: skip
    post.pop("conversation_id", None)
    return _Parts(
        key=number,
        web=f"https://x.com/i/web/status/{number}",
        author=author,
        text=_text(post),
        published=instant_of(raw, "created_at"),
        raw=raw,
        language=_optional(post, "lang") or "",
        engagement=counts_of(metrics, names) if isinstance(metrics, dict) else {},
        parent=_optional(post, "parent"),
    )


READERS: dict[str, Callable[[dict[str, Any]], _Parts]] = {
    "bluesky": _bluesky, "youtube": _youtube, "telegram": _telegram, "reddit": _reddit, "x": _x,
}  # fmt: skip


def whole_number(text: str) -> int:
    """``1.2K`` → 1200, ``3M`` → 3000000, ``1 024`` → 1024.

    :raises UnreadablePost: it is no number.
    """
    found = re.fullmatch(r"(\d+(?:[.,]\d+)?)([KMB]?)", "".join(text.split()), re.IGNORECASE)
    if not found:
        raise UnreadablePost("bad-json", f"views {text[:20]!r} is no count")
    number, unit = found[1], found[2].upper()
    if not unit:
        return int(re.sub(r"[.,]", "", number))
    return round(float(number.replace(",", ".")) * {"K": 1e3, "M": 1e6, "B": 1e9}[unit])


def _author(post: dict[str, Any]) -> str | None:
    """As :func:`author_of`; None where the platform names nobody, because the account is closed."""
    account = post.pop("author", None)
    if isinstance(account, dict) and account == {"id": None}:
        return None
    return author_of(account, "author")


def _text(post: dict[str, Any]) -> str:
    text = post.pop("text", None)
    if not isinstance(text, str):
        raise UnreadablePost("bad-json", "text is no string")
    return text


def _optional(post: dict[str, Any], name: str) -> str | None:
    value = post.pop(name, None)
    if value is not None and not isinstance(value, str):
        raise UnreadablePost("bad-json", f"{name} is no string")
    return value or None


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise UnreadablePost("bad-json", "score is no number")
    return value
