"""The whole chain in a real Airflow over the newsroom: collect, understand, watch; twice is once, a kill is no loss."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow_runs import command, run_dags
from collected import DEAD, SOURCES, Collected

from citra.documents import JAKARTA
from citra.lake import Lake
from citra.verbs.index import open_index

#: a processor shared with others may need it; alone the whole file takes a minute or so
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def understood(collected: Collected, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], list[Any]]:
    """The chain from raw records to the brief, in a lake of its own."""
    env = collected.copy(tmp_path_factory.mktemp("whole"))
    yesterday = datetime.now(UTC).astimezone(JAKARTA).date() - timedelta(days=1)
    runs = {"dag": "citra_understand"}, {"dag": "citra_watch", "conf": {"date": yesterday.isoformat()}}
    return env, run_dags(env, *runs)


def count(index: str) -> tuple[int, int, str]:
    with open_index(index) as store:
        stats = store.stats()
    return stats.mentions, stats.partitions, stats.snapshot


def mentions(env: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    lake = Lake(env["CITRA_LAKE_PATH"])
    return {one.key: list(lake.read("mentions", one)) for one in lake.partitions("mentions")}


def test_failing_source_does_not_stop_the_others(collected: Collected) -> None:
    ran = collected.ran
    crawls = {ran.returned[f"crawl[{index}]"]["source"] for index in range(3) if f"crawl[{index}]" in ran.returned}
    assert crawls == set(SOURCES)
    assert sorted(state for name, state in ran.tasks.items() if name.startswith("crawl[")) == [
        "failed", "success", "success",
    ]  # fmt: skip
    assert ran.state == "success"
    gathered = ran.returned["gathered[-1]"]
    assert (gathered["sources"], gathered["failed"]) == (3, 1)
    assert gathered["new"] > 50
    assert ran.events["citra_lake"] == {"partitions": gathered["partitions"]}
    assert {key.partition("/")[0] for key in gathered["partitions"]} == set(SOURCES)
    assert DEAD not in {one.source for one in Lake(str(collected.lake)).partitions("raw")}


def test_first_crawl_says_how_far_back_it_reads(collected: Collected) -> None:
    assert collected.ran.returned["crawl[0]"]["catch_up"] == "first crawl: reads back 60 days"
    assert collected.again.returned["crawl[0]"]["catch_up"] == ""


def test_collecting_twice_brings_nothing_and_sets_nothing_off(collected: Collected) -> None:
    again = collected.again
    assert again.state_of("gathered") == {"skipped"}
    assert again.events == {}
    assert sum(one["new"] for name, one in again.returned.items() if name.startswith("crawl[")) == 0


def test_whole_chain_into_the_embedded_store(
    collected: Collected, understood: tuple[dict[str, str], list[Any]]
) -> None:
    env, (understand, watch) = understood
    assert (understand.state, watch.state) == ("success", "success"), (understand.tasks, watch.tasks)
    groups = understand.returned["pending[-1]"]
    assert sorted(key for group in groups for key in group) == collected.ran.returned["gathered[-1]"]["partitions"]
    loaded = understand.returned["load[-1]"]
    held, partitions, snapshot = count(env["CITRA_INDEX_PATH"])
    assert held == loaded["added"] == collected.ran.returned["gathered[-1]"]["new"] - loaded["rejects"] > 50
    assert partitions == len(mentions(env))
    assert understand.events["citra_index"] == {"snapshot": snapshot}
    assert watch.returned["detect[-1]"]["snapshot"] == snapshot
    day = watch.returned["brief[-1]"]["day"]
    briefs = Path(env["CITRA_LAKE_PATH"]).parent / "briefs"
    assert {path.name for path in briefs.iterdir()} == {f"{day}.html", f"{day}.md", f"{day}.pdf"}


def test_tasks_hand_over_keys_and_counts_alone(
    collected: Collected, understood: tuple[dict[str, str], list[Any]]
) -> None:
    texts = [one["title"] for rows in mentions(understood[0]).values() for one in rows]
    for ran in (collected.ran, *understood[1]):
        handed = json.dumps([dict(ran.returned), dict(ran.events)], ensure_ascii=False)
        assert len(handed) < 20_000
        assert not any(title in handed for title in texts if len(title) > 15)


def test_same_interval_again_gives_equal_counts(
    collected: Collected, understood: tuple[dict[str, str], list[Any]]
) -> None:
    env, _ = understood
    before, files = count(env["CITRA_INDEX_PATH"]), mentions(env)
    keys = collected.ran.returned["gathered[-1]"]["partitions"]
    anew, idle = run_dags(env, {"dag": "citra_understand", "conf": {"partitions": keys}}, {"dag": "citra_understand"})
    assert anew.state == "success"
    assert anew.returned["load[-1]"]["added"] == 0
    assert (count(env["CITRA_INDEX_PATH"]), mentions(env)) == (before, files)
    assert idle.state_of("load") == {"skipped"}


def test_task_killed_in_the_middle_is_finished_by_the_next_run(
    collected: Collected, understood: tuple[dict[str, str], list[Any]], tmp_path: Path
) -> None:
    env = collected.copy(tmp_path)
    lake = Lake(env["CITRA_LAKE_PATH"])
    process = subprocess.Popen(
        command([{"dag": "citra_understand"}]), env=env, cwd=env["AIRFLOW_HOME"], start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 200
        while not lake.partitions("mentions") and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    done, everything = len(lake.partitions("mentions")), mentions(understood[0])
    assert 0 < done < len(everything), "the kill came too late to interrupt anything"
    (ran,) = run_dags(env, {"dag": "citra_understand"})
    assert ran.state == "success"
    assert count(env["CITRA_INDEX_PATH"])[:2] == count(understood[0]["CITRA_INDEX_PATH"])[:2]
    assert {key: len(rows) for key, rows in mentions(env).items()} == {k: len(rows) for k, rows in everything.items()}
