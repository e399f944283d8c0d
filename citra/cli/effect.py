"""``citra effect``."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from citra.cli.common import DAY, echo_json, err, json_option
from citra.cli.filters import query_of, query_options
from citra.config import Settings
from citra.documents import JAKARTA

if TYPE_CHECKING:
    from citra.verbs.effect import Effect


@click.command()
@click.argument("query", nargs=-1)
@click.option("--query", "more", metavar="QUERY", help="The query, as an option.")
@query_options
@click.option("--at", type=DAY, required=True, help="First day of the event or campaign.")
@click.option("--until", "end", type=DAY, help="Last day looked at [default: four weeks, as far as there are texts].")
@click.option(
    "--controls", multiple=True, metavar="QUERY",
    help="Something alike that the event did not touch (repeatable): office:kemenkes, topic:staffing …",
)  # fmt: skip
@click.option(
    "--measure", type=click.Choice(["share", "volume"]), default="share", show_default=True,
    help="Share of negative texts, or number of texts.",
)  # fmt: skip
@click.option(
    "--count-by", type=click.Choice(["placements", "stories"]), default="placements", show_default=True,
    help="Count texts, or stories.",
)  # fmt: skip
@click.option("--plot", type=click.Path(dir_okay=False, writable=True), help="Draw it into a PNG or SVG file.")
@json_option
@click.pass_obj
def effect(
    settings: Settings, /, query: tuple[str, ...], more: str | None, at: date, end: date | None,
    controls: tuple[str, ...], measure: Any, plot: str | None, as_json: bool, **options: Any,
) -> None:  # fmt: skip
    """What changed with an event or a campaign: effect with interval, or "cannot tell" and why.

    The days after --at are compared with what the days before (up to 180, or from --from) and the controls let expect,
    weekdays, holidays, slow drifts and missing sources considered. The same analysis is made at earlier dates where
    nothing happened; what it finds there widens the interval.

    \b
    Examples:
      citra effect --query office:bkn --at 2026-10-01 --controls office:lan --controls office:kemenpan-rb
      citra effect pppk --at 2026-11-16 --until 2026-11-22 --measure volume --plot pppk.png
    """
    from citra.corrections import read_corrections
    from citra.lake import Lake
    from citra.verbs.correction import human_ids
    from citra.verbs.coverage import coverage
    from citra.verbs.effect import BEFORE
    from citra.verbs.effect import effect as run
    from citra.verbs.effect_json import as_json as json_of

    asked = query_of(settings, (*query, *([more] if more else [])), **options)
    plain: Any = {"sources": asked.sources, "kinds": asked.kinds, "count_by": asked.count_by}
    none: Any = {"since": None, "until": None, "last": None, "everything": options["everything"]}
    others = [query_of(settings, (text,), **plain, **none) for text in controls]
    now = datetime.now(JAKARTA)
    since = at - timedelta(days=BEFORE) if at.toordinal() > BEFORE else at
    covered = coverage(Lake(settings.lake.path), asked.sources, since=since, until=now.date(), now=now).shares
    human = human_ids(read_corrections(Lake(settings.lake.path)))
    found = run(
        settings.index.location, asked, at=at, until=end, controls=others, measure=measure, today=now.date(),
        coverage=covered, model=settings.analyse.model, human=human,
    )  # fmt: skip
    if plot:
        _draw(found, plot, " ".join(query) or more or "Semua teks")
    if as_json:
        echo_json(json_of(found))
    else:
        _show(found, controls)


def _show(found: Effect, controls: tuple[str, ...]) -> None:
    what = "share of negative" if found.measure == "share" else "number of texts"
    click.echo(f"{what}, {found.at} to {found.until}, by the days from {found.since} on")
    if found.step:
        click.echo(f"change:    {_size(found, found.step)}  p {found.step.p:.3f}")
    if found.step and found.own and found.controls:
        click.echo(f"by itself: {_size(found, found.own)}")
    for name, one in zip(controls, found.controls, strict=True):
        if one.step:
            click.echo(f"control {name}: {_size(found, one.step)}{' (moved itself)' if one.moved else ''}")
    click.echo(f"{'EFFECT' if found.verdict == 'effect' else 'CANNOT TELL'}: {found.reason}")
    if found.detectable is not None:
        click.echo(f"an effect of {_points(found, found.detectable)} would be found four times out of five")
    for note in found.notes:
        click.echo(f"note: {note}")


def _size(found: Effect, step: Any) -> str:
    return f"{_points(found, step.value)} [{_points(found, step.low)} to {_points(found, step.high)}]"


def _points(found: Effect, value: float) -> str:
    return f"{value * 100:+.1f} points" if found.measure == "share" else f"{math.expm1(value):+.0%}"


def _draw(found: Effect, path: str, title: str) -> None:
    from citra.trends.plot_effect import draw_effect
    from citra.verbs.effect import sentence

    draw_effect(
        found.observed, found.counterfactual, path, at=found.at, until=found.until, measure=found.measure, title=title,
        verdict=sentence(found),
        foot=f"kueri {found.query.id} · indeks {found.index_version} · model {found.model_version or '–'}",
    )  # fmt: skip
    err.print(f"drawn: {path}", markup=False, soft_wrap=True)
