"""``citra import``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from citra.cli.common import echo_json, err, json_option
from citra.documents import KINDS
from citra.errors import InputError

if TYPE_CHECKING:
    from citra.config import Settings
    from citra.verbs.importing import ImportReport, Progress


@click.command(name="import")
@click.argument("file")
@click.option("--source", required=True, metavar="NAME", help="Name of the documents' source, e.g. brandwatch-2026.")
@click.option("--map", "map_file", type=click.Path(path_type=Path), metavar="TOML", help="A column map of your own.")
@click.option("--preset", metavar="NAME", help="brandwatch, droneemprit, 4cat or generic [default: generic].")
@click.option("--kind", type=click.Choice(KINDS), help="What all rows are [default: by the map].")
@click.option("--encoding", default="", metavar="NAME", help="If the file is not what it seems: cp1252, utf-16 …")
@click.option("--lake", "lake_path", help="Folder or URL of the lake [default: of the settings].")
@json_option
@click.pass_context
def import_(
    ctx: click.Context, file: str, source: str, map_file: Path | None, preset: str | None, kind: str | None,
    encoding: str, lake_path: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Documents out of a CSV or JSON Lines file that another tool exported.

    Encoding, delimiter and header row are found out. Authors of posts become salted hashes (CITRA_SALT), as do the
    handles in their texts. The same file imported again replaces itself. Exit code 3: some rows were refused; they
    are in the rejects with their row number. docs/import.md tells how to write a map.

    \b
    citra import mentions.csv --source brandwatch --preset brandwatch
    citra import berita.csv --source kliping --kind news
    citra import tabel.jsonl --source lain --map peta.toml --json
    """
    from citra.verbs.importing import import_file
    from crawlers.exports.column_map import load_preset, read_map
    from crawlers.source import load_sources

    settings: Settings = ctx.obj
    if map_file and preset:
        raise InputError("--map and --preset exclude each other")
    with _counter() as tell:
        report = import_file(
            file,
            lake_path or settings.lake.path,
            read_map(map_file) if map_file else load_preset(preset or "generic"),
            source=source,
            now=datetime.now(UTC),
            kind=next((one for one in KINDS if one == kind), None),
            salt=settings.salt.get_secret_value() if settings.salt else None,
            encoding=encoding,
            crawled=frozenset(load_sources(settings.crawl.sources or None)),
            progress=tell,
        )
    echo_json(report.to_json()) if as_json else _show(report)
    ctx.exit(3 if report.rejects else 0)


@contextmanager
def _counter() -> Iterator[Progress]:
    """Rows read, on stderr, where that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with err.status("reading …") as status:
        yield lambda rows: status.update(f"{rows:,} rows")


def _show(report: ImportReport) -> None:
    again = "; it was imported before and replaces itself" if report.is_repeat else ""
    click.echo(f"{report.file} ({report.encoding}): {report.rows:,} rows, {report.documents:,} documents{again}")
    if report.repeated:
        click.echo(f"{report.repeated:,} rows say again what an earlier one said")
    if report.undated:
        err.print(f"{report.undated:,} documents have no date: they are in no trend")
    if report.unused:
        err.print(f"columns not used: {', '.join(report.unused)}", markup=False, soft_wrap=True)
    for reason, count in report.rejects.items():
        err.print(f"{count:,} rows refused: {reason}")
    click.echo(f"partitions: {', '.join(report.partitions)}; next: citra analyse --lake … && citra load")
