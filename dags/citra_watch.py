"""After each load: judge the watches and send what is due. At 06:30 WIB: the brief of the day that is over.

Judging and telling are about the present, so they use the clock; the state file knows what was told, and nothing is
told twice, whatever is run again. The brief is about a day: a re-run writes the same day's brief anew and mails it to
nobody who has it. After days off, one brief is made, that of the newest day that is over; older ones on request
(run it by hand with a date).
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable, Param, dag, task
from airflow.sdk.exceptions import AirflowSkipException
from citra_airflow import DEFAULTS, INDEX, START, STATE_QUEUE, ZONE, deadline, interval, now, settings, told


@dag(
    schedule=AssetOrTimeSchedule(timetable=CronTriggerTimetable("30 6 * * *", timezone=ZONE), assets=[INDEX]),
    start_date=START,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS,
    deadline=deadline("citra_watch", 30),
    params={
        "date": Param(
            None,
            type=["null", "string"],
            format="date",
            title="Day of the brief",
            description="Write the brief of this day. Empty: at 06:30 WIB that of yesterday, after a load none.",
        )
    },
    tags=["citra"],
    doc_md=__doc__,
)
def citra_watch() -> None:
    @task(queue=STATE_QUEUE)
    def detect() -> dict[str, Any]:
        """Open and close incidents; messages about them wait for `notify`."""
        from citra.tasks.watch import detect as run
        from citra.tasks.watch import has_index

        chosen = settings()
        if not has_index(chosen):
            raise AirflowSkipException("nothing was ever loaded")
        return told(run(chosen, now()))

    @task(queue=STATE_QUEUE, trigger_rule="all_done")
    def notify() -> dict[str, Any]:
        """Send what is due, what failed before included."""
        from citra.tasks.watch import notify as run

        return told(run(settings(), now()))

    @task(queue=STATE_QUEUE, trigger_rule="all_done")  # a brief without its alerts is better than none
    def brief(params: Any = None, dag_run: Any = None) -> dict[str, Any]:
        """Write and mail the brief of a day."""
        from datetime import date
        from zoneinfo import ZoneInfo

        from citra.brief.shapes import newest_whole
        from citra.tasks.watch import brief as run
        from citra.tasks.watch import has_index

        if dag_run.run_type == "asset_triggered" and not params["date"]:
            raise AirflowSkipException("a load set this off: the brief is made at 06:30 WIB")
        chosen = settings()
        if not has_index(chosen):
            raise AirflowSkipException("nothing was ever loaded")
        today = interval(dag_run)[1].astimezone(ZoneInfo(ZONE)).date()
        day = date.fromisoformat(params["date"]) if params["date"] else newest_whole("day", today)
        return told(run(chosen, day, now()))

    detect() >> [notify(), brief()]


citra_watch()
