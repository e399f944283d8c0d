"""``citra brief``."""

from __future__ import annotations

import os
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from citra.cli.common import DAY, echo_json, err, json_option
from citra.config import Settings
from citra.documents import JAKARTA
from citra.errors import InputError

if TYPE_CHECKING:
    from citra.brief.shapes import Brief

_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command()
@click.option("--date", "day", type=DAY, help="The day to tell of, or one of the week or month [default: the newest "
              "that is over].")  # fmt: skip
@click.option("--weekly", "span", flag_value="week", help="The week (from Monday) instead of the day.")
@click.option("--monthly", "span", flag_value="month", help="The month instead of the day.")
@click.option("--html", type=_FILE, help="Write it as a web page that needs nothing else.")
@click.option("--md", type=_FILE, help="Write it as Markdown.")
@json_option
@click.pass_obj
def brief(settings: Settings, /, day: date | None, span: Any, as_json: bool, **files: Path | None) -> None:
    """One page in Bahasa Indonesia: what happened against what is usual, why, what to read and to answer.

    Without a file it is printed as Markdown. Every number leads to its texts: to the dashboard where `[web]
    public_url` is set, and by a `citra search` command. docs/brief.md says how things are chosen.

    \b
    Examples:
      citra brief
      citra brief --date 2026-11-23 --html pagi.html
      citra brief --weekly --md pekan.md
    """
    from citra.brief.charts import pictures
    from citra.brief.render import html, markdown

    made = _made(settings, day, span or "day")
    makers = {"html": lambda: html(made, pictures(made)), "md": lambda: markdown(made)}
    for name, path in files.items():
        if path:
            _write(path, makers[name]())
    if as_json:
        from citra.brief.plain import to_json

        echo_json(to_json(made))
    elif not any(files.values()):
        click.echo(markdown(made), nl=False)


def _made(settings: Settings, day: date | None, span: Any) -> Brief:
    from citra.app import alerts_path
    from citra.brief.shapes import newest_whole
    from citra.verbs.brief import brief as make

    now = datetime.now(JAKARTA)
    return make(
        settings.index.location,
        settings.lake.path,
        day or newest_whole(span, now.date()),
        now=now,
        span=span,
        relevance=settings.trend.relevance,
        alerts=alerts_path(settings),
        model=settings.analyse.model,
        public_url=settings.web.public_url,
    )


def _write(path: Path, content: str | bytes) -> None:
    """Whole or not at all."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        fresh.write_bytes(content.encode() if isinstance(content, str) else content)
        fresh.replace(path)
    except OSError as wrong:
        raise InputError(f"{path}: cannot be written: {wrong.strerror}") from wrong
    err.print(f"written: {path}", markup=False, soft_wrap=True)
