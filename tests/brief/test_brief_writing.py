"""How a brief is written: Indonesian formats, hostile titles, links, files of every kind."""

from __future__ import annotations

import html as markup
import io
import re
import shlex
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

import openpyxl
import pytest
from brief_newsroom import DAY, line
from markdown_it import MarkdownIt
from pptx import Presentation

from citra.brief.pdf import pdf
from citra.brief.render import html, markdown
from citra.brief.selection import Counted, Selection
from citra.brief.shapes import Brief, Period, Refutation, Usual, newest_whole
from citra.brief.sheets import workbook
from citra.brief.slides import presentation
from citra.brief.words import clock, points, share_words, title, usual_words
from citra.cli.search import search
from citra.documents import JAKARTA
from citra.errors import InputError
from citra.trends.series import Change, Share

Made = Callable[..., Brief]

HOSTILE = [
    '<script>alert(1)</script><img src=x onerror="alert(1)">',
    "{{ 7 * 7 }}{% raw %}",
    "[klik](javascript:alert(1)) `kode` | tabel | *tebal* _miring_ https://jahat.example www.jahat.example",
    '=HYPERLINK("http://jahat.example","klik")',
    "+62 & -1 @SUM(A1)",
    "baris\x00\x01\x02\x03 pertama\nkedua \u202eterbalik ]]> <!--",
    "1. # judul",
    "\ud83d emoji 🤬 ❤️",
]


def test_periods_are_days_weeks_from_monday_and_months() -> None:
    assert Period.of("week", date(2026, 11, 18)) == Period(
        span="week", since=date(2026, 11, 16), until=date(2026, 11, 22), usual_since=date(2026, 9, 21),
        usual_until=date(2026, 11, 15),
    )  # fmt: skip
    month = Period.of("month", date(2028, 2, 11))
    assert (month.since, month.until) == (date(2028, 2, 1), date(2028, 2, 29))
    assert (month.usual_since, month.usual_until) == (date(2027, 8, 1), date(2028, 1, 31))
    assert Period.of("month", date(2026, 12, 5)).until == date(2026, 12, 31)
    assert Period.of("day", DAY).usual_since == date(2026, 10, 19)
    for day in (date.min, date.max):
        with pytest.raises(InputError, match="no brief"):
            Period.of("month", day)


def test_the_newest_whole_period_is_over() -> None:
    wednesday = date(2026, 11, 25)
    assert newest_whole("day", wednesday) == date(2026, 11, 24)
    assert newest_whole("week", wednesday) == date(2026, 11, 22)
    assert newest_whole("month", wednesday) == date(2026, 10, 31)


def test_words_are_indonesian() -> None:
    assert title(Period.of("day", DAY)) == "Laporan pagi: Senin, 16 November 2026"
    assert title(Period.of("week", DAY)) == "Laporan pekanan: 16–22 November 2026"
    assert title(Period.of("week", date(2027, 1, 1))) == "Laporan pekanan: 28 Desember 2026 – 3 Januari 2027"
    assert title(Period.of("week", date(2026, 10, 1))) == "Laporan pekanan: 28 September – 4 Oktober 2026"
    assert title(Period.of("month", DAY)) == "Laporan bulanan: November 2026"
    assert usual_words(Usual(expected=1234.4, low=1000, high=1500, p=0.5)) == "biasanya sekitar 1.234 (1.000–1.500)"
    assert usual_words(Usual(expected=8.9, low=3, high=15, p=0.5)) == "biasanya sekitar 8,9 (3–15)"
    assert usual_words(Usual(expected=0.2, low=0, high=2, p=0.5)) == "biasanya hampir tidak ada (paling banyak 2)"
    assert share_words(Share(value=0.4255, low=0.308, high=0.549)) == "42,5 % (30,8–54,9 %)"
    assert (points(0.409), points(-0.05)) == ("+40,9", "−5,0")
    assert clock(datetime(2026, 11, 16, 9, 5, tzinfo=JAKARTA)) == "16 November 2026 pukul 09.05 WIB"


@pytest.mark.parametrize(
    ("verdict", "difference", "words"),
    [
        ("up", 0.2, "Citra memburuk: pangsa negatif naik dari 30,0 % menjadi 50,0 %."),
        ("down", -0.2, "Citra membaik: pangsa negatif turun dari 30,0 % menjadi 10,0 %."),
        ("unclear", 0.01, "Tidak ada perubahan berarti: pangsa negatif 31,0 %, biasanya 30,0 %."),
    ],
)
def test_the_headline_says_what_the_verdict_is(made: Made, verdict: str, difference: float, words: str) -> None:
    before = Share(value=0.3, low=0.2, high=0.4)
    now = Share(value=0.3 + difference, low=0.0, high=1.0)
    change = Change(now=now, before=before, difference=difference, low=-1, high=1, verdict=verdict)  # type: ignore[arg-type]
    brief = made()
    brief = replace(brief, mood=replace(brief.mood, change=change))
    assert f"**{words}**" in markdown(brief)
    assert "<h1" in html(brief, {})
    assert words in html(brief, {})


def test_a_selection_says_itself_in_two_languages() -> None:
    of = Selection(text='it\'s a "b"', since=DAY, sentiments=("negative",), offices=("rsud", "kpk"), everything=True)
    assert of.command == (
        "citra search 'it'\"'\"'s a \"b\"' --from 2026-11-16 --sentiment negative --office rsud --office kpk --all"
    )
    assert of.url("https://citra.example/") == (
        "https://citra.example/telusur?q=it%27s+a+%22b%22&from=2026-11-16&sentiment=negative&office=rsud&office=kpk&all=1"
    )


@pytest.mark.parametrize("text", ["-olahraga korupsi", "dana\ndesa", 'judul "`kode` ``"', "--all"])
def test_a_command_holds_any_query(made: Made, text: str) -> None:
    of = Selection(text=text, since=DAY)
    words = shlex.split(of.command)
    values = search.make_context("search", words[2:]).params
    assert " ".join(values["query"]) == " ".join(text.split())
    assert values["since"] == DAY
    assert "\n" not in of.command
    brief = made()
    page = MarkdownIt().render(markdown(replace(brief, stories=Counted(value=1, of=of))))
    assert markup.escape(of.command).replace("&#x27;", "'") in page


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_titles_stay_text_in_html(made: Made, text: str) -> None:
    page = html(made(read=(line(text, source=text, offices=(text,)),)), {})
    assert "<script" not in page
    assert "onerror=" not in page.replace(markup.escape('onerror="alert(1)"'), "").replace("onerror=&#34;", "")
    shown = markup.unescape(re.sub(r"<[^>]*>", "", page))
    assert text.split("\x00", maxsplit=1)[0].strip() in shown


@pytest.mark.parametrize("text", HOSTILE[:-1])
def test_hostile_titles_stay_text_in_markdown(made: Made, text: str) -> None:
    page = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(markdown(made(read=(line(text),))))
    assert "<script" not in page
    assert "<img" not in page
    assert 'javascript:alert(1)"' not in page
    assert 'href="http://jahat' not in page
    item = re.search(r"<h2>Layak dibaca</h2>\s*<ol>\s*<li>(.*?)</li>", page, re.S)
    assert item
    shown = " ".join(markup.unescape(re.sub(r"<[^>]*>", "", item[1])).split())
    assert shown.startswith(" ".join(text.replace("\x00", "\ufffd").split()))


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", 'https://a.example/"><script>', "https://a.example/>x", "", "ftp://a"]
)
def test_odd_addresses_are_no_links(made: Made, url: str) -> None:
    brief = made(read=(line("Judul biasa", url),))
    assert "<script" not in html(brief, {})
    assert not re.search(r"<a [^>]*>Judul biasa", html(brief, {}))
    assert "](<" not in markdown(brief)


def test_a_refuted_claim_stands_beside_its_story(made: Made) -> None:
    check = Refutation(
        title="[SALAH] Gaji PNS dihapus", url="https://cek.example/1", source="turnbackhoax",
        published=datetime(2026, 11, 15, 8, 0, tzinfo=JAKARTA), of=Selection(text='id:"c1"', everything=True),
        likeness=0.62,
    )  # fmt: skip
    page = html(made(read=(line("Gaji PNS dihapus mulai Januari", refuted=(check,)),)), {})
    place = page.index("Gaji PNS dihapus mulai Januari")
    assert "Cek fakta membantah klaim serupa" in page[place : place + 1500]
    assert 'href="https://cek.example/1"' in page[place : place + 1500]
    assert "kemiripan kata 62 %" in page


def test_without_a_dashboard_numbers_lead_to_commands(made: Made) -> None:
    page = html(made(), {})
    targets = re.findall(r'<a href="#b(\d+)" title="(citra search[^"]*)"', page)
    assert targets
    for place, command in targets:
        assert f'<li id="b{place}">{command}</li>' in page


def test_workbook_holds_numbers_and_no_formula(made: Made) -> None:
    lines = tuple(line(text, source=text) for text in HOSTILE)
    book = openpyxl.load_workbook(io.BytesIO(workbook(made(read=lines, answer=lines[:2]))))
    assert book.sheetnames == ["Ringkasan", "Deret", "Topik", "Bergerak", "Teks", "Instansi"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.value for cell in cells if cell.data_type == "f"]
    texts = book["Teks"]
    titles = [texts.cell(row=row, column=2).value for row in range(2, texts.max_row + 1)]
    assert len(titles) == len(HOSTILE) + 2
    assert HOSTILE[3] in titles
    assert {cell.value for cell in texts[2]} >= {
        3,
        1234,
        "citra search 'story:\"s1\"' --from 2026-11-16 --to 2026-11-16 --all",
    }
    summary = {row[0].value: row for row in book["Ringkasan"].iter_rows() if row[0].value}
    assert [cell.value for cell in summary["Teks"]][1:5] == [1200, 9, 3, 15]


def test_slides_hold_every_text_and_the_commands(made: Made) -> None:
    lines = tuple(line(text) for text in HOSTILE)
    deck = Presentation(io.BytesIO(presentation(made(read=lines, public_url="https://citra.example"))))
    frames = [shape.text_frame for slide in deck.slides for shape in slide.shapes if shape.has_text_frame]
    text = "\n".join(frame.text for frame in frames)
    assert HOSTILE[3] in text
    assert "<script>alert(1)</script>" in text
    links = {run.hyperlink.address for frame in frames for par in frame.paragraphs for run in par.runs}
    assert "https://berita.example/1" in links
    assert any(link and link.startswith("https://citra.example/telusur?") for link in links)
    notes = [slide.notes_slide.notes_text_frame.text for slide in deck.slides if slide.has_notes_slide]
    assert "1.200: citra search --from 2026-11-16 --to 2026-11-16" in notes[0]


def test_pdf_takes_any_text(made: Made) -> None:
    lines = tuple(line(text, source=text) for text in HOSTILE)
    brief = made(read=lines, good=lines)
    assert pdf(brief, {}).startswith(b"%PDF-")
    assert pdf(brief, {}) == pdf(brief, {})
