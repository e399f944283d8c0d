"""The DAG in a real Airflow: it imports without errors and runs the whole job over the newsroom; twice is once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from citra.demo.newsroom import Newsroom
from citra.documents import JAKARTA
from citra.verbs.index import open_index

pytest.importorskip("airflow.sdk", reason="the DAG needs the airflow extra")

ROOT = Path(__file__).resolve().parents[2]
#: two outlets are enough to see that tasks are mapped over sources
SOURCES = ("suara-abdi", "warta-nusa")
SCRIPT = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(dag_folder=sys.argv[1])
assert not bag.import_errors, bag.import_errors
dag = bag.dags["citra_main"]
run = dag.test()
states = {f"{ti.task_id}[{ti.map_index}]": str(ti.state) for ti in run.get_task_instances()}
print("RESULT " + json.dumps({"state": str(run.state), "tasks": states, "ids": sorted(t.task_id for t in dag.tasks)}))
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An Airflow of its own, and settings that point the DAG at a newsroom on loopback."""
    work = tmp_path_factory.mktemp("airflow")
    now = datetime.now(UTC)  # the DAG crawls what the last seven days brought
    with Newsroom(now.astimezone(JAKARTA).date(), now).start() as room:
        room.write_sources(work / "sources")
        published = [item.published for item in room.items if item.outlet in SOURCES]
        env = {name: value for name, value in os.environ.items() if not name.startswith(("CITRA_", "AIRFLOW_"))}
        env |= {
            "AIRFLOW_HOME": str(work / "home"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
            "CITRA_LAKE_PATH": str(work / "lake"),
            "CITRA_INDEX_PATH": str(work / "index"),
            "CITRA_CRAWL_SOURCES": str(work / "sources"),
            "CITRA_CRAWL_ENABLED": ",".join(SOURCES),
            "CITRA_CRAWL_ALLOW_LOOPBACK": "true",
            "CITRA_CRAWL_DELAY": "0",
        }
        airflow = str(Path(sys.executable).with_name("airflow"))
        subprocess.run([airflow, "db", "migrate"], env=env, cwd=work, check=True, capture_output=True, timeout=240)
        week = timedelta(days=7)
        # a text that turns a week old while the test runs may be crawled or not
        env["EXPECTED_LEAST"] = str(sum(moment > now - week + timedelta(minutes=20) for moment in published))
        env["EXPECTED_MOST"] = str(sum(moment >= now - week - timedelta(days=1) for moment in published))
        yield env


def run_dag(environment: dict[str, str]) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(ROOT / "dags")],
        env=environment, cwd=Path(environment["AIRFLOW_HOME"]), capture_output=True, text=True, timeout=280,
        check=False,
    )  # fmt: skip
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    assert lines, done.stdout[-2000:] + done.stderr[-4000:]
    found: dict[str, object] = json.loads(lines[0].removeprefix("RESULT "))
    return found


def count(environment: dict[str, str]) -> tuple[int, str]:
    with open_index(environment["CITRA_INDEX_PATH"]) as store:
        stats = store.stats()
    return stats.mentions, stats.snapshot


def test_whole_chain_runs_and_a_second_run_changes_nothing(environment: dict[str, str]) -> None:
    found = run_dag(environment)
    assert found["ids"] == ["crawl", "process", "sources"]
    assert found["state"] == "success"
    assert found["tasks"] == {
        "sources[-1]": "success", "crawl[0]": "success", "crawl[1]": "success", "process[-1]": "success",
    }  # fmt: skip
    first = count(environment)
    assert 0 < int(environment["EXPECTED_LEAST"]) <= first[0] <= int(environment["EXPECTED_MOST"])
    assert run_dag(environment)["state"] == "success"
    assert count(environment) == first
