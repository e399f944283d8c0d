"""Sentences as pieces of text with what each leads to: for formats whose links are no markup (slides, sheets)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from citra.brief.render import Format, Proofs, spoken
from citra.brief.selection import Counted, Selection
from citra.brief.shapes import Brief, TextLine
from citra.brief.words import headline, lists, title
from citra.indonesian import LABELS, number

#: Marks around a link's text; text from outside loses them first.
_OPEN, _BETWEEN, _CLOSE = "\x01", "\x02", "\x03"
_LINK = re.compile(f"{_OPEN}([^{_BETWEEN}]*){_BETWEEN}([^{_CLOSE}]*){_CLOSE}")
#: control characters: office formats refuse them
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class Run:
    text: str
    href: str = ""  #: address; empty: none
    proof: int = 0  #: place in the list of commands; 0: no number of ours


def plain(text: str) -> str:
    """One line of text that any office format takes."""
    return " ".join(_CONTROL.sub(" ", text).split())


class Speaker:
    """Says the sentences of one brief as runs."""

    def __init__(self, brief: Brief) -> None:
        self._spoken = spoken(brief, _FORMAT)
        self.proofs, self.tables = self._spoken.proofs, self._spoken.tables
        self.title, self.headline = title(brief.period), headline(brief)
        self.lists = lists(brief)

    def say(self, name: str, *values: object) -> list[Run]:
        """The sentence ``name`` of the templates."""
        return list(self._runs(self._spoken.say(name, *values)))

    def story(self, line: TextLine) -> list[Run]:
        """A title with the address of its page."""
        return list(self._runs(self._spoken.story(line)))

    def text(self, name: str, *values: object) -> str:
        """The sentence without its links."""
        return "".join(run.text for run in self.say(name, *values))

    def cell(self, cell: str | Counted) -> Run:
        """A table's cell."""
        if isinstance(cell, str):
            return Run(plain(cell))
        return Run(number(cell.value), self.proofs.href(cell.of), self.proofs.number(cell.of))

    def _runs(self, text: str) -> Iterator[Run]:
        end = 0
        for link in _LINK.finditer(text):
            if link.start() > end:
                yield Run(text[end : link.start()])
            place, _, href = link[1].partition(" ")
            yield Run(link[2], href, int(place))
            end = link.end()
        if text[end:]:
            yield Run(text[end:])


def _linked(proofs: Proofs, of: Selection, text: object) -> str:
    return f"{_OPEN}{proofs.number(of)} {proofs.href(of)}{_BETWEEN}{text}{_CLOSE}"


def _outside(title: str, url: str) -> str:
    return f"{_OPEN}0 {url}{_BETWEEN}{plain(title)}{_CLOSE}" if url else plain(title)


_FORMAT = Format(
    autoescape=False,
    link=_linked,
    outside=_outside,
    bold=str,
    escape=plain,
    feeling=lambda label: LABELS[label],
)
