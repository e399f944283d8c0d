"""Which texts a number counts, as an address of the dashboard and as a command: every number of a brief has one."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal
from urllib.parse import urlencode

#: option of ``citra search``, and parameter of the dashboard → field
FILTERS = {
    "source": "sources", "kind": "kinds", "sentiment": "sentiments", "topic": "topics", "office": "offices",
    "region": "regions",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A question as ``citra search`` and the dashboard ask it."""

    text: str = ""  #: in the language of ``citra search``
    since: date | None = None
    until: date | None = None
    sources: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    sentiments: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    offices: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    everything: bool = False  #: texts of low relevance too

    def url(self, base: str) -> str:
        """The dashboard's page of these texts; ``base`` is where the dashboard is reached."""
        pairs = [("q", self.text), ("from", _day(self.since)), ("to", _day(self.until))]
        pairs += [*self._filters(), ("all", "1" if self.everything else "")]
        return f"{base.rstrip('/')}/telusur?{urlencode([pair for pair in pairs if pair[1]])}"

    @property
    def command(self) -> str:
        """The same for a terminal."""
        text = " ".join(self.text.split())  # on one line
        words = ["citra", "search"]
        words += [text] if text and not text.startswith("-") else []
        words += ["--from", _day(self.since)] if self.since else []
        words += ["--to", _day(self.until)] if self.until else []
        for name, value in self._filters():
            words += [f"--{name}", value]
        words += ["--all"] if self.everything else []
        words += ["--", text] if text.startswith("-") else []  # else it would be read as an option
        return shlex.join(words)

    def _filters(self) -> Iterator[tuple[str, str]]:
        for name, field in FILTERS.items():
            for value in getattr(self, field):
                yield name, value


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A number that can be followed to its texts."""

    value: int
    of: Selection
    unit: Literal["placements", "stories"] = "placements"


def of_story(story: str, since: date | None = None, until: date | None = None) -> Selection:
    """The texts of a story, of any relevance."""
    return Selection(text=f'story:"{story}"', since=since, until=until, everything=True)


def of_text(mention: str) -> Selection:
    """One text."""
    return Selection(text=f'id:"{mention}"', everything=True)


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
