"""``citra brief``."""

from __future__ import annotations

import os
from collections.abc import Mapping
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
@click.option("--pdf", type=_FILE, help="Write it as PDF.")
@click.option("--md", type=_FILE, help="Write it as Markdown.")
@click.option("--xlsx", type=_FILE, help="Write its numbers and texts into a workbook.")
@click.option("--pptx", type=_FILE, help="Write it as slides.")
@click.option("--email", is_flag=True, help="Send it to the mailto:// addresses in CITRA_NOTIFY_URLS.")
@json_option
@click.pass_obj
def brief(settings: Settings, /, day: date | None, span: Any, email: bool, as_json: bool, **files: Path | None) -> None:
    """One page in Bahasa Indonesia: what happened against what is usual, why, what to read and to answer.

    Without a file it is printed as Markdown. Every number leads to its texts: to the dashboard where `[web]
    public_url` is set, and by a `citra search` command. docs/brief.md says how things are chosen.

    \b
    Examples:
      citra brief
      citra brief --date 2026-11-23 --html pagi.html
      citra brief --weekly --pdf pekan.pdf --xlsx pekan.xlsx
      citra brief --monthly --date 2026-11-01 --pptx november.pptx
      citra brief --email
    """
    from citra.brief.charts import pictures
    from citra.brief.render import markdown

    made = _made(settings, day, span or "day")
    drawn = pictures(made)
    for name, path in files.items():
        if path:
            _write(path, _content(name, made, drawn))
    if email:
        _send(settings, made, drawn)
    if as_json:
        from citra.brief.plain import to_json

        echo_json(to_json(made))
    elif not email and not any(files.values()):
        click.echo(markdown(made), nl=False)


def _content(name: str, made: Brief, drawn: Mapping[str, bytes]) -> str | bytes:
    """The brief in the format called ``name``."""
    if name == "html":
        from citra.brief.render import html

        return html(made, drawn)
    if name == "pdf":
        from citra.brief.pdf import pdf

        return pdf(made, drawn)
    if name == "xlsx":
        from citra.brief.sheets import workbook

        return workbook(made)
    if name == "pptx":
        from citra.brief.slides import presentation

        return presentation(made)
    from citra.brief.render import markdown

    return markdown(made)


def _send(settings: Settings, made: Brief, drawn: Mapping[str, bytes]) -> None:
    from citra.verbs.brief_mail import VARIABLE, send

    urls = settings.secrets.get(VARIABLE)
    sent = send(made, drawn, urls.get_secret_value() if urls else "")
    err.print(f"sent to {sent} e-mail address{'es' if sent > 1 else ''}", markup=False)


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
