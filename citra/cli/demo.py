"""``citra demo``: the demonstration newsroom, or saved sites, on loopback until Ctrl-C."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

import click

from citra.cli.common import DAY
from citra.config import Settings
from citra.documents import JAKARTA

port_option = click.option(
    "--port",
    type=click.IntRange(0, 65000),
    default=0,
    help="First port; each site takes the next [default: free ones].",
)
sources_option = click.option(
    "--write-sources",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write a source definition for each site into this folder.",
)


@click.group()
def demo() -> None:
    """Serve the demonstration newsroom, or saved sites, on loopback.

    \b
    Examples:
      citra demo serve --write-sources /tmp/demo
      citra demo mirror ~/saved-sites --write-sources /tmp/mirror
    """


@demo.command()
@click.option("--end", type=DAY, help="Last of the 60 days [default: today in Jakarta].")
@port_option
@sources_option
def serve(end: date | None, port: int, folder: Path | None) -> None:
    """Serve six invented outlets and a Mastodon-like instance.

    \b
    Examples:
      citra demo serve
      citra demo serve --end 2026-11-24 --port 8801 --write-sources /tmp/demo
    """
    from citra.demo.newsroom import Newsroom

    now = datetime.now(JAKARTA)
    with Newsroom(end or now.date(), now=now).start(port) as running:
        _tell(running.ports, running.write_sources(folder) if folder else [], folder)


@demo.command()
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path))
@port_option
@sources_option
@click.pass_obj
def mirror(settings: Settings, path: Path, port: int, folder: Path | None) -> None:
    """Serve the saved sites below PATH, one sub-folder for each host.

    \b
    Examples:
      citra demo mirror ~/saved-sites --write-sources /tmp/mirror
    """
    from citra.demo.mirror import Mirror
    from crawlers.source import load_sources

    with Mirror(path, load_sources(settings.crawl.sources or None)).start(port) as running:
        _tell(running.ports, running.write_sources(folder) if folder else [], folder)


def _tell(ports: Mapping[str, int], written: list[Path], folder: Path | None) -> None:
    from citra.demo.server import wait_until_interrupted

    for name, number in ports.items():
        click.echo(f"{name:28} http://127.0.0.1:{number}/")
    if folder:
        named = " ".join(f"--source {file.stem}" for file in written)
        command = f"citra crawl --sources {folder} {named} --since 60d"
        click.echo(f"\nTo crawl it:\n  CITRA_SALT=demo CITRA_CRAWL_ALLOW_LOOPBACK=true {command}")
    else:
        click.echo("\nAdd --write-sources DIR to get source definitions for `citra crawl --sources DIR`.")
    click.echo("Ctrl-C stops it.")
    wait_until_interrupted()
