"""``citra label``: a human's word on texts, and what follows from it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from citra.cli.common import echo_json, err, json_option
from citra.cli.filters import query_options
from citra.config import Settings
from citra.indonesian import LABELS

FILE = click.Path(dir_okay=False, path_type=Path)


class WordsOrCommand(click.Group):
    """A group whose first command is meant where none is named: `citra label ID` is `citra label texts ID`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = ["texts", *args]
        return super().parse_args(ctx, args)


@click.group(cls=WordsOrCommand)
def label() -> None:
    """Label texts by hand: your word wins in every count, and feeds the next training.

    \b
    citra label --sample random --last 7d            one after the other, drawn by chance
    citra label --sample uncertain --size 50         those the model is least sure of
    citra label 'pungli region:32'                   what a query finds
    citra label 4f1c09a2b7d3e8f60a1b2c3d --sentiment negative --topic service --by Ani
    citra label --blind --by Budi                    a second pass, for the agreement
    citra label agreement | confusion | export

    Without a command the words are those of `citra label texts`; see `citra label texts --help`.
    """


@label.command()
@click.argument("query", nargs=-1, metavar="[ID | QUERY]")
@query_options
@click.option("--relevant/--irrelevant", default=None, help="With an ID: about a public office, or not.")
@click.option("--no-topics", is_flag=True, help="With an ID: about none of the topics.")
@click.option("--retract", is_flag=True, help="With an ID: take back all that you said of it.")
@click.option("--note", default="", help="A line kept with the label.")
@click.option("--by", "who", help="Your name [default: the login name].")
@click.option("--sample", type=click.Choice(["random", "uncertain", "newest"]), default="newest", show_default=True,
              help="Which of the matching texts are shown.")  # fmt: skip
@click.option("--size", type=click.IntRange(1, 5000), default=20, show_default=True, help="Texts in this sitting.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the random order.")
@click.option("--blind", is_flag=True, help="Second pass over labelled texts, without seeing any label.")
@json_option
@click.pass_obj
def texts(settings: Settings, /, query: tuple[str, ...], **options: Any) -> None:
    """Label one text at once, or go through several with single keys.

    With an ID, --sentiment and --topic are what you say of it; without, they choose texts. The keys are shown.
    For random samples and blind passes the model's labels are hidden, because they would sway you.

    \b
    Examples:
      citra label texts --sample random --last 7d --size 50
      citra label texts 4f1c09a2b7d3e8f60a1b2c3d --sentiment positive --topic innovation
    """
    from citra.cli.label_texts import run

    run(settings, query, options)


@label.command()
@json_option
@click.pass_obj
def agreement(settings: Settings, as_json: bool) -> None:
    """How far people agree: Cohen's kappa on texts that a second one labelled with --blind."""
    from citra.verbs.corrected import agreement as run

    found = run(settings.lake.path)
    if as_json:
        echo_json([asdict(one) for one in found])
        return
    table = Table("people", "question", "texts", "agreed", "kappa", "95 %", box=None)
    for one in found:
        if one.question in LABELS and one.kappa is None:
            continue  # a topic that neither ever gave
        kappa = "—" if one.kappa is None else f"{one.kappa:.2f}"
        interval = "—" if one.kappa_low is None else f"{one.kappa_low:.2f} … {one.kappa_high:.2f}"
        people = f"{one.first}, {one.second}"
        table.add_row(people, one.question, str(one.texts), f"{one.agreed:.0%}", kappa, interval)
    Console(highlight=False).print(table if found else "no text has two labels yet: citra label --blind --by NAME")


@label.command()
@click.option("--model", default="", help="name@version [default: of the newest random label].")
@json_option
@click.pass_obj
def confusion(settings: Settings, model: str, as_json: bool) -> None:
    """How the model's sentiments compare with yours, by kind of source; from random samples alone.

    Texts you went looking for are left out: they are where the model errs, and would make it look worse.
    """
    from citra.verbs.corrected import confusion as run

    found = run(settings.lake.path, model=model, threshold=settings.trend.relevance)
    if as_json:
        echo_json(found)
        return
    console = Console(highlight=False)
    if not found["texts"]:
        console.print("no random sample is labelled yet: citra label --sample random --last 7d")
    for kind, counts in found["counts"].items():
        table = Table("yours \\ model's", *found["labels"], box=None, title=f"{kind}, {found['model']}")
        for name, row in zip(found["labels"], counts, strict=True):
            table.add_row(name, *map(str, row))
        console.print(table)
    for why, count in found["left_out"].items():
        err.print(f"left out: {count} ({why})")


@label.command()
@click.argument("target", type=FILE)
@click.option("--texts", type=FILE, help="Also write the texts, which stay on your machine.")
@json_option
@click.pass_obj
def export(settings: Settings, target: Path, texts: Path | None, as_json: bool) -> None:
    """Write the labels as rows to train on: hash of the text, relevant, sentiment, topics."""
    from citra.verbs.corrected import export_rows

    done = export_rows(settings.lake.path, target, texts=texts, index=settings.index.location)
    if as_json:
        echo_json(asdict(done))
        return
    click.echo(f"{target}: {done.rows:,} rows")
    if done.incomplete:
        err.print(f"left out: {done.incomplete:,} labelled only in part")
    if done.gone:
        err.print(f"without text: {done.gone:,} whose text is no longer in the index as it was read")
