"""What an address asks for: the words, filters and period of a page, and the addresses of others like it.

The parameters are those of the command line: ``q from to last source kind sentiment topic office region all by
count-by raw``, so that a page, an API call and a command say the same in the same words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, cast
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from citra.documents import KINDS, SENTIMENTS, TOPICS
from citra.errors import QueryError
from citra.store import Query

By = Literal["day", "week", "month"]
CountBy = Literal["placements", "stories"]

#: parameter → field of ``Query``
FILTERS: Mapping[str, str] = {
    "source": "sources", "kind": "kinds", "sentiment": "sentiments", "topic": "topics", "office": "offices",
    "region": "regions",
}  # fmt: skip
_KNOWN: Mapping[str, tuple[str, ...]] = {"kind": KINDS, "sentiment": SENTIMENTS, "topic": TOPICS}
#: A text has one of these, so a narrower choice replaces a wider one.
_SINGLE = frozenset({"source", "kind", "sentiment"})
#: Values of one filter; more are a mistake.
MOST_VALUES = 50
LONGEST_SPAN = 5_000  #: days


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Immutable; a link to a neighbouring question is a changed copy."""

    text: str = ""
    since: date | None = None
    until: date | None = None
    last: int | None = None  #: days up to today; only without ``since`` and ``until``
    filters: Mapping[str, tuple[str, ...]]  #: parameter → values, empty ones left out
    everything: bool = False  #: texts of low relevance too
    by: By | None = None
    count_by: CountBy = "placements"
    raw: bool = False  #: shares of the labels as counted, not corrected for the classifier's errors
    faults: tuple[tuple[str, str], ...] = ()  #: message key and value of what could not be read

    @classmethod
    def read(cls, given: QueryParams) -> Asked:
        """What can be understood of ``given``; the rest is named in ``faults``, never raised."""
        faults: list[tuple[str, str]] = []
        since, until = _day(given, "from", faults), _day(given, "to", faults)
        if since and until and since > until:
            faults.append(("asked.inverted", f"{since} – {until}"))
            since = until = None
        filters = {}
        for name in FILTERS:
            values = tuple(dict.fromkeys(value.strip() for value in given.getlist(name) if value.strip()))
            wrong = [value for value in values if name in _KNOWN and value not in _KNOWN[name]]
            faults += [("asked.unknown", f"{name}={value[:60]}") for value in wrong]
            if kept := tuple(value for value in values if value not in wrong)[:MOST_VALUES]:
                filters[name] = kept
        by, count_by = given.get("by"), given.get("count-by")
        return cls(
            text=given.get("q", "").strip(),
            since=since,
            until=until,
            last=None if since or until else _span(given, faults),
            filters=filters,
            everything=given.get("all", "") in {"1", "true", "on"},
            by=cast(By, by) if by in {"day", "week", "month"} else None,
            count_by="stories" if count_by == "stories" else "placements",
            raw=given.get("raw", "") == "1",
            faults=tuple(faults),
        )

    def query(self, relevance: float) -> Query:
        """:raises QueryError: text that cannot be read."""
        values = {FILTERS[name]: values for name, values in self.filters.items()}
        return Query.of(
            self.text,
            since=self.since,
            until=self.until,
            min_relevance=None if self.everything else relevance,
            count_by=self.count_by,
            **values,
        )

    def within(self, today: date, days: int) -> Asked:
        """With a closed period: the one asked for, else ``last`` or ``days`` up to ``today``."""
        if self.since and self.until:
            return self
        until = self.until or max(today, self.since or today)
        since = self.since or until - timedelta(days=min((self.last or days) - 1, until.toordinal() - 1))
        return replace(self, since=since, until=until, last=None)

    def during(self, since: date | None, until: date | None) -> Asked:
        return replace(self, since=since, until=until, last=None)

    def narrowed(self, name: str, value: str) -> Asked:
        """Also ``name`` = ``value``: exactly those of this question's texts that have it."""
        own = self.filters.get(name, ())
        if not own or own == (value,) or name in _SINGLE:
            return replace(self, filters={**self.filters, name: (value,)})
        return self.also(f'{name}:"{value}"')

    def toggled(self, name: str, value: str) -> Asked:
        """With ``value`` among the choices of ``name`` when it was not, and without it when it was."""
        own = self.filters.get(name, ())
        values = tuple(one for one in own if one != value) if value in own else (*own, value)
        filters = {key: kept for key, kept in self.filters.items() if key != name}
        return replace(self, filters={**filters, name: values} if values else filters)

    def without(self, name: str) -> Asked:
        return replace(self, filters={key: kept for key, kept in self.filters.items() if key != name})

    def also(self, text: str) -> Asked:
        """With a further condition in the query language."""
        return replace(self, text=f"({self.text}) {text}" if self.text else text)

    def pairs(self, *, leave_out: Iterable[str] = ()) -> list[tuple[str, str]]:
        """The parameters in a fixed order: one question, one address."""
        found = [
            ("q", self.text),
            ("from", self.since.isoformat() if self.since else ""),
            ("to", self.until.isoformat() if self.until else ""),
            ("last", f"{self.last}d" if self.last else ""),
            *((name, value) for name in FILTERS for value in self.filters.get(name, ())),
            ("all", "1" if self.everything else ""),
            ("by", self.by or ""),
            ("count-by", "stories" if self.count_by == "stories" else ""),
            ("raw", "1" if self.raw else ""),
        ]
        hidden = set(leave_out)
        return [(name, value) for name, value in found if value and name not in hidden]

    def url(self, path: str, **more: str) -> str:
        query = urlencode([*self.pairs(), *more.items()])
        return f"{path}?{query}" if query else path


def query_fault(asked: Asked, relevance: float) -> QueryError | None:
    """Why the question's text cannot be read; None when it can."""
    try:
        asked.query(relevance)
    except QueryError as wrong:
        return wrong
    return None


def _day(given: QueryParams, name: str, faults: list[tuple[str, str]]) -> date | None:
    text = given.get(name, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        faults.append(("asked.day", text[:40]))
        return None


def _span(given: QueryParams, faults: list[tuple[str, str]]) -> int | None:
    text = given.get("last", "").strip()
    if not text:
        return None
    digits = text.removesuffix("d")
    if digits.isascii() and digits.isdigit() and len(digits) <= 4 and 0 < int(digits) <= LONGEST_SPAN:
        return int(digits)
    faults.append(("asked.span", text[:40]))
    return None
