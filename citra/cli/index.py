"""``citra index``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

from citra.cli.common import echo_json, err, json_option, track

if TYPE_CHECKING:
    from citra.config import Settings


@click.group()
def index() -> None:
    """Make, inspect and renew the index (Elasticsearch, mostly: the embedded one looks after itself).

    \b
    citra index create
    citra index status
    citra index migrate
    """


@index.command()
@json_option
@click.pass_obj
def create(settings: Settings, /, as_json: bool) -> None:
    """Make the index where there is none: template, aliases, state. What exists stays as it is.

    Needs the right to put index templates; loading afterwards does not.

    \b
    citra index create
    """
    from citra.verbs.index import create_index

    _show(create_index(settings.index.location), as_json)


@index.command()
@json_option
@click.pass_obj
def status(settings: Settings, /, as_json: bool) -> None:
    """Show what the index holds and in what state its parts are.

    \b
    citra index status
    citra index status --json
    """
    from citra.verbs.index import index_status

    _show(index_status(settings.index.location), as_json)


@index.command()
@json_option
@click.pass_obj
def migrate(settings: Settings, /, as_json: bool) -> None:
    """Bring months of an older shape into today's, while they are read. Others are left alone.

    \b
    citra index migrate
    """
    from citra.verbs.index import reindex as run

    _copied(run(settings.index.location, only_older=True, progress=track), as_json)


@index.command()
@click.argument("months", nargs=-1, metavar="[MONTH]...")
@json_option
@click.pass_obj
def reindex(settings: Settings, /, months: tuple[str, ...], as_json: bool) -> None:
    """Copy months (2026.11, undated; by default all) into fresh indices, e.g. after shards or replicas were set anew.

    Readers see the old index until its copy is whole, then the new one. Loading waits meanwhile; what a killed run
    has swapped stays, the rest is as it was.

    \b
    citra index reindex
    citra index reindex 2026.11
    """
    from citra.verbs.index import reindex as run

    _copied(run(settings.index.location, months, progress=track), as_json)


def _copied(copied: dict[str, int], as_json: bool) -> None:
    if as_json:
        echo_json({"copied": copied})
    elif not copied:
        click.echo("nothing to do: every month has today's shape")
    else:
        for month, mentions in copied.items():
            click.echo(f"{month}: {mentions:,} mentions")


def _show(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        echo_json(found)
        return
    days = f"{found['first_day']} to {found['last_day']}" if found["first_day"] else "no day yet"
    click.echo(
        f"{found['engine']} {found['index']}: {found['mentions']:,} mentions, {found['stories']:,} stories, {days}"
    )
    click.echo(
        f"{found['bytes'] / 1e6:,.1f} MB, snapshot {found['snapshot']}, models {', '.join(found['models']) or 'none'}"
    )
    months = found.get("months", ())
    if months:
        table = Table("month", "mentions", "MB", "shards", "replicas", "shape", "health", box=None)
        for one in months:
            numbers = (f"{one['mentions']:,}", f"{one['bytes'] / 1e6:,.1f}", str(one["shards"]), str(one["replicas"]))
            table.add_row(one["month"], *numbers, str(one["mapping"]), one["health"])
        Console().print(table)
    if found.get("older"):
        err.print(f"older shape: {', '.join(found['older'])}; run `citra index migrate`", markup=False)
    if found.get("clean") is False:
        err.print("a load is under way, or one was killed: the next `citra load` completes it", markup=False)
