"""Lines in an article's block that are no part of its text. The patterns are data (``data/boilerplate.txt``)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

from crawlers.extract.dates import AROUND_WORDS, DAYS, EDIT_WORDS, find_stamps
from crawlers.extract.dom import Line

KINDS = ("line", "whole", "label", "stop", "credit", "inline")
#: a closing marker counts in the last part of the text only: "Komentar" may be a heading in the first
STOP_AFTER = 0.4
#: a line of so many characters is text
LONG = 60
_SENTENCE_ENDS = (".", "!", "?", ":", ";", "-", "–", "—")
_FILE = Path(__file__).parent / "data" / "boilerplate.txt"
_BESIDE_STAMPS = (*DAYS, *EDIT_WORDS, *AROUND_WORDS, "wib", "wita", "wit", "view", "views", "dibaca", "kali", "oleh")
_WORDS = re.compile(rf"\b(?:{'|'.join(map(re.escape, _BESIDE_STAMPS))})\b", re.IGNORECASE)
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


def clean_lines(lines: Iterable[Line], title: str = "", *, credits: bool = False) -> list[Line]:
    """The lines of an article's block without those that are no part of the text, in order.

    :param credits: keep lines that credit a picture: on a photo page they are the text.
    """
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
        if not credits and len(line.text) < 260 and rules()["credit"].match(line.text):
            continue
        if after_label or is_boilerplate(line.text) or " ".join(line.text.casefold().split()) == title_key:
            continue
        if is_link and not line.text.startswith(("http", "www.")) and len(line.text) > 20:
            continue  # another story's headline
        text = " ".join(rules()["inline"].sub("", line.text).split()) if _may_hold_inline(line.text) else line.text
        if text:
            kept.append(replace(line, text=text))
    return _with_dateline(_without_preamble(kept))


def _without_preamble(lines: list[Line]) -> list[Line]:
    """Without the short lines that are no sentences before the first long one: breadcrumb, byline, caption."""
    first = next((at for at, line in enumerate(lines) if len(line.text) >= LONG), 0)
    return [line for line in lines[:first] if line.text.rstrip("\"'”’)").endswith(_SENTENCE_ENDS)] + lines[first:]


def _with_dateline(lines: list[Line]) -> list[Line]:
    """``Jakarta -`` on a line of its own joined with the sentence that it opens."""
    if len(lines) > 1 and len(lines[0].text) < LONG and lines[0].text.endswith(("-", "–", "—")):
        return [replace(lines[1], text=f"{lines[0].text} {lines[1].text}"), *lines[2:]]
    return lines


def _may_hold_inline(text: str) -> bool:
    return any(mark in text for mark in ("(", "[", "ADVERT", "SCROLL", "uga:", "uga :", "UGA:", "UGA :"))


def is_boilerplate(text: str) -> bool:
    """Whether a line is none of the text: a link to another story, a credit, a widget, a date line."""
    if not any(char.isalnum() for char in text):
        return True
    if len(text) > 500:
        return False
    return bool(rules()["line"].match(text) or rules()["whole"].fullmatch(text)) or is_date_line(text)


def is_date_line(text: str, rest_at_most: int = 25) -> bool:
    """Whether a line is a stamp and little else: ``Rabu, 4 November 2015 | 21:04 WIB``.

    :param rest_at_most: letters and digits that may stand beside stamps, days and labels.
    """
    if len(text) > 140 or not any(char.isdigit() for char in text):
        return False
    rest = text
    for stamp in find_stamps(text):
        rest = rest.replace(stamp.raw, " ")
    if rest == text:
        return False
    rest = _WORDS.sub(" ", rest)
    return sum(char.isalnum() for char in rest) <= rest_at_most and not text.rstrip().endswith(
        (".", "!", "?", "-", "–", "—")
    )
