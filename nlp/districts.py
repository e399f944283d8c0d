"""Districts after the word that announces them: "Kecamatan Wiyung" lies in Surabaya, whether the text says so or not.

Only names that one regency alone has are known, and only after *kecamatan* or *camat*: health centres and police posts
carry names of villages and quarters, too, which thousands of districts elsewhere share.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

_CUE = re.compile(r"(?<![^\W_])(?:kecamatan|kec\.|kec|camat)\s+")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
#: a name that goes on behind what was recognised is another name
_GOES_ON = re.compile(r"[ -]+(?!(?:Kabupaten|Kab|Kota|Provinsi|Prov|Jawa|Dan)\b)[A-Z][a-z]")
#: words of the longest names, and letters of the shortest one that is believed where nothing is capitalised
MOST_WORDS, LEAST_LETTERS = 4, 6


def regencies_of_districts(text: str, lower: str) -> tuple[str, ...]:
    """Codes of the regencies and cities whose districts ``text`` names, each once, in its order.

    :param lower: the text in lower case, of the same length.
    """
    if "kec" not in lower and "camat" not in lower:
        return ()
    is_mixed = not (text.islower() or text.isupper())
    found = (_read(text, lower, cue.end(), is_mixed) for cue in _CUE.finditer(lower))
    return tuple(dict.fromkeys(code for code in found if code))


def _read(text: str, lower: str, start: int, is_mixed: bool) -> str:
    """The regency of the longest known name that begins at ``start``; empty when there is none."""
    ends: list[int] = []
    place = start
    while len(ends) < MOST_WORDS and (word := _WORD.match(lower, place)):
        ends.append(word.end())
        place = word.end() + 1 if lower[word.end() : word.end() + 1] in {" ", "-"} else len(lower)
    for end in reversed(ends):
        name = _key(lower[start:end])
        code = districts().get(name, "")
        if not code:
            continue
        if is_mixed and text[start].isupper():
            return "" if _GOES_ON.match(text, end) else code
        return code if len(name) >= LEAST_LETTERS else ""
    return ""


@cache
def districts() -> dict[str, str]:
    """Name without spaces, in lower case → code of its regency or city (``data/districts.tsv``)."""
    lines = resources.files("nlp").joinpath("data", "districts.tsv").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return {_key(name): code for code, name in rows}


def _key(name: str) -> str:
    return re.sub(r"[\s’'-]+", "", name.lower())
