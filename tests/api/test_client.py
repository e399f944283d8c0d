"""The client: pages to their end, waits where it is told, asks again after passing faults, and never writes twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from api_server import NOW, WATCH
from fastapi import FastAPI
from starlette.testclient import TestClient

from citra.client import ApiError, Client
from citra.verbs import watches

URL = "http://127.0.0.1:8000"


class Through(httpx.BaseTransport):
    """Carries the client's requests into the application, after ``first`` was answered otherwise."""

    def __init__(self, app: FastAPI, first: list[httpx.Response | Exception] | None = None) -> None:
        self.inside = TestClient(app, base_url=URL)
        self.first = list(first or [])
        self.seen: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(f"{request.method} {request.url.path}")
        if self.first:
            answer = self.first.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        done = self.inside.request(
            request.method, str(request.url), content=request.read(), headers=dict(request.headers)
        )
        return httpx.Response(done.status_code, headers=dict(done.headers), content=done.content)


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def asks(app: FastAPI, key: Callable[..., str], waits: list[float]) -> Callable[..., tuple[Client, Through]]:
    def made(*first: httpx.Response | Exception, retries: int = 4) -> tuple[Client, Through]:
        through = Through(app, list(first))
        token = key("read", "label", "alerts")
        return Client(URL, token, transport=through, retries=retries, sleep=waits.append), through

    return made


def test_every_document_once(asks: Callable[..., tuple[Client, Through]]) -> None:
    client, through = asks()
    found = [document.id for document in client.documents("dana OR layanan", size=10, relevance=0)]
    assert len(found) == len(set(found)) == client.count("dana OR layanan", relevance=0).placements > 50
    assert len(through.seen) > 5
    hits = list(client.search("dana", sort="relevance", size=15))
    assert hits[0].score is not None
    assert len(hits) == client.count("dana").placements


def test_it_waits_as_long_as_it_is_told(asks: Callable[..., tuple[Client, Through]], waits: list[float]) -> None:
    later = datetime(2020, 1, 1, tzinfo=UTC)
    client, through = asks(
        httpx.Response(429, headers={"Retry-After": "7"}),
        httpx.Response(503, headers={"Retry-After": later.strftime("%a, %d %b %Y %H:%M:%S GMT")}),
        httpx.Response(502),
        httpx.ReadTimeout("slow"),
    )
    assert client.health().status == "ok"
    assert waits[:2] == [7.0, 0.0]
    assert 1.0 <= waits[2] <= 2.0
    assert len(through.seen) == 5


def test_it_gives_up_and_says_why(asks: Callable[..., tuple[Client, Through]], waits: list[float]) -> None:
    client, through = asks(*[httpx.Response(503) for _ in range(3)], retries=2)
    with pytest.raises(ApiError, match="HTTP 503"):
        client.sources()
    assert len(through.seen) == 3
    client, _ = asks(httpx.Response(429, headers={"Retry-After": "3600"}))
    with pytest.raises(ApiError, match="HTTP 429"):
        client.sources()
    client, _ = asks(httpx.ConnectError("refused"), httpx.ConnectError("refused"), retries=1)
    with pytest.raises(ApiError, match="refused"):
        client.sources()


def test_a_refusal_carries_the_problem(asks: Callable[..., tuple[Client, Through]], waits: list[float]) -> None:
    client, through = asks()
    with pytest.raises(ApiError) as caught:
        client.trend("(dana")
    assert caught.value.status == 400
    assert caught.value.problem is not None
    assert caught.value.problem.position == 0
    assert str(caught.value).endswith("(dana\n^")
    with pytest.raises(ApiError, match="no document"):
        client.document("tidak-ada")
    assert (len(through.seen), waits) == (2, [])


def test_a_write_that_broke_off_is_not_sent_again(
    asks: Callable[..., tuple[Client, Through]], waits: list[float]
) -> None:
    for broken in (httpx.ReadTimeout("slow"), httpx.Response(502), httpx.Response(504)):
        client, through = asks(broken)
        with pytest.raises(ApiError):
            client.add_watch("Uji")
        assert through.seen == ["POST /api/v1/watches"]
    client, through = asks(httpx.ConnectError("refused"), httpx.Response(429, headers={"Retry-After": "1"}))
    assert client.add_watch("Uji", "dana").id == "uji"
    assert len(through.seen) == 3


def test_watches_and_labels(asks: Callable[..., tuple[Client, Through]], tmp_path: Path) -> None:
    watches.add(str(tmp_path / "alerts.sqlite"), [WATCH], NOW)
    client, _ = asks()
    assert [one.id for one in client.watches()] == [WATCH.id]
    client.remove_watch(WATCH.id)
    assert client.watches() == []
    assert client.incidents() == []
    assert client.labels(next(client.documents()).id) == []


def test_an_export_is_whole_or_not_at_all(asks: Callable[..., tuple[Client, Through]], tmp_path: Path) -> None:
    client, _ = asks()
    target = tmp_path / "semua.jsonl"
    rows = client.export(target, "dana", relevance=0)
    assert len([json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]) == rows > 20
    with pytest.raises(ApiError):
        client.export(tmp_path / "x.xls")
    with pytest.raises(ApiError):
        client.export(target, "(dana")
    assert len(target.read_text(encoding="utf-8").splitlines()) == rows
    assert [path.name for path in tmp_path.iterdir() if path.suffix in {".part", ".xls"}] == []


def test_what_a_newer_server_adds_is_no_fault(asks: Callable[..., tuple[Client, Through]]) -> None:
    newer = {"status": "ok", "version": "9", "index_version": None, "mentions": 1, "last_day": None, "mood": "good"}
    client, _ = asks(httpx.Response(200, json=newer))
    assert client.health().version == "9"
