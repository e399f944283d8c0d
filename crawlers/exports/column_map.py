"""What the columns of an export mean: a TOML file, shipped for known tools (``presets``) or written by the user."""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from citra.documents import Kind
from citra.errors import ConfigError

PRESETS = Path(__file__).parent / "presets"


def column_key(name: str) -> str:
    """A column's name as it is compared: case, blanks and punctuation aside.

    >>> column_key("Full_Text "), column_key("author.username")
    ('full text', 'author username')
    """
    return " ".join(re.sub(r"[\W_]+", " ", name.casefold()).split())


def _as_names(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


#: names of one column in the order they are tried; the first that is not empty in a row counts
Names = Annotated[tuple[str, ...], BeforeValidator(_as_names)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Columns(_Part):
    """Where a document's fields stand. Nested JSON is named by path: ``author.username``."""

    text: Names
    id: Names = ()  #: of the post on its platform
    url: Names = ()
    title: Names = ()
    author: Names = ()  #: handle of a post, byline of an article
    author_name: Names = ()  #: what else the author is called; taken out of texts, never kept
    published: Names = ()
    time: Names = ()  #: time of day, where it stands apart from ``published``
    language: Names = ()
    section: Names = ()
    thread: Names = ()  #: id of the post that this one answers
    platform: Names = ()  #: where a post stands, when the export mixes platforms
    kind: Names = ()  #: read by ``[kinds]``


class ColumnMap(_Part):
    """The whole map."""

    title: str = ""  #: of the tool
    kind: Kind = "social"  #: of rows that ``kinds`` does not tell
    platform: str = ""  #: of all posts, when no column tells
    verified: bool = False  #: seen to fit a real export
    note: str = ""  #: for humans
    zone: str = "Asia/Jakarta"  #: IANA zone of times without one
    month_first: bool = False  #: 11/02/2023 is in November
    columns: Columns
    engagement: dict[str, Names] = Field(default_factory=dict)  #: our name of a count → columns
    kinds: dict[str, Kind] = Field(default_factory=dict)  #: value of the ``kind`` column → kind
    platforms: dict[str, str] = Field(default_factory=dict)  #: value of the ``platform`` column → our name

    @field_validator("zone")
    @classmethod
    def _is_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError) as wrong:
            raise ValueError(f"{zone!r} is no time zone; write it as Asia/Jakarta or UTC") from wrong
        return zone

    def names(self) -> set[str]:
        """Keys of all columns that mean something."""
        fields = [getattr(self.columns, name) for name in Columns.model_fields]
        return {column_key(name) for names in [*fields, *self.engagement.values()] for name in names}

    @property
    def has_posts(self) -> bool:
        """Whether a row may be a post of a private person."""
        return self.kind != "news" or any(kind != "news" for kind in self.kinds.values())


def preset_names() -> list[str]:
    return sorted(file.stem for file in PRESETS.glob("*.toml"))


def load_preset(name: str) -> ColumnMap:
    """:raises ConfigError: no such preset, with the nearest one."""
    names = preset_names()
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(names)}"
        raise ConfigError(f"no preset {name!r}; {hint}")
    return read_map(PRESETS / f"{name}.toml")


def read_map(file: Path) -> ColumnMap:
    """Read a column map.

    :raises ConfigError: not valid TOML, unknown key (with the nearest right one), wrong value.
    """
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
        return ColumnMap(**values)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise ConfigError(f"{file}: cannot be read: {wrong}") from wrong
    except ValidationError as wrong:
        raise ConfigError(f"{file}: {_explain(wrong)}") from wrong


def _explain(wrong: ValidationError) -> str:
    faults = wrong.errors()
    fault = next((one for one in faults if one["type"] == "extra_forbidden"), faults[0])
    where = ".".join(str(part) for part in fault["loc"])
    if fault["type"] != "extra_forbidden":
        return f"{where}: {fault['msg'].removeprefix('Value error, ').lower()}"
    known = list(Columns.model_fields if where.startswith("columns.") else ColumnMap.model_fields)
    near = difflib.get_close_matches(where.rpartition(".")[2], known, n=1)
    return f"unknown key {where!r}; " + (f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(known)}")
