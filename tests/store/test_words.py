"""Text is cut into words alike on every path."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from citra.store.words import LONGEST, fold, spaced, spans, words


def test_words() -> None:
    assert words("E-KTP, Rp5.000 “anak-anak”… di_sini") == ["e", "ktp", "rp5", "000", "anak", "anak", "di", "sini"]
    assert words("ﬁle ＡＳＮ Café") == ["file", "asn", "café"]
    assert words("x" * 500) == ["x" * LONGEST]
    assert words("") == []


@given(st.text(st.characters(max_codepoint=127) | st.sampled_from("‘’“”–—…•·é²ａ\u00a0\u200b\ufeff_")))
def test_the_quick_path_is_the_slow_one(text: str) -> None:
    assert words(text) == re.findall(r"[^\W_]+", fold(text))
    assert spaced(text).split() == words(text)


@given(st.lists(st.integers(1, 260), max_size=8))
def test_long_runs_are_cut_on_every_path(lengths: list[int]) -> None:
    text = " ".join("x" * length for length in lengths)
    assert words(text) == spaced(text).split() == ["x" * min(length, LONGEST) for length in lengths]


@given(st.text(st.characters(max_codepoint=0xFF)))
def test_spans_are_the_words(text: str) -> None:
    if fold(text) == text.lower():  # where normalising changes nothing
        assert [word for _, _, word in spans(text)] == words(text)
