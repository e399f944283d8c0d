"""Tables to take away: CSV that spreadsheets read as data, never as formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

from starlette.responses import Response, StreamingResponse

from citra.verbs.tables import cell

#: Characters gathered before they are sent.
CHUNK = 64_000


def csv_answer(name: str, rows: Sequence[Mapping[str, object]]) -> Response:
    """``rows`` as a file to be saved; UTF-8 with the mark by which Excel knows it."""
    out = io.StringIO()
    if rows:
        table = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\r\n")
        table.writeheader()
        table.writerows({key: cell(value) for key, value in row.items()} for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response("\ufeff" + out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def csv_stream(name: str, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> Response:
    """``rows``, however many, as a file to be saved; memory stays flat."""

    def lines() -> Iterator[str]:
        out = io.StringIO()
        out.write("\ufeff")
        table = csv.DictWriter(out, fieldnames=columns, lineterminator="\r\n")
        table.writeheader()
        for row in rows:
            table.writerow({key: cell(value) for key, value in row.items()})
            if out.tell() > CHUNK:
                yield out.getvalue()
                out.seek(0)
                out.truncate()
        yield out.getvalue()

    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers=headers)
