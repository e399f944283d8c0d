"""``citra export``."""

from __future__ import annotations

import dataclasses
from typing import Any

import click

from citra.cli.common import echo_json, err, json_option, track
from citra.cli.filters import query_of, query_options
from citra.config import Settings


@click.command()
@click.argument("path", type=click.Path(dir_okay=False))
@click.argument("query", nargs=-1)
@query_options
@click.option(
    "--rows", type=click.Choice(["texts", "days"]), default="texts", show_default=True,
    help="One row for each text, or for each day and query.",
)  # fmt: skip
@click.option("--query", "queries", multiple=True, metavar="NAME=TEXT",
              help="With --rows days: one query more (repeatable).")  # fmt: skip
@click.option("--by", type=click.Choice(["day", "week", "month"]), default="day", show_default=True,
              help="With --rows days: one row for each.")  # fmt: skip
@click.option("--count-by", type=click.Choice(["placements", "stories"]), default="placements", show_default=True,
              help="With --rows days: what the share is a share of.")  # fmt: skip
@click.option("--personal", is_flag=True, help="With --rows texts: also authors, addresses of posts, handles in them.")
@json_option
@click.pass_obj
def export(
    settings: Settings, /, path: str, query: tuple[str, ...], rows: str, queries: tuple[str, ...], by: Any,
    personal: bool, as_json: bool, **options: Any,
) -> None:  # fmt: skip
    """Write all texts of a query, or its daily numbers, to a Parquet, CSV or JSONL file.

    Nothing is cut, whatever the number of rows. The file appears whole when all is written; a run that was killed
    leaves none, and the same call again writes the same rows. Personal data is left out unless asked for.

    \b
    Examples:
      citra export korupsi.parquet 'topic:corruption' --from 2026-10-01
      citra export harian.csv --rows days --query pungli=pungli --query 'pns=pns OR asn' --last 6m
      citra export pekanan.jsonl layanan --rows days --by week
    """
    from citra.corrections import read_corrections
    from citra.lake import Lake
    from citra.verbs.correction import human_ids
    from citra.verbs.export import export_days, export_texts, named_queries
    from citra.verbs.index import open_index

    if rows == "texts" and queries:
        raise click.UsageError("--query needs --rows days; the query of texts is given without it")
    given = (" ".join(query),) if query or not queries else ()
    asked = {
        name or "all": query_of(settings, (text,), **options)
        for name, text in named_queries((*given, *queries)).items()
    }
    with open_index(settings.index.location) as store:
        if rows == "days":
            human = human_ids(read_corrections(Lake(settings.lake.path)))
            done = export_days(store, asked, path, by=by, model=settings.analyse.model, human=human)
        else:
            (only,) = asked.values()
            done = export_texts(store, only, path, personal=personal, progress=lambda found: track(found, "texts"))
    for note in done.notes:
        err.print(f"note: {note}", markup=False, soft_wrap=True)
    if as_json:
        echo_json(dataclasses.asdict(done))
    else:
        click.echo(f"{done.path}: {done.rows:,} rows (index {done.index_version})")
