"""A watch: what an office wants to be told about."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from citra.errors import InputError

Measure = Literal["volume", "negative-stories", "negative-share"]
Window = Literal["day", "hour"]
Language = Literal["id", "en"]

MEASURES: tuple[Measure, ...] = ("volume", "negative-stories", "negative-share")
WINDOWS: tuple[Window, ...] = ("day", "hour")
LANGUAGES: tuple[Language, ...] = ("id", "en")
#: windows of a day
PER_DAY: Mapping[Window, int] = {"day": 1, "hour": 24}
LONGEST_NAME, LONGEST_TEXT = 80, 2_000

_FILTERS = ("sources", "kinds", "topics", "offices", "regions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A saved query, what of it is counted, and over which windows.

    :raises InputError: from the constructor, for values that cannot be. The query itself is read by the verb.
    """

    name: str  #: as people say it; unique, blind to case
    text: str = ""  #: query in the language of ``citra search``; empty: all texts
    measure: Measure = "negative-stories"
    window: Window = "day"
    sources: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    offices: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    min_relevance: float | None = 0.6  #: None: texts of any relevance
    language: Language = "id"  #: of its messages

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > LONGEST_NAME:
            raise InputError(f"a watch has a name of 1 to {LONGEST_NAME} characters, not {len(self.name.strip())}")
        if any(unicodedata.category(letter).startswith("C") for letter in self.name):
            raise InputError("the name of a watch has no control characters")
        if not self.id:
            raise InputError(f"the name {self.name!r} has neither letter nor digit")
        if len(self.text) > LONGEST_TEXT:
            raise InputError(f"the query of a watch has at most {LONGEST_TEXT:,} characters, not {len(self.text):,}")
        checks = (
            (self.measure, MEASURES, "measure"), (self.window, WINDOWS, "window"),
            (self.language, LANGUAGES, "language"),
        )  # fmt: skip
        for value, known, word in checks:
            if value not in known:
                raise InputError(f"unknown {word} {value!r}; known: {', '.join(known)}")

    @property
    def id(self) -> str:
        """The name as one lower-case word: ``Disdukcapil Bogor`` → ``disdukcapil-bogor``."""
        plain = unicodedata.normalize("NFKD", self.name).lower()
        return re.sub(r"[^\w]+", "-", re.sub(r"[\u0300-\u036f]", "", plain)).strip("-_")

    def filters(self) -> dict[str, Any]:
        """Fields of the query beside its text, by the names that ``citra.store.Query`` has for them."""
        return {name: getattr(self, name) for name in _FILTERS} | {"min_relevance": self.min_relevance}

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Watch:
        """Inverse of ``to_json``; unknown keys are ignored so that a newer file can be read."""
        known = {field.name for field in dataclasses.fields(cls)}
        values: dict[str, Any] = {
            key: tuple(value) if key in _FILTERS else value for key, value in data.items() if key in known
        }
        return cls(**values)
