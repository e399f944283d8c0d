"""Cerita, indikator, laporan: how a story spread, balances with their texts, the brief as page and as files."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from dashboard import BACKWARDS, END, NOW, SCRIPT, Visitor, settings_for, text

from citra.config import Settings
from citra.store import Query
from citra.verbs.index import open_index
from citra.verbs.indicators import indicators
from citra.web.app import create_app
from citra.web.pages.brief import as_html

COUNTED = re.compile(r"([\d.]+) teks dalam ([\d.]+) cerita")


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty days of service and corruption, and a story that four outlets have one after the other."""
    folder = tmp_path_factory.mktemp("month")
    mentions = [
        text(f"hari-{day}-{n}", f"Pelayanan {day} {n}", "Warga dilayani.", day=day,
             topics=("service", "corruption")[n % 2 :], label="negative" if (day + n) % 2 else "positive")
        for day in range(1, 31) for n in range(6)
    ]  # fmt: skip
    outlets = ("harian", "kabar", "warta", "suara")
    mentions += [
        text(f"kawat-{n}", SCRIPT if n else BACKWARDS, "Suap.", day=n, label="negative", source=outlets[3 - n],
             story="cerita-1", topics=("corruption",), kind="social" if n == 0 else "news")
        for n in range(4)
    ]  # fmt: skip
    with open_index(str(folder / "index"), create=True) as store, store.writing() as writer:
        writer.upsert(mentions, version=1)
    return folder


@pytest.fixture
def own(month: Path, tmp_path: Path) -> Settings:
    return settings_for(month, tmp_path)


@pytest.fixture
def reader(own: Settings) -> Iterator[Visitor]:
    with Visitor(create_app(own, clock=lambda: NOW)) as found:
        yield found


def test_story_says_who_was_first_and_how_it_spread(reader: Visitor) -> None:
    page = reader.get("/cerita/cerita-1").text
    assert "4 teks di 4 sumber" in page
    assert "Pertama di harian, 17 November 2026 11.00." in page
    assert "Merambat pelan" in page
    assert "<script>document" not in page
    assert "\u202e" not in page
    link = next(unescape(one) for one in re.findall(r'class="sentence"><a href="([^"]+)"', page))
    assert "4 teks dalam 1 cerita" in reader.get(link).text
    rows = list(csv.DictReader(io.StringIO(reader.get("/cerita/cerita-1/salinan.csv").text.lstrip("\ufeff"))))
    assert [row["source"] for row in rows] == ["harian", "kabar", "warta", "suara"]
    assert reader.get(f"/cerita/{rows[2]['id']}").text.count("/teks/") == page.count("/teks/")  # a text's id will do
    assert reader.get("/cerita/tidak-ada").status_code == 404
    assert any("/cerita/cerita-1" in reader.get(path).text for path in ("/telusur?q=suap",))
    assert "/cerita/cerita-1" in reader.get(f"/teks/{rows[0]['id']}").text


@pytest.mark.parametrize("ask", ["?last=14d", "?last=14d&topic=service", "?last=14d&kind=news&count-by=stories"])
def test_indicators_are_those_of_the_command_and_open_their_texts(reader: Visitor, own: Settings, ask: str) -> None:
    page = reader.get(f"/ringkasan/indikator{ask}").text
    rows = re.findall(r'<th scope="row"><a href="([^"]+)">([^<]+)</a>.*?<td class="num">([\d.]+)</td>', page, re.DOTALL)
    assert [name for _, name, _ in rows] == [
        "Kepuasan layanan",
        "Integritas",
        "Kepercayaan",
        "Transparansi",
        "Partisipasi",
    ]
    for link, name, texts in rows:
        found = COUNTED.search(reader.get(unescape(link)).text)
        assert (int(found[1]) if found else 0) == int(texts), name
    if "topic" not in ask and "kind" not in ask:
        query = Query.of("", since=END - timedelta(days=13), until=END, min_relevance=0.6)
        line = indicators(own.index.location, query, model=own.analyse.model).lines[0]
        assert line.total is not None
        value = f"{line.total.value * 100:+.0f}".replace("-", "−")
        assert f'{"0" if line.total.value == 0 else value} <span class="interval">' in page


def test_indicators_of_a_sentiment_mean_nothing(reader: Visitor) -> None:
    assert "tidak berarti" in reader.get("/ringkasan/indikator?sentiment=negative").text
    rows = reader.get("/unduh/indikator.csv?last=14d").text
    assert rows.count("integrity") == 4  # three weeks, and the whole


def test_brief_is_shown_and_its_numbers_lead_here(reader: Visitor) -> None:
    page = reader.get("/laporan?date=2026-11-19").text
    part = next(unescape(one) for one in re.findall(r'hx-get="(/laporan/isi[^"]+)"', page))
    shown = reader.get(part).text
    assert "Laporan pagi: Kamis, 19 November 2026" in shown
    assert "[^" not in shown
    assert "citra search" not in shown
    assert "\u202e" not in shown
    links = [unescape(one) for one in re.findall(r'href="(http://127.0.0.1:8000/telusur[^"]+)"', shown)]
    assert links
    assert all(reader.get(link.removeprefix("http://127.0.0.1:8000")).status_code == 200 for link in links[:5])
    assert reader.get("/laporan/gambar.png?date=2026-11-19").content.startswith(b"\x89PNG")


def test_brief_can_be_handed_on(reader: Visitor) -> None:
    starts = {"pdf": b"%PDF", "html": b"<!doctype html", "md": b"# Laporan", "xlsx": b"PK", "pptx": b"PK"}
    for kind, start in starts.items():
        answer = reader.get(f"/laporan/unduh.{kind}?date=2026-11-19")
        assert answer.content[:20].lower().startswith(start.lower()), kind
        assert f'filename="citra-day-2026-11-19.{kind}"' in answer.headers["content-disposition"]
    assert zipfile.is_zipfile(io.BytesIO(reader.get("/laporan/unduh.xlsx?span=week").content))
    assert reader.get("/laporan/unduh.exe").status_code == 404


@pytest.mark.parametrize(
    "ask", ["?date=x", "?date=9999-12-31&span=month", "?span=zzz", "?date=0001-01-01", "?date=2027-01-01"]
)
def test_absurd_briefs_are_answered(reader: Visitor, ask: str) -> None:
    assert reader.get(f"/laporan{ask}").status_code == 200
    assert reader.get(f"/laporan/isi{ask}").status_code == 200


def test_what_a_brief_quotes_runs_nothing() -> None:
    made = as_html(
        "<script>alert(1)</script> [a](javascript:alert(1)) ![x](http://jahat.example/x.png) 5[^1]\n\n[^1]: `x`"
    )
    assert "<script" not in made
    assert "<img" not in made
    assert 'href="javascript' not in made
    assert "[^1]" not in made
