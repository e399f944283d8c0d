from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.text import MAX_WORDS, clean, model_input


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("KPK&nbsp;tangkap &amp;amp; periksa", "KPK tangkap & periksa"),
        ("<p>Antre <b>KTP</b></p><script>x=1</script> lama", "Antre KTP lama"),
        ("baca https://kabar.id/x?a=1 dan www.kabar.id/y ya", "baca dan ya"),
        ("@budi @ani_2 tolong @pengguna", "@pengguna tolong @pengguna"),
        ("tulis ke aduan@dinas.go.id", "tulis ke"),
        ("lamaaaa bangeeeet!!!!!!", "lamaa bangeet!!!"),
        ("nomor 111222 Rp 5.000.000", "nomor 111222 Rp 5.000.000"),
        ("a\x00b\u200bc\ufeff \u202ed", "a bc d"),
        ("baris\\nberikut\\tBaru", "baris berikut Baru"),
        ("𝗞𝗼𝗿𝘂𝗽𝘀𝗶 ＫＰＫ", "Korupsi KPK"),
        ("cafe\u0301 👍🏽", "café 👍🏽"),
        ("x < y dan y > z", "x < y dan y > z"),
        ("ok\ud800", "ok"),
    ],
)
def test_clean(raw: str, expected: str) -> None:
    assert clean(raw) == expected


def test_title_is_joined_once() -> None:
    assert model_input("Wali kota dipuji", "Warga senang.") == "Wali kota dipuji. Warga senang."
    assert model_input("Naik?", "Ya.") == "Naik? Ya."
    assert model_input("Wali kota dipuji", "Wali kota dipuji warga.") == "Wali kota dipuji warga."
    assert model_input("", "\x00 ") == ""


def test_cut_to_what_the_encoder_reads() -> None:
    assert len(model_input("Judul", "kata " * 5_000).split()) == MAX_WORDS


def test_megabyte_costs_no_more_than_an_article() -> None:
    start = time.process_time()
    for text in ("<" * 1_000_000, "a" * 1_000_000, "<script " * 120_000, "@a" * 500_000, "&lt;" * 250_000):
        model_input("", text)
    assert time.process_time() - start < 2


@given(st.text())
def test_any_text_gives_one_clean_line(text: str) -> None:
    once = clean(text)
    assert once == once.strip()
    assert not any(character in once for character in "\n\r\t\x00")
    once.encode("utf-8")
