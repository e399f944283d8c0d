"""Strict reading of a stored post's fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_PSEUDONYM = re.compile(r"anon:[0-9a-f]{16}")


class UnreadablePost(ValueError):
    """A post that becomes a reject; ``reason`` is its code."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def author_of(account: Any, name: str) -> str:
    """The pseudonym of whoever wrote a post.

    :raises UnreadablePost: no account, or one that is not pseudonymised.
    """
    if not isinstance(account, Mapping) or not isinstance(account.get("id"), str):
        raise UnreadablePost("bad-json", f"no {name}")
    if not is_pseudonymised(account):
        raise UnreadablePost("private-handles", "the author is not pseudonymised")
    return str(account["id"])


def is_pseudonymised(account: Any) -> bool:
    """Whether an account is nothing but a pseudonym (or None, of one that is closed)."""
    if not isinstance(account, Mapping) or set(account) - {"id", "bot"}:
        return False
    return account.get("id") is None or _PSEUDONYM.fullmatch(str(account["id"])) is not None


def names_nobody(post: Any) -> bool:
    """Whether a post may be shown in a reject: it was cleaned by us, or is none at all."""
    if not isinstance(post, Mapping):
        return post is not None
    if post.get("platform") == "telegram":
        return "author" not in post and "account" not in post
    return is_pseudonymised(post.get("account", post.get("author")))


def string_of(post: dict[str, Any], name: str) -> str:
    """Take a field out that must be a text with content."""
    value = post.pop(name, None)
    if not isinstance(value, str) or not value:
        raise UnreadablePost("bad-json", f"{name} is no string")
    return value


def count_of(post: Mapping[str, Any], name: str) -> int:
    value = post[name]
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise UnreadablePost("bad-json", f"{name} is no count")
    return value


def counts_of(post: dict[str, Any], names: Mapping[str, str]) -> dict[str, int]:
    """Take counts out, by our name: ``names`` is ours → the platform's; missing ones are left out."""
    found = {ours: count_of(post, theirs) for ours, theirs in names.items() if post.get(theirs) is not None}
    for theirs in names.values():
        post.pop(theirs, None)
    return found


def instant_of(text: str, name: str) -> datetime:
    """An ISO 8601 time with a zone, as aware UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise UnreadablePost("bad-json", f"{name} {text[:40]!r} is no time") from wrong
    if moment.tzinfo is None:
        raise UnreadablePost("bad-json", f"{name} {text[:40]!r} has no zone")
    return moment.astimezone(UTC)
