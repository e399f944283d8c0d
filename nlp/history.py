"""Offices that were split, merged or renamed, each change with its day, from ``data/office_history.tsv``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class OfficeChange:
    day: date  #: first day of the new names, Asia/Jakarta
    former: tuple[str, ...]  #: office ids before
    now: tuple[str, ...]  #: office ids from then on; the same as before when only the name changed
    text: str  #: one sentence in Bahasa Indonesia

    @property
    def family(self) -> tuple[str, ...]:
        """All ids that belong together across the change, the former first."""
        return tuple(dict.fromkeys((*self.former, *self.now)))


@cache
def office_changes() -> tuple[OfficeChange, ...]:
    """All known changes, oldest first."""
    lines = resources.files("nlp").joinpath("data/office_history.tsv").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    found = (
        OfficeChange(date.fromisoformat(day), tuple(former.split("|")), tuple(now.split("|")), text)
        for day, former, now, text in rows
    )
    return tuple(sorted(found, key=lambda change: (change.day, change.former)))
