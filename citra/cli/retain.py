"""``citra retain``."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from citra.cli.common import echo_json, err, json_option, track
from citra.config import Settings
from citra.documents import Kind


@click.command()
@click.option("--yes", is_flag=True, help="Do it; else it is only said what would be done.")
@json_option
@click.pass_obj
def retain(settings: Settings, /, yes: bool, as_json: bool) -> None:
    """Remove texts whose time has passed: [retention] of the settings says how many days each kind is kept.

    Counted from the hour of fetching; 0 days keeps a kind for ever. Raw files, documents, mentions, rejects, stories
    and index; counts of crawls and labels by hand hold no text and stay. To be run once a day.

    \b
    Examples:
      citra retain                                    what would go
      CITRA_RETENTION_SOCIAL=365 citra retain --yes
    """
    from citra.verbs.retain import retain as run
    from crawlers.source import load_sources

    kept = settings.retention
    days: dict[Kind, int] = {
        "news": kept.news, "social": kept.social, "complaint": kept.complaint, "review": kept.review,
    }  # fmt: skip
    done = run(
        settings.lake.path, settings.index.location, load_sources(settings.crawl.sources or None),
        days, now=datetime.now(UTC), dry=not yes, track=track,
    )  # fmt: skip
    if as_json:
        echo_json(done.to_json())
    elif not done.before:
        click.echo("every kind is kept for ever: set [retention] in citra.toml")
    else:
        for kind, moment in done.before.items():
            click.echo(f"{kind}: what was fetched before {moment}")
        for area, count in done.files.items():
            click.echo(f"{area}: {count:,} files")
        for area, count in done.records.items():
            click.echo(f"{area}: {count:,} records")
        if not done.files and not done.records:
            click.echo("nothing is that old")
        elif done.is_dry:
            err.print("nothing was changed: say --yes to do it")
    for fault in done.faults:
        err.print(fault, markup=False, soft_wrap=True)
    if done.faults:
        raise SystemExit(1)
