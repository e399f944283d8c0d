"""Pseudonymised posts to documents, field by field: what is not known is reported, never guessed.

Mastodon's statuses are read here, those of other platforms in :mod:`crawlers.extract.posts_platforms`.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from citra.documents import Document, Reject, content_hash, document_id
from crawlers.extract.decoding import NotHtml
from crawlers.extract.dom import parse, read_lines
from crawlers.extract.language import declared_language
from crawlers.extract.posts_fields import UnreadablePost, author_of, count_of, instant_of, names_nobody, string_of
from crawlers.extract.posts_platforms import document_of
from crawlers.source import Source

EXTRACTOR = "citra-posts/1"
#: our name of a count → the platform's
COUNTS = {
    "likes": "favourites_count",
    "reposts": "reblogs_count",
    "replies": "replies_count",
    "quotes": "quotes_count",
}
#: fields that carry nothing we keep
IGNORED = frozenset({"visibility", "sensitive", "url", "uri", "tags", "edited_at"})


def extract_posts(payload: bytes, url: str, *, source: Source | None, fetched: datetime) -> list[Document | Reject]:
    """The statuses of a stored API payload (one, or a list), each a document or a reject, in their order.

    :param url: address of the payload; names the instance. :param fetched: aware.

    Reasons of rejects: ``bad-json`` (no JSON, or no status of the documented shape), ``private-handles`` (the
    author is not pseudonymised; such a record shows none of its content), ``no-text`` (a post without words).
    """
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError) as wrong:
        return [_reject("bad-json", str(wrong)[:200], url, source, fetched)]
    posts = value if isinstance(value, list) else [value]
    return [_one(post, url, source, fetched) for post in posts]


def _one(post: Any, url: str, source: Source | None, fetched: datetime) -> Document | Reject:
    try:
        if not isinstance(post, dict):
            raise UnreadablePost("bad-json", f"a status was expected, not {type(post).__name__}")
        if "platform" in post:
            return document_of(dict(post), url, source, fetched, EXTRACTOR)
        return _document(dict(post), url, source, fetched)
    except UnreadablePost as wrong:
        return _reject(wrong.reason, str(wrong), url, source, fetched, post)


def _reject(reason: str, detail: str, url: str, source: Source | None, fetched: datetime, post: Any = None) -> Reject:
    record = ""
    if reason != "private-handles" and names_nobody(post):
        record = json.dumps(post, ensure_ascii=False, sort_keys=True)[:2000]
    return Reject(
        stage="extract",
        reason=reason,
        detail=detail,
        source=source.name if source else "",
        url=url,
        record=record,
        at=fetched,
    )


def _document(post: dict[str, Any], url: str, source: Source | None, fetched: datetime) -> Document:
    author = author_of(post.pop("account", None), "account")  # first: nothing of a post that names its author is shown
    number = string_of(post, "id")
    created = string_of(post, "created_at")
    content = post.pop("content", None)
    if not isinstance(content, str):
        raise UnreadablePost("bad-json", "content is no string")
    warning = post.pop("spoiler_text", "") or ""
    text = "\n".join(part for part in (str(warning).strip(), text_of_post(content)) if part)
    if not any(char.isalnum() for char in text):
        raise UnreadablePost("no-text", "a post without words")
    answered = post.pop("in_reply_to_id", None)
    declared = post.pop("language", None)
    engagement = {name: count_of(post, field) for name, field in COUNTS.items() if post.get(field) is not None}
    for field in COUNTS.values():
        post.pop(field, None)
    unknown = sorted(set(post) - IGNORED)
    if unknown:
        raise UnreadablePost("bad-json", f"unknown fields: {', '.join(unknown)[:150]}")
    instance = source.instance if source else urlsplit(url).netloc.lower() or "unknown"
    platform = f"mastodon:{instance}"
    return Document(
        id=document_id(platform, number),
        source=source.name if source else instance,
        kind=source.kind if source else "social",
        url=url,
        canonical_url=urlunsplit(urlsplit(url)._replace(netloc=instance)) if url else "",
        text=text,
        author=author,
        published=instant_of(created, "created_at"),
        published_raw=created,
        fetched=fetched.astimezone(UTC),
        language=declared_language(declared if isinstance(declared, str) else ""),
        engagement=engagement,
        thread_id=document_id(platform, str(answered)) if answered else None,
        content_hash=content_hash("", text),
        extractor=EXTRACTOR,
    )


def text_of_post(content: str) -> str:
    """The HTML of a post as lines of text: its paragraphs and line breaks, links as they are shown."""
    if "<" not in content and "&" not in content:
        return "\n".join(line for line in (" ".join(each.split()) for each in content.splitlines()) if line)
    try:
        page = read_lines(parse(f"<div>{content}</div>".encode("utf-8", "replace")))
    except NotHtml:
        return ""
    return "\n".join(line.text for line in page.lines)
