"""``citra indicators``."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from citra.cli.common import echo_json, json_option
from citra.cli.filters import query_of, query_options
from citra.config import Settings
from citra.documents import JAKARTA

if TYPE_CHECKING:
    from citra.trends.indicators import Balance
    from citra.verbs.indicators import Indicators

#: Days shown when no period is given.
NEWEST = {"day": 14, "week": 56, "month": 365}


@click.command()
@click.argument("query", nargs=-1)
@query_options
@click.option(
    "--by", type=click.Choice(["day", "week", "month"]), default="week", show_default=True, help="One value for each."
)
@click.option(
    "--only", multiple=True, help="satisfaction, integrity, trust, transparency or participation (repeatable)."
)
@click.option(
    "--count-by", type=click.Choice(["placements", "stories"]), default="placements", show_default=True,
    help="Count texts, or stories.",
)  # fmt: skip
@json_option
@click.pass_obj
def indicators(
    settings: Settings, /, query: tuple[str, ...], by: Any, only: tuple[str, ...], as_json: bool, **options: Any
) -> None:
    """Five indicators of image, each the share of positive less the share of negative texts.

    Satisfaction (service), integrity (corruption, ethics), trust (all), transparency, participation: from -100 (all
    blame) to +100 (all praise), corrected for the classifier's errors, with intervals. There is no sum of them.
    docs/indicators.md says what each can and cannot mean.

    \b
    Examples:
      citra indicators --last 8w
      citra indicators --office bkn --last 1y --by month
      citra indicators --region 32 --only satisfaction --only integrity --json
    """
    from citra.corrections import read_corrections
    from citra.lake import Lake
    from citra.verbs.correction import human_ids
    from citra.verbs.indicators import indicators as run

    human = human_ids(read_corrections(Lake(settings.lake.path)))
    found = run(
        settings.index.location, query_of(settings, query, **options), by=by, only=only, newest=NEWEST[by],
        today=datetime.now(JAKARTA).date(), model=settings.analyse.model, human=human,
    )  # fmt: skip
    if as_json:
        echo_json(_json(found))
    else:
        _show(found)


def _json(found: Indicators) -> dict[str, Any]:
    from citra.trends.indicators import VERDICT_ID

    lines = [
        {
            "id": line.indicator.id,
            "name": line.indicator.name,
            "meaning": line.indicator.meaning,
            "topics": line.indicator.topics,
            "placements": line.placements,
            "stories": line.stories,
            "total": _flat(line.total),
            "before": _flat(line.before),
            "change": {
                "difference": line.change.difference,
                "low": line.change.low,
                "high": line.change.high,
                "verdict": line.change.verdict,
                "label_id": VERDICT_ID[line.change.verdict],
            },
            "weak": line.weak,
            "f1": line.f1,
            "query_id": line.query.id,
            "buckets": [
                {
                    "start": one.start,
                    "placements": one.placements,
                    "stories": one.stories,
                    "balance": _flat(one.balance),
                }
                for one in line.buckets
            ],
        }
        for line in found.lines
    ]
    return {
        "since": found.since,
        "until": found.until,
        "interval": found.interval,
        "indicators": lines,
        "corrected": found.confusion is not None,
        "query_id": found.query.id,
        "index_version": found.index_version,
        "model_version": found.model_version,
        "notes": found.notes,
    }


def _flat(balance: Balance | None) -> dict[str, Any] | None:
    if balance is None:
        return None
    flat: dict[str, Any] = {"value": balance.value, "low": balance.low, "high": balance.high}
    for name in ("positive", "negative"):
        share = getattr(balance, name)
        flat |= {name: share.value, f"{name}_low": share.low, f"{name}_high": share.high}
    return flat | {"corrected": balance.corrected}


def _show(found: Indicators) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    console.print(f"{found.since} to {found.until}; from -100 (all blame) to +100 (all praise), 95 % intervals")
    table = Table("Indicator", box=None, header_style="bold", pad_edge=False)
    for name in ("Texts", "Stories", "Balance", "Before", "Change"):
        table.add_column(name, justify="right")
    table.add_column("")
    table.add_column(f"By {found.interval}")
    for line in found.lines:
        moved = line.change
        change = "" if moved.difference is None else f"{moved.difference * 100:+.0f} {_span(moved.low, moved.high)}"
        table.add_row(
            line.indicator.id, f"{line.placements:,}", f"{line.stories:,}", _cell(line.total), _cell(line.before),
            change, moved.verdict, " ".join(_short(one.balance) for one in line.buckets[-6:]),
        )  # fmt: skip
    console.print(table)
    for line in found.lines:
        if line.weak:
            console.print(
                f"{line.indicator.id}: the model finds this topic badly (F1 {line.f1:.2f}): read texts, not the number",
                markup=False, soft_wrap=True,
            )  # fmt: skip
    for note in found.notes:
        console.print(f"note: {note}", markup=False, soft_wrap=True)


def _cell(balance: Balance | None) -> str:
    return "too few" if balance is None else f"{balance.value * 100:+.0f} {_span(balance.low, balance.high)}"


def _span(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"\\[{low * 100:+.0f} to {high * 100:+.0f}]"


def _short(balance: Balance | None) -> str:
    return "  ·" if balance is None else f"{balance.value * 100:+3.0f}"
