"""``citra backfill``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from citra.cli.common import echo_json, err, json_option

if TYPE_CHECKING:
    from citra.config import Settings
    from citra.verbs.backfill import BackfillReport
    from citra.verbs.backfill import Progress as Tell


@click.command()
@click.option("--warc", "patterns", multiple=True, required=True, metavar="FILE|GLOB|URL", help="May be repeated.")
@click.option("--host", "hosts", multiple=True, metavar="HOST",
              help="Only this host and its sub-domains; may be repeated [default: those of all sources].")  # fmt: skip
@click.option("--workers", type=click.IntRange(1), help="Processes [default: one for each core].")
@click.option("--lake", "lake_path", help="Folder or URL of the lake [default: of the settings].")
@click.option("--sources", "folder", help="Folder with further source definitions [default: of the settings].")
@click.option("--anew", is_flag=True, help="Read files again that were read to their end before.")
@json_option
@click.pass_context
def backfill(
    ctx: click.Context, patterns: tuple[str, ...], hosts: tuple[str, ...], workers: int | None, lake_path: str | None,
    folder: str | None, anew: bool, as_json: bool,
) -> None:  # fmt: skip
    """Documents out of WARC files of others, such as Common Crawl's CC-NEWS.

    Pages of the hosts go into the lake beside what was crawled, by source and hour of their fetch, and are extracted.
    Interrupted, the same command goes on where it was; run again, it adds nothing twice. `citra analyse --lake` and
    `citra load` take it from there. Exit code 1: a file could not be read to its end.

    \b
    citra backfill --warc 'CC-NEWS-202311*.warc.gz' --host kompas.com --host detik.com
    citra backfill --warc 's3://bucket/cc-news/2023/11/*.warc.gz' --workers 8 --json
    """
    from citra.verbs.backfill import backfill as run
    from citra.verbs.backfill import default_workers
    from crawlers.source import load_sources

    settings: Settings = ctx.obj
    with _bar() as tell:
        report = run(
            patterns,
            load_sources(folder or settings.crawl.sources or None),
            lake_path or settings.lake.path,
            now=datetime.now(UTC),
            hosts=hosts,
            workers=workers or default_workers(),
            max_bytes=settings.crawl.max_bytes,
            anew=anew,
            progress=tell,
        )
    echo_json(report.to_json()) if as_json else _show(report)
    ctx.exit(0 if report.succeeded else 1)


@contextmanager
def _bar() -> Iterator[Tell]:
    """Bytes read of all files, on stderr: a bar on a terminal, else a line for each finished file."""
    if not sys.stderr.isatty():
        last = [0]

        def line(read: int, total: int, done: int, files: int) -> None:
            if done > last[0]:
                last[0] = done
                err.print(f"backfill: {done} of {files} files, {read / 1e6:,.0f} of {total / 1e6:,.0f} MB")

        yield line
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("backfill", total=None)
        yield lambda read, total, done, files: bar.update(
            task, completed=read, total=total, description=f"file {min(done + 1, files)} of {files}"
        )


def _show(report: BackfillReport) -> None:
    from citra.verbs.backfill import skipped_in_all

    chosen, added = (sum(getattr(file, name) for file in report.files) for name in ("chosen", "added"))
    done = f" ({report.done_before} of them read before)" if report.done_before else ""
    click.echo(f"{len(report.files)} files{done}: {chosen:,} pages of these hosts, {added:,} of them new in the lake")
    passed = ", ".join(f"{reason} {count:,}" for reason, count in sorted(skipped_in_all(report).items()))
    click.echo(f"passed over: {passed or 'nothing'}")
    click.echo(
        f"{report.documents:,} documents and {report.rejects:,} rejects in {report.partitions} partitions extracted now"
    )
    damaged = sum(file.damaged for file in report.files)
    if damaged:
        err.print(f"{damaged} damaged stretches were passed over: see rejects/backfill in the lake")
    for file in report.files:
        if file.error:
            err.print(f"{file.path}: {file.error}; run the same command again: it goes on there", markup=False)
