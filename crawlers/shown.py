"""What a page shows, roughly and quickly: one pass, whatever a hostile page leaves open."""

from __future__ import annotations

import re
from collections.abc import Iterator

_NAME = re.compile(r"/?[a-zA-Z][a-zA-Z0-9]*")
_HIDDEN = frozenset({"script", "style", "noscript", "template"})
_PROSE = frozenset({"title", "h1", "p"})
#: tags that may stand inside of prose without ending it
_INLINE = frozenset(
    {"a", "b", "i", "u", "em", "strong", "span", "br", "q", "sup", "sub", "small", "mark", "time", "font"}
)


def shown_text(page: str, most: int | None = None) -> str:
    """The text outside of tags, scripts and styles, with single spaces.

    :param most: enough characters: no more is read once there are more than so many.

    >>> shown_text("<p>Gaji <b>ASN</b></p><script>if (a<b) x()</script> naik")
    'Gaji ASN naik'
    """
    found: list[str] = []
    length = 0
    for _, text in _pieces(page):
        words = text.split()
        found += words
        length += sum(map(len, words)) + len(words)
        if most is not None and length > most + 1:
            break
    return " ".join(found)


def prose(page: str) -> str:
    """The text of title, first-level headings and paragraphs, with single spaces.

    >>> prose("<title>Gaji</title><div>Iklan 7</div><p>Isi <b>berita</b>")
    'Gaji Isi berita'
    """
    found: list[str] = []
    is_inside = False
    for name, text in _pieces(page):
        if name in _PROSE:
            is_inside = True
        elif name.lstrip("/") not in _INLINE:
            is_inside = False
        if is_inside:
            found.append(text)
    return " ".join(" ".join(found).split())


def _pieces(page: str) -> Iterator[tuple[str, str]]:
    """Each tag's name (``/p`` for a closing one) and the text behind it; what is hidden is left out."""
    first, *rest = page.split("<")
    yield "", first
    hidden = ""
    for piece in rest:
        match = _NAME.match(piece)
        if not match:
            continue
        name = match.group().lower()
        if hidden:
            if name != f"/{hidden}":
                continue
            hidden = ""
        elif name in _HIDDEN:
            hidden = name
            continue
        yield name, piece.partition(">")[2]
