"""Light normalisation of what the classifier reads; training and inference both call it. Never stems."""

from __future__ import annotations

import html
import re
import unicodedata

#: ~250 Indonesian words are more than the encoder's 128 tokens hold: a cheap cut before tokenising.
MAX_WORDS = 250
#: Longest prefix looked at, so that a text of a megabyte costs no more than a long article.
MAX_CHARACTERS = 16_000

_TAG = re.compile(
    r"<(?:script|style)\b.*?(?:</(?:script|style)\s*>|$)|<!--.*?(?:-->|$)|</?[a-z][^<>]{0,500}>", re.I | re.S
)
_URL = re.compile(r"(?:https?://|www\.)\S+|\bpic\.twitter\.com/\S+", re.I)
_EMAIL = re.compile(r"\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_HANDLE = re.compile(r"(?<![\w@])@(?!pengguna\b)\w{2,30}(?:@[\w-]+(?:\.[\w-]+)+)?")
_HANDLES = re.compile(r"@pengguna(?:\s+@pengguna)+")
_ESCAPED = re.compile(r"\\[nr]|\\t(?![a-z])|\\u00a0")  # a line end that was escaped twice on its way to us
_LETTERS = re.compile(r"([^\W\d_])\1{2,}")
_MARKS = re.compile(r"([!?.,~*#=_\-])\1{3,}")
#: Control characters, and the private-use and replacement characters that broken decoding leaves.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd\ue000-\uf8ff]")
_SPACE = re.compile(r"\s+")


def clean(text: str) -> str:
    """One line of readable text: entities and tags resolved, links and mail addresses dropped, handles made
    ``@pengguna``, invisible characters removed, letters repeated three times or more cut to two.

    Case, punctuation and emoji stay: they carry meaning.
    """
    text = _ESCAPED.sub(" ", text[:MAX_CHARACTERS])
    if "&" in text:
        text = html.unescape(html.unescape(text))
    if "<" in text:
        text = _TAG.sub(" ", text)
    text = unicodedata.normalize("NFC", "".join(map(_visible, text)) if not text.isascii() else text)
    text = _CONTROL.sub(" ", text)
    text = _URL.sub(" ", text)
    text = _EMAIL.sub(" ", text)
    text = _HANDLES.sub("@pengguna", _HANDLE.sub("@pengguna", text))
    text = _LETTERS.sub(r"\1\1", text)
    text = _MARKS.sub(r"\1\1\1", text)
    return _SPACE.sub(" ", text).strip()


def model_input(title: str, text: str) -> str:
    """What the encoder reads of a document: ``title. text``, cleaned, its first ``MAX_WORDS`` words.

    A title that the text begins with is not said twice. Empty when nothing readable is left.
    """
    return first_words(joined(clean(title), clean(text)))


def joined(title: str, text: str) -> str:
    """A clean title and a clean text as one."""
    if not title or text.casefold().startswith(title.casefold()):
        return text
    return f"{title}{'' if title[-1] in '.!?…' else '.'} {text}"


def first_words(text: str) -> str:
    """The first ``MAX_WORDS`` words of a clean text."""
    return " ".join(text.split(" ", MAX_WORDS)[:MAX_WORDS])


def _visible(character: str) -> str:
    """Format characters, lone surrogates and styled letters that hide words are dropped or made plain."""
    if character < "\u0300" and character not in "\u00ad":
        return character
    category = unicodedata.category(character)
    if character == "\u200d" or category in {"So", "Sk", "Mn"}:  # joins emoji; marks of real scripts
        return character
    if category in {"Cf", "Cs"}:
        return ""
    if "\U0001d400" <= character <= "\U0001d7ff" or "\uff01" <= character <= "\uff5e":
        return unicodedata.normalize("NFKC", character)  # 𝗞𝗼𝗿𝘂𝗽𝘀𝗶 → Korupsi
    return character
