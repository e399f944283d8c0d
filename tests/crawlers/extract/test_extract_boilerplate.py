# ruff: noqa: E501  (markup and example lines are easier to read unbroken)
"""The pattern files: every line compiles, drops what it should, and leaves sentences alone."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from fictional_pages import PARAGRAPHS

import crawlers.extract
from crawlers.extract.boilerplate import KINDS, clean_lines, is_boilerplate, is_date_line, rules
from crawlers.extract.decoding import decode
from crawlers.extract.dom import Line, parse, read_lines

DATA = Path(crawlers.extract.__file__).parent / "data"
PATTERN_LINES = [
    line
    for line in (DATA / "boilerplate.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


@pytest.mark.parametrize("line", PATTERN_LINES)
def test_every_rule_has_a_kind_and_compiles(line: str) -> None:
    kind, tab, pattern = line.partition("\t")
    assert kind in KINDS
    assert tab
    found = re.compile(pattern, re.IGNORECASE)
    assert not found.fullmatch(""), "a rule that matches nothing would drop everything"


@pytest.mark.parametrize("file", ["noise.txt", "bodies.txt"])
def test_every_name_pattern_compiles(file: str) -> None:
    for line in (DATA / file).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            assert not re.compile(line, re.IGNORECASE).fullmatch("")


def test_refusals_compile_and_spare_ordinary_titles() -> None:
    for name, patterns in tomllib.loads((DATA / "refusals.toml").read_text(encoding="utf-8")).items():
        for pattern in patterns:
            found = re.compile(pattern, re.IGNORECASE)
            for title in (
                "Bupati Lantik Pejabat Baru di Tiga Dinas",
                "CPNS 2026 Dibuka, 500 Formasi Guru",
                "KPK Tahan Kepala Dinas",
            ):
                assert not found.search(title), (name, pattern)


@pytest.mark.parametrize(
    "line",
    [
        "Baca juga: Gubernur Tinjau Jalan",
        "BACA JUGA:",
        "Baca Juga : Gubernur",
        "Simak juga: Video Banjir",
        "Lihat juga Foto Banjir di Kota",
        "Simak Video: Banjir",
        "Editor: Dewi",
        "Reporter : Agus",
        "Penulis: Agus | Editor: Dewi",
        "Pewarta: Agus",
        "ADVERTISEMENT",
        "SCROLL TO CONTINUE WITH CONTENT",
        "Foto: Humas/Kota",
        "(Foto: Istimewa)",
        "Ilustrasi: pegawai",
        "Copyright © Warta Nusa 2023",
        "Gabung WhatsApp Channel Warta Nusa",
        "Tags: asn, cpns",
        "Halaman 1 2 3 Selanjutnya",
        "2 dari 3 halaman",
        "Rabu, 4 November 2015 | 21:04 WIB",
        "DAERAH | 4 November 2015 21:04 Reporter : Agus Salim",
        "Bagikan",
        "Share",
        "1.204 kali dibaca",
        "* * *",
        "[Gambas:Video 20detik]",
        "Artikel ini telah tayang di wartanusa.co.id dengan judul Bupati",
        "Ikuti berita Warta Nusa di Google News",
        "Dilarang keras mengambil konten tanpa izin",
        "Simak selengkapnya di halaman berikutnya",
    ],
)
def test_boilerplate(line: str) -> None:
    assert is_boilerplate(line)


@pytest.mark.parametrize(
    "line",
    [
        *PARAGRAPHS,
        "Baca puisi di depan umum membuat pegawai itu gugup.",
        "Foto bupati dipasang di semua kantor desa sejak Senin.",
        "Editor senior itu mengundurkan diri.",
        "Simak baik-baik, kata bupati kepada para pegawai yang hadir.",
        "Komentar warga beragam, dari yang memuji sampai yang mencela.",
        "Iklan layanan itu menelan biaya Rp2 miliar.",
        "Kotabaru, 4 November 2023 - Bupati melantik pejabat.",
        "Lihat saja antrean di loket itu, katanya.",
        "1. Kartu tanda penduduk",
        "Syarat CPNS 2026:",
        "Penulis buku itu hadir.",
        "Rapat digelar 4 November 2023 pukul 10.00 WIB.",
        "(fyk/ash)",
        "Sumber: Pemerintah Kota",
        "Foto/video itu beredar di grup WhatsApp warga sejak Senin.",
        "(c) pegawai yang telah bekerja sedikitnya dua tahun",
        "Hak cipta lagu itu dipegang seorang guru, kata dinas.",
        "Foto Bupati Beredar di Media Sosial",
        "Demikian keterangan yang dikutip dari laman AFP/Xinhua, Kamis.",
    ],
)
def test_sentences_stay(line: str) -> None:
    assert not is_boilerplate(line)


@pytest.mark.parametrize(
    "line",
    ["Jumat , 17 February 2017, 13:16 WIB", "Kompas - 02/11/2023, 21:34 WIB", "Diperbarui 28 Mei 2020, 01:28 WIB"],
)
def test_date_lines(line: str) -> None:
    assert is_date_line(line)


def line_of(text: str, linked: int = 0) -> Line:
    return Line(text, linked, parse(b"<p>x</p>"), -1)


def test_link_lines_after_a_label_go_with_it() -> None:
    other = "Gubernur Tinjau Jalan Rusak"
    lines = [
        line_of(PARAGRAPHS[0]),
        line_of("Baca juga:"),
        line_of(other, len(other)),
        line_of(other, len(other)),
        line_of(PARAGRAPHS[1]),
    ]
    assert [line.text for line in clean_lines(lines)] == [PARAGRAPHS[0], PARAGRAPHS[1]]


def test_closing_heading_ends_the_text_only_in_its_last_part() -> None:
    first = [line_of("Komentar"), *map(line_of, PARAGRAPHS)]
    assert len(clean_lines(first)) == len(PARAGRAPHS)
    last = [*map(line_of, PARAGRAPHS), line_of("Berita Terkait"), line_of(PARAGRAPHS[0] + " Lagi.")]
    assert [line.text for line in clean_lines(last)] == list(PARAGRAPHS)


def test_rules_are_one_pattern_for_each_kind() -> None:
    assert set(rules()) == set(KINDS)


def test_lines_know_links_headings_captions_and_noise() -> None:
    html = b"<body><nav>menu</nav><h1>Judul</h1><p>awal <a href=x>tautan</a> akhir</p><figcaption>gambar</figcaption><div class='share'>bagi</div></body>"
    lines = read_lines(parse(html)).lines
    assert [line.text for line in lines] == ["menu", "Judul", "awal tautan akhir", "gambar", "bagi"]
    assert [line.noise >= 0 for line in lines] == [True, False, False, False, True]
    assert (lines[1].heading, lines[2].linked, lines[3].is_caption) == ("h1", len("tautan"), True)


def test_control_characters_do_not_reach_the_parser() -> None:
    assert decode(b"<p>a\x0bb\x00c</p>") == "<p>a bc</p>"


def test_credits_go_and_sentences_that_name_an_agency_stay() -> None:
    credits = [
        "Suasana antrean di kantor dinas. ANTARA FOTO/Hasan",
        "Ilustrasi pegawai. (REUTERS/Jane Doe)",
        "Loket pelayanan. ©2023 Kabar Pulau",
    ]
    sentence = "Demikian keterangan yang dikutip dari laman AFP/Xinhua, Kamis."
    lines = [line_of(PARAGRAPHS[0]), *map(line_of, credits), line_of(sentence), line_of(PARAGRAPHS[1])]
    assert [line.text for line in clean_lines(lines)] == [PARAGRAPHS[0], sentence, PARAGRAPHS[1]]


def test_link_glued_to_the_end_of_a_sentence_is_cut_off() -> None:
    for label in ("Baca juga:", "BACA JUGA :", "Simak Juga:"):
        (line,) = clean_lines([line_of(f"{PARAGRAPHS[0]} {label} Gubernur Tinjau Jalan Rusak")])
        assert line.text == PARAGRAPHS[0]
