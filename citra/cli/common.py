"""What every command shares: one-line errors, ``--json``, progress on stderr, settings."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

err = Console(stderr=True, highlight=False)


def json_option(command: F) -> F:
    """Add ``--json``: machine-readable output on stdout, nothing else there."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")(command)


def echo_json(value: Any) -> None:
    """Print ``value`` as one line of JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, default=str))


def track(items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
    """Yield ``items`` and show a bar on stderr; where stderr is no terminal, print one closing line."""
    if not sys.stderr.isatty():
        count = 0
        for count, item in enumerate(items, 1):  # noqa: B007
            yield item
        err.print(f"{label}: {count}")
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err) as progress:
        yield from progress.track(items, total=total, description=label)


class Day(click.ParamType[date]):
    """A calendar day, ``2026-11-24``, meant in Asia/Jakarta."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no day; write it as 2026-11-24", param, ctx)


DAY = Day()
