"""Watches and incidents over the API: kept, judged by people, asked back; and who may not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from api_server import NOW, WATCH, incident, visitor
from fastapi import FastAPI
from starlette.testclient import TestClient

from citra.alerts.state import State
from citra.verbs.incidents import incidents


@pytest.fixture
def state(tmp_path: Path) -> str:
    path = str(tmp_path / "alerts.sqlite")
    with State(path) as opened, opened.changing():
        opened.save(incident(), {})
    return path


@pytest.fixture
def keeper(app: FastAPI, state: str, key: Callable[..., str]) -> Iterator[TestClient]:
    with visitor(app, key("read", "alerts")) as found:
        yield found


def test_a_watch_from_its_making_to_its_end(keeper: TestClient, app: FastAPI) -> None:
    made = keeper.post("/api/v1/watches", json={"name": "Dana desa", "text": "dana desa", "kinds": ["news"]})
    assert made.status_code == 201, made.text
    assert made.headers["location"] == "/api/v1/watches/dana-desa"
    assert keeper.get("/api/v1/watches/dana-desa").json() == made.json()
    assert [one["id"] for one in keeper.get("/api/v1/watches").json()["watches"]] == ["dana-desa"]
    preview = keeper.get("/api/v1/watches/dana-desa/preview", params={"days": 30})
    assert preview.status_code == 200, preview.text
    assert preview.json()["days"] > 0
    assert keeper.delete("/api/v1/watches/dana-desa").status_code == 204
    assert keeper.get("/api/v1/watches/dana-desa").status_code == 404
    assert [one.what for one in app.state.citra.audit.newest(5)] == ["watch-remove", "watch-add"]


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"name": "x", "text": "(dana"}, 400, "never closed"),
        ({"name": "x", "topics": ["korupsi"]}, 400, "unknown topic"),
        ({"name": "!!"}, 400, "neither letter nor digit"),
        ({"name": "x", "measure": "mood"}, 422, "body.measure"),
        ({"name": "x", "text": "dana", "every": "hour"}, 422, "body.every"),
        ({}, 422, "body.name"),
    ],
)
def test_watches_that_cannot_be(keeper: TestClient, body: dict[str, object], status: int, says: str) -> None:
    answer = keeper.post("/api/v1/watches", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert says in answer.json()["detail"]
    assert keeper.get("/api/v1/watches").json()["watches"] == []


def test_a_name_that_is_taken(keeper: TestClient) -> None:
    body = {"name": WATCH.name}
    assert [keeper.post("/api/v1/watches", json=body).status_code for _ in range(2)] == [201, 400]


def test_an_incident_is_acknowledged_snoozed_and_called_false(keeper: TestClient, state: str) -> None:
    (listed,) = keeper.get("/api/v1/incidents", params={"open": "true"}).json()["incidents"]
    assert (listed["id"], listed["status"], round(listed["ratio"], 1)) == (1, "open", 4.6)
    tag = keeper.get("/api/v1/incidents/1").headers["etag"]
    done = keeper.post("/api/v1/incidents/1/acknowledge")
    assert done.status_code == 200, done.text
    assert done.json()["acknowledged_by"].endswith("uji")
    assert keeper.get("/api/v1/incidents/1", headers={"If-None-Match": tag}).status_code == 200
    snoozed = keeper.post("/api/v1/incidents/1/snooze", json={"hours": 24}).json()
    assert snoozed["snoozed_until"].startswith("2026-11-25T")
    false = keeper.post("/api/v1/incidents/1/false").json()
    assert (false["false_by"], false["acknowledged_by"]) == (done.json()["acknowledged_by"], None)
    assert incidents(state)[0].false_at == NOW
    assert keeper.get("/api/v1/alerts/status").json()["budget"] > 0
    assert keeper.post("/api/v1/incidents/2/false").status_code == 404
    assert keeper.post("/api/v1/incidents/1/snooze", json={"hours": -1}).status_code == 422


def test_readers_see_and_change_nothing(app: FastAPI, state: str, key: Callable[..., str]) -> None:
    with visitor(app, key("read", "label")) as reader:
        assert reader.get("/api/v1/incidents/1").status_code == 200
        for path in ("incidents/1/acknowledge", "incidents/1/false", "watches"):
            assert reader.post(f"/api/v1/{path}", json={"name": "x"}).status_code == 403, path
        assert reader.delete("/api/v1/watches/x").status_code == 403
    assert incidents(state)[0].acknowledged_by is None


def test_open_incidents_are_a_metric(keeper: TestClient) -> None:
    assert "citra_incidents_open 1.0" in keeper.get("/metrics").text
