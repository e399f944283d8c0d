"""What the DAGs share: defaults of tasks, pools, assets, who hears of failures. No task and no DAG is made here.

Where lake and index lie comes from ``citra.toml`` in the worker's folder or ``CITRA_*`` variables; the address of
Elasticsearch and who we are there also from the connection ``citra_elasticsearch``. Nothing heavy is imported here:
Airflow reads this file again and again.
"""

from __future__ import annotations

import asyncio
import logging
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import (
    Asset,
    AsyncCallback,
    DeadlineAlert,
    DeadlineReference,
    ExceptionRetryPolicy,
    RetryAction,
    RetryRule,
)

if TYPE_CHECKING:
    from citra.config import Settings

ZONE = "Asia/Jakarta"
START = datetime.fromisoformat("2026-11-01T00:00:00+07:00")
CONNECTION = "citra_elasticsearch"

#: made by ``airflow pools import deploy/pools.json``: sites crawled at a time; extractions; the model; writers of the
#: index; backfills and what else is not urgent
CRAWL_POOL, EXTRACT_POOL, MODEL_POOL = "citra_crawl", "citra_extract", "citra_model"
INDEX_POOL, BACKFILL_POOL = "citra_index", "citra_backfill"
#: crawls and analyses share small SQLite files that lie on one machine: with several workers, this queue has one
STATE_QUEUE = os.environ.get("CITRA_STATE_QUEUE", "default")
#: where two tasks wait for a pool, live work goes first
LIVE, LATER = 10, 1

#: new raw records lie in the lake; the event's extra names their partitions
LAKE = Asset(name="citra_lake", uri="citra://lake/raw")
#: the index has new mentions; the event's extra holds its snapshot
INDEX = Asset(name="citra_index", uri="citra://index/mentions")

log = logging.getLogger("citra")


def settings() -> Settings:
    """The settings, with the connection ``citra_elasticsearch`` laid over them where Elasticsearch is the engine."""
    from citra.config import load_settings

    found = load_settings(os.environ.get("CITRA_CONFIG"))
    if found.index.engine != "elasticsearch":
        return found
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        connection = BaseHook.get_connection(CONNECTION)
    except AirflowNotFoundException:
        return found  # CITRA_ELASTICSEARCH_… of the environment hold
    scheme = connection.schema or connection.extra_dejson.get("scheme") or "http"
    url = f"{scheme}://{connection.host}:{connection.port or 9200}"
    secrets = {
        "CITRA_ELASTICSEARCH_API_KEY": connection.extra_dejson.get("api_key"),
        "CITRA_ELASTICSEARCH_USER": connection.login,
        "CITRA_ELASTICSEARCH_PASSWORD": connection.password,
    }
    os.environ.update({name: value for name, value in secrets.items() if value})  # of this task's process alone
    return load_settings(os.environ.get("CITRA_CONFIG"), {**os.environ, "CITRA_ELASTICSEARCH_URL": url})


def now() -> datetime:
    """The clock of the door; what a task writes is stamped with its interval instead."""
    return datetime.now(UTC)


def interval(dag_run: Any) -> tuple[datetime, datetime]:
    """Begin and end of what a run is about; a run triggered by data is about the moment it was triggered."""
    return dag_run.data_interval_start or dag_run.run_after, dag_run.data_interval_end or dag_run.run_after


def told(report: dict[str, Any]) -> dict[str, Any]:
    """Write a task's counts into its log as one line, and hand them on."""
    log.info("%s", ", ".join(f"{name} {value}" for name, value in report.items() if not isinstance(value, list)))
    return report


# --- failures and lateness --------------------------------------------------------------------------------------


def tell_failure(context: Any) -> None:
    """One message a day to the operators for each task that failed for good: what, when, why, where to look."""
    task, error = context["ti"], context.get("exception")
    reason = str(error).splitlines()[0][:400] if error and str(error) else type(error).__name__
    _tell(
        # one message for a run, whatever fails after it; and none if the same task was told today
        [f"failed:{task.dag_id}:{task.task_id}", f"failed:{task.dag_id}:{task.run_id}"],
        f"{task.dag_id}: {task.task_id} failed",
        f"Task {task.task_id} of {task.dag_id} failed after {task.try_number} tries, run {task.run_id}.\n\n{reason}\n\n"
        f"Log: {getattr(task, 'log_url', '')}\nWhat to do: docs/operations.md. A re-run is always safe.",
    )


async def tell_late(dag: str, minutes: int, context: Any = None) -> None:
    """The same for a run that is not done in time; called by Airflow's triggerer."""
    run = (context or {}).get("dag_run") or {}
    run_id = run.get("run_id", "") if isinstance(run, dict) else getattr(run, "run_id", "")
    await asyncio.to_thread(
        _tell,
        [f"late:{dag}"],
        f"{dag} is late",
        f"Run {run_id} of {dag} was not done {minutes} minutes after it was queued. It goes on; look at its tasks.",
    )


def _tell(matters: list[str], subject: str, body: str) -> None:
    from citra.config import load_settings
    from citra.tasks.tell import tell_operator

    try:
        sent = tell_operator(load_settings(os.environ.get("CITRA_CONFIG")), matters, subject, body, now())
    except Exception as wrong:  # the failure itself is in Airflow; a second one must not hide it
        log.warning("the operators could not be told of %r: %s", subject, wrong)
    else:
        log.info("the operators %s of %r", "were told" if sent else "were not told again, or have no address,", subject)


def deadline(dag: str, minutes: int) -> DeadlineAlert:
    """Tell the operators when a run is not done ``minutes`` after it was queued."""
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=timedelta(minutes=minutes),
        callback=AsyncCallback(tell_late, kwargs={"dag": dag, "minutes": minutes}),
        name=f"{dag} within {minutes} minutes",
    )


#: what only a person can put right is not tried again
RETRY_POLICY = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception=["citra.errors.ConfigError", "citra.errors.InputError", "citra.errors.QueryError"],
            action=RetryAction.FAIL,
            reason="settings or input are wrong: trying again cannot help",
        )
    ]
)

DEFAULTS: dict[str, Any] = {
    "owner": "citra",
    "retries": 3,
    "retry_delay": timedelta(minutes=2),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=20),
    "retry_policy": RETRY_POLICY,
    "execution_timeout": timedelta(minutes=50),
    "priority_weight": LIVE,
    "weight_rule": "absolute",
    "on_failure_callback": tell_failure,
}
