"""The wording of a text as numbers, and whether two texts are copies of one another."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy
from rapidfuzz.distance import LCSseq

#: Words remembered of a text; wire copies differ at the end, so its beginning says enough.
WORDS = 240
#: Below this a text is only its copy's equal when it is identical.
SHORT = 8
#: Below this (posts, teasers) only near-identical texts are copies.
MIDDLE = 40
#: Anchors are taken from these stretches separately, so that a cut end leaves some untouched.
STRETCHES = ((0, 80), (80, WORDS))
ANCHORS = 6
SHINGLE = 4
#: Share of the shorter text's words that must stand in the other, in runs of three or more.
SAME_ARTICLE = 0.60
SAME_POST = 0.90
#: Names or numbers that may differ within copies: one for each so many equal words.
WORDS_PER_CONFLICT = 60
#: Longest replaced stretch that still looks like a filled-in template field.
FIELD = 6

_WORD = re.compile(r"[^\W_]+")
#: Lines that portals put between paragraphs, and datelines; no part of the wire text.
_ADDED_LINE = re.compile(
    r"^\W*(?:baca (?:juga|selengkapnya|pula)|simak (?:juga|video|pula)|lihat (?:juga|video)|tonton juga|"
    r"pilihan editor|artikel ini telah|editor\s*:|penulis\s*:|reporter\s*:|sumber\s*:|pewarta\s*:|copyright|"
    r"advertisement|scroll (?:to|ke)|ikuti kami|foto\s*:|video\s*:).*$",
    re.I | re.M,
)
_DATELINE = re.compile(r"^\W*(?:[A-Z][\w.]*[ ,/]*){1,6}(?:\([^)]{1,40}\))?\s*[-–—:|]+\s", re.S)
_LINK = re.compile(r"(?:https?://|www\.)\S+|(?:\bRT\s+)?@\w+:?")
#: Odd multipliers that mix the hashes of the words of a shingle (splitmix64's constants).
_MIX = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93)


@dataclass(frozen=True, slots=True)
class Wording:
    """Hashes of a text's first words; the lowest bit of each says *name or number*."""

    hashes: numpy.ndarray  #: uint32, at most ``WORDS``

    def anchors(self) -> list[int]:
        """Hashes that a copy is likely to share: signed 64-bit, fewer than 13."""
        words = (self.hashes >> 1).astype(numpy.uint64)
        if len(words) < SHORT:
            return [_signed(int(_mixed(words, max(len(words), 1))[0]))] if len(words) else []
        found: list[int] = []
        for start, end in STRETCHES:
            part = words[start:end]
            if len(part) >= SHORT:
                shingles = numpy.unique(_mixed(part, SHINGLE))
                found.extend(_signed(int(value)) for value in shingles[:ANCHORS])
        return sorted(set(found))

    def pack(self) -> bytes:
        return self.hashes.tobytes()

    @classmethod
    def unpack(cls, packed: bytes) -> Self:
        return cls(numpy.frombuffer(packed, dtype=numpy.uint32))


def wording(title: str, text: str) -> Wording:
    """What is compared of a document: its text, and its title where the text is short.

    Headlines are rewritten by every portal, so a long text is compared without one.
    """
    body = _LINK.sub(" ", _ADDED_LINE.sub(" ", text[: WORDS * 40]))
    words = list(_words(_DATELINE.sub(" ", body, count=1)))[:WORDS]
    if len(words) < MIDDLE and title:
        words = [*_words(title), *words][:WORDS]
    return Wording(numpy.array(words, dtype=numpy.uint32))


def is_copy(a: Wording, b: Wording) -> float:
    """How much of the shorter text stands in the other (0…1); 0 when they are not copies."""
    first, second = (a.hashes >> 1).tolist(), (b.hashes >> 1).tolist()
    shorter, longer = sorted((len(first), len(second)))
    if shorter < SHORT:
        return float(first == second)
    found = _align(a, b, first, second)
    share = found.equal / shorter
    if shorter < MIDDLE:
        same = share >= SAME_POST and shorter >= 0.7 * longer and not found.replaced and not found.conflicts
        return share if same else 0.0
    allowed = max(1, found.equal // WORDS_PER_CONFLICT)
    return share if share >= SAME_ARTICLE and found.conflicts <= allowed else 0.0


class _Alignment(NamedTuple):
    equal: int  #: words in equal runs of three or more
    replaced: int  #: stretches with other words on both sides
    conflicts: int  #: of those, short ones with a name or number on both sides


def _align(a: Wording, b: Wording, first: list[int], second: list[int]) -> _Alignment:
    """Equal and replaced stretches of two word sequences, from their longest common subsequence."""
    fact_a, fact_b = (a.hashes & 1).tolist(), (b.hashes & 1).tolist()
    ends = min(len(first), len(second)) < MIDDLE  # longer ones may begin and end in other ways
    equal = replaced = conflicts = 0
    at_a = at_b = 0  # end of the last run of equal words
    for start_a, start_b, length in [*_runs(first, second), (len(first), len(second), 0)]:
        gap_a, gap_b = start_a - at_a, start_b - at_b
        if gap_a and gap_b and (ends or (at_a and length)):
            facts = any(fact_a[at_a:start_a]) and any(fact_b[at_b:start_b])
            conflicts += facts and max(gap_a, gap_b) <= FIELD
            replaced += bool(at_a and length)
        at_a, at_b = start_a + length, start_b + length
        equal += length if length >= 3 else 0
    return _Alignment(equal, replaced, conflicts)


def _runs(first: list[int], second: list[int]) -> Iterator[tuple[int, int, int]]:
    for step in LCSseq.opcodes(first, second):
        if step.tag == "equal":
            yield step.src_start, step.dest_start, step.src_end - step.src_start


def _words(text: str) -> Iterator[int]:
    for word in _WORD.findall(text):
        fact = word[0].isdigit() or word[-1].isdigit() or word[0].isupper()
        yield (zlib.crc32(word.lower().encode("utf-8", "replace")) & 0xFFFFFFFE) | fact


def _mixed(words: numpy.ndarray, size: int) -> numpy.ndarray:
    """64-bit hash of each run of ``size`` words."""
    total = numpy.zeros(len(words) - size + 1, dtype=numpy.uint64)
    for place in range(size):
        part = words[place : place + len(total)] + numpy.uint64(place + 1)
        total ^= part * numpy.uint64(_MIX[place % len(_MIX)])
        total ^= total >> numpy.uint64(29)
        total *= numpy.uint64(_MIX[(place + 1) % len(_MIX)])
    return total ^ (total >> numpy.uint64(32))


def _signed(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value
