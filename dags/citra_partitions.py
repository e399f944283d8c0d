"""The middle of two DAGs: extract and analyse groups of partitions side by side, then load them. Makes no DAG."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import get_current_context, task, task_group
from citra_airflow import INDEX, INDEX_POOL, MODEL_POOL, STATE_QUEUE, interval, settings, told


def understood(groups: Any, *, extract_pool: str, back: timedelta | None) -> Any:
    """The tasks that do ``groups`` of keys, one mapped group of tasks each, and load them as one.

    :param back: the load takes up what was left undone in this time before the interval's end, too.
    :return: the task of the load.
    """

    @task_group
    def understand(keys: list[str]) -> None:
        @task(pool=extract_pool, map_index_template="{{ part }}")
        def extract(keys: list[str], dag_run: Any = None) -> dict[str, Any]:
            """Raw records → documents; a page that is none becomes a reject."""
            from citra.tasks.understand import extract as run

            _name(keys)
            return told(run(settings(), keys, now=interval(dag_run)[1]))

        @task(pool=MODEL_POOL, queue=STATE_QUEUE, map_index_template="{{ part }}", execution_timeout=timedelta(hours=2))
        def analyse(keys: list[str], dag_run: Any = None) -> dict[str, Any]:
            """Documents → mentions: labels, offices, regions, stories."""
            from citra.tasks.understand import analyse as run

            _name(keys)
            return told(run(settings(), keys, now=interval(dag_run)[1]))

        extract(keys) >> analyse(keys)

    # a group that failed does not keep the others from the index
    @task(pool=INDEX_POOL, trigger_rule="none_skipped", outlets=[INDEX])
    def load(groups: list[list[str]] | None, dag_run: Any = None, outlet_events: Any = None) -> dict[str, Any]:
        """Mentions → index, visible at once; a lock admits one writer."""
        from citra.errors import InputError
        from citra.tasks.understand import load_keys

        if groups is None:
            raise InputError("which partitions to load is not known: the task before failed, see its log")
        end = interval(dag_run)[1]
        keys = [key for group in groups for key in group]
        found = told(load_keys(settings(), keys, since=(end - back).date() if back else None, now=end))
        outlet_events[INDEX].extra = {"snapshot": found["snapshot"]}
        return found

    loaded = load(groups)
    understand.expand(keys=groups) >> loaded
    return loaded


def _name(keys: list[str]) -> None:
    """What the user interface calls a mapped task: its first partition, and how many more."""
    more = f" and {len(keys) - 1} more" if len(keys) > 1 else ""
    get_current_context()["part"] = f"{keys[0]}{more}"  # type: ignore[typeddict-unknown-key]
