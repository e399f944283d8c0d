"""``citra key``: who may ask the REST API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from citra.api.keys import SCOPES, Key, Keys
from citra.cli.common import echo_json, err, json_option
from citra.cli.filters import Span
from citra.config import Settings


@click.group()
def key() -> None:
    """Keys of the REST API: create, list, revoke.

    A key is shown once, when it is made; the file holds its hash alone. Scopes: read (documents, search, trends,
    exports), label (correct labels), alerts (incidents and watches), admin (all).

    \b
    Examples:
      citra key create notebook --scope read --ends 90d
      citra key list
      citra key revoke 4f1c09d2a7be
    """


@key.command()
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(SCOPES), default=("read",), show_default=True,
              help="What the key opens (repeatable).")  # fmt: skip
@click.option("--ends", type=Span(), metavar="SPAN", help="After this the key opens nothing: 90d, 1y [default: never].")
@json_option
@click.pass_obj
def create(settings: Settings, /, name: str, scopes: tuple[str, ...], ends: int | None, as_json: bool) -> None:
    """Make a key called NAME and print it: the only time that it is shown."""
    now = datetime.now(UTC)
    made, token = Keys(settings.api.keys).create(
        name, scopes, now=now, expires=now + timedelta(days=ends) if ends else None
    )
    if as_json:
        echo_json(_plain(made) | {"key": token})
        return
    click.echo(token)
    until = f" until {made.expires:%Y-%m-%d}" if made.expires else ""
    err.print(
        f"key {made.id} ({made.name}) opens {', '.join(sorted(made.scopes))}{until}; it is not shown again",
        markup=False, soft_wrap=True,
    )  # fmt: skip


@key.command(name="list")
@json_option
@click.pass_obj
def list_(settings: Settings, /, as_json: bool) -> None:
    """All keys, without what they are: id, name, scopes, last use."""
    found, now = Keys(settings.api.keys).all(), datetime.now(UTC)
    if as_json:
        echo_json([_plain(one) | {"good": one.is_good(now)} for one in found])
        return
    for one in found:
        used = f"used {one.used:%Y-%m-%d %H}h" if one.used else "never used"
        ended = " REVOKED" if one.revoked else "" if one.is_good(now) else " ENDED"
        click.echo(
            f"{one.id}  {one.name:<24} {','.join(sorted(one.scopes)):<24} since {one.created:%Y-%m-%d}, {used}{ended}"
        )
    if not found:
        err.print("no keys: make one with `citra key create NAME`")


@key.command()
@click.argument("id")
@json_option
@click.pass_obj
def revoke(settings: Settings, /, id: str, as_json: bool) -> None:
    """Close the key with this ID (`citra key list`), at once and for good."""
    gone = Keys(settings.api.keys).revoke(id, now=datetime.now(UTC))
    if as_json:
        echo_json(_plain(gone))
    else:
        err.print(f"key {gone.id} ({gone.name}) opens nothing any more", markup=False)


def _plain(one: Key) -> dict[str, object]:
    moments = {name: getattr(one, name) for name in ("created", "expires", "revoked", "used")}
    return {
        "id": one.id,
        "name": one.name,
        "scopes": sorted(one.scopes),
        **{name: moment.isoformat() if moment else None for name, moment in moments.items()},
    }
