"""Every Monday at 02:00 WIB, about the seven days that are over: reports, retention, rejects, a copy of the index.

Reports go to `reports/<last day>/` beside the lake: which sources were not themselves (`coverage.json`), whether labels
are spread differently from what is usual (`drift.json`). What was left undone longer ago than hourly runs look back is
loaded. Tasks do not wait for each other's success: a damaged report never keeps retention from happening.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import CronTriggerTimetable, Param, dag, task
from airflow.sdk.exceptions import AirflowSkipException
from citra_airflow import (
    BACKFILL_POOL,
    DEFAULTS,
    INDEX_POOL,
    LATER,
    START,
    STATE_QUEUE,
    ZONE,
    deadline,
    interval,
    now,
    settings,
    told,
)

if TYPE_CHECKING:
    from citra.config import Settings


@task
def coverage(dag_run: Any = None) -> dict[str, Any]:
    """Which sources were silent, flooded, or changed their layout."""
    from citra.tasks.care import coverage_report, week

    end = interval(dag_run)[1]
    return told(coverage_report(settings(), *week(end), end))


@task
def drift(dag_run: Any = None) -> dict[str, Any]:
    """Whether sentiments, topics or relevance are spread otherwise than usual."""
    from citra.tasks.care import drift as run
    from citra.tasks.care import week

    return told(run(_loaded(), week(interval(dag_run)[1])[1]))


@task
def retry() -> dict[str, Any]:
    """Fetch, extract, analyse and load again what was refused."""
    from citra.tasks.care import retry as run

    return told(run(settings(), now()))


@task(pool=INDEX_POOL)
def sweep(dag_run: Any = None) -> dict[str, Any]:
    """Load what the lake holds and the index lacks, however old."""
    from citra.tasks.care import sweep as run

    return told(run(settings(), interval(dag_run)[1]))


@task(pool=INDEX_POOL)
def retain(dag_run: Any = None) -> dict[str, Any]:
    """Remove texts whose time has passed at the interval's end."""
    from citra.tasks.care import retain as run

    return told(run(settings(), interval(dag_run)[1]))


@task(pool=INDEX_POOL)
def erased() -> dict[str, Any]:
    """Prove that what was erased is gone."""
    from citra.tasks.care import erase_again

    return told(erase_again(settings(), now()))


@task(pool=INDEX_POOL)
def snapshot(params: Any = None, dag_run: Any = None) -> dict[str, Any]:
    """Copy the index, without what was just removed."""
    from citra.tasks.care import snapshot as run
    from citra.tasks.care import week

    return told(run(_loaded(), week(interval(dag_run)[1])[1], params["keep"], params["repository"]))


def _loaded() -> Settings:
    """The settings, once there is an index: a new installation has nothing to look at yet."""
    from citra.tasks.watch import has_index

    found = settings()
    if not has_index(found):
        raise AirflowSkipException("nothing was ever loaded")
    return found


@dag(
    schedule=CronTriggerTimetable("0 2 * * 1", timezone=ZONE, interval=timedelta(days=7)),
    start_date=START,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS
    | {
        "priority_weight": LATER,
        "pool": BACKFILL_POOL,
        "queue": STATE_QUEUE,
        "trigger_rule": "all_done",
        "execution_timeout": timedelta(hours=6),
    },
    deadline=deadline("citra_care", 12 * 60),
    params={
        "keep": Param(4, type="integer", minimum=1, maximum=100, title="Copies of the index to keep"),
        "repository": Param(
            "citra", type="string", pattern="^[a-z0-9_-]+$", title="Snapshot repository (Elasticsearch)"
        ),
    },
    tags=["citra"],
    doc_md=__doc__,
)
def citra_care() -> None:
    [coverage(), drift()] >> retry() >> sweep() >> retain() >> erased() >> snapshot()


citra_care()
