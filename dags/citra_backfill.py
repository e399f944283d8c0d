"""By hand: bring the past in. Either WARC files of others (CC-NEWS) or days of the lake to be done anew.

**WARC files**: pages of the hosts are copied into the lake (killed, a retry goes on at the last offset), then
everything the lake holds undone is extracted, analysed and loaded. **A range of days**: the partitions fetched on
these days are extracted, analysed and loaded anew, after a better extractor or a new model.

Live work goes first: these tasks have the lowest priority in the pools they share with it, and `citra_backfill` and
`workers` bound how much runs at a time.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Param, dag, task
from airflow.sdk.exceptions import AirflowSkipException
from citra_airflow import BACKFILL_POOL, DEFAULTS, LATER, START, STATE_QUEUE, interval, settings, told
from citra_partitions import understood

_DAY: dict[str, Any] = {"type": ["null", "string"], "format": "date"}
_NAMES: dict[str, Any] = {"type": "array", "items": {"type": "string", "minLength": 1}}


@dag(
    schedule=None,
    start_date=START,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS | {"priority_weight": LATER, "execution_timeout": timedelta(hours=12)},
    params={
        "warc": Param([], **_NAMES, title="WARC files", description="Paths, globs or URLs (s3://…); or give days."),
        "hosts": Param([], **_NAMES, title="Hosts", description="Only these; empty: those of all sources."),
        "workers": Param(2, type="integer", minimum=1, maximum=32, title="Processes that read WARC files"),
        "since": Param(None, **_DAY, title="First day", description="Do the days from here on anew (WIB)."),
        "until": Param(None, **_DAY, title="Last day", description="Included."),
        "sources": Param([], **_NAMES, title="Sources", description="Only these of the days; empty: all."),
    },
    tags=["citra"],
    doc_md=__doc__,
)
def citra_backfill() -> None:
    @task(pool=BACKFILL_POOL, queue=STATE_QUEUE)
    def copy(params: Any = None, dag_run: Any = None) -> dict[str, Any]:
        """WARC files → raw records and documents; skipped where days are asked for."""
        from citra.errors import InputError
        from citra.tasks.understand import copy_warcs

        if bool(params["warc"]) == bool(params["since"] and params["until"]):
            raise InputError("give either WARC files, or a first and a last day")
        if not params["warc"]:
            raise AirflowSkipException("days of the lake are asked for")
        options = {"hosts": params["hosts"], "workers": params["workers"]}
        return told(copy_warcs(settings(), params["warc"], **options, now=interval(dag_run)[1]))

    @task(trigger_rule="none_failed", queue=STATE_QUEUE)
    def chosen(params: Any = None) -> list[list[str]]:
        """Groups of partitions to do."""
        from datetime import date

        from citra.tasks.understand import groups, pending, within

        if params["warc"]:
            keys = pending(settings(), since=None)
        else:
            days = date.fromisoformat(params["since"]), date.fromisoformat(params["until"])
            keys = within(settings(), *days, params["sources"])
        if not keys:
            raise AirflowSkipException("there is nothing to do")
        return groups(keys)

    found = chosen()
    copy() >> found
    understood(found, extract_pool=BACKFILL_POOL, back=None)


citra_backfill()
