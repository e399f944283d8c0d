"""``citra analyse``: documents to mentions."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from citra.cli.common import echo_json, err, json_option, track
from citra.config import Settings

if TYPE_CHECKING:
    from citra.verbs.analyse import AnalyseReport


@click.command()
@click.argument("source", metavar="[IN.jsonl]", default="-")
@click.argument("target", metavar="[OUT.jsonl]", default="-")
@click.option("--lake", help="Analyse the new and changed partitions of this lake instead of a file.")
@click.option("--partition", "keys", multiple=True, metavar="KEY",
              help="Only this partition, e.g. kompas/2026-11-24/07; also when it has not changed.")  # fmt: skip
@click.option(
    "--rejects", metavar="PATH", help="File for bad lines [default: OUT.jsonl.rejects.jsonl, or analyse.rejects.jsonl]."
)
@click.option("--stories", metavar="PATH",
              help="Story index to use and extend [default: inside the lake; none for a file].")  # fmt: skip
@click.option("--model", metavar="NAME|FOLDER", help="Shipped model or a folder [default: from citra.toml].")
@click.option("--threads", type=click.IntRange(0), help="Texts analysed at once; 0: one for each core.")
@json_option
@click.pass_context
def analyse(
    ctx: click.Context,
    source: str,
    target: str,
    lake: str | None,
    keys: tuple[str, ...],
    rejects: str | None,
    stories: str | None,
    model: str | None,
    threads: int | None,
    as_json: bool,
) -> None:
    """Relevance, sentiment, topics, offices, regions and story of each document.

    IN.jsonl has one JSON object a line with `id` and `text` (`title` and the other fields of a document are
    optional); OUT.jsonl gets one mention a line. Both default to standard input and output. A bad line goes to
    stderr and to the rejects file with its number, the rest goes on; the exit code is 3 when there was one.

    \b
    Examples:
      citra analyse berita.jsonl mentions.jsonl
      echo '{"id": "1", "text": "Antre KTP di Disdukcapil Kota Bogor 5 jam"}' | citra analyse
      citra analyse --lake data/lake
      citra analyse --lake data/lake --partition kompas/2026-11-24/07
    """
    from citra.verbs import analyse as verb

    settings: Settings = ctx.obj
    now = datetime.now(UTC)
    root = lake or (settings.lake.path if keys else None)
    if root is not None:
        verb.require_lake(root)
    threads = settings.analyse.threads if threads is None else threads
    with verb.opened(model or settings.analyse.model, threads, settings.analyse.batch, root, stories) as tools:
        if root is None:
            reports = [verb.analyse_stream(source, target, rejects, *tools, now, warn=_warn)]
        else:
            reports = list(track(verb.analyse_lake(root, *tools, now, keys), "analyse"))
    _tell(reports, as_json and (root is not None or target != "-"))
    ctx.exit(3 if any(report.rejects or report.error for report in reports) else 0)


def _warn(line: str) -> None:
    err.print(line, markup=False, soft_wrap=True)


def _tell(reports: Sequence[AnalyseReport], as_json: bool) -> None:
    if as_json:
        echo_json([dataclasses.asdict(report) for report in reports])
        return
    for report in reports:
        if report.error:
            _warn(report.error)
    mentions, rejects = sum(r.mentions for r in reports), sum(r.rejects for r in reports)
    _warn(f"{mentions} mentions, {rejects} rejects")
