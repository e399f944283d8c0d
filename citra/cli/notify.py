"""``citra notify``: delivery."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from citra.cli.common import echo_json, err, json_option
from citra.config import Settings


@click.group()
def notify() -> None:
    """Send what `citra detect` left, and test the channels.

    Channels are addresses of apprise (e-mail, Telegram, WhatsApp gateways, Slack, Teams, SMS …) in CITRA_NOTIFY_URLS,
    and a signed webhook in CITRA_WEBHOOK_URL with CITRA_WEBHOOK_SECRET: from the environment only.

    \b
    Examples:
      citra notify test
      citra notify send
    """


@notify.command()
@json_option
@click.pass_obj
def send(settings: Settings, /, as_json: bool) -> None:
    """Send what is due; call it after `citra detect`, and every few minutes for what has to be tried again."""
    from citra.app import notify_all

    found = notify_all(settings, lambda: datetime.now(UTC))
    if as_json:
        echo_json(found)
        return
    if not found["channels"]:
        err.print("no channel: set CITRA_NOTIFY_URLS, or CITRA_WEBHOOK_URL and CITRA_WEBHOOK_SECRET", markup=False)
    click.echo(f"{found['sent']} sent, {found['failed']} failed")
    for line in found["errors"]:
        err.print(line, markup=False)


@notify.command()
@json_option
@click.pass_context
def test(ctx: click.Context, /, as_json: bool) -> None:
    """Send a test message through every channel and say how it went."""
    from citra.app import channels
    from citra.verbs.notify import probe

    found = channels(ctx.obj)
    results = probe([*found["channels"], *found["escalation"]], datetime.now(UTC))
    if as_json:
        echo_json(results)
    else:
        for name, error in results.items():
            click.echo(f"{name}: {error or 'ok'}")
        if not results:
            err.print("no channel: set CITRA_NOTIFY_URLS, or CITRA_WEBHOOK_URL and CITRA_WEBHOOK_SECRET", markup=False)
    if not results or any(results.values()):
        ctx.exit(1)
