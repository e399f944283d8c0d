"""Exports over the API: as many rows as are counted, nothing that runs in a spreadsheet, personal data held back."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import pyarrow.parquet as pq
import pytest
from api_server import visitor
from fastapi import FastAPI
from starlette.testclient import TestClient

from citra.api import exports


def rows_of(content: bytes, form: str) -> list[dict[str, object]]:
    if form == "csv":
        return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    if form == "jsonl":
        return [json.loads(line) for line in content.splitlines()]
    rows: list[dict[str, object]] = pq.read_table(io.BytesIO(content)).to_pylist()
    return rows


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_as_many_rows_as_are_counted(client: TestClient, form: str) -> None:
    given = {"q": "dana OR layanan", "relevance": 0.3}
    counted = client.get("/api/v1/facets", params=given).json()
    answer = client.get(f"/api/v1/exports/texts.{form}", params=given)
    assert answer.status_code == 200, answer.text
    rows = rows_of(answer.content, form)
    assert len(rows) == int(answer.headers["citra-rows"]) == counted["placements"] > 50
    assert answer.headers["citra-index-version"] == counted["index_version"]
    assert "attachment" in answer.headers["content-disposition"]
    assert len({row["id"] for row in rows}) == len(rows)


def test_no_cell_runs_as_a_formula(client: TestClient) -> None:
    content = client.get("/api/v1/exports/texts.csv", params={"q": "jahat"}).content
    cells = [cell for row in rows_of(content, "csv") for cell in row.values()]
    assert any("HYPERLINK" in str(cell) for cell in cells)
    assert not [cell for cell in cells if str(cell).startswith(("=", "@", "+", "\t"))]


def test_personal_data_needs_an_admin(app: FastAPI, key: Callable[..., str]) -> None:
    given = {"personal": "true", "q": "dana", "kind": "social", "relevance": "0"}
    with visitor(app, key("read")) as reader:
        assert reader.get("/api/v1/exports/texts.jsonl", params=given).status_code == 403
        plain = rows_of(
            reader.get("/api/v1/exports/texts.jsonl", params={**given, "personal": "false"}).content, "jsonl"
        )
    with visitor(app, key("admin")) as admin:
        whole = rows_of(admin.get("/api/v1/exports/texts.jsonl", params=given).content, "jsonl")
    assert "author" not in plain[0]
    assert plain[0]["canonical_url"] is None
    assert whole[0]["canonical_url"]
    assert "export-personal" in {entry.what for entry in app.state.citra.audit.newest(5)}


def test_numbers_by_week_are_those_of_the_trend(client: TestClient) -> None:
    given = {"q": "dana", "by": "week", "since": "2026-10-05", "until": "2026-11-15"}
    rows = rows_of(client.get("/api/v1/exports/days.csv", params=given).content, "csv")
    buckets = client.get("/api/v1/trend", params=given).json()["buckets"]
    assert [int(str(row["match"])) for row in rows] == [bucket["placements"] for bucket in buckets]
    assert {row["query"] for row in rows} == {"dana"}


def test_no_more_at_once_than_may_be(client: TestClient) -> None:
    for _ in range(exports.AT_ONCE):
        assert exports._turns.acquire(blocking=False)
    try:
        refused = client.get("/api/v1/exports/texts.csv")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "20")
    finally:
        exports._turns.release(exports.AT_ONCE)
    assert client.get("/api/v1/exports/texts.csv").status_code == 200


def test_other_formats_there_are_none(client: TestClient) -> None:
    assert client.get("/api/v1/exports/texts.xls").status_code == 422


@pytest.mark.parametrize("by", ["office", "region", "topic", "source", "kind"])
def test_units_beside_each_other(client: TestClient, by: str) -> None:
    found = client.get("/api/v1/compare", params={"by": by, "relevance": 0})
    assert found.status_code == 200, found.text
    lines = found.json()["lines"]
    assert len(lines) >= 3
    assert [line["rank"] for line in lines] == sorted(line["rank"] for line in lines)
    assert all(line["rank_low"] <= line["rank"] <= line["rank_high"] for line in lines)


def test_an_event_that_changed_nothing_is_not_called_an_effect(client: TestClient) -> None:
    found = client.get("/api/v1/effect", params={"at": "2026-11-02", "control": ["source:kompas"], "relevance": 0})
    assert found.status_code == 200, found.text
    answer = found.json()
    assert (answer["verdict"], answer["at"]) == ("cannot-tell", "2026-11-02")
    assert answer["observed"]
    assert answer["sentence_id"]
    assert client.get("/api/v1/effect", params={"at": "2026-11-02", "sentiment": "negative"}).status_code == 400
    assert client.get("/api/v1/effect").status_code == 422
