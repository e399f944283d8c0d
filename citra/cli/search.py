"""``citra search``."""

from __future__ import annotations

from typing import Any

import click
from rich.console import Console
from rich.text import Text

from citra.cli.common import echo_json, json_option
from citra.cli.filters import query_of, query_options
from citra.config import Settings
from citra.documents import JAKARTA, to_json
from citra.store.protocol import Hit, Snippet


@click.command()
@click.argument("query", nargs=-1)
@query_options
@click.option("--size", type=click.IntRange(1, 1000), default=10, show_default=True, help="Hits per page.")
@click.option("--sort", type=click.Choice(["newest", "relevance"]), default="newest", show_default=True,
              help="Order of the hits.")  # fmt: skip
@click.option("--after", help="Go on from the cursor that the previous page ended with.")
@json_option
@click.pass_obj
def search(
    settings: Settings, /, query: tuple[str, ...], size: int, sort: Any, after: str | None, as_json: bool,
    **options: Any,
) -> None:  # fmt: skip
    """Find mentions; with --json one per line, the cursor of the next page last.

    Words find all their forms (pelayanan: melayani) and are joined by AND. OR, NOT, -word, ( ), "a phrase",
    korup*, and fields: source kind sentiment topic office region author section language title url story id
    day relevance. Quote the query; one that begins with a minus goes after `--`.

    \b
    Examples:
      citra search 'korupsi AND "dana desa" -olahraga source:kompas'
      citra search 'topic:service sentiment:negative day:2026-11-01..2026-11-24' --sort relevance
      citra search '(suap OR pungli) region:32 relevance:>0.8' --json
      citra search --kind social -- '-olahraga "dana desa"'
    """
    from citra.verbs.search import search as run

    found = run(settings.index.location, query_of(settings, query, **options), size=size, sort=sort, after=after)
    page = found.page
    if as_json:
        for hit in page.hits:
            echo_json(to_json(hit.mention) | {"score": hit.score, "snippet": hit.snippet.text})
        echo_json({"total": page.total, "after": page.after, "index_version": found.snapshot})
        return
    console = Console(highlight=False, soft_wrap=True)
    for hit in page.hits:
        _show(console, hit)
    shown = f"1–{len(page.hits)}" if after is None else f"{len(page.hits)} more"
    console.print(f"{shown} of {page.total:,}" if page.hits else "nothing found")
    if page.after:
        console.print(f"next page: --after {page.after}", markup=False)


def _show(console: Console, hit: Hit) -> None:
    mention, document = hit.mention, hit.mention.document
    day = f"{document.published.astimezone(JAKARTA):%Y-%m-%d %H:%M}" if document.published else "undated"
    topics = ", ".join(topic.id for topic in mention.topics)
    console.print(_marked(hit.title) if document.title else Text("(no title)", style="dim"), style="bold")
    about = f"{day}  {document.source}  {mention.sentiment.label}{f'  {topics}' if topics else ''}"
    console.print(f"{about}  relevance {mention.relevance:.2f}", style="cyan", markup=False)
    console.print(_marked(hit.snippet))
    console.print(f"{document.canonical_url}\n", style="dim", markup=False)


def _marked(snippet: Snippet) -> Text:
    text = Text(snippet.text)
    for start, end in snippet.marks:
        text.stylize("bold reverse", start, end)
    return text
