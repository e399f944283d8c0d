"""``citra detect``."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from citra.cli.common import echo_json, err, json_option
from citra.config import Settings


@click.command()
@click.option("--at", type=click.DateTime(["%Y-%m-%dT%H:%M"]), metavar="YYYY-MM-DDTHH:MM",
              help="Judge as at this moment (Asia/Jakarta): a replay, best into a file of its own.")  # fmt: skip
@click.option("--state", type=click.Path(dir_okay=False), help="File of watches and incidents [default: alerts.path].")
@json_option
@click.pass_obj
def detect(settings: Settings, /, at: datetime | None, state: str | None, as_json: bool) -> None:
    """Judge every watch against its own history; open, follow and close incidents; leave messages for `citra notify`.

    Call it after each load, from as many workers as you like: nothing is told twice. Weekly and daily profile, trend,
    holidays and gaps of the collection are part of what is usual; thresholds keep false alarms within alerts.budget.

    \b
    Examples:
      citra detect
      citra detect --json
      citra detect --at 2026-11-16T20:00 --state /tmp/replay.sqlite
    """
    from citra.app import alerts_path, collection
    from citra.documents import JAKARTA
    from citra.verbs.detect import detect as run
    from citra.verbs.detect import detection_json
    from citra.verbs.watch_counts import HISTORY

    now = at.replace(tzinfo=JAKARTA) if at else datetime.now(UTC)
    found = run(
        settings.index.location, state or alerts_path(settings), now=now, budget=settings.alerts.budget,
        **collection(settings, now, HISTORY["day"]),
    )  # fmt: skip
    if as_json:
        echo_json(detection_json(found))
        return
    for one in found.opened:
        click.echo(
            f"opened {one.id}: {one.name}: {one.count:.0f} instead of {one.expected:.1f} ({one.ratio:.1f} times)"
        )
    for one in found.changed:
        click.echo(f"{one.status} {one.id}: {one.name}: {one.count:.0f} at its height")
    for line in (*found.warnings, *found.notes):
        click.echo(line)
    for waiting in found.waiting:
        err.print(f"{waiting.watch}: belum cukup riwayat ({waiting.days:.0f} of {waiting.needed} days)", markup=False)
    err.print(
        f"{found.judged} of {found.watches} watches judged, {len(found.open)} incidents open,"
        f" {found.messages} messages to send ({found.seconds} s)",
        markup=False,
    )
