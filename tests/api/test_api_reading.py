"""What the API says: the same numbers as the store, every text exactly once, and 304 for what is known."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
from api_server import HOSTILE, NOW, settings_for, visitor
from fastapi import FastAPI
from mention_factory import mention
from starlette.testclient import TestClient

from citra.api.models import DocumentPage, FacetsAnswer, HitPage, TrendAnswer
from citra.store import Query
from citra.verbs.index import open_index
from citra.verbs.trend import trend_in
from citra.web.app import create_app


def pages(client: TestClient, path: str, **given: object) -> list[HitPage | DocumentPage]:
    shape = DocumentPage if path == "documents" else HitPage
    found: list[HitPage | DocumentPage] = []
    while True:
        cursor = {"cursor": found[-1].next} if found else {}
        answer = client.get(f"/api/v1/{path}", params={**given, **cursor})  # type: ignore[dict-item]
        assert answer.status_code == 200, answer.text
        found.append(shape.model_validate_json(answer.content))
        if found[-1].next is None:
            return found


def ids(found: list[HitPage | DocumentPage]) -> list[str]:
    return [
        one.id for page in found
        for one in (page.documents if isinstance(page, DocumentPage) else [hit.document for hit in page.hits])
    ]  # fmt: skip


@pytest.mark.parametrize("size", [7, 100, 1000])
@pytest.mark.parametrize("q", ["", "layanan OR dana", "sentiment:negative -suap"])
def test_all_pages_are_all_texts_each_once(client: TestClient, index: str, q: str, size: int) -> None:
    found = pages(client, "documents", q=q, relevance=0, size=size)
    with open_index(index) as store:
        expected = [one.id for one in store.iterate(Query.of(q, min_relevance=None))]
    assert ids(found) == expected
    assert {page.total for page in found} == {len(expected)}
    assert len(expected) > 20


def test_pages_by_relevance_are_whole_too(client: TestClient) -> None:
    found = pages(client, "search", q="layanan suap OR dana", sort="relevance", size=9, relevance=0)
    every = ids(found)
    assert len(every) == len(set(every)) == found[0].total > 20
    scores = [hit.score for page in found if isinstance(page, HitPage) for hit in page.hits]
    assert scores == sorted(scores, key=lambda score: -(score or 0))


def test_no_text_is_lost_while_the_index_is_loaded_between_pages(index: str, tmp_path: Path) -> None:
    shutil.copytree(index, tmp_path / "index")
    app = create_app(settings_for(str(tmp_path / "index"), tmp_path), clock=lambda: NOW)
    with visitor(app) as client, open_index(str(tmp_path / "index")) as store:
        before = [one.id for one in store.iterate(Query(min_relevance=None))]
        rng, cursor, seen, versions = random.Random(5), None, [], set()
        for number in range(1000):
            given = {"size": 20, "relevance": 0} | ({"cursor": cursor} if cursor else {})
            page = client.get("/api/v1/documents", params=given).json()
            seen += [one["id"] for one in page["documents"]]
            versions.add(page["index_version"])
            cursor = page["next"]
            if cursor is None:
                break
            with store.writing() as writer:  # newer and older texts than the page's
                writer.upsert(
                    [mention(rng, 5_000 + number * 5 + k, story=f"new{number}{k}") for k in range(5)], version=2
                )
        assert len(versions) > 5
        assert set(before) <= set(seen)
        assert len(seen) == len(set(seen))


def test_a_page_by_relevance_of_an_index_that_changed_is_refused(index: str, tmp_path: Path) -> None:
    shutil.copytree(index, tmp_path / "index")
    app = create_app(settings_for(str(tmp_path / "index"), tmp_path), clock=lambda: NOW)
    with visitor(app) as client, open_index(str(tmp_path / "index")) as store:
        given = {"q": "dana", "sort": "relevance", "size": 2}
        cursor = client.get("/api/v1/search", params=given).json()["next"]
        with store.writing() as writer:
            writer.upsert([mention(random.Random(1), 7_000, story="new")], version=2)
        answer = client.get("/api/v1/search", params={**given, "cursor": cursor})
        assert (answer.status_code, answer.json()["status"]) == (409, 409)


def test_search_marks_what_matched(client: TestClient) -> None:
    page = HitPage.model_validate_json(client.get("/api/v1/search", params={"q": "pelayanan", "size": 50}).content)
    assert page.hits
    marked = {
        piece.text[start:end].lower()
        for hit in page.hits for piece in (hit.title, hit.snippet) for start, end in piece.marks
    }  # fmt: skip
    assert marked <= {"layanan", "pelayanan", "melayani"}
    assert "pelayanan" in marked


def test_one_document(client: TestClient) -> None:
    listed = client.get("/api/v1/documents", params={"size": 1}).json()["documents"][0]
    assert client.get(f"/api/v1/documents/{listed['id']}").json() == listed


def test_facets_add_up(client: TestClient) -> None:
    found = FacetsAnswer.model_validate_json(client.get("/api/v1/facets", params={"q": "dana"}).content)
    assert found.placements == sum(found.facets["sentiment"].values()) == sum(found.facets["source"].values()) > 10
    assert 0 < found.stories <= found.placements
    negative = client.get("/api/v1/documents", params={"q": "dana", "sentiment": "negative"}).json()["total"]
    assert found.facets["sentiment"]["negative"] == negative


@pytest.mark.parametrize("by", ["day", "week", "month"])
def test_trend_is_that_of_the_verb(client: TestClient, index: str, by: str) -> None:
    given = {"q": "dana", "by": by, "since": "2026-10-01", "until": "2026-11-20", "relevance": 0.5}
    said = TrendAnswer.model_validate_json(client.get("/api/v1/trend", params=given).content)
    query = Query.of("dana", since=said.since, until=said.until, min_relevance=0.5)
    with open_index(index) as store:
        meant = trend_in(store, query, by=by, today=NOW.date())  # type: ignore[arg-type]
    assert [(b.start, b.placements, b.share, b.corrected) for b in said.buckets] == [
        (b.start, b.placements, b.share, b.corrected) for b in meant.series.buckets
    ]
    assert said.query_id == meant.series.query_id
    assert said.change.verdict == meant.change.verdict
    assert sum(bucket.placements for bucket in said.buckets) == said.total.placements > 10


def test_trend_without_a_period_or_without_matches_is_an_answer(client: TestClient) -> None:
    assert len(client.get("/api/v1/trend").json()["buckets"]) == 30
    nothing = client.get("/api/v1/trend", params={"q": "tidakadakatasepertiini"})
    assert nothing.status_code == 200
    assert nothing.json()["notes"]


def test_last_counts_back_from_today(client: TestClient) -> None:
    found = client.get("/api/v1/trend", params={"last": "2w"}).json()
    assert (found["since"], found["until"]) == ("2026-11-11", "2026-11-24")


@pytest.mark.parametrize("path", ["documents", "search?q=dana", "facets", "trend", "coverage", "sources"])
def test_what_is_known_is_not_sent_again(client: TestClient, path: str) -> None:
    first = client.get(f"/api/v1/{path}")
    tag = first.headers["etag"]
    again = client.get(f"/api/v1/{path}", headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get(f"/api/v1/{path}", headers={"If-None-Match": '"other"'}).content == first.content
    assert first.headers["cache-control"] == "private, no-cache"


def test_another_question_or_another_index_has_another_tag(index: str, tmp_path: Path) -> None:
    shutil.copytree(index, tmp_path / "index")
    app = create_app(settings_for(str(tmp_path / "index"), tmp_path), clock=lambda: NOW)
    with visitor(app) as client, open_index(str(tmp_path / "index")) as store:
        tags = [client.get("/api/v1/facets", params={"q": q}).headers["etag"] for q in ("dana", "suap", "dana")]
        assert tags[0] == tags[2] != tags[1]
        with store.writing() as writer:
            writer.upsert([mention(random.Random(1), 7_000, story="new")], version=2)
        stale = client.get("/api/v1/facets", params={"q": "dana"}, headers={"If-None-Match": tags[0]})
        assert stale.status_code == 200
        assert stale.headers["etag"] != tags[0]


def test_sources_name_those_that_only_the_index_knows(client: TestClient) -> None:
    found = {one["name"]: one for one in client.get("/api/v1/sources").json()["sources"]}
    assert found["antara"]["kind"] is None
    assert found["antara"]["texts"] > 10
    assert found["antaranews"]["title"] == "ANTARA News"
    assert found["antaranews"]["texts"] == 0


@pytest.mark.parametrize("title", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_titles_come_back_as_data(client: TestClient, title: str) -> None:
    found = [hit for page in pages(client, "search", q="jahat", size=3) for hit in page.hits]  # type: ignore[union-attr]
    assert title in {hit.document.title for hit in found}
    answer = client.get("/api/v1/search", params={"q": "jahat"})
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_health(client: TestClient, app: FastAPI) -> None:
    found = client.get("/api/v1/health").json()
    assert found["status"] == "ok"
    assert found["mentions"] > 300
    assert client.get("/api/v1/openapi.json").json()["openapi"].startswith("3.1")


def test_without_an_index_health_says_so_and_questions_fail_softly(tmp_path: Path) -> None:
    app = create_app(settings_for(str(tmp_path / "none"), tmp_path), clock=lambda: NOW)
    with visitor(app) as client:
        for path in ("health", "search", "trend", "sources", "documents/x"):
            answer = client.get(f"/api/v1/{path}")
            assert answer.status_code == 503, path
            assert str(tmp_path) not in answer.text
        assert "citra_index_up 0.0" in client.get("/metrics").text


@pytest.mark.parametrize("name", ["../../..", "/etc", "a\x00b", "tidak-ada"])
def test_a_source_that_is_none_of_ours_is_no_folder(client: TestClient, name: str) -> None:
    assert client.get("/api/v1/coverage", params={"source": name}).json()["days"] == []
    assert client.get("/api/v1/trend", params={"source": name, "last": "7d"}).json()["total"]["placements"] == 0
