"""``citra explain``."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console

from citra.cli.common import echo_json, err, json_option
from citra.config import Settings
from citra.errors import InputError, StoreError


@click.command()
@click.argument("target", nargs=-1, required=True, metavar="ID|TEXT")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write a page of its own.")
@json_option
@click.pass_obj
def explain(settings: Settings, /, target: tuple[str, ...], html: Path | None, as_json: bool) -> None:
    """Which words moved the model: sentiment, relevance and each topic, for a text of the index or any text.

    Each word is left out in turn and the model asked again; the number behind a word is by how much the decision's
    log-odds fall without it. It shows what the model reacts to, not whether that is right.

    \b
    Examples:
      citra explain 4f1c09a2b7d3e8f60a1b2c3d
      citra explain "Warga mengeluh: mengurus KTP di dinas itu lambat" --html mengapa.html
    """
    from citra.cli.explain_page import page, show
    from citra.verbs.explain import explain as run
    from nlp.encoder import load_analyser

    wanted = " ".join(target)
    analyser = load_analyser(settings.analyse.model, threads=settings.analyse.threads)
    try:
        found = run(wanted, analyser=analyser, index=settings.index.location)
    except StoreError:  # a text can be explained where there is no index
        found = run(wanted, analyser=analyser)
    if html:
        _write(html, page(found))
        err.print(f"written: {html}", markup=False, soft_wrap=True)
    if as_json:
        echo_json(asdict(found))
    elif not html:
        show(Console(highlight=False), found)


def _write(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)
    except OSError as wrong:
        raise InputError(f"{path}: cannot be written: {wrong.strerror}") from wrong
