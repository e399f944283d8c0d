"""What a page shows, roughly and quickly: one pass, whatever a hostile page leaves open."""

from __future__ import annotations

import re
from collections.abc import Iterator

_NAME = re.compile(r"/?[a-zA-Z][a-zA-Z0-9]*")
_HIDDEN = frozenset({"script", "style", "noscript", "template"})
_OPEN_HIDDEN = re.compile(rf"<(?=[sSnNtT])((?i:{'|'.join(sorted(_HIDDEN))}))(?=[\s/>])")
#: tags that may stand inside of prose without ending it
_INLINE = "a|abbr|b|br|em|font|i|mark|q|small|span|strong|sub|sup|time|u"
# First letters before names, and case apart for names alone: three times as fast as IGNORECASE for all of it.
_PROSE = re.compile(
    r"<(?=[pPtThH])(?i:title|h1|p)(?=[\s/>])[^<>]*+>"
    rf"([^<]*+(?:<(?:/?(?=[{''.join(sorted({name[0] for name in _INLINE.split('|')}))}ABEFIMQSTU])"
    rf"(?i:{_INLINE})(?=[\s/>])|!)[^<>]*+>[^<]*+)*+)"
)
_TAG = re.compile(r"<[^<>]*+>")


def shown_text(page: str, most: int | None = None) -> str:
    """The text outside of tags, scripts and styles, with single spaces.

    :param most: enough characters: no more is read once there are more than so many.

    >>> shown_text("<p>Gaji <b>ASN</b></p><script>if (a<b) x()</script> naik")
    'Gaji ASN naik'
    """
    found: list[str] = []
    length = 0
    for text in _texts(page):
        words = text.split()
        found += words
        length += sum(map(len, words)) + len(words)
        if most is not None and length > most + 1:
            break
    return " ".join(found)


def prose(page: str) -> str:
    """The text of title, first-level headings and paragraphs; white space as on the page.

    >>> prose("<title>Gaji</title><div>Iklan 7</div><p>Isi <b>berita</b>")
    'Gaji Isi berita'
    """
    text = " ".join(_PROSE.findall(_visible(page)))
    return _TAG.sub("", text) if "<" in text else text


def _visible(page: str) -> str:
    """The page without scripts, styles and what is shown without scripts only; one left open hides the rest."""
    first, *rest = _OPEN_HIDDEN.split(page)
    shown = [first]
    hidden = ""
    for name, piece in zip(rest[::2], rest[1::2], strict=True):
        hidden = hidden or name.lower()
        end = piece.lower().find(f"</{hidden}")
        if end >= 0:
            shown.append(piece[end:])
            hidden = ""
    return "".join(shown)


def _texts(page: str) -> Iterator[str]:
    """The text behind each tag, in order, as far as it is asked for; what is hidden is left out."""
    start = page.find("<")
    yield page if start < 0 else page[:start]
    hidden = ""
    while start >= 0:
        stop = page.find("<", start + 1)
        match = _NAME.match(page, start + 1)
        name = match.group().lower() if match else ""
        if hidden and name == f"/{hidden}":
            hidden = ""
        if name in _HIDDEN and not hidden:
            hidden = name
        elif name and not hidden:
            yield page[start : None if stop < 0 else stop].partition(">")[2]
        start = stop
