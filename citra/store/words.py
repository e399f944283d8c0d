"""How text becomes words, the same for documents, queries and highlights, whatever the engine."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

#: Letters and digits of any script; everything else (also ``_``) separates words.
_WORD = re.compile(r"[^\W_]+")

#: Longer runs (base64, keyboard noise) are cut, equally on both sides, so that they cannot swell the dictionary.
LONGEST = 100


def fold(text: str) -> str:
    """Compatibility-normalised lower case: full-width and styled letters match plain ones."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).lower()


def words(text: str) -> list[str]:
    """The folded words of ``text`` in order: ``"E-KTP, Rp5.000"`` → ``["e", "ktp", "rp5", "000"]``."""
    return [word[:LONGEST] for word in _WORD.findall(fold(text))]


def spans(text: str) -> Iterator[tuple[int, int, str]]:
    """``(start, end, folded word)`` of each word, offsets into ``text`` as it stands."""
    for match in _WORD.finditer(text):
        yield match.start(), match.end(), fold(match.group())[:LONGEST]
