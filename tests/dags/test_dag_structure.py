"""The DAGs as Airflow reads them: without errors, without anything heavy, and with all that keeps a night quiet."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from airflow_runs import DAGS, ROOT

#: what no DAG file may import: reading all of them must stay cheap
HEAVY = (
    "citra.app", "citra.config", "citra.lake", "citra.store", "citra.verbs", "citra.tasks", "citra.brief", "crawlers",
    "nlp", "numpy", "pandas", "scipy", "scrapy", "onnxruntime", "tantivy", "torch", "trafilatura", "elasticsearch",
)  # fmt: skip
SCRIPT = """
import json, sys, time
from copy import deepcopy
import airflow.sdk, airflow.providers.standard.operators.hitl
from airflow.dag_processing.dagbag import BundleDagBag
from pathlib import Path
before, clock = set(sys.modules), time.monotonic()
bag = BundleDagBag(dag_folder=sys.argv[1], bundle_path=Path(sys.argv[1]), bundle_name="dags-folder")
seconds = time.monotonic() - clock
def told(task):
    own = task.partial_kwargs if hasattr(task, "partial_kwargs") else vars(task)
    values = {name: own.get(name) for name in ("retries", "pool", "queue", "priority_weight", "owner", "trigger_rule")}
    timeout = own.get("execution_timeout")
    return values | {
        "mapped": hasattr(task, "partial_kwargs"), "timeout": timeout and timeout.total_seconds(),
        "backoff": bool(own.get("retry_exponential_backoff")), "policy": own.get("retry_policy") is not None,
        "callback": bool(own.get("on_failure_callback")), "doc": bool(own.get("doc_md") or task.doc_md),
        "downstream": sorted(task.downstream_task_ids),
    }
def valid(dag, conf):
    try:
        params = deepcopy(dag.params)
        for name, value in conf.items():
            params[name] = value
        params.validate()
    except Exception as wrong:
        return type(wrong).__name__
    return ""
cases = json.loads(sys.argv[2])
print("RESULT " + json.dumps({
    "errors": dict(bag.import_errors), "seconds": seconds, "imported": sorted(set(sys.modules) - before),
    "dags": {d.dag_id: {
        "tasks": {t.task_id: told(t) for t in d.tasks}, "catchup": d.catchup, "active": d.max_active_runs,
        "deadline": [a.name for a in (d.deadline or [])], "doc": d.doc_md, "schedule": type(d.timetable).__name__,
        "params": sorted(d.params), "tags": sorted(d.tags),
    } for d in bag.dags.values()},
    "params": [valid(bag.dags[dag], conf) for dag, conf in cases],
}))
"""
CASES: list[tuple[str, dict[str, Any], bool]] = [
    ("citra_understand", {"partitions": ["kompas/2026-11-24/07"]}, True),
    ("citra_understand", {"partitions": ["../../etc/passwd"]}, False),
    ("citra_watch", {"date": "2026-11-23"}, True),
    ("citra_watch", {"date": "kemarin"}, False),
    ("citra_backfill", {"warc": ["s3://bucket/CC-NEWS-*.warc.gz"], "workers": 8}, True),
    ("citra_backfill", {"workers": 0}, False),
    ("citra_backfill", {"since": "2026-13-01"}, False),
    ("citra_care", {"keep": 0}, False),
    ("citra_learn", {"epochs": 3, "train": True, "data": "/data/labelled"}, True),
    ("citra_learn", {"train": "yes"}, False),
]


@pytest.fixture(scope="module")
def read(airflow_env: dict[str, str]) -> dict[str, Any]:
    cases = json.dumps([(dag, conf) for dag, conf, _ in CASES])
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(DAGS), cases],
        env=airflow_env, cwd=airflow_env["AIRFLOW_HOME"], capture_output=True, text=True, timeout=200, check=True,
    )  # fmt: skip
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT "))
    found: dict[str, Any] = json.loads(line[7:])
    return found


def tasks(read: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(f"{dag}.{name}", task) for dag, one in read["dags"].items() for name, task in one["tasks"].items()]


def test_all_are_read_without_errors(read: dict[str, Any]) -> None:
    assert read["errors"] == {}
    assert set(read["dags"]) == {path.stem for path in DAGS.glob("citra_*.py")} - {"citra_airflow", "citra_partitions"}
    assert len(read["dags"]) == 6


def test_reading_imports_nothing_heavy(read: dict[str, Any]) -> None:
    print(f"read in {read['seconds']:.2f} s")
    heavy = [name for name in read["imported"] if name.startswith(HEAVY)]
    assert heavy == []


def test_every_task_is_bounded_retried_and_told(read: dict[str, Any]) -> None:
    for name, task in tasks(read):
        if name == "citra_learn.approve":  # waits for a person
            continue
        assert task["retries"] >= 2, name
        assert task["backoff"], name
        assert task["policy"], name
        assert 0 < task["timeout"] <= 24 * 3600, name
        assert task["owner"] == "citra", name
        assert task["callback"] or name == "citra_collect.crawl", name


def test_live_work_goes_before_the_rest(read: dict[str, Any]) -> None:
    weight = {dag: {task["priority_weight"] for task in one["tasks"].values()} for dag, one in read["dags"].items()}
    assert weight["citra_backfill"] == weight["citra_care"] == weight["citra_learn"] == {1}
    assert weight["citra_collect"] == weight["citra_understand"] == weight["citra_watch"] == {10}


def test_pools_are_those_that_a_deployment_makes(read: dict[str, Any]) -> None:
    made = json.loads((ROOT / "deploy" / "pools.json").read_text(encoding="utf-8"))
    used = {task["pool"] for _, task in tasks(read)} - {"default_pool", None}
    assert used == set(made)
    shared = {name: task["pool"] for name, task in tasks(read) if name.endswith((".analyse", ".load"))}
    assert set(shared.values()) == {"citra_model", "citra_index"}


def test_runs_neither_pile_up_nor_overlap(read: dict[str, Any]) -> None:
    for dag, one in read["dags"].items():
        assert one["catchup"] is False, dag
        assert one["active"] == 1, dag
        assert one["doc"], dag
        assert one["tags"] == ["citra"], dag
    late = {dag: one["deadline"] for dag, one in read["dags"].items() if one["deadline"]}
    assert set(late) == {"citra_collect", "citra_understand", "citra_watch", "citra_care"}


def test_the_chain_is_wired_by_data(read: dict[str, Any]) -> None:
    dags = read["dags"]
    assert dags["citra_understand"]["schedule"] == "AssetTriggeredTimetable"
    assert dags["citra_watch"]["schedule"] == "AssetOrTimeSchedule"
    assert dags["citra_backfill"]["schedule"] == dags["citra_learn"]["schedule"] == "NullTimetable"
    mapped = {name for name, task in tasks(read) if task["mapped"]}
    assert mapped >= {"citra_collect.crawl"}
    assert dags["citra_understand"]["tasks"]["understand.extract"]["downstream"] == ["understand.analyse"]
    assert dags["citra_understand"]["tasks"]["understand.analyse"]["downstream"] == ["load"]
    assert dags["citra_learn"]["tasks"]["approve"]["downstream"] == ["promote"]


def test_parameters_are_checked(read: dict[str, Any]) -> None:
    for (dag, conf, right), error in zip(CASES, read["params"], strict=True):
        assert (error == "") == right, (dag, conf, error)
