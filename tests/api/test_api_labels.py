"""A correction over the API: kept with its author, counted at once, asked back; and who may not."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from api_server import NOW, settings_for, visitor
from fastapi import FastAPI
from starlette.testclient import TestClient

from citra.api.keys import Keys
from citra.documents import Partition, to_json
from citra.lake import Lake
from citra.store import Query
from citra.verbs.index import open_index
from citra.web.app import create_app


@pytest.fixture
def own(index: str, tmp_path: Path) -> FastAPI:
    """A server over an index of its own, whose lake holds one of the texts."""
    shutil.copytree(index, tmp_path / "index")
    lake = Lake(str(tmp_path / "lake"))
    with open_index(index) as store:
        for mention in list(store.iterate(Query.of("sentiment:negative", min_relevance=None)))[:3]:
            path = lake.path("mentions", Partition.of(mention.document.source, mention.document.fetched))
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_bytes(gzip.compress(json.dumps(to_json(mention)).encode() + b"\n"))
    return create_app(settings_for(str(tmp_path / "index"), tmp_path), clock=lambda: NOW)


@pytest.fixture
def editor(own: FastAPI, tmp_path: Path) -> Iterator[TestClient]:
    token = Keys(tmp_path / "keys.sqlite").create("anotator", ["read", "label"], now=NOW)[1]
    with visitor(own, token) as found:
        yield found


def negative(client: TestClient) -> tuple[str, int]:
    page = client.get("/api/v1/documents", params={"sentiment": "negative", "relevance": 0, "size": 1}).json()
    return page["documents"][0]["id"], page["total"]


def test_a_label_counts_at_once_and_is_kept_with_its_author(editor: TestClient, own: FastAPI) -> None:
    id, before = negative(editor)
    tag = editor.get("/api/v1/facets").headers["etag"]
    done = editor.post(f"/api/v1/documents/{id}/labels", json={"sentiment": "positive", "topics": ["service"]})
    assert done.status_code == 200, done.text
    assert done.json()["is_new"]
    assert done.json()["is_applied"]
    assert done.json()["document"]["sentiment"]["label"] == "positive"
    assert negative(editor)[1] == before - 1
    assert editor.get("/api/v1/facets", headers={"If-None-Match": tag}).status_code == 200
    said = editor.get(f"/api/v1/documents/{id}/labels").json()["labels"]
    assert [(one["sentiment"], one["topics"], one["relevant"]) for one in said] == [("positive", ["service"], None)]
    assert said[0]["who"].endswith("anotator")
    entries = [entry for entry in own.state.citra.audit.newest(10) if entry.what == "label"]
    assert [entry.who for entry in entries] == [said[0]["who"]]
    assert id in entries[0].detail


def test_the_same_word_twice_is_one_and_it_can_be_taken_back(editor: TestClient) -> None:
    id, before = negative(editor)
    body = {"sentiment": "neutral"}
    assert [editor.post(f"/api/v1/documents/{id}/labels", json=body).json()["is_new"] for _ in range(2)] == [
        True,
        False,
    ]
    assert negative(editor)[1] == before - 1
    assert editor.post(f"/api/v1/documents/{id}/labels", json={"retract": True}).status_code == 200
    assert editor.get(f"/api/v1/documents/{id}/labels").json()["labels"] == []
    assert negative(editor)[1] == before


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"sentiment": "positive", "retract": True}, 400),
        ({"sentiment": "angry"}, 422),
        ({"topics": ["korupsi"]}, 422),
        ({"sentiment": "positive", "by": "x"}, 422),
        ({"note": "x" * 3000, "sentiment": "positive"}, 422),
        ([], 422),
    ],
)
def test_words_that_cannot_be(editor: TestClient, body: object, status: int) -> None:
    id, before = negative(editor)
    answer = editor.post(f"/api/v1/documents/{id}/labels", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert negative(editor)[1] == before


def test_who_may_not_label(own: FastAPI, tmp_path: Path, key: Callable[..., str]) -> None:
    id, _ = negative(visitor(own))
    path, body = f"/api/v1/documents/{id}/labels", {"sentiment": "positive"}
    with visitor(own, key("read")) as reader:
        assert reader.post(path, json=body).status_code == 403
    with visitor(own) as open_machine:
        assert open_machine.post(path, json=body, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
        assert open_machine.post(path, json=body, headers={"Origin": "http://evil.example"}).status_code == 403
        plain = open_machine.post(path, content=json.dumps(body), headers={"Content-Type": "text/plain"})
        assert plain.status_code == 422
        assert open_machine.get(path).json()["labels"] == []
        assert open_machine.post(path, json=body).status_code == 200


def test_a_body_that_is_too_large_or_no_json(own: FastAPI) -> None:
    id, _ = negative(visitor(own))
    path, as_json = f"/api/v1/documents/{id}/labels", {"Content-Type": "application/json"}

    def pieces() -> Iterator[bytes]:
        yield from [b'{"note": "' + b"x" * 200_000] * 3

    assert visitor(own).post(path, content=b'"' + b"x" * 500_001, headers=as_json).status_code == 413
    assert visitor(own).post(path, content=pieces(), headers=as_json).status_code == 413
    for content in (b"{", b"\xff\xfe", b'{"note": "\\ud800", "sentiment": "positive"}', b"[" * 5_000):
        answer = visitor(own).post(path, content=content, headers=as_json)
        assert answer.status_code in {400, 422}, content[:20]
        assert answer.headers["content-type"] == "application/problem+json"
