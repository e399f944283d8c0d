"""``citra watch``: what one wants to be told about."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from citra.alerts.watch import LANGUAGES, MEASURES, WINDOWS, Watch
from citra.cli.common import echo_json, json_option
from citra.cli.filters import Span
from citra.config import Settings

_OPTIONS = (
    click.option("--measure", type=click.Choice(MEASURES), default="negative-stories", show_default=True,
                 help="What is counted: texts, negative stories (copies once), or their share of all stories."),
    click.option("--window", type=click.Choice(WINDOWS), default="day", show_default=True,
                 help="Judged by day (as it fills up, too) or by hour."),
    click.option("--source", "sources", multiple=True, help="Only this source (repeatable)."),
    click.option("--kind", "kinds", multiple=True, help="news, social, complaint or review."),
    click.option("--topic", "topics", multiple=True, help="corruption, service, innovation …"),
    click.option("--office", "offices", multiple=True, help="Only texts about this office."),
    click.option("--region", "regions", multiple=True, help="Kemendagri code; 32 includes 32.71."),
    click.option("--all", "everything", is_flag=True, help="Also texts of low relevance."),
    click.option("--language", type=click.Choice(LANGUAGES), default="id", show_default=True,
                 help="Of its messages."),
)  # fmt: skip


@click.group()
def watch() -> None:
    """Watches: a query, what of it is counted, and over which windows.

    \b
    Examples:
      citra watch add "Korupsi" --topic corruption
      citra watch add "Disdukcapil Bogor" --office disdukcapil@32.71 --measure volume --window hour
      citra watch preview Korupsi --last 90d
      citra watch list
      citra watch remove Korupsi
    """


@watch.command()
@click.argument("name")
@click.argument("query", nargs=-1)
@click.option("--replace", is_flag=True, help="Replace the watch of this name.")
@json_option
@click.pass_obj
def add(settings: Settings, /, name: str, query: tuple[str, ...], replace: bool, as_json: bool, **chosen: Any) -> None:
    """Keep a watch called NAME over the texts that QUERY (language of `citra search`) and filters choose."""
    from citra.app import alerts_path
    from citra.verbs import watches

    everything = chosen.pop("everything")
    made = Watch(
        name=name, text=" ".join(query), min_relevance=None if everything else settings.trend.relevance, **chosen
    )
    watches.add(alerts_path(settings), [made], datetime.now(UTC), replace=replace)
    if as_json:
        echo_json({"id": made.id, **made.to_json()})
    else:
        click.echo(f"{made.id}: {describe(made)}")


for _option in reversed(_OPTIONS):
    add = _option(add)


@watch.command(name="list")
@json_option
@click.pass_obj
def list_(settings: Settings, /, as_json: bool) -> None:
    """All watches."""
    from citra.app import alerts_path
    from citra.verbs import watches

    found = watches.listed(alerts_path(settings))
    if as_json:
        echo_json([{"id": one.id, **one.to_json()} for one in found])
        return
    for one in found:
        click.echo(f"{one.id}: {describe(one)}")
    if not found:
        click.echo("no watch yet: citra watch add NAME [QUERY]")


@watch.command()
@click.argument("name")
@json_option
@click.pass_obj
def show(settings: Settings, /, name: str, as_json: bool) -> None:
    """One watch, by name or id."""
    from citra.app import alerts_path
    from citra.verbs import watches

    found = watches.named(alerts_path(settings), name)
    if as_json:
        echo_json({"id": found.id, **found.to_json()})
        return
    for key, value in found.to_json().items():
        if value not in ((), ""):
            click.echo(f"{key}: {', '.join(value) if isinstance(value, tuple) else value}")


@watch.command()
@click.argument("name")
@click.pass_obj
def remove(settings: Settings, /, name: str) -> None:
    """Forget a watch; its incidents stay."""
    from citra.app import alerts_path
    from citra.verbs import watches

    click.echo(f"removed: {watches.remove(alerts_path(settings), name).name}")


@watch.command()
@click.argument("name")
@click.option("--last", type=Span(), default="90d", show_default=True, metavar="SPAN", help="Days to replay: 90d, 6m.")
@json_option
@click.pass_obj
def preview(settings: Settings, /, name: str, last: int, as_json: bool) -> None:
    """How often a watch would have called, each day of the past judged by what came before it."""
    from citra.app import alerts_path, collection
    from citra.verbs import watches
    from citra.verbs.detect import incident_json
    from citra.verbs.watch_counts import HISTORY

    state, now = alerts_path(settings), datetime.now(UTC)
    chosen = watches.named(state, name)
    found = watches.preview(
        settings.index.location, chosen, now=now, days=last, budget=settings.alerts.budget,
        watches=len(watches.listed(state)), **collection(settings, now, HISTORY["day"]),
    )  # fmt: skip
    if as_json:
        echo_json(
            {
                "watch": chosen.id,
                "days": found.days,
                "usual": found.expected,
                "threshold": found.threshold.p if found.threshold else None,
                "incidents": [incident_json(one) for one in found.incidents],
            }
        )
    else:
        _show_preview(found)


def _show_preview(found: Any) -> None:
    from citra.alerts.english import moment

    if found.waiting:
        click.echo(f"belum cukup riwayat: {found.waiting.days:.0f} of {found.waiting.needed} days of history")
        return
    click.echo(f"{len(found.incidents)} alerts in the {found.days} days that could be judged")
    for one in found.incidents:
        until = "" if one.last == one.first else f" to {moment(one.last, one.window)}"
        click.echo(
            f"  {moment(one.first, one.window)}{until}: {one.count:.0f} instead of {one.expected:.1f}"
            f" ({one.ratio:.1f} times, p = {one.p:.1g})"
        )


def describe(one: Watch) -> str:
    """A watch in one line."""
    filters = [(key, values) for key, values in one.filters().items() if isinstance(values, tuple) and values]
    rest = "".join(f"; {key} {', '.join(values)}" for key, values in filters)
    return f"{one.name}: {one.measure} by {one.window} of {one.text or 'all texts'}{rest}"
