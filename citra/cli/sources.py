"""``citra sources``: what is read, whether it can be read, and a draft for a new one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import click

from citra.cli.common import echo_json, err, json_option
from citra.errors import ConfigError

if TYPE_CHECKING:
    from citra.config import Settings
    from crawlers.source import Source

#: columns of a terminal from which on notes are shown
WIDE = 140

folder_option = click.option(
    "--sources", "folder", help="Folder with further source definitions [default: of the settings]."
)


@click.group()
def sources() -> None:
    """The outlets, offices and platforms that are read.

    \b
    citra sources list --group government
    citra sources check kompas bkn
    citra sources add https://www.wartacontoh.id --write my-sources
    """


@sources.command("list")
@click.option("--group", help="national, regional, government, wire or social.")
@folder_option
@json_option
@click.pass_obj
def list_(settings: Settings, /, group: str | None, folder: str | None, as_json: bool) -> None:
    """Show the sources: how they are entered, what is expected of them, what is open.

    \b
    citra sources list
    citra sources list --group regional --json
    """
    from crawlers.source import Group, load_sources

    if group and group not in get_args(Group):
        raise ConfigError(f"--group {group!r}: one of {', '.join(get_args(Group))}")
    known = load_sources(folder or settings.crawl.sources or None)
    chosen = [source for source in known.values() if group in {None, source.in_group}]
    chosen.sort(key=lambda source: (get_args(Group).index(source.in_group), source.name))
    echo_json([_row(source) for source in chosen]) if as_json else _show(chosen)


@sources.command()
@click.argument("names", nargs=-1, metavar="NAME...")
@click.option("--all", "everything", is_flag=True, help="Check every source; takes a while.")
@click.option(
    "--lang", "language", type=click.Choice(["id", "en"]), default="id", show_default=True, help="Of the report."
)
@folder_option
@json_option
@click.pass_context
def check(
    ctx: click.Context,
    names: tuple[str, ...],
    everything: bool,
    language: Literal["id", "en"],
    folder: str | None,
    as_json: bool,
) -> None:
    """Try each way into a source over the network and read one article; nothing is kept.

    Exit code 0 when all is well, 1 otherwise.

    \b
    citra sources check kompas
    citra sources check bkn menpan --lang en
    citra sources check --all --json
    """
    from citra.app import crawl_options
    from citra.cli.sources_words import sentences
    from citra.verbs.sources import check_sources
    from crawlers.source import load_sources, pick_sources

    if not (names or everything):
        raise click.UsageError("name at least one source, or say --all")
    settings: Settings = ctx.obj
    chosen = pick_sources(load_sources(folder or settings.crawl.sources or None), names)
    options = crawl_options(settings)
    found = check_sources(chosen, now=datetime.now(UTC), options=options, progress=_tell)
    if as_json:
        echo_json([one.to_json() for one in found])
    else:
        for one in found:
            click.echo("\n".join(sentences(one, language)) + "\n")
    ctx.exit(0 if all(one.ok for one in found) else 1)


@sources.command()
@click.argument("url")
@click.option("--write", "target", type=click.Path(file_okay=False, path_type=Path), help="Write the draft here.")
@click.option("--name", default="", help="Name of the source [default: from the address].")
@folder_option
@json_option
@click.pass_obj
def add(settings: Settings, /, url: str, target: Path | None, name: str, folder: str | None, as_json: bool) -> None:
    """Look at a site and write a draft of its definition: feeds, sitemaps, what an article's address looks like.

    \b
    citra sources add https://www.wartacontoh.id
    citra sources add https://www.wartacontoh.id --write my-sources
    """
    from citra.app import crawl_options
    from citra.verbs.sources_add import draft_source, write_draft
    from crawlers.source import load_sources

    known = load_sources(folder or settings.crawl.sources or None)
    draft = draft_source(url, name=name, known=known, now=datetime.now(UTC), options=crawl_options(settings))
    file = write_draft(draft, target) if target else None
    if as_json:
        echo_json({**draft.to_json(), "file": str(file) if file else None})
        return
    click.echo(draft.toml)
    for line in draft.to_check:
        err.print(f"- {line}", markup=False, soft_wrap=True)
    if file:
        err.print(f"written to {file}; next: citra sources check {draft.source.name} --sources {target}", markup=False)


def _tell(what: str) -> None:
    err.print(f"checking {what}", markup=False, soft_wrap=True)


def _row(source: Source) -> dict[str, Any]:
    return {
        "name": source.name,
        "title": source.title,
        "group": source.in_group,
        "kind": source.kind,
        "region": source.region,
        "base_url": source.base_url,
        "feeds": list(source.feeds),
        "sitemaps": list(source.sitemaps),
        "listings": [listing.url for listing in source.listings],
        "whole_article": _whole(source),
        "floor": source.expect.floor,
        "ceiling": source.expect.ceiling,
        "verified": source.verified,
        "note": source.note,
    }


def _whole(source: Source) -> str:
    rule = source.whole_article
    return rule.path or (f"?{rule.query}" if rule.query else "")


def _show(chosen: Sequence[Source]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 1000  # a pipe has no width; grep wants whole lines
    columns = ["name", "title", "group", "region", "ways in", "whole", "a day", "verified", "note"]
    has_notes = console.width >= WIDE
    table = Table(*columns[: len(columns) if has_notes else -1], box=None)
    for source in chosen:
        numbers = {"feed": source.feeds, "sitemap": source.sitemaps, "listing": source.listings}
        ways = (
            ", ".join(f"{len(ways)} {kind}{'s' * (len(ways) > 1)}" for kind, ways in numbers.items() if ways)
            or source.spider
        )
        day = f"{source.expect.floor}–{source.expect.ceiling or '…'}"
        verified = "yes" if source.verified else "no"
        cells = [source.name, source.title, source.in_group, source.region, ways, _whole(source), day, verified]
        table.add_row(*cells, *([source.note] if has_notes else []))
    console.print(table)
    unverified = sum(not source.verified for source in chosen)
    err.print(f"{len(chosen)} sources, {unverified} not verified: `citra sources check NAME` tries one", markup=False)
