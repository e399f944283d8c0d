"""How an answer leaves: with an entity tag over index and question, 304 where the caller has it already."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Hashable
from importlib.metadata import version
from typing import TypeVar

from fastapi import Request, Response
from pydantic import BaseModel

from citra.api.state import ApiState
from citra.store import Store

T = TypeVar("T")
#: proxies that serve several people must not keep it; everybody asks again with the tag
CACHING = "private, no-cache"
#: times an answer is begun anew because the index changed meanwhile
TRIES = 5


def answer(request: Request, state: ApiState, about: tuple[object, ...], compute: Callable[[], BaseModel]) -> Response:
    """What ``compute`` says, as JSON, or 304 without computing anything.

    :param about: all that the answer depends on besides the address and the version of Citra: the index's snapshot,
        the day …; two requests equal in it get the same bytes.
    """
    question = (version("citra"), request.url.path, sorted(request.query_params.multi_items()), about)
    tag = hashlib.sha256(json.dumps(question, default=str).encode()).hexdigest()[:24]
    return _send(request, tag, lambda: state.kept.get(tag, lambda: compute().model_dump_json().encode()))


def answer_lately(
    request: Request, state: ApiState, about: tuple[Hashable, ...], compute: Callable[[], BaseModel]
) -> Response:
    """:func:`answer` of what also lies in files beside the index: looked at once a minute, tagged by what it says."""

    def say() -> tuple[str, bytes]:
        body = compute().model_dump_json().encode()
        return hashlib.sha256(body).hexdigest()[:24], body

    tag, body = state.lately((request.url.path, *about), say)
    return _send(request, tag, lambda: body)


def _send(request: Request, tag: str, body: Callable[[], bytes]) -> Response:
    headers = {"ETag": f'W/"{tag}"', "Cache-Control": CACHING}
    if has_it(request.headers.get("if-none-match", ""), tag):
        return Response(None, 304, headers)
    return Response(body(), 200, headers, "application/json")


def has_it(header: str, tag: str) -> bool:
    """Whether ``If-None-Match`` names the tag (RFC 9110 §13.1.2, weak comparison)."""
    named = [one.strip().removeprefix("W/").strip('"') for one in header.split(",")]
    return "*" in named or tag in named


def steady(store: Store, ask: Callable[[], T]) -> tuple[T, str]:
    """What ``ask`` says and the snapshot that it says it of, though another process may be loading."""
    for _ in range(TRIES):
        before = store.snapshot()
        found = ask()
        if store.snapshot() == before:
            break
    return found, before
