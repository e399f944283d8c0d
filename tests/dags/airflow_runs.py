"""Runs DAGs in a real Airflow of its own: this file is imported by tests, and is the program that they start.

``python airflow_runs.py DAGS RUNS`` runs each of RUNS (JSON: ``[{"dag": …, "conf": …}]``) to its end and prints what
became of its tasks, and what they handed to each other.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
DAGS = ROOT / "dags"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How one run ended."""

    state: str
    tasks: Mapping[str, str]  #: ``task[map index]`` → state; the index is -1 for tasks that are not mapped
    returned: Mapping[str, Any]  #: the same → what it returned
    events: Mapping[str, Any]  #: name of an asset → extra of the newest event

    def state_of(self, task: str) -> set[str]:
        """States of all instances of a task."""
        return {state for name, state in self.tasks.items() if name.rpartition("[")[0] == task}


def environment(home: Path, **changes: str) -> dict[str, str]:
    """The variables of an Airflow in ``home``, and nothing of ours but ``changes``."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("CITRA_", "AIRFLOW_"))}
    return env | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        **changes,
    }


def command(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    return [sys.executable, __file__, str(DAGS), json.dumps(list(runs))]


def run_dags(env: Mapping[str, str], *runs: Mapping[str, Any]) -> list[Ran]:
    """Run DAGs one after the other, in one process of Airflow."""
    done = subprocess.run(
        command(runs), env=dict(env), cwd=env["AIRFLOW_HOME"], capture_output=True, text=True, timeout=500, check=False
    )
    found = [json.loads(line[7:]) for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    assert len(found) == len(runs), done.stdout[-2000:] + done.stderr[-4000:]
    return [Ran(**one) for one in found]


def _main(folder: str, runs: list[dict[str, Any]]) -> None:
    from datetime import timedelta

    from airflow.dag_processing.dagbag import BundleDagBag

    for run in runs:  # each with DAGs of its own: dag.test() leaves the parameters of a run in them
        bag = BundleDagBag(dag_folder=folder, bundle_path=Path(folder), bundle_name="dags-folder")
        assert not bag.import_errors, bag.import_errors
        dag = bag.dags[run["dag"]]
        dag.deadline = None  # dag.test() of Airflow 3.3 stumbles over it at the end; a scheduler does not
        for task in dag.tasks:  # two minutes between tries are right for sites, not for tests
            (task.partial_kwargs if hasattr(task, "partial_kwargs") else vars(task))["retry_delay"] = timedelta(0)
        print("RESULT " + json.dumps(_told(dag.test(run_conf=run.get("conf")))), flush=True)


def _told(run: Any) -> dict[str, Any]:
    from airflow.models.asset import AssetEvent, AssetModel
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        rows = session.execute(
            select(XComModel.task_id, XComModel.map_index, XComModel.value).where(
                XComModel.run_id == run.run_id, XComModel.dag_id == run.dag_id, XComModel.key == "return_value"
            )
        ).all()
        events = session.execute(
            select(AssetModel.name, AssetEvent.extra).join(AssetModel, AssetModel.id == AssetEvent.asset_id)
            .where(AssetEvent.source_run_id == run.run_id)
        ).all()  # fmt: skip
    return {
        "state": str(run.state),
        "tasks": {f"{ti.task_id}[{ti.map_index}]": str(ti.state) for ti in run.get_task_instances()},
        "returned": {f"{task}[{index}]": value for task, index, value in rows},
        "events": dict(tuple(row) for row in events),
    }


if __name__ == "__main__":
    _main(sys.argv[1], json.loads(sys.argv[2]))
