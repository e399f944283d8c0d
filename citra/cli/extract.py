"""``citra extract``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from citra.cli.common import echo_json, err, json_option, track
from citra.documents import to_json
from citra.errors import InputError

if TYPE_CHECKING:
    from citra.config import Settings
    from crawlers.source import Source


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE|WARC]...")
@click.option("--url", default="", help="Address of the page, when one HTML file is given.")
@click.option("--sources", "folder", help="Folder with further source definitions [default: of the settings].")
@click.option("--lake", "lake_path", help="Extract the new partitions of this lake [default: of the settings].")
@click.option(
    "--partition", "keys", multiple=True, metavar="KEY", help="Only this one (kompas/2026-11-24/07); may be repeated."
)
@json_option
@click.pass_context
def extract(
    ctx: click.Context,
    files: tuple[str, ...],
    url: str,
    folder: str | None,
    lake_path: str | None,
    keys: tuple[str, ...],
    as_json: bool,
) -> None:
    """Make documents of WARC files and saved pages, one JSON object per line on stdout.

    What is no document goes to stderr, one line each with the reason. Without files, the new partitions of
    the lake are done. Exit code 3: a file was missing or damaged, or nothing at all was a document.

    \b
    citra extract page.html --url https://www.kompas.com/read/2026/11/24/…
    citra extract crawl.warc.gz > documents.jsonl
    citra extract --lake data/lake --partition kompas/2026-11-24/07
    """
    from crawlers.source import load_sources

    settings: Settings = ctx.obj
    sources = load_sources(folder or settings.crawl.sources or None)
    if files:
        if url and len(files) > 1:
            raise InputError("--url names one page: give one file with it")
        ctx.exit(_files(files, url, sources))
    _lake(lake_path or settings.lake.path, keys, sources, as_json=as_json)


def _files(files: tuple[str, ...], url: str, sources: Mapping[str, Source]) -> int:
    from citra.documents import Document
    from citra.verbs.extract import DECISIONS, extract_files

    documents = rejects = bad = 0
    for record in extract_files(files, url, sources, datetime.now(UTC)):
        if isinstance(record, Document):
            documents += 1
            echo_json(to_json(record))
            continue
        rejects += 1
        bad += record.reason not in DECISIONS
        err.print(f"{record.locator or record.url}: {record.reason}: {record.detail}", markup=False, soft_wrap=True)
    return 3 if bad or (rejects and not documents) else 0


def _lake(path: str, keys: tuple[str, ...], sources: Mapping[str, Source], *, as_json: bool) -> None:
    import dataclasses

    from citra.lake import Lake
    from citra.verbs.extract import extract_partition, new_partitions

    lake = Lake(path)
    partitions = [lake.find("raw", key) for key in keys] if keys else new_partitions(lake)
    for partition in track(partitions, "partitions extracted", len(partitions)):
        report = extract_partition(lake, partition, sources, datetime.now(UTC))
        if as_json:
            echo_json(dataclasses.asdict(report))
        else:
            click.echo(f"{report.partition}: {report.documents} documents, {report.rejects} rejects")
