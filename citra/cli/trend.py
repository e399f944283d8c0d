"""``citra trend``."""

from __future__ import annotations

import csv
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from citra.cli.common import echo_json, err, json_option
from citra.cli.filters import query_of, query_options
from citra.config import Settings
from citra.documents import JAKARTA
from citra.store import Query, Store

if TYPE_CHECKING:
    from citra.verbs.trend import Trend

#: Days shown when no period is given.
NEWEST = {"day": 14, "week": 84, "month": 365}


@click.command()
@click.argument("query", nargs=-1)
@query_options
@click.option(
    "--by", type=click.Choice(["day", "week", "month"]), default="day", show_default=True, help="One row for each."
)
@click.option(
    "--count-by", type=click.Choice(["placements", "stories"]), default="placements", show_default=True,
    help="What the share is a share of: texts, or stories (a wire story on 60 sites is one).",
)  # fmt: skip
@click.option("--raw", is_flag=True, help="Show counted labels instead of shares corrected for classifier error.")
@click.option("--common-sources", is_flag=True, help="Count only sources that were there in all of both periods.")
@click.option("--id", "result", metavar="ID", help="An earlier result again: the same numbers, or what changed.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option("--plot", type=click.Path(dir_okay=False, writable=True), help="Draw it into a PNG file.")
@json_option
@click.pass_obj
def trend(
    settings: Settings, /, query: tuple[str, ...], by: Any, raw: bool, common_sources: bool, result: str | None,
    as_csv: bool, plot: str | None, as_json: bool, **options: Any,
) -> None:  # fmt: skip
    """Counts and the share of negative texts over time, corrected for the classifier's errors.

    QUERY is the language of `citra search`. Without a period: the newest two weeks that have matches
    (12 weeks, 12 months). Weeks begin on Monday, days are days in Jakarta. Where a source was silent, flooded
    or changed its layout, the bucket is marked, a note says why, and the change is measured over the sources that
    were there in both periods. docs/numbers.md says how the numbers are made.

    Each result has an id over question, index, model, gold set and code; --id measures it again.

    \b
    Examples:
      citra trend --last 14d
      citra trend korupsi --from 2026-10-01 --to 2026-11-24 --by week
      citra trend '"dana desa" -olahraga' --topic corruption --region 32 --plot out.png
      citra trend --last 8w --by week --common-sources --raw
      citra trend --id 0f1e2d3c4b5a6978
    """
    from citra.app import results_path
    from citra.cli import trend_table
    from citra.verbs.index import open_index
    from citra.verbs.trend import rows

    folder = results_path(settings)
    asked = query_of(settings, query, **options)
    with open_index(settings.index.location) as store:
        if result:
            found, told = _again(settings, store, folder, result)
        else:
            found, told = _measured(settings, store, folder, asked, by=by, common_sources=common_sources)
    if plot:
        _draw(found, plot, " ".join(query) or result or "Semua teks", raw)
    if as_json:
        echo_json(trend_table.as_json(found) | told)
    elif as_csv:
        table = csv.DictWriter(sys.stdout, fieldnames=list(rows(found)[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows(found))
    else:
        trend_table.show(found, raw)
        trend_table.show_result(told)


def _measured(
    settings: Settings, store: Store, folder: str, asked: Query, *, by: Any, common_sources: bool
) -> tuple[Trend, dict[str, Any]]:
    """The trend, and the id under which it is kept."""
    from citra.lake import Lake
    from citra.verbs.covered_trend import covered_trend
    from citra.verbs.results import keep

    now = datetime.now(JAKARTA)
    found = covered_trend(
        store, Lake(settings.lake.path), asked, by=by, now=now, newest=NEWEST[by], common_sources=common_sources,
        model=settings.analyse.model,
    )  # fmt: skip
    try:
        return found, {"id": keep(folder, store, asked, found, now, whole=common_sources)}
    except OSError as wrong:
        err.print(f"the result has no id, it cannot be kept in {folder}: {wrong.strerror}", markup=False)
        return found, {}


def _again(settings: Settings, store: Store, folder: str, result: str) -> tuple[Trend, dict[str, Any]]:
    from citra.corrections import read_corrections
    from citra.lake import Lake
    from citra.verbs.correction import human_ids
    from citra.verbs.results import again

    human = human_ids(read_corrections(Lake(settings.lake.path)))
    done = again(folder, store, result, model=settings.analyse.model, human=human)
    return done.found, {
        "id": result, "made": done.made, "same": done.same, "changed": list(done.changed),
        "differs": list(done.differs),
    }  # fmt: skip


def _draw(found: Trend, path: str, title: str, raw: bool) -> None:
    from citra.trends.plot import draw

    draw(found.series, path, title=title, by=found.by, partial=found.partial, raw=raw or not found.confusion)
    err.print(f"drawn: {path}", markup=False, soft_wrap=True)
