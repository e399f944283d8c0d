"""Indonesian stems (Sastrawi, cached) for search and keyword statistics; the classifier never reads them."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from importlib import resources
from typing import Any

#: Distinct words remembered: a year of news has some 300,000, the frequent ones make up nearly every text.
CACHE_WORDS = 200_000
#: Longer runs of letters are no words (base64, links) and would cost seconds in the stemmer.
LONGEST_WORD = 40

_WORD = re.compile(r"[^\W_]+(?:[.,:][0-9]+)*")
_PLAIN = re.compile(r"[a-z]+")


def stem_text(text: str) -> str:
    """The words and numbers of ``text``, lower-cased and stemmed, joined by single spaces.

    ``Pelayanan publik di Disdukcapil`` and ``melayani publik`` share ``layan publik``; words of
    ``data/protected.txt`` and all that is not plain Latin letters stay as they are.
    """
    plain = unicodedata.normalize("NFKC", text).lower()
    return " ".join(map(stem_word, _WORD.findall(plain)))


@lru_cache(maxsize=CACHE_WORDS)
def stem_word(word: str) -> str:
    """The stem of one lower-cased word."""
    if len(word) < 4 or len(word) > LONGEST_WORD or not _PLAIN.fullmatch(word):
        return word
    changed = protected().get(word)
    if changed is not None:
        return changed
    return str(_stemmer().stem(word)) or word


@cache
def protected() -> dict[str, str]:
    """Word → stem for the words that Sastrawi breaks, from ``data/protected.txt``.

    A line is ``word`` (stays itself) or ``word stem``; ``#`` starts a comment.
    """
    lines = resources.files("nlp").joinpath("data/protected.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("#")[0].split() for line in lines)
    return {parts[0]: parts[-1] for parts in pairs if parts}


@cache
def _stemmer() -> Any:
    from Sastrawi.Dictionary.ArrayDictionary import ArrayDictionary
    from Sastrawi.Stemmer.Stemmer import Stemmer
    from Sastrawi.Stemmer.StemmerFactory import StemmerFactory

    # Not the factory's cached stemmer: its cache grows without bound.
    return Stemmer(ArrayDictionary(StemmerFactory().get_words()))
