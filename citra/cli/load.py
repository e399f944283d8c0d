"""``citra load``."""

from __future__ import annotations

import dataclasses
import sys
from datetime import UTC, datetime

import click

from citra.cli.common import echo_json, err, json_option, track
from citra.config import Settings

#: Rejects printed one by one; the rest is in the file.
SHOWN = 10


@click.command()
@click.argument("inputs", nargs=-1, metavar="[FILE|PARTITION]...")
@click.option("--anew", is_flag=True, help="Load unchanged partitions again.")
@json_option
@click.pass_obj
def load(settings: Settings, /, inputs: tuple[str, ...], anew: bool, as_json: bool) -> None:
    """Put mentions into the index: all new or changed partitions of the lake, or what is named.

    Lines that are no mention are rejected with their number, the rest is loaded; the exit code is then 3.

    \b
    Examples:
      citra load                          everything that is new
      citra load kompas/2026-11-24/07     one partition of the lake
      citra load mentions.jsonl           a file written by `citra analyse`
    """
    from citra.verbs.load import load as run

    now = datetime.now(UTC)
    report = run(settings.index.location, settings.lake.path, inputs, now=now, anew=anew, progress=track)
    result = report.result
    if as_json:
        counts = dataclasses.asdict(result) | {"rejects": len(result.rejects)}
        echo_json(counts | {"loaded": report.loaded, "skipped": report.skipped, "snapshot": report.snapshot})
    else:
        counted = ("added", "replaced", "unchanged", "stale", "removed")
        click.echo(", ".join(f"{getattr(result, name):,} {name}" for name in counted))
        click.echo(f"{report.loaded:,} loaded, {report.skipped:,} unchanged since the last load")
    if not inputs and not report.loaded and not report.skipped:
        err.print("the lake has no mentions yet: run `citra crawl`, `citra extract` and `citra analyse` first")
    for reject in result.rejects[:SHOWN]:
        err.print(f"rejected {reject.locator}: {reject.reason}: {reject.detail}", markup=False, soft_wrap=True)
    if result.rejects:
        err.print(f"{len(result.rejects):,} rejected")
        sys.exit(3)
