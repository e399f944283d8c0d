"""Words: every text of every page is in both languages; what verbs say is said in Bahasa Indonesia too."""

from __future__ import annotations

import re
import string
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from citra.errors import QueryError
from citra.store.syntax import parse
from citra.web.sentences import said, translated
from citra.web.words import Words, messages

WEB = Path(__file__).resolve().parents[2] / "citra" / "web"
ID, EN = Words("id"), Words("en")


def test_every_message_is_in_both_languages_with_the_same_gaps() -> None:
    for key, texts in messages().items():
        assert len(texts) == 2, key
        gaps = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in texts]
        assert gaps[0] == gaps[1], key
        assert all(texts), key


def test_every_message_that_is_asked_for_exists() -> None:
    asked = set()
    for file in [*WEB.rglob("*.html"), *WEB.rglob("*.py")]:
        text = file.read_text(encoding="utf-8")
        asked |= set(re.findall(r"""\bt\(["']([\w.]+)["'](?!\s*~)[,)]""", text))
        asked |= set(re.findall(r"""\(["'](asked\.\w+)["']""", text))
    assert len(asked) > 100
    assert asked - set(messages()) == set()


def test_no_message_is_left_over() -> None:
    text = "\n".join(file.read_text(encoding="utf-8") for file in [*WEB.rglob("*.html"), *WEB.rglob("*.py")])
    built = [*re.findall(r"""["']([\w]+\.(?:\w+_)?)["']\s*~""", text), *re.findall(r"""\bt\(f["']([\w.]+)\{""", text)]
    for key in messages():
        assert key in text or any(key.startswith(start) for start in built), f"{key} is said nowhere"


@pytest.mark.parametrize(
    "text",
    ["(a", '"a', "a)", "foo:x", "topic:korup", "day:x", "day:2026-11-03..2026-11-01", "k*", "a OR", "a AND )", "kind:",
     "source:(a OR b)", "relevance:>z", 'title:""', "a*b*c*d*e", "ab*c*d*e*f", "---", "x" * 3000, '"--"', "day:..",
     "(" * 60 + "a", " ".join("a" * 300), "a-b*"],
)  # fmt: skip
def test_every_fault_of_a_query_is_said_in_indonesian(text: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert translated(caught.value.args[0], ID) is not None, caught.value.args[0]


def test_sentences_take_their_numbers_and_days_along() -> None:
    text = "harian silent, 2026-11-04 to 2026-11-07: no text, declared are at least 1,200 a day; the counts lack it"
    assert translated(text, ID) == (
        "harian diam, 4 November 2026 sampai 7 November 2026: tidak ada teks, seharusnya sedikitnya 1.200 sehari; "
        "jumlah teks berkurang karenanya"
    )
    assert str(said("something <new>", ID)) == '<span lang="en">something &lt;new&gt;</span>'
    assert str(said("a <b>", EN)) == "a &lt;b&gt;"


def test_numbers_and_days_are_written_as_their_readers_write() -> None:
    assert (ID.number(1234.5, 1), EN.number(1234.5, 1)) == ("1.234,5", "1,234.5")
    assert (ID.number(-3.04, 1), ID.number(-0.04, 1), EN.number(-3, 0)) == ("−3,0", "0,0", "−3")
    assert (ID.percent(0.498), EN.percent(0.498), ID.percent(None)) == ("49,8 %", "49.8%", "–")
    assert (ID.points(0.057), ID.points(-0.037)) == ("+5,7", "−3,7")
    assert ID.day(date(2026, 11, 23)) == "Senin, 23 November 2026"
    assert EN.day(date(2026, 11, 23)) == "Monday, 23 November 2026"
    assert ID.span(date(2026, 10, 26), date(2026, 11, 24)) == "26 Oktober – 24 November 2026"
    assert ID.span(date(2026, 11, 1), date(2026, 11, 24)) == "1–24 November 2026"
    assert ID.span(date(2025, 12, 31), date(2026, 1, 2)) == "31 Desember 2025 – 2 Januari 2026"
    night = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert ID.moment(night) == "24 November 2026 06.30"
    assert (ID.ago(night, night + timedelta(hours=5)), ID.ago(None, night)) == ("5 jam lalu", "belum pernah")
