"""A wide linear model over hashed words and character n-grams of the whole text, beside the deep encoder.

The encoder reads the beginning of a text; the wide part reads all of it and knows rare words (names of procedures,
slang) that a small encoder blurs. Their logits are added (Cheng et al. 2016, *Wide & Deep Learning*). Weights are
learned from labelled texts (``nlp.train.widen``); features are hashed, so there is no vocabulary to ship.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from citra.documents import SENTIMENTS, TOPICS
from citra.errors import ConfigError

BITS = 18
SIZE = 1 << BITS
#: What the columns of the weights are, in order.
COLUMNS = {"relevance": 1, "sentiment": len(SENTIMENTS), "topics": len(TOPICS), "tone": len(SENTIMENTS)}
#: Longest part of a text that is read: characters.
READ = 2_000
CHARACTERS = (4, 5)
_WORD = re.compile(r"\w+")
_SPACE = re.compile(r"\s+")
_MIX = np.uint64(0xFF51AFD7ED558CCD)
_HALF = np.uint64(32)
_MASK = np.uint64(SIZE - 1)


def indices(text: str) -> NDArray[np.int64]:
    """Hashed features of a text with repeats: words, pairs of words, character n-grams of ``CHARACTERS``."""
    text = _SPACE.sub(" ", text[:READ].lower())
    words = np.array([1, *(crc32(word.encode()) for word in _WORD.findall(text)), 1], dtype=np.uint64)
    letters = np.frombuffer(f" {text} ".encode(), dtype=np.uint8).astype(np.uint64)
    parts = [_grams(words, n, salt=0) for n in (1, 2)]
    parts += [_grams(letters, n, salt=77) for n in CHARACTERS]
    return np.concatenate(parts).astype(np.int64)


def _grams(items: NDArray[np.uint64], n: int, salt: int) -> NDArray[np.uint64]:
    """Hash of each run of ``n`` items; multiply and shift as in MurmurHash3's finaliser."""
    count = max(0, len(items) - n + 1)
    hashes = np.full(count, (n + salt) * 0x9E3779B97F4A7C15 & (2**64 - 1), dtype=np.uint64)
    for k in range(n):
        hashes = (hashes ^ items[k : k + count]) * _MIX
        hashes ^= hashes >> _HALF
    return hashes & _MASK


def weigh(found: NDArray[np.int64], idf: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Distinct features and their tf-idf values (1 + ln tf, unit length): Salton & Buckley 1988, *ltc*."""
    distinct, counts = np.unique(found, return_counts=True)
    values = (1 + np.log(counts)).astype(np.float32) * idf[distinct]
    length = float(np.sqrt(values @ values))
    return distinct, values / length if length else values


class Wide:
    """The weights in ``wide.npz``: int8 ``[SIZE, 14]`` with a scale for each column, ``idf`` and ``bias``."""

    def __init__(self, file: Path) -> None:
        try:
            with np.load(file) as arrays:
                self._weights: Any = arrays["weights"]
                self._scale = arrays["scale"].astype(np.float32)
                self._bias = arrays["bias"].astype(np.float32)
                self._idf = arrays["idf"].astype(np.float32)
        except (OSError, KeyError, ValueError) as wrong:
            raise ConfigError(f"{file}: not the wide part of a model: {wrong}") from wrong
        if self._weights.shape != (SIZE, sum(COLUMNS.values())) or self._idf.shape != (SIZE,):
            raise ConfigError(f"{file}: weights of shape {self._weights.shape} are not of this version of Citra")

    def logits(self, text: str) -> Mapping[str, NDArray[np.float32]]:
        """Logits of one text by head."""
        distinct, values = weigh(indices(text), self._idf)
        flat = values @ self._weights[distinct].astype(np.float32) * self._scale + self._bias
        ends = np.cumsum(list(COLUMNS.values()))[:-1]
        return dict(zip(COLUMNS, np.split(flat, ends), strict=True))
