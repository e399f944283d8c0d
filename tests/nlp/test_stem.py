from __future__ import annotations

import time

import pytest
from Sastrawi.Stemmer.StemmerFactory import StemmerFactory

from nlp.stem import protected, stem_text


@pytest.mark.parametrize(
    ("text", "stems"),
    [
        ("Pelayanan publik", "layan publik"),
        ("melayani, dilayani; PELAYAN", "layan layan layan"),
        ("penyelidikan perbankan di Bali", "selidik bank di bali"),
        ("Rp 2.500.000 pukul 07.30", "rp 2.500.000 pukul 07.30"),
        ("anak-anak @pengguna 😀", "anak anak guna"),
        ("", ""),
    ],
)
def test_stems(text: str, stems: str) -> None:
    assert stem_text(text) == stems


def test_forms_of_a_word_meet() -> None:
    for forms in ("penyelidikan penyelidik menyelidiki", "pengaduan mengadu diadukan", "pemerintah pemerintahan"):
        assert len(set(stem_text(forms).split())) == 1, forms


def test_every_protected_word_is_broken_by_sastrawi() -> None:
    sastrawi = StemmerFactory().create_stemmer()
    needless = [word for word, stem in protected().items() if sastrawi.stem(word) == stem]
    assert needless == []


def test_no_word_is_slow() -> None:
    start = time.process_time()
    stem_text("memper" * 50_000 + " " + " ".join("ke" + "an" * n for n in range(200)))
    assert time.process_time() - start < 3
