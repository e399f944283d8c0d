"""The words of a page in the reader's language: messages, labels, numbers, days."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Literal, get_args

from citra import indonesian
from citra.documents import JAKARTA

Language = Literal["id", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

_LABELS_EN: Mapping[str, str] = {"service": "public service", "staffing": "staffing", "social": "social media"}


@dataclass(frozen=True, slots=True)
class Words:
    """Everything said on a page is said through this."""

    language: Language

    def t(self, key: str, **values: object) -> str:
        """The message ``key`` of ``messages.toml`` with its ``{names}`` filled in.

        :raises KeyError: there is no such message.
        """
        text = messages()[key][LANGUAGES.index(self.language)]
        return text.format(**values) if values else text

    def label(self, id_: str) -> str:
        """What a sentiment, topic or kind is called; an unknown id stands for itself."""
        if self.language == "id":
            return indonesian.LABELS.get(id_, id_)
        return _LABELS_EN.get(id_, id_)

    def number(self, value: float, digits: int = 0) -> str:
        if self.language == "id":
            return indonesian.number(value, digits)
        return f"{value:,.{digits}f}".replace("-", "−")

    def percent(self, share: float | None, digits: int = 1) -> str:
        """A share of 0…1; a dash for none."""
        if share is None:
            return "–"
        return indonesian.percent(share, digits) if self.language == "id" else f"{self.number(share * 100, digits)}%"

    def points(self, difference: float, digits: int = 1) -> str:
        """A difference of shares in points, with its sign."""
        sign = "+" if difference > 0 else ""
        return f"{sign}{self.number(difference * 100, digits)}"

    def day(self, day: date, *, weekday: bool = True) -> str:
        if self.language == "id":
            return indonesian.date_words(day, weekday=weekday)
        return f"{day:%A}, {day.day} {day:%B %Y}" if weekday else f"{day.day} {day:%B %Y}"

    def short_day(self, day: date) -> str:
        """``23 Nov``."""
        return f"{day.day} {(indonesian.MONTHS[day.month - 1])[:3] if self.language == 'id' else f'{day:%b}'}"

    def span(self, since: date, until: date) -> str:
        """A period: what two days share is said once."""
        if since == until:
            return self.day(since)
        last = self.day(until, weekday=False)
        if (since.year, since.month) == (until.year, until.month):
            return f"{since.day}–{last}"
        first = self.day(since, weekday=False)
        return f"{first.removesuffix(f' {since.year}') if since.year == until.year else first} – {last}"

    def moment(self, moment: datetime | None) -> str:
        """Day and time in Jakarta."""
        if moment is None:
            return self.t("undated")
        here = moment.astimezone(JAKARTA)
        return (
            f"{self.day(here.date(), weekday=False)} {here:%H.%M}"
            if self.language == "id"
            else (f"{self.day(here.date(), weekday=False)} {here:%H:%M}")
        )

    def ago(self, moment: datetime | None, now: datetime) -> str:
        if moment is None:
            return self.t("never")
        minutes = max(0, round((now - moment).total_seconds() / 60))
        if minutes < 60:
            return self.t("ago.minutes", n=minutes)
        if minutes < 48 * 60:
            return self.t("ago.hours", n=minutes // 60)
        return self.t("ago.days", n=minutes // (24 * 60))


@cache
def messages() -> Mapping[str, tuple[str, ...]]:
    """Key → its texts in the order of ``LANGUAGES``; a table's name goes before its keys, as ``table.key``."""
    text = resources.files("citra.web").joinpath("messages.toml").read_text(encoding="utf-8")
    found: dict[str, tuple[str, ...]] = {}

    def take(table: Mapping[str, object], prefix: str) -> None:
        for key, value in table.items():
            if isinstance(value, Mapping):
                take(value, f"{prefix}{key}.")
            elif isinstance(value, list):
                found[f"{prefix}{key}"] = tuple(value)

    take(tomllib.loads(text), "")
    return found
