"""Hourly: crawl every source side by side; what is new sets off `citra_understand`.

A source that fails is tried again twice and then left to the next hour; it never stops the others, and readers of
trends are told of the gap by its coverage. Only when *none* answers, the operators hear of it.

After Airflow was off, one run makes up for all hours missed (each source's log says how far back it reads): a site
shows what is there now, so many crawls would bring the same pages once. One site is asked by one crawl at a time,
whoever starts it: a lock in the lake's state folder sees to that, the pool `citra_crawl` to the number of sites.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import CronTriggerTimetable, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException
from citra_airflow import (
    CRAWL_POOL,
    DEFAULTS,
    LAKE,
    START,
    STATE_QUEUE,
    ZONE,
    deadline,
    interval,
    log,
    now,
    settings,
    told,
)  # fmt: skip


@dag(
    # not on the hour, when everybody polls
    schedule=CronTriggerTimetable("7 * * * *", timezone=ZONE, interval=timedelta(hours=1)),
    start_date=START,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS,
    deadline=deadline("citra_collect", 55),
    tags=["citra"],
    doc_md=__doc__,
)
def citra_collect() -> None:
    @task
    def sources() -> list[str]:
        """Names of the sources that can be crawled; those that lack a key or the salt are in the log."""
        from citra.app import left_out
        from citra.tasks.collect import names

        chosen = settings()
        for line in left_out(chosen):
            log.warning(line)
        return names(chosen)

    @task(
        pool=CRAWL_POOL,
        queue=STATE_QUEUE,
        retries=2,
        map_index_template="{{ source }}",
        on_failure_callback=None,  # a silent source is told with the alerts; `gathered` tells when all are
    )
    def crawl(name: str, dag_run: Any = None) -> dict[str, Any]:
        """Crawl one source; what it brings is durable before it counts as seen."""
        from citra.tasks.collect import crawl_source

        get_current_context()["source"] = name  # type: ignore[typeddict-unknown-key]
        return told(crawl_source(settings(), name, start=interval(dag_run)[0], now=now()))

    @task(trigger_rule="all_done", outlets=[LAKE])
    def gathered(names: list[str], reports: Any, outlet_events: Any = None) -> dict[str, Any]:
        """What all brought; skipped where that is nothing, so that nothing is set off."""
        from citra.tasks.collect import gathered as add_up

        found = told(add_up(len(names), reports))
        if not found["partitions"]:
            raise AirflowSkipException("nothing new")
        outlet_events[LAKE].extra = {"partitions": found["partitions"]}
        return found

    found = sources()
    gathered(found, crawl.expand(name=found))


citra_collect()
