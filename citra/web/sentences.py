"""Sentences that the verbs say in English, in Bahasa Indonesia: by the patterns of ``sentences.toml``."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from functools import cache
from importlib import resources

from markupsafe import Markup

from citra.web.words import Words

_DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_NUMBER = re.compile(r"(?<![\w.-])\d[\d,]*(?:\.\d+)?(?![\w.-]*[\w-])")


def said(text: str, words: Words) -> Markup:
    """``text`` in the reader's language, as HTML; what has no translation stays, marked as English."""
    if words.language == "en":
        return Markup("{}").format(text)
    found = translated(text, words)
    return Markup("{}").format(found) if found is not None else Markup('<span lang="en">{}</span>').format(text)


def translated(text: str, words: Words) -> str | None:
    """Bahasa Indonesia for a known sentence; None for others. Parts joined by ``; `` or `` (…)`` may be sentences."""
    for pattern, indonesian in _patterns():
        match = pattern.fullmatch(text)
        if match:
            values = {name: _value(value, words) for name, value in match.groupdict().items()}
            return indonesian.format(**values)
    return None


def _value(text: str, words: Words) -> str:
    if text[:1] in "'\"":  # somebody's own words
        return text
    inner = translated(text, words)
    if inner is not None:
        return inner
    text = _DAY.sub(lambda match: _day(match[0], words), text)
    return _NUMBER.sub(lambda match: _number(match[0], words), text)


def _day(text: str, words: Words) -> str:
    try:
        return words.day(date.fromisoformat(text), weekday=False)
    except ValueError:
        return text


def _number(text: str, words: Words) -> str:
    if len(text) == 4 and text.isdigit():  # a year
        return text
    digits = len(text.partition(".")[2])
    return words.number(float(text.replace(",", "")), digits)


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    text = resources.files("citra.web").joinpath("sentences.toml").read_text(encoding="utf-8")
    return tuple((_compiled(pair["en"]), pair["id"]) for pair in tomllib.loads(text)["sentence"])


def _compiled(english: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", english)
    expression = "".join(_group(part) if at % 2 else re.escape(part) for at, part in enumerate(parts))
    return re.compile(expression, re.DOTALL)


def _group(name: str) -> str:
    return rf"(?P<{name}>\d{{4}}-\d\d-\d\d)" if name.startswith("day") else f"(?P<{name}>.+?)"
