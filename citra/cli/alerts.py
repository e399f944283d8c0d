"""``citra alerts``: incidents and what people say about them."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime, timedelta

import click

from citra.cli.common import echo_json, json_option
from citra.cli.filters import Span
from citra.config import Settings
from citra.documents import JAKARTA

_by = click.option("--by", "who", default=getpass.getuser, show_default="you", help="Who says so.")


@click.group()
def alerts() -> None:
    """Incidents: list and show them, take them up, snooze them, mark false ones.

    \b
    Examples:
      citra alerts list
      citra alerts show 12
      citra alerts ack 12 --by humas
      citra alerts snooze 12 --for 2d
      citra alerts false 12
      citra alerts status
    """


@alerts.command(name="list")
@click.option("--all", "everything", is_flag=True, help="Also those that are over.")
@json_option
@click.pass_obj
def list_(settings: Settings, /, everything: bool, as_json: bool) -> None:
    """Incidents that are open, newest first."""
    from citra.app import alerts_path
    from citra.verbs.detect import incident_json, incidents

    found = incidents(alerts_path(settings), only_open=not everything)
    if as_json:
        echo_json([incident_json(one) for one in found])
        return
    for one in found:
        said = "false" if one.false_by else f"taken up by {one.acknowledged_by}" if one.acknowledged_by else "new"
        click.echo(
            f"{one.id}\t{one.status}\t{said}\t{one.first.astimezone(JAKARTA):%Y-%m-%d %H:%M}\t"
            f"{one.name}: {one.count:.0f} instead of {one.expected:.1f}"
        )
    if not found:
        click.echo("no incident" if everything else "no open incident (--all shows those that are over)")


@alerts.command()
@click.argument("number", type=int)
@json_option
@click.pass_obj
def show(settings: Settings, /, number: int, as_json: bool) -> None:
    """What was told about incident NUMBER, and what carries it."""
    from citra.app import alerts_path
    from citra.verbs.detect import told

    found = told(alerts_path(settings), number)
    if as_json:
        echo_json(found)
        return
    for message in found["messages"]:
        click.echo(f"{message['created']}  {message['subject']}\n\n{message['body']}\n")


@alerts.command()
@click.argument("number", type=int)
@_by
@click.pass_obj
def ack(settings: Settings, /, number: int, who: str) -> None:
    """Take incident NUMBER up: it is real, and no one else need be called."""
    from citra.app import alerts_path
    from citra.verbs.detect import acknowledge

    one = acknowledge(alerts_path(settings), number, who, datetime.now(UTC))
    click.echo(f"{one.id}: taken up by {who}")


@alerts.command()
@click.argument("number", type=int)
@click.option("--for", "span", type=Span(), default="1d", show_default=True, metavar="SPAN", help="How long: 1d, 1w.")
@_by
@click.pass_obj
def snooze(settings: Settings, /, number: int, span: int, who: str) -> None:
    """No message about incident NUMBER for a while."""
    from citra.app import alerts_path
    from citra.verbs.detect import snooze as run

    now = datetime.now(UTC)
    one = run(alerts_path(settings), number, who, now + timedelta(days=span), now)
    click.echo(f"{one.id}: nothing before {now.astimezone(JAKARTA) + timedelta(days=span):%Y-%m-%d %H:%M}")


@alerts.command(name="false")
@click.argument("number", type=int)
@_by
@click.pass_obj
def false_(settings: Settings, /, number: int, who: str) -> None:
    """Incident NUMBER was nothing: such windows are usual from now on."""
    from citra.app import alerts_path
    from citra.verbs.detect import mark_false

    one = mark_false(alerts_path(settings), number, who, datetime.now(UTC))
    click.echo(f"{one.id}: marked as false by {who}")


@alerts.command()
@json_option
@click.pass_obj
def status(settings: Settings, /, as_json: bool) -> None:
    """The budget and the measured rate of false alarms; deliveries that failed."""
    from citra.app import alerts_path
    from citra.verbs.detect import alert_status

    found = alert_status(alerts_path(settings), datetime.now(UTC))
    if as_json:
        echo_json(found | {"budget": settings.alerts.budget})
        return
    click.echo(f"budget: {settings.alerts.budget:g} false alarms a month over {found['watches']} watches")
    for name, one in found["thresholds"].items():
        click.echo(
            f"{name}: opens at p <= {one['p']:.2g} (nominal {one['nominal']:.2g}); in the replay of {one['windows']:,} "
            f"windows {one['openings']} incidents that may be false opened ({one['per_month']:.2f} a month), "
            f"and {one['real']} too rare for chance"
        )
    click.echo(
        f"last 30 days: {found['opened_30d']} incidents, {found['acknowledged_30d']} taken up as real, "
        f"{found['false_30d']} marked as false"
    )
    click.echo(f"messages: {found['sent']} sent, {found['waiting']} waiting, {found['failed']} failing")
    for line in found["errors"]:
        click.echo(f"  {line}")
    if found["last_run"]:
        click.echo(f"last run: {found['last_run']}")
