"""Bandingkan: every line opens so many texts, estimates are those of the command, provinces have their tile."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date
from html import unescape

import pytest
from dashboard import Visitor

from citra.config import Settings
from citra.store import Query
from citra.verbs.compare import compare_units
from citra.web.provinces import PLACES, tiles
from nlp.gazetteer import region_name

COUNTED = re.compile(r"([\d.]+) teks dalam ([\d.]+) cerita")
ROW = re.compile(
    r'<th scope="row"><a href="([^"]+)">[^<]+</a></th>\s*<td class="num">([\d.]+)</td><td class="num">(\d+)'
)


def opened(visitor: Visitor, path: str) -> tuple[int, int]:
    """Texts and stories behind a link."""
    found = COUNTED.search(visitor.get(unescape(path)).text)
    assert found, path
    return int(found[1].replace(".", "")), int(found[2])


@pytest.mark.parametrize(
    "ask", ["?by=source", "?by=topic&q=kantor", "?by=kind&count-by=stories", "?by=office", "?by=region&kind=news",
            "?by=region&level=regency", "?by=topic&topic=corruption&topic=service"]
)  # fmt: skip
def test_every_line_opens_its_texts(visitor: Visitor, ask: str) -> None:
    page = visitor.get(f"/bandingkan{ask}&last=14d").text
    rows = ROW.findall(page)
    assert rows
    for link, texts, stories in rows:
        assert opened(visitor, link) == (int(texts.replace(".", "")), int(stories)), link


def test_numbers_are_those_of_the_command(visitor: Visitor, settings: Settings) -> None:
    text = visitor.get("/unduh/banding.csv?by=source&from=2026-11-01&to=2026-11-20").text.lstrip("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text)))
    query = Query.of("", min_relevance=settings.trend.relevance, since=date(2026, 11, 1), until=date(2026, 11, 20))
    found = compare_units(settings.index.location, query, by="source", model=settings.analyse.model)
    assert [row["id"] for row in rows] == [line.id for line in found.lines]
    assert [float(row["share"]) for row in rows] == pytest.approx([line.standing.shrunk.value for line in found.lines])
    assert sum(float(row["voice"]) for row in rows) == pytest.approx(1)


def test_map_has_every_province_once_and_links_those_with_texts(visitor: Visitor) -> None:
    assert len(PLACES) == len({place[:2] for place in PLACES.values()}) == 38
    assert all(region_name(code) != code for code in PLACES)
    assert [tile.shade for tile in tiles({"32": 0.5, "11": 0.0, "94": 1.0}) if tile.shade is not None] == [0, 4, 3]
    page = visitor.get("/bandingkan?by=region&last=14d").text
    drawing = page[page.index("<svg") : page.index("</svg>")]
    assert drawing.count("<rect") == 38
    assert drawing.count("<a href") == 1
    assert "Jawa Barat" in drawing
    assert "<svg" not in visitor.get("/bandingkan?by=region&level=regency&last=14d").text


def test_strange_questions_are_answered(visitor: Visitor) -> None:
    assert visitor.get("/bandingkan?by=zzz&top=9999&level=x").status_code == 200
    assert "Tidak ada teks" in visitor.get("/bandingkan?q=tidakadakatainidimanapun").text
    wrong = visitor.get("/bandingkan", params={"q": "(suap"})
    assert wrong.status_code == 400
    assert "kurung ini tidak ditutup" in wrong.text


def test_the_chart_says_what_the_table_says(visitor: Visitor) -> None:
    page = visitor.get("/bandingkan?by=source&last=14d").text
    chart = json.loads(re.findall(r'class="data">(.*?)</script>', page, re.DOTALL)[0])
    assert [unescape(link) for link, _, _ in ROW.findall(page)] == chart["links"]
    for low, value, high in zip(chart["low"], chart["value"], chart["high"], strict=True):
        assert 0 <= low <= value <= high <= 1
