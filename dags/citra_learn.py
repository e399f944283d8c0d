"""By hand: what people's labels say of the model; a new one trained with them when asked; promoted by a person.

Without `train`, only the reports are written. With it, the labels by hand join the labelled texts, the encoder is
fine-tuned, and both models are scored on the same held-out texts. Then the run waits: under *Required Actions* a person
reads the scores and approves or rejects. Approved, `models/current` becomes the candidate; settings with
`[analyse] model` naming that link use it from then on. Texts labelled before keep their labels until `citra_backfill`
does their days anew; trends say where models are mixed.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Param, dag, task
from airflow.sdk.exceptions import AirflowSkipException
from citra_airflow import BACKFILL_POOL, DEFAULTS, LATER, MODEL_POOL, START, STATE_QUEUE, ZONE, interval, settings, told

_FOLDER: dict[str, Any] = {"type": ["null", "string"], "minLength": 1}
_SCORES = "{{ ti.xcom_pull(task_ids='%s') }}"


@task
def corrections(dag_run: Any = None) -> dict[str, Any]:
    """Labels by hand against the model's."""
    from citra.tasks.learn import corrections as run

    return told(run(settings(), _day(dag_run)))


@task
def evaluate(params: Any = None, dag_run: Any = None) -> dict[str, Any]:
    """Scores of the model in use."""
    from citra.tasks.learn import evaluate as run

    if not params["data"]:
        raise AirflowSkipException("no folder of labelled texts is given")
    return told(run(settings(), "", params["data"], _day(dag_run)))


@task
def gather(params: Any = None, dag_run: Any = None) -> dict[str, Any]:
    """Labels by hand join the labelled texts."""
    from citra.errors import InputError
    from citra.tasks.learn import gather as run

    if not params["train"]:
        raise AirflowSkipException("no training is asked for")
    if not params["encoder"]:
        raise InputError("training needs the folder of the encoder")
    return told(run(settings(), params["data"], _version(dag_run)))


@task(pool=MODEL_POOL, execution_timeout=timedelta(hours=24))
def train(found: dict[str, Any], params: Any = None, dag_run: Any = None) -> str:
    """Fine-tune and export; a retry goes on after the last epoch."""
    from citra.tasks.learn import train as run

    options = {"version": _version(dag_run), "day": _day(dag_run), "epochs": params["epochs"]}
    return run(settings(), found["folder"], params["encoder"], **options)


@task
def compare(candidate: str, params: Any = None, dag_run: Any = None) -> dict[str, Any]:
    """Scores of the candidate, on the same texts."""
    from citra.tasks.learn import evaluate as run

    return told(run(settings(), candidate, params["data"], _day(dag_run)))


@task
def promote(candidate: str) -> dict[str, Any]:
    """The candidate becomes the model in use."""
    from citra.tasks.learn import promote as run

    return told(run(settings(), candidate))


@dag(
    schedule=None,
    start_date=START,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS
    | {
        "priority_weight": LATER,
        "pool": BACKFILL_POOL,
        "queue": STATE_QUEUE,
        "execution_timeout": timedelta(hours=2),
    },
    params={
        "data": Param(None, **_FOLDER, title="Folder of labelled texts", description="Empty: only labels by hand."),
        "train": Param(False, type="boolean", title="Train a candidate"),
        "encoder": Param(None, **_FOLDER, title="Folder of the pretrained encoder", description="Needed to train."),
        "epochs": Param(4, type="integer", minimum=1, maximum=50, title="Epochs"),
    },
    tags=["citra"],
    doc_md=__doc__,
)
def citra_learn() -> None:
    approve = ApprovalOperator(
        task_id="approve",
        subject="Promote the new model?",
        body=f"In use (value, low, high): {_SCORES % 'evaluate'}\n\nCandidate: {_SCORES % 'compare'}",
        execution_timeout=None,
        response_timeout=timedelta(days=14),
        retries=0,
    )
    scores, candidate = evaluate(), train(gathered := gather())
    corrections() >> scores >> gathered
    compare(candidate) >> approve >> promote(candidate)


def _day(dag_run: Any) -> Any:
    from zoneinfo import ZoneInfo

    return interval(dag_run)[1].astimezone(ZoneInfo(ZONE)).date()


def _version(dag_run: Any) -> str:
    """Of one run always the same, so that a retry goes on with its own files."""
    return f"{interval(dag_run)[1]:%Y.%m.%d.%H%M}"


citra_learn()
