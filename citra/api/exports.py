"""Routes that hand out whole results as files: every text of a query, or its numbers by day."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import Field
from starlette.background import BackgroundTask

from citra.api.access import Caller, needs
from citra.api.parameters import Filters
from citra.api.problems import ProblemError, documented
from citra.api.state import ApiState, address_of, state_of
from citra.verbs.export import Exported, export_days, export_texts

Format = Literal["csv", "jsonl", "parquet"]
State = Annotated[ApiState, Depends(state_of)]
Reader = Annotated[Caller, Depends(needs("read"))]
#: more at once would fill the disk and take the index from everybody else
AT_ONCE = 2
#: a table of numbers has this name for its one query
ALL = "all"

_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}
_turns = threading.BoundedSemaphore(AT_ONCE)
_PROBLEMS = documented(
    "invalid-query", "invalid-input", "unauthorised", "forbidden", "invalid-parameter", "too-many-requests",
    "unavailable", "not-found",
)  # fmt: skip
_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file, whole.",
        "content": {kind.partition(";")[0]: {"schema": {"type": "string"}} for kind in _TYPES.values()},
        "headers": {
            "Citra-Rows": {"description": "Rows in the file.", "schema": {"type": "integer"}},
            "Citra-Index-Version": {"description": "What was exported.", "schema": {"type": "string"}},
        },
    }
}

router = APIRouter(tags=["exports"])


class TextsParameters(Filters):
    personal: bool = Field(
        default=False, description="Also authors, addresses of posts, and handles in them. Needs the scope `admin`."
    )


class DaysParameters(Filters):
    by: Literal["day", "week", "month"] = "day"
    count_by: Literal["placements", "stories"] = "placements"


@router.get("/exports/texts.{format}", responses={**_FILES, **_PROBLEMS}, response_class=Response)
def texts(
    request: Request, state: State, caller: Reader, format: Format, given: Annotated[TextsParameters, Query()]
) -> Response:
    """Every text of a query, one row each, none left out: `Citra-Rows` of them, as many as `facets` counts.

    Written whole before the first byte is sent, so a file that arrives with its `Content-Length` is complete.
    Cells that a spreadsheet would run begin with an apostrophe. Personal data is left out unless asked for.
    """
    if given.personal and "admin" not in caller.scopes:
        raise ProblemError("forbidden", "personal data needs the scope 'admin'")
    query, store = given.query(state), state.store()
    if given.personal:
        state.note(caller.name, "export-personal", request.url.query, address_of(request))
    return _file(f"citra-teks.{format}", format, lambda path: export_texts(store, query, path, personal=given.personal))


@router.get("/exports/days.{format}", responses={**_FILES, **_PROBLEMS}, response_class=Response)
def days(state: State, _: Reader, format: Format, given: Annotated[DaysParameters, Query()]) -> Response:
    """One row for each day, week or month: matches, total, ratio, shares raw and corrected with intervals."""
    query, store = given.query(state, given.count_by), state.store()

    def write(path: Path) -> Exported:
        return export_days(store, {given.q or ALL: query}, path, by=given.by, model=state.settings.analyse.model)

    return _file(f"citra-angka.{format}", format, write)


def _file(name: str, format: Format, write: Callable[[Path], Exported]) -> Response:
    """What ``write`` writes, sent and removed.

    :raises ProblemError: when as many exports run as may.
    """
    if not _turns.acquire(blocking=False):
        raise ProblemError("unavailable", "other exports are running; try again in a while", {"Retry-After": "20"})
    folder = tempfile.TemporaryDirectory(prefix="citra-export-")
    try:
        path = Path(folder.name) / f"export.{format}"
        done = write(path)
    except BaseException:
        folder.cleanup()
        raise
    finally:
        _turns.release()
    headers = {"Citra-Rows": str(done.rows), "Citra-Index-Version": done.index_version, "Cache-Control": "no-store"}
    return FileResponse(
        path, media_type=_TYPES[format], filename=name, headers=headers, background=BackgroundTask(folder.cleanup)
    )
