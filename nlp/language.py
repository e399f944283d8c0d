"""Which language a text is in, as far as it decides whether the model may judge it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import resources

#: Languages the model reads: Indonesian, Malay (a short text is often taken for it) and regional ones.
SCORED = frozenset({"id", "ms", "jv", "su", "min", "ban", "mad", "ace", "bug", "bjn"})
#: Fewer words say too little to refuse a text.
LEAST_WORDS = 8
#: Share of words known as Indonesian (or regional) above which no further question is asked; running
#: Indonesian has .25–.45, English .00–.02.
SURE = 0.10
#: A foreign language must be this much likelier per word than Indonesian (natural logarithm).
MARGIN = 1.5
#: Languages worth telling apart from Indonesian; slang is often taken for a rare one.
FOREIGN = frozenset({"en", "es", "pt", "fr", "de", "nl", "it", "tl", "vi", "tr", "pl", "ro", "sw"})
#: Characters looked at: enough for a decision, cheap for a text of a megabyte.
LOOKED_AT = 2_000

_WORD = re.compile(r"[^\W\d_]+")


def detect(text: str) -> str | None:
    """ISO 639 code of the language of ``text``; None when it cannot be decided (short, names, emoji).

    Indonesian mixed with English or a regional language counts as Indonesian.
    """
    text = text[:LOOKED_AT]
    words = _WORD.findall(text.lower())
    script = _script(text)
    if script is not None:
        return script
    counts = {language: sum(word in known for word in words) for language, known in _function_words().items()}
    home = max(counts, key=lambda language: counts[language]) if words else "id"
    if words and counts[home] >= 2 and counts[home] >= SURE * len(words):
        return home
    if len(words) < LEAST_WORDS:
        return None
    return _foreign(" ".join(words), len(words))


def is_scored(language: str | None) -> bool:
    """Whether the model judges texts of this language; undecided ones are judged."""
    return language is None or language in SCORED


def _foreign(text: str, words: int) -> str | None:
    """The language py3langid gives, when it is clearly likelier than Indonesian and Malay."""
    import py3langid  # unpacks its model on first use (1 s), which Indonesian texts never reach

    scores: dict[str, float] = dict(py3langid.rank(text))
    best = max(scores, key=lambda language: scores[language])
    home = max(scores.get("id", -1e9), scores.get("ms", -1e9), scores.get("jv", -1e9))
    if best in SCORED:
        return "id"
    margin = MARGIN if best == "en" else 2 * MARGIN
    return best if best in FOREIGN and scores[best] - home >= margin * words else None


#: Scripts that are no Latin, by the first word of the Unicode name → a language that is written in it.
_SCRIPTS: Mapping[str, str] = {
    "CJK": "zh", "HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko", "CYRILLIC": "ru", "ARABIC": "ar",
    "THAI": "th", "DEVANAGARI": "hi", "TAMIL": "ta", "HEBREW": "he", "GREEK": "el", "BENGALI": "bn",
}  # fmt: skip


def _script(text: str) -> str | None:
    if text.isascii():
        return None
    letters = [character for character in text if character.isalpha()]
    names = [_script_of(character) for character in letters if character > "\u036f"]
    other = [name for name in names if name in _SCRIPTS]
    if len(other) < 4 or len(other) * 2 < len(letters):
        return None
    if "HIRAGANA" in other:
        return "ja"
    return _SCRIPTS[max(set(other), key=lambda name: (other.count(name), name))]


@lru_cache(maxsize=4096)
def _script_of(character: str) -> str:
    return unicodedata.name(character, "").split(" ")[0]


@cache
def _function_words() -> dict[str, frozenset[str]]:
    """Language → words that mark it, from ``data/function_words.txt`` (``code: word word …``)."""
    lines = resources.files("nlp").joinpath("data/function_words.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split(":", 1) for line in lines if line and not line.startswith("#"))
    return {code.strip(): frozenset(words.split()) for code, words in pairs}
