"""A post made fit for storing, why one is passed over, and strict reading of its fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanPost:
    """A post without anything that tells who wrote it."""

    path: str  #: address on the platform's API, names nobody; relative to the source's ``base_url``
    created: datetime | None  #: aware UTC
    body: dict[str, Any]  #: what is stored; ``platform`` says how to read it
    version: str = ""  #: changes when the post is edited


class PassedOver(Exception):
    """A post that is left alone on purpose; ``reason`` is counted in the coverage record."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BadPost(ValueError):
    """A post that has not the documented shape. The message names a field and never shows its value."""


def table(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise BadPost(f"{name} is no object")
    return value


def string(post: Mapping[str, Any], name: str) -> str:
    value = post.get(name)
    if not isinstance(value, str) or not value:
        raise BadPost(f"{name} is no string")
    return value


def instant(raw: str, name: str) -> datetime:
    """An ISO 8601 time with a zone, as aware UTC."""
    try:
        moment = datetime.fromisoformat(raw)
    except ValueError:
        raise BadPost(f"{name} is no time") from None
    if moment.tzinfo is None:
        raise BadPost(f"{name} has no zone")
    return moment.astimezone(UTC)


def kept(post: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Those fields of ``post`` that are plain values."""
    return {name: post[name] for name in names if isinstance(post.get(name), str | int | float | bool)}
