"""What a text query means: a small tree that each engine compiles to its own query objects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Word:
    """Matches every form of the word: compared by stems."""

    text: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """These words, as written, one after the other; in title or text, or in the title alone."""

    words: tuple[str, ...]
    title: bool = False


@dataclass(frozen=True, slots=True)
class Wildcard:
    """A word of title or text (or of the title) with ``*`` between ``parts``; ``korup*`` is ``("korup", "")``."""

    parts: tuple[str, ...]
    title: bool = False


@dataclass(frozen=True, slots=True)
class Equals:
    """A keyword field has this value; ``parts`` of more than one element have ``*`` between them."""

    field: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """A day or a number lies between the bounds; ``None`` is open, ``open_*`` excludes the bound itself."""

    field: str
    low: date | float | None
    high: date | float | None
    open_low: bool = False
    open_high: bool = False


@dataclass(frozen=True, slots=True)
class And:
    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    child: Node


Node = Word | Phrase | Wildcard | Equals | Between | And | Or | Not


def fields_of(node: Node | None) -> frozenset[str]:
    """The field names that occur anywhere in the tree."""
    found: set[str] = set()
    rest = [] if node is None else [node]
    while rest:
        current = rest.pop()
        match current:
            case And(children) | Or(children):
                rest.extend(children)
            case Not(child):
                rest.append(child)
            case Equals(field=field) | Between(field=field):
                found.add(field)
            case _:
                pass
    return frozenset(found)
