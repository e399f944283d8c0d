"""Names of regions and offices from ``data/*.tsv`` as one Aho–Corasick automaton."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal, NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

Level = Literal["prov", "kab", "kota"]


class Region(NamedTuple):
    code: str  #: Kemendagri code: ``32``, ``32.71``
    level: Level
    bare: str  #: what its name says alone: ``-`` enough, ``c`` enough inside a sentence, ``x`` nothing


class Office(NamedTuple):
    """An office of the state as a whole."""

    id: str


class LocalOffice(NamedTuple):
    """An office that many regions have."""

    id: str
    level: str  #: of the region it belongs to: ``kota``, ``kab``, ``prov``, ``sub`` (kota or kab), ``-`` (any)
    official: bool  #: a person's title: says which office only together with a region


class Nothing(NamedTuple):
    """A phrase that looks like an entity and is none."""


Entry = Region | Office | LocalOffice | Nothing


@dataclass(frozen=True, slots=True)
class Name:
    entry: Entry
    exact: str  #: the only writing that counts; empty when any does


class Match(NamedTuple):
    start: int
    end: int
    entries: tuple[Entry, ...]


class Gazetteer:
    """All names; :meth:`find` gives the longest ones in a text, left to right, without overlap."""

    def __init__(self, names: dict[str, list[Name]]) -> None:
        patterns = sorted(names)
        self._names = [tuple(names[pattern]) for pattern in patterns]
        self._automaton = AhoCorasick(patterns, matchkind=MatchKind.Standard)

    def find(self, text: str, lower: str) -> Iterator[Match]:
        """Matches with word boundaries; ``lower`` is ``text`` in lower case, of the same length."""
        # all matches, not the automaton's own leftmost-longest: one that ends inside a word would hide a shorter one
        size, reached = len(lower), 0
        shouted = text.isupper()  # then "BPK" may be short for bapak, "MA" for sama …
        found = self._automaton.find_matches_as_indexes(lower, overlapping=True)
        for number, start, end in sorted(found, key=lambda match: (match[1], -match[2])):
            if start < reached or (start and lower[start - 1].isalnum()) or (end < size and lower[end].isalnum()):
                continue
            written = text[start:end]
            entries = tuple(
                name.entry for name in self._names[number] if not name.exact or (name.exact == written and not shouted)
            )
            if entries:
                yield Match(start, end, entries)
                reached = end


def lower_same_length(text: str) -> str:
    """Lower case, character by character where a letter's lower case would be longer (``İ``)."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(low if len(low := character.lower()) == 1 else character for character in text)


@cache
def gazetteer() -> Gazetteer:
    """The shipped names; built once (some 20 ms)."""
    names: dict[str, list[Name]] = {}

    def add(written: str, entry: Entry) -> None:
        exact = written[1:] if written.startswith("=") else ""
        key = (exact or written).lower()
        known = names.setdefault(key, [])
        if all(name.entry != entry for name in known):
            known.append(Name(entry, exact))

    for code, level, name, bare, aliases in _rows("regions.tsv"):
        for written in _spellings([name, *_split(aliases)]):
            alone = "x" if written.startswith("?") else bare
            add(written.removeprefix("?"), Region(code, level, alone))  # type: ignore[arg-type]  # checked by the data's test
    for id_, name, aliases in _rows("offices.tsv"):
        for written in [name, *_split(aliases)]:
            add(written, Office(id_))
    for id_, level, aliases in _rows("local_offices.tsv"):
        for written in _split(aliases):
            add(written.removeprefix("+"), LocalOffice(id_, level, written.startswith("+")))
    for phrase in _lines("not_entities.txt"):
        names[phrase.lower()] = [Name(Nothing(), "")]
    return Gazetteer(names)


@cache
def offices() -> dict[str, str]:
    """Id → name of the national offices."""
    return {id_: name for id_, name, _ in _rows("offices.tsv")}


@cache
def regions() -> dict[str, tuple[str, Level]]:
    """Code → name and level of the provinces, regencies and cities."""
    return {code: (name, level) for code, level, name, _, _ in _rows("regions.tsv")}  # type: ignore[misc]


def office_name(id_: str) -> str:
    """What people call an office: ``disdukcapil@32.71`` → ``Disdukcapil Kota Bogor``; an unknown id as it is."""
    local, _, code = id_.partition("@")
    name = offices().get(local) or _local_names().get(local, local)
    if local in {"pemkot", "pemkab"} and code in regions():
        return f"{name} {regions()[code][0]}"
    return f"{name} {region_name(code)}" if code else name


def region_name(code: str) -> str:
    """``32.71`` → ``Kota Bogor``, ``32.01`` → ``Kabupaten Bogor``, ``32`` → ``Jawa Barat``; unknown as it is."""
    if code not in regions():
        return code
    name, level = regions()[code]
    return {"kota": "Kota ", "kab": "Kabupaten ", "prov": ""}[level] + name


@cache
def _local_names() -> dict[str, str]:
    return {id_: _split(aliases)[0].lstrip("+=") for id_, _, aliases in _rows("local_offices.tsv")}


def _spellings(names: list[str]) -> Iterator[str]:
    for name in names:
        yield name
        if name.startswith("Kepulauan "):
            yield name.replace("Kepulauan", "Kep.", 1)
            yield name.replace("Kepulauan", "Kep", 1)


def _split(aliases: str) -> list[str]:
    return [alias for alias in aliases.split("|") if alias]


def _rows(file: str) -> Iterator[list[str]]:
    for line in _lines(file):
        yield line.split("\t")


def _lines(file: str) -> Iterator[str]:
    for line in resources.files("nlp").joinpath("data", file).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line
