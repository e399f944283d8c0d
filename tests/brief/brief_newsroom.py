"""The demonstration newsroom as briefs are made of it, and a text made by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from citra.brief.selection import Counted, Selection
from citra.brief.shapes import Brief, Span, TextLine
from citra.config import Settings
from citra.documents import JAKARTA
from citra.verbs.brief import brief

END = date(2026, 11, 20)
DASHBOARD = "https://citra.example"


@dataclass(frozen=True)
class Newsroom:
    """Where the demonstration lies."""

    folder: Path
    cache: dict[tuple[date, Span], Brief]

    @property
    def index(self) -> str:
        return str(self.folder / "index")

    @property
    def lake(self) -> str:
        return str(self.folder / "lake")

    @property
    def config(self) -> str:
        return str(self.folder / "citra.toml")

    def make(self, day: date, span: Span = "day") -> Brief:
        """A new brief, as of the morning after the demonstration's last day."""
        now = datetime.combine(END + timedelta(days=1), time(7, 30), JAKARTA)
        return brief(self.index, self.lake, day, now=now, span=span, public_url=DASHBOARD,
                     relevance=Settings().trend.relevance)  # fmt: skip

    def brief(self, day: date, span: Span = "day") -> Brief:
        """The same, made once."""
        if (day, span) not in self.cache:
            self.cache[day, span] = self.make(day, span)
        return self.cache[day, span]


DAY = date(2026, 11, 16)


def line(title: str = "Judul", url: str = "https://berita.example/1", **values: object) -> TextLine:
    """A text as a brief shows it."""
    of = Selection(text='story:"s1"', since=DAY, until=DAY, everything=True)
    known: dict[str, object] = {
        "id": "m1", "story": "s1", "title": title, "url": url, "source": "harian", "kind": "news",
        "published": datetime(2026, 11, 16, 9, 21, tzinfo=JAKARTA), "sentiment": "negative", "topics": ("service",),
        "offices": ("Samsat",), "copies": Counted(value=3, of=of), "engagement": 1234, "replies": 0,
        "of": Selection(text='id:"m1"', everything=True),
    }  # fmt: skip
    return TextLine(**(known | values))  # type: ignore[arg-type]
