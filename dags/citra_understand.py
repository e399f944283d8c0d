"""When the lake has new records: extract, analyse and load their partitions, and what was left undone in three days.

Partitions (a source and an hour) are done in groups, one mapped task each. Every task replaces its own output, so a
retry, a re-run and two runs at once all end the same. A group that fails does not stop the others: what could be
done is loaded, and the rest is taken up by the next run.

After days off, the one run of `citra_collect` that makes up for them sets off one run of this.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Param, dag, task
from airflow.sdk.exceptions import AirflowSkipException
from citra_airflow import DEFAULTS, EXTRACT_POOL, LAKE, START, STATE_QUEUE, deadline, interval, settings
from citra_partitions import understood

#: what was left undone is looked for this far back; what is older is named, or found by `citra_care`
BACK = timedelta(days=3)


@dag(
    schedule=[LAKE],
    start_date=START,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS,
    deadline=deadline("citra_understand", 90),
    params={
        "partitions": Param(
            [],
            type="array",
            items={"type": "string", "pattern": r"^[a-z0-9][a-z0-9-]*/\d{4}-\d{2}-\d{2}/\d{2}$"},
            title="Partitions",
            description="Do these anew too, one a line: kompas/2026-11-24/07. Empty: what is new or was left undone.",
        )
    },
    tags=["citra"],
    doc_md=__doc__,
)
def citra_understand() -> None:
    @task(queue=STATE_QUEUE)
    def pending(params: Any = None, dag_run: Any = None, triggering_asset_events: Any = None) -> list[list[str]]:
        """Groups of partitions to do: those the events name, those asked for, those left undone."""
        from citra.tasks.understand import groups
        from citra.tasks.understand import pending as look

        events = (triggering_asset_events or {}).get(LAKE, [])
        named = {key for event in events for key in (event.extra or {}).get("partitions", [])}
        since = (interval(dag_run)[1] - BACK).date()
        found = groups(look(settings(), since=since, keys=sorted({*named, *params["partitions"]})))
        if not found:
            raise AirflowSkipException("every partition is done")
        return found

    understood(pending(), extract_pool=EXTRACT_POOL, back=BACK)


citra_understand()
