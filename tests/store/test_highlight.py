"""Snippets show what a query found, with marks on the very characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mention_factory import stem

from citra.store import parse
from citra.store.highlight import WIDTH, Highlighter


def marked(query: str, text: str, *, whole: bool = False) -> list[str]:
    light = Highlighter(parse(query), stem)
    snippet = light.whole(text) if whole else light.best(text)
    return [snippet.text[start:end] for start, end in snippet.marks]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("pelayanan", ["Melayani", "layanan"]),
        ("-pelayanan bupati", ["BUPATI"]),
        ('"dana desa"', ["dana, desa"]),
        ("korup*", ["korupsi"]),
        ("korupsi OR (bupati -suap)", ["BUPATI", "korupsi"]),
        ("source:kompas", []),
        ("title:korupsi", []),
        ('"dana desa" dana', ["dana, desa"]),
    ],
)
def test_marks(query: str, found: list[str]) -> None:
    assert marked(query, "Melayani rakyat: BUPATI bicara soal dana, desa dan korupsi layanan.")[: len(found)] == found
    assert len(marked(query, "Melayani rakyat: BUPATI bicara soal dana, desa dan korupsi layanan.")) == len(found)


def test_title_conditions_mark_the_title() -> None:
    assert marked("title:korupsi", "Kasus Korupsi", whole=True) == ["Korupsi"]


def test_the_snippet_goes_where_the_matches_are() -> None:
    text = "kata lain. " * 300 + "Di sini korupsi dan suap terjadi. " + "kata lain. " * 300
    snippet = Highlighter(parse("korupsi suap"), stem).best(text)
    assert "korupsi dan suap" in snippet.text
    assert snippet.text.startswith("… ")
    assert snippet.text.endswith(" …")
    assert len(snippet.text) <= WIDTH + 6


def test_a_megabyte_is_no_burden() -> None:
    snippet = Highlighter(parse("korupsi"), stem).best("korupsi " * 130_000)
    assert snippet.marks


@given(st.text(max_size=400), st.sampled_from(["korupsi", '"a b"', "ab*", "a OR b", ""]))
def test_marks_lie_inside_and_apart(text: str, query: str) -> None:
    for make in (Highlighter(parse(query), stem).best, Highlighter(parse(query), stem).whole):
        snippet = make(text)
        end = 0
        for start, stop in snippet.marks:
            assert end <= start < stop <= len(snippet.text)
            end = stop
