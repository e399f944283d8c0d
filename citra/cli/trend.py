"""``citra trend``."""

from __future__ import annotations

import csv
import sys
from datetime import datetime
from typing import Any

import click

from citra.cli.common import echo_json, err, json_option
from citra.cli.filters import query_of, query_options
from citra.config import Settings
from citra.documents import JAKARTA

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
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option("--plot", type=click.Path(dir_okay=False, writable=True), help="Draw it into a PNG file.")
@json_option
@click.pass_obj
def trend(
    settings: Settings, /, query: tuple[str, ...], by: Any, as_csv: bool, plot: str | None, as_json: bool,
    **options: Any,
) -> None:  # fmt: skip
    """Counts and the share of negative texts over time.

    QUERY is the language of `citra search`. Without a period: the newest two weeks that have matches
    (12 weeks, 12 months). Weeks begin on Monday, days are days in Jakarta. Where a source was silent, flooded
    or changed its layout, the bucket says what share of the expected volume is there, and a note says why.

    \b
    Examples:
      citra trend --last 14d
      citra trend korupsi --from 2026-10-01 --to 2026-11-24 --by week
      citra trend '"dana desa" -olahraga' --topic corruption --region 32 --plot out.png
    """
    from citra.cli import trend_table
    from citra.lake import Lake
    from citra.trends.plot import draw
    from citra.verbs.coverage import covered
    from citra.verbs.trend import rows
    from citra.verbs.trend import trend as run

    asked = query_of(settings, query, **options)
    now = datetime.now(JAKARTA)
    found = run(settings.index.location, asked, by=by, newest=NEWEST[by], today=now.date())
    found = covered(found, Lake(settings.lake.path), asked, now)
    if plot:
        draw(found.series, plot, title=" ".join(query) or "Semua teks", by=found.by, partial=found.partial)
        err.print(f"drawn: {plot}", markup=False, soft_wrap=True)
    if as_json:
        echo_json(trend_table.as_json(found))
    elif as_csv:
        table = csv.DictWriter(sys.stdout, fieldnames=list(rows(found)[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows(found))
    else:
        trend_table.show(found)
