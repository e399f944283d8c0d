"""What a loopback site answers, and the protocol that the server asks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

Query = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One HTTP answer; ``ETag`` is derived from the body."""

    body: bytes
    content_type: str = "text/html; charset=utf-8"
    status: int = 200
    modified: datetime | None = None  #: aware; becomes ``Last-Modified``
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.body).hexdigest()[:20]}"'


class Site(Protocol):
    """Everything that is served on one port."""

    name: str

    def reply(self, path: str, query: Query, base: str) -> Reply:
        """Answer a GET.

        :param path: decoded path. :param query: last value of each parameter. :param base: ``http://127.0.0.1:PORT``.
        """
        ...


def natural(text: str) -> int | None:
    """The number that a query parameter gives; None when it is none, or longer than any that we hand out."""
    return int(text) if text.isdecimal() and len(text) <= 20 else None


def not_found(what: str = "Halaman tidak ditemukan") -> Reply:
    return Reply(
        status=404,
        body=f"<!DOCTYPE html><html lang='id'><title>404</title><h1>404</h1><p>{what}.</p></html>".encode(),
    )
