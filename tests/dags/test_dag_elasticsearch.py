"""The chain into a real Elasticsearch, found by Airflow's connection; days done anew; care; failures that are told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow_runs import Ran, run_dags
from collected import SOURCES, Collected
from elasticsearch import Elasticsearch
from search_server import wipe

from citra.documents import JAKARTA
from citra.verbs.index import open_index

PREFIX = "airflow"
#: see test_citra_chain
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def ran(
    collected: Collected, search_server: str, inbox: tuple[str, list[Any]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[dict[str, str], list[Ran]]]:
    """Understand and watch; the same days anew for one source; care; and a backfill that asks for nothing, twice."""
    host, port = search_server.removeprefix("http://").split(":")
    env = collected.copy(
        tmp_path_factory.mktemp("server"),
        CITRA_INDEX_ENGINE="elasticsearch",
        CITRA_INDEX_PREFIX=PREFIX,
        CITRA_INDEX_REPLICAS="0",
        CITRA_NOTIFY_OPERATOR_URLS=inbox[0],
        AIRFLOW_CONN_CITRA_ELASTICSEARCH=json.dumps(
            {"conn_type": "elasticsearch", "host": host, "port": int(port), "schema": "http"}
        ),
    )
    env.pop("CITRA_ELASTICSEARCH_URL", None)
    today = datetime.now(UTC).astimezone(JAKARTA).date()
    days = {"since": (today - timedelta(days=1)).isoformat(), "until": today.isoformat(), "sources": [SOURCES[0]]}
    with Elasticsearch(search_server) as client:
        found = run_dags(
            env,
            {"dag": "citra_understand"},
            {"dag": "citra_watch"},
            {"dag": "citra_backfill", "conf": days},
            {"dag": "citra_backfill"},
            {"dag": "citra_backfill"},
            {"dag": "citra_learn"},
        )
        yield env | {"address": f"{search_server}/{PREFIX}"}, found
        wipe(client, PREFIX)


def test_whole_chain_into_elasticsearch(collected: Collected, ran: tuple[dict[str, str], list[Ran]]) -> None:
    env, (understand, watch, *_) = ran
    assert (understand.state, watch.state) == ("success", "success"), (understand.tasks, watch.tasks)
    with open_index(env["address"]) as store:
        assert store.stats().mentions == understand.returned["load[-1]"]["added"] > 50
    assert not Path(env["CITRA_INDEX_PATH"]).exists()
    assert watch.returned["detect[-1]"]["snapshot"] == understand.returned["load[-1]"]["snapshot"]


def test_days_done_anew_replace_their_own_output_alone(ran: tuple[dict[str, str], list[Ran]]) -> None:
    env, (understand, _, anew, *_) = ran
    assert anew.state == "success"
    assert anew.state_of("copy") == {"skipped"}
    keys = [key for group in anew.returned["chosen[-1]"] for key in group]
    assert keys
    assert {key.partition("/")[0] for key in keys} == {SOURCES[0]}
    assert anew.returned["load[-1]"]["added"] == anew.returned["load[-1]"]["removed"] == 0
    with open_index(env["address"]) as store:
        assert store.stats().mentions == understand.returned["load[-1]"]["added"]


def test_wrong_parameters_fail_at_once_and_are_told_once(
    ran: tuple[dict[str, str], list[Ran]], inbox: tuple[str, list[Any]]
) -> None:
    _, (*_, wrong, again, _) = ran
    assert wrong.state == again.state == "failed"
    assert wrong.state_of("copy") == {"failed"}
    (message,) = inbox[1]
    assert message["title"] == "[Citra] citra_backfill: copy failed"
    assert "give either WARC files, or a first and a last day" in message["message"]
    assert "after 1 tries" in message["message"]


def test_learning_without_texts_reports_on_labels_by_hand(ran: tuple[dict[str, str], list[Ran]]) -> None:
    env, (*_, learn) = ran
    assert learn.state_of("corrections") == {"success"}
    assert learn.state_of("train") == learn.state_of("promote") == {"skipped"}
    reports = list((Path(env["CITRA_LAKE_PATH"]).parent / "reports").glob("*/corrections.json"))
    assert len(reports) == 1
