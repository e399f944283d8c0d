"""What a page shows, roughly and quickly: one pass, whatever a hostile page leaves open."""

from __future__ import annotations

import re

_NAME = re.compile(r"/?[a-zA-Z][a-zA-Z0-9]*")
_HIDDEN = frozenset({"script", "style", "noscript", "template"})
_PROSE = frozenset({"title", "h1", "p"})
#: tags that may stand inside of prose without ending it
_INLINE = frozenset(
    {"a", "b", "i", "u", "em", "strong", "span", "br", "q", "sup", "sub", "small", "mark", "time", "font"}
)


def shown_text(page: str) -> str:
    """The text outside of tags, scripts and styles, with single spaces.

    >>> shown_text("<p>Gaji <b>ASN</b></p><script>if (a<b) x()</script> naik")
    'Gaji ASN naik'
    """
    return " ".join(" ".join(text for _, text in _pieces(page)).split())


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


def _pieces(page: str) -> list[tuple[str, str]]:
    """Each tag's name (``/p`` for a closing one) and the text behind it; what is hidden is left out."""
    first, *rest = page.split("<")
    found = [("", first)]
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
        found.append((name, piece.partition(">")[2]))
    return found
