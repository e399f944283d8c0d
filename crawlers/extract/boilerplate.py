"""Lines that stand in an article's block and are no part of its text. The patterns are data (``data/boilerplate.txt``)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

from crawlers.extract.dates import AROUND_WORDS, DAYS, EDIT_WORDS, find_stamps
from crawlers.extract.dom import Line

KINDS = ("line", "whole", "label", "stop", "inline")
#: a closing marker counts in the last part of the text only: "Komentar" may be a heading in the first
STOP_AFTER = 0.4
_FILE = Path(__file__).parent / "data" / "boilerplate.txt"
_WORDS = re.compile(
    rf"\b(?:{'|'.join(re.escape(word) for word in (*DAYS, *EDIT_WORDS, *AROUND_WORDS))}|wib|wita|wit|views?|dibaca|kali|oleh|by|redaksi)\b",
    re.IGNORECASE,
)
_LINKED = 0.8  #: share of a line inside links from which on it is a link line


@cache
def rules() -> dict[str, re.Pattern[str]]:
    """One pattern for each kind of rule."""
    parts: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            kind, _, pattern = line.partition("\t")
            parts[kind].append(f"(?:{pattern})")
    return {kind: re.compile("|".join(patterns), re.IGNORECASE) for kind, patterns in parts.items()}


def clean_lines(lines: Iterable[Line], title: str = "") -> list[Line]:
    """The lines of an article's block without those that are no part of the text, in order."""
    kept: list[Line] = []
    given = [line for line in lines if line.text]
    total = sum(len(line.text) for line in given) or 1
    seen = 0
    after_label = False
    title_key = " ".join(title.casefold().split())
    for line in given:
        seen += len(line.text)
        is_link = line.linked >= _LINKED * len(line.text)
        short = line.text[:400]
        if after_label and is_link:
            continue
        after_label = bool(rules()["label"].fullmatch(short))
        if seen > STOP_AFTER * total and len(short) < 80 and rules()["stop"].fullmatch(short):
            break
        if after_label or is_boilerplate(line.text) or " ".join(line.text.casefold().split()) == title_key:
            continue
        if is_link and not line.text.startswith(("http", "www.")) and len(line.text) > 20:
            continue  # another story's headline
        text = " ".join(rules()["inline"].sub("", line.text).split()) if _may_hold_inline(line.text) else line.text
        if text:
            kept.append(replace(line, text=text))
    return kept


def _may_hold_inline(text: str) -> bool:
    return "(" in text or "[" in text or "ADVERT" in text or "SCROLL" in text


def is_boilerplate(text: str) -> bool:
    """Whether a line is none of the text: a link to another story, a credit, a widget, a date line."""
    if not any(char.isalnum() for char in text):
        return True
    if len(text) > 500:
        return False
    return bool(rules()["line"].match(text) or rules()["whole"].fullmatch(text)) or is_date_line(text)


def is_date_line(text: str) -> bool:
    """Whether a line is a stamp and little else: ``Rabu, 4 November 2015 | 21:04 WIB``."""
    if len(text) > 110 or not any(char.isdigit() for char in text):
        return False
    rest = text
    for stamp in find_stamps(text):
        rest = rest.replace(stamp.raw, " ")
    if rest == text:
        return False
    rest = _WORDS.sub(" ", rest)
    return sum(char.isalnum() for char in rest) <= 25 and not text.rstrip().endswith((".", "!", "?", "-", "–", "—"))
