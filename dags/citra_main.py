"""Hourly: crawl every source side by side, then extract, analyse and load what is new.

Tasks call the verbs; no logic lives here. Where lake and index lie comes from ``citra.toml`` in the worker's folder or
from its ``CITRA_*`` variables. Each task takes up what a killed or failed run left undone, so a retry, a re-run and
the next hour all do the same safe thing; XCom carries names and counts only.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import dag, task

DEFAULTS = {
    "owner": "citra",
    "retries": 3,
    "retry_delay": timedelta(minutes=2),
    "retry_exponential_backoff": True,
    "execution_timeout": timedelta(minutes=50),
}


@dag(
    schedule="7 * * * *",  # not on the hour, when everybody polls
    start_date=datetime.fromisoformat("2026-11-01T00:00:00+07:00"),
    catchup=False,  # a crawl fetches what is new now: making up for missed hours is one crawl, not many
    max_active_runs=1,
    default_args=DEFAULTS,
    tags=["citra"],
    doc_md=__doc__,
)
def citra_main() -> None:
    @task
    def sources() -> list[str]:
        from citra.app import crawlable
        from citra.config import load_settings

        return [source.name for source in crawlable(load_settings())]

    @task(max_active_tis_per_dag=4)
    def crawl(name: str) -> dict[str, Any]:
        from datetime import UTC

        from citra.app import crawl_one
        from citra.config import load_settings

        return crawl_one(load_settings(), name, datetime.now(UTC))

    @task(trigger_rule="all_done")  # a dead source never stops the others
    def process() -> dict[str, Any]:
        from datetime import UTC

        from citra.app import process_all
        from citra.config import load_settings

        return process_all(load_settings(), datetime.now(UTC))

    crawl.expand(name=sources()) >> process()


citra_main()
