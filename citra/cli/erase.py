"""``citra erase``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from citra.app import alerts_path
from citra.cli.common import echo_json, err, json_option, track
from citra.config import Settings
from citra.verbs.erase import Places, Receipt, erase_again, write_receipt
from citra.verbs.erase import erase as run
from crawlers.source import load_sources


@click.command()
@click.option("--url", help="The text at this address, with all its pages and versions.")
@click.option("--handle", help="All posts of a person: user, user@host, did:plc:…, or anon:… as the lake has it.")
@click.option("--id", "id_", metavar="ID", help="One text by its id.")
@click.option("--again", is_flag=True, help="All that was ever erased: after a backup was put back.")
@click.option("--yes", is_flag=True, help="Do it; else it is only said what would be done.")
@click.option("--receipt", type=click.Path(dir_okay=False, path_type=Path), help="Write the receipt here, too.")
@json_option
@click.pass_obj
def erase(
    settings: Settings, /, url: str | None, handle: str | None, id_: str | None, again: bool, yes: bool,
    receipt: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Remove a text or a person from everything, for good, with a receipt.

    Raw files, documents, mentions, rejects, crawl memory, labels, stories, index, alerts. Without --yes it only
    counts. What was erased is never taken in again; the lake keeps hashes to know it by. Killed in between, the same
    command completes it. --handle needs the CITRA_SALT that the lake was made with.

    \b
    Examples:
      citra erase --url https://contoh.id/berita/123
      citra erase --handle warga123@mastodon.social --yes --receipt tanda-terima.json
      citra erase --again --yes
    """
    named = [(kind, value) for kind, value in (("url", url), ("handle", handle), ("id", id_)) if value is not None]
    if len(named) + again != 1:
        raise click.UsageError("name one of --url, --handle, --id, --again")
    places = Places(
        lake=settings.lake.path, index=settings.index.location, alerts=alerts_path(settings),
        sources=load_sources(settings.crawl.sources or None),
    )  # fmt: skip
    now = datetime.now(UTC)
    if again:
        done = erase_again(places, now=now, dry=not yes, track=track)
    else:
        (kind, value), salt = named[0], settings.salt.get_secret_value() if settings.salt else None
        done = run(places, kind, value, now=now, salt=salt, dry=not yes, track=track)  # type: ignore[arg-type]
    if receipt:
        write_receipt(receipt, done)
    if as_json:
        echo_json(done.to_json())
    else:
        _show(done)
    for fault in done.faults:
        err.print(fault, markup=False, soft_wrap=True)
    if done.faults or (not done.is_dry and not done.done):
        raise SystemExit(1)


def _show(done: Receipt) -> None:
    will, are = ("would be", "would be") if done.is_dry else ("was", "were")
    for place, count in done.removed.items():
        click.echo(f"{place}: {count:,} {will if count == 1 else are} removed")
    for place, count in done.redacted.items():
        click.echo(f"{place}: {count:,} {will if count == 1 else are} rid of the name")
    if not done.removed and not done.redacted:
        click.echo("nothing of it is here")
    if done.is_dry:
        err.print("nothing was changed: say --yes to do it")
        return
    click.echo(f"looked again: {done.remaining} left; receipt {done.id}")
    for other in done.not_covered:
        err.print(f"not covered: {other}", soft_wrap=True)
