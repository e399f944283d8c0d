"""Options that choose mentions, shared by the commands that ask the index."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar

import click

from citra.cli.common import DAY
from citra.config import Settings
from citra.documents import JAKARTA
from citra.store.query import Query

F = TypeVar("F", bound=Callable[..., Any])

_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


class Span(click.ParamType[int]):
    """A number of days: ``14d``, ``8w``, ``6m`` (of 30 days), ``1y`` (of 365)."""

    name = "14d"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        match = re.fullmatch(r"(\d{1,5})([dwmy])", value)
        if not match or not int(match[1]):
            self.fail(f"{value!r} is no span; write it as 14d, 8w, 6m or 1y", param, ctx)
        return int(match[1]) * _DAYS[match[2]]


_OPTIONS = (
    click.option("--from", "since", type=DAY, help="First day (Asia/Jakarta)."),
    click.option("--to", "until", type=DAY, help="Last day, included."),
    click.option("--last", type=Span(), metavar="SPAN", help="The days up to today (or --to): 14d, 8w, 6m, 1y."),
    click.option("--source", "sources", multiple=True, help="Only this source (repeatable)."),
    click.option("--kind", "kinds", multiple=True, help="news, social, complaint or review."),
    click.option("--sentiment", "sentiments", multiple=True, help="negative, neutral or positive."),
    click.option("--topic", "topics", multiple=True, help="corruption, service, innovation …"),
    click.option("--office", "offices", multiple=True, help="Only texts about this office."),
    click.option("--region", "regions", multiple=True, help="Kemendagri code; 32 includes 32.71."),
    click.option("--all", "everything", is_flag=True, help="Also texts of low relevance."),
)


def query_options(command: F) -> F:
    """Add the options; the command gets them as keywords for :func:`query_of`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def query_of(
    settings: Settings,
    text: tuple[str, ...],
    *,
    since: date | None,
    until: date | None,
    last: int | None,
    everything: bool,
    **filters: tuple[str, ...] | str,
) -> Query:
    """The query that the options of :func:`query_options` describe.

    :raises QueryError: for text that cannot be read, unknown values, an inverted period.
    """
    if last and since:
        raise click.UsageError("--last and --from exclude each other")
    if last:
        until = until or datetime.now(JAKARTA).date()
        since = date.fromordinal(max(1, until.toordinal() - last + 1))
    relevance = None if everything else settings.trend.relevance
    return Query.of(" ".join(text), since=since, until=until, min_relevance=relevance, **filters)
