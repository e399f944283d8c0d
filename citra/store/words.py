"""How text becomes words, the same for documents, queries and highlights, whatever the engine."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

#: Letters and digits of any script; everything else (also ``_``) separates words.
_WORD = re.compile(r"[^\W_]+")

#: Longer runs (base64, keyboard noise) are cut, equally on both sides, so that they cannot swell the dictionary.
LONGEST = 100

#: Plain text is nearly all we see: a table of bytes and ``split`` cut it far quicker than the expression does.
_PLAIN = bytes(ord(chr(code).lower()) if code < 128 and chr(code).isalnum() else 32 for code in range(256))
#: Separators that keep otherwise plain text from being ASCII: typographic quotes, dashes, ellipsis, spaces.
_TYPOGRAPHIC = re.compile("[‘’“”–—…•·\u00a0\u200b\ufeff]+")


def fold(text: str) -> str:
    """Compatibility-normalised lower case: full-width and styled letters match plain ones."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).lower()


def words(text: str) -> list[str]:
    """The folded words of ``text`` in order: ``"E-KTP, Rp5.000"`` → ``["e", "ktp", "rp5", "000"]``."""
    plain = text if text.isascii() else _TYPOGRAPHIC.sub(" ", text)
    found = _cut(plain).decode("ascii").split() if plain.isascii() else _WORD.findall(fold(text))
    if found and max(map(len, found)) > LONGEST:
        return [word[:LONGEST] for word in found]
    return found


def spaced(text: str) -> str:
    """``" ".join(words(text))``, quicker where it can be; there may be more than one space."""
    plain = text if text.isascii() else _TYPOGRAPHIC.sub(" ", text)
    if plain.isascii():
        cut = _cut(plain)
        # From space to space in leaps of up to LONGEST: where there is no place to land, a run is longer.
        at, last = 0, len(cut) - LONGEST
        while at < last:
            space = cut.rfind(b" ", at, at + LONGEST + 1)
            if space < 0:
                break
            at = space + 1
        else:
            return cut.decode("ascii")
    return " ".join(words(text))


def _cut(plain: str) -> bytes:
    """ASCII text in lower case, a space for all that is neither letter nor digit."""
    return plain.encode("ascii").translate(_PLAIN)


def spans(text: str) -> Iterator[tuple[int, int, str]]:
    """``(start, end, folded word)`` of each word, offsets into ``text`` as it stands."""
    for match in _WORD.finditer(text):
        yield match.start(), match.end(), fold(match.group())[:LONGEST]
