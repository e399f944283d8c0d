"""A brief as JSON-ready values."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from typing import Any

from citra.brief import words
from citra.brief.selection import Counted, Selection
from citra.brief.shapes import Amount, Brief


def to_json(brief: Brief) -> dict[str, Any]:
    """All of it; each number carries the command, and the address where there is a dashboard, of its texts."""
    plain = _plain(brief, brief.public_url)
    assert isinstance(plain, dict)
    return {"title": words.title(brief.period), "headline": words.headline(brief), **plain}


def _plain(value: Any, base: str) -> Any:
    if isinstance(value, Counted):
        return {"value": value.value, "unit": value.unit, **_plain(value.of, base)}
    if isinstance(value, Selection):
        return {"command": value.command, **({"url": value.url(base)} if base else {})}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        found = {field.name: _plain(getattr(value, field.name), base) for field in dataclasses.fields(value)}
        return found | {"level": value.level} if isinstance(value, Amount) else found
    if isinstance(value, tuple | list):
        return [_plain(item, base) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(item, base) for key, item in value.items()}
    return value.isoformat() if isinstance(value, date) else value
