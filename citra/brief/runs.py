"""Sentences as pieces of text with what each leads to: for formats whose links are no markup (slides, sheets)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from citra.brief.render import Format, Proofs, environment
from citra.brief.selection import Counted
from citra.brief.shapes import Brief
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
        self._made = environment(brief, _FORMAT)
        self._say = self._made.get_template("sentences.j2").module
        self.proofs: Proofs = self._made.globals["proofs"]
        self.tables = self._made.globals["tables"]
        self.title, self.headline = str(self._made.globals["title"]), str(self._made.globals["headline"])
        self.lists = self._made.globals["lists"]
        self.still = str(self._made.globals["still"])

    def say(self, name: str, *values: object) -> list[Run]:
        """The sentence ``name`` of the templates."""
        return list(self._runs(str(getattr(self._say, name)(*values))))

    def story(self, line: object) -> list[Run]:
        """A title with the address of its page."""
        return list(self._runs(self._made.globals["story"](line)))

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


def _linked(proofs: Proofs, of: object, text: object) -> str:
    place = proofs.number(of)  # type: ignore[arg-type]
    return f"{_OPEN}{place} {proofs.href(of)}{_BETWEEN}{text}{_CLOSE}"  # type: ignore[arg-type]


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
