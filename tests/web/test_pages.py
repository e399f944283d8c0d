"""Pages: every figure opens its texts and their number agrees; strange texts do nothing; labels can be put right."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from html import unescape
from pathlib import Path

import pytest
from dashboard import BACKWARDS, NOW, Visitor, links, settings_for, text, texts
from fastapi import FastAPI

from citra.documents import Partition, mention_from_json, to_json
from citra.lake import Lake
from citra.verbs.index import open_index
from citra.verbs.load import load
from citra.web.app import create_app

COUNTED = re.compile(r"([\d.]+) teks dalam ([\d.]+) cerita")


def total(visitor: Visitor, path: str) -> tuple[int, int]:
    """Texts and stories that a search page says it found."""
    page = visitor.get(path)
    assert page.status_code == 200, path
    found = COUNTED.search(page.text)
    return (int(found[1].replace(".", "")), int(found[2].replace(".", ""))) if found else (0, 0)


def data_of(page: str) -> list[dict[str, object]]:
    return [json.loads(block) for block in re.findall(r'class="data">(.*?)</script>', page, re.DOTALL)]


@pytest.mark.parametrize(
    "ask", ["", "?q=kantor&last=14d", "?last=90d&by=week", "?topic=corruption&topic=service&last=14d", "?kind=news"]
)
def test_every_figure_of_the_overview_opens_so_many_texts(visitor: Visitor, ask: str) -> None:
    page = visitor.get(f"/{ask}").text
    tiles = re.findall(r'<a class="tile[^"]*"[^>]*href="([^"]+)"><span class="value">([\d.]+)</span>', page)
    assert len(tiles) == 5
    for place, (link, number) in enumerate(tiles):
        assert total(visitor, unescape(link))[place == 1] == int(number.replace(".", "")), link
    trend, topics = data_of(page)
    for place, link in enumerate(trend["links"]):  # type: ignore[arg-type, var-annotated]
        parts = [trend[label][place] for label in ("negative", "neutral", "positive")]  # type: ignore[index]
        assert total(visitor, link)[0] == sum(parts), link
    for label in ("negative", "neutral", "positive"):
        for number, link in zip(topics[label], topics["links"][label], strict=True):  # type: ignore[call-overload, index]
            assert total(visitor, link)[0] == number, link


def test_stories_open_as_stories(visitor: Visitor) -> None:
    page = visitor.get("/?count-by=stories&last=14d").text
    tile = re.findall(r'href="([^"]+)"><span class="value">(\d+)</span> <span class="what">cerita', page)[0]
    assert total(visitor, unescape(tile[0]))[1] == int(tile[1])
    trend = data_of(page)[0]
    for place, link in enumerate(trend["links"]):  # type: ignore[arg-type, var-annotated]
        assert total(visitor, link)[1] == sum(trend[label][place] for label in ("negative", "neutral", "positive"))  # type: ignore[index]


def test_choices_promise_what_they_open(visitor: Visitor) -> None:
    page = visitor.get("/telusur/saring?q=kantor&kind=news").text
    offered = re.findall(
        r'<a href="([^"]+)"[^>]*><span class="box" aria-hidden="true">(.)</span>.*?<span class="n">(\d+)</span>', page
    )
    assert len(offered) >= 8
    for link, box, number in offered:
        if box == "☐" and "kind=news&amp;kind=" not in link:
            assert total(visitor, unescape(link))[0] == int(number), link


def test_paging_shows_every_text_once(visitor: Visitor) -> None:
    path, seen = "/telusur?all=1", []
    for _ in range(10):
        page = visitor.get(path, headers={"HX-Request": "true"} if "after" in path else {}).text
        seen += re.findall(r'<p class="text-tools"><a href="/teks/([0-9a-f]{24})"', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        if not following:
            break
        path = unescape(following[1])
    assert sorted(seen) == sorted(one.id for one in texts())


def test_copies_of_a_story_stand_together(visitor: Visitor) -> None:
    page = visitor.get("/telusur?q=gudang").text
    assert page.count('<div class="card group">') == 1
    assert "4 teks dari cerita ini" in page
    link = next(one for one in links(page) if "story%3A" in one or "story:" in one)
    assert total(visitor, link) == (4, 1)


def test_matches_are_marked(visitor: Visitor) -> None:
    assert "<mark>suap</mark>" in visitor.get("/telusur?q=suap").text


def test_fault_of_a_query_is_shown_where_it_is(visitor: Visitor) -> None:
    for path in ("/telusur", "/"):
        answer = visitor.get(path, params={"q": 'suap AND (gudang "izin"'})
        assert answer.status_code == 400
        assert "kurung ini tidak ditutup" in answer.text
        assert "suap AND (gudang &#34;izin&#34;\n         <span" in answer.text


@pytest.mark.parametrize(
    "path", ["/?from=x&to=y&last=z", "/?topic=zzz", "/telusur?from=2026-13-01", "/?from=2027-01-01&to=2026-01-01"]
)
def test_addresses_that_cannot_be_read_say_so_and_show_the_rest(visitor: Visitor, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text


@pytest.mark.parametrize(
    "path", ["/?from=0001-01-01&to=9999-12-31", "/?last=5000d", "/?from=9999-12-31", "/?to=0001-01-01"]
)
def test_absurd_periods_are_answered(visitor: Visitor, path: str) -> None:
    assert visitor.get(path).status_code in {200, 503}
    assert "Traceback" not in visitor.get(path).text


def test_nothing_found_says_what_to_try(visitor: Visitor) -> None:
    page = visitor.get("/telusur?q=zzzz&kind=news&last=7d").text
    assert "Tidak ada teks yang cocok" in page
    assert {"/telusur?q=zzzz&last=7d", "/telusur?q=zzzz&kind=news"} <= set(links(page))
    assert "Tidak ada teks" in visitor.get("/?q=zzzz").text


def test_page_of_another_search_is_refused_in_words(visitor: Visitor) -> None:
    for cursor in ("x", "n-00000000-0-1", "n-" + "f" * 500):
        answer = visitor.get("/telusur", params={"q": "kantor", "after": cursor})
        assert answer.status_code == 400
        assert "mulai lagi dari awal" in answer.text


def test_without_an_index_pages_say_what_to_do(tmp_path: Path) -> None:
    with Visitor(create_app(settings_for(tmp_path, tmp_path), clock=lambda: NOW)) as visitor:
        for path in ("/", "/telusur"):
            answer = visitor.get(path)
            assert answer.status_code == 503
            assert "citra load" in answer.text
        assert visitor.get("/sumber").status_code == 200


def test_strange_texts_stay_text(visitor: Visitor) -> None:
    for path in (
        "/",
        "/ringkasan/sebab",
        "/telusur?q=jahat",
        "/telusur?q=terbalik",
        "/telusur?q=panjang",
        "/telusur?all=1",
    ):
        page = visitor.get(path).text
        assert "<script>document" not in page
        assert "<img src=x" not in page
        assert "javascript:" not in page
        assert "\u202e" not in page
        assert len(page) < 200_000
    for one in texts():
        page = visitor.get(f"/teks/{one.id}").text
        assert "<script>document" not in page
        assert "\u202e" not in page
        assert "\u2066" not in page
        assert 'href="javascript:' not in page
    assert BACKWARDS.replace("\u202e", "").split()[0] in visitor.get("/telusur?q=terbalik").text


def test_strange_addresses_stay_text(visitor: Visitor) -> None:
    strange = '"><script>alert(1)</script>'
    for path in ("/", "/telusur", "/telusur/saring", "/sumber/tolakan"):
        for name in ("q", "source", "topic", "from", "last", "office", "tahap", "alasan", "after", "sort"):
            page = visitor.get(path, params={name: strange}).text
            assert "<script>alert" not in page


def test_links_that_lead_away_tell_nothing_of_us(visitor: Visitor) -> None:
    away = re.findall(r'<a href="https?://[^"]+"[^>]*>', visitor.get("/telusur?q=kantor").text)
    assert away
    assert all('rel="noopener noreferrer"' in link for link in away)


def test_tables_to_take_away_are_whole_and_no_formula(visitor: Visitor) -> None:
    csv.field_size_limit(1_000_000)  # one of them is long
    answer = visitor.get("/unduh/teks.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert len(rows) == total(visitor, "/telusur")[0]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
    trend = visitor.get("/unduh/tren.csv?last=14d").text.removeprefix("\ufeff")
    assert (
        sum(int(row["placements"]) for row in csv.DictReader(io.StringIO(trend)))
        == total(visitor, "/telusur?from=2026-11-07&to=2026-11-20")[0]
    )


def test_language_is_kept(visitor: Visitor) -> None:
    visitor.submit("/pilihan", bahasa="en")
    page = visitor.get("/").text
    assert '<html lang="en"' in page
    assert "Overview" in page
    assert "Ringkasan" not in page
    visitor.submit("/pilihan", tema="dark")
    assert 'data-theme="dark"' in visitor.get("/").text


def test_new_texts_are_counted_at_once(tmp_path: Path) -> None:
    index = str(tmp_path / "index")
    with open_index(index, create=True) as store, store.writing() as writer:
        writer.upsert([text("a", "Satu", "Satu kantor")], version=1)
    with Visitor(create_app(settings_for(tmp_path, tmp_path), clock=lambda: NOW)) as visitor:
        assert total(visitor, "/telusur") == (1, 1)
        with open_index(index) as store, store.writing() as writer:
            writer.upsert([text("b", "Dua", "Dua kantor")], version=1)
        assert total(visitor, "/telusur") == (2, 2)


def test_corrected_label_is_kept_and_counted(people: FastAPI, tmp_path: Path) -> None:
    """Needs the text in the lake too, as everything in an index is."""
    del people  # the other application has people of its own
    one = text("salah", "Inovasi antrean", "Antrean daring memudahkan warga.", label="negative")
    Lake(str(tmp_path / "lake")).write("mentions", Partition.of("harian", NOW), [mention_from_json(to_json(one))])
    load(str(tmp_path / "index"), str(tmp_path / "lake"), now=NOW)
    app = create_app(settings_for(tmp_path, tmp_path / "own"), clock=lambda: NOW)
    with Visitor(app) as visitor:
        assert total(visitor, "/telusur?sentiment=negative") == (1, 1)
        answer = visitor.submit(f"/teks/{one.id}/koreksi", sentiment="positive", topics=["innovation", "service"])
        assert answer.status_code == 200
        assert "Tersimpan; angka sudah menyesuaikan." in answer.text
        assert total(visitor, "/telusur?sentiment=negative") == (0, 0)
        assert total(visitor, "/telusur?sentiment=positive&topic=innovation") == (1, 1)
        assert "Dikoreksi oleh lokal" in visitor.get(f"/teks/{one.id}").text
        assert app.state.citra.audit.newest(1)[0].what == "label"
        visitor.submit(f"/teks/{one.id}/koreksi", retract="1")
        assert total(visitor, "/telusur?sentiment=negative") == (1, 1)
        assert visitor.submit(f"/teks/{one.id}/koreksi", sentiment="buruk").status_code == 400


def test_erasure_counts_first_then_removes_and_gives_a_receipt(tmp_path: Path) -> None:
    partition = Partition.of("harian", NOW)
    one, other = text("a", "Satu", "Satu kantor"), text("b", "Dua", "Dua kantor")
    Lake(str(tmp_path / "lake")).write("mentions", partition, [one, other])
    load(str(tmp_path / "index"), str(tmp_path / "lake"), now=NOW)
    app = create_app(settings_for(tmp_path, tmp_path / "own"), clock=lambda: NOW)

    def asked(**fields: str) -> dict[str, object]:
        assert (
            visitor.submit("/sumber/hapus", kind="url", target=one.document.canonical_url, **fields).status_code == 200
        )
        for _ in range(600):
            job = app.state.citra.jobs.newest
            if job.ended is not None:
                break
            time.sleep(0.05)
        assert job.error == ""
        return visitor.get("/sumber/hapus/bukti.json").json()  # type: ignore[no-any-return]

    with Visitor(app) as visitor:
        assert total(visitor, "/telusur") == (2, 2)
        assert asked()["is_dry"]
        assert total(visitor, "/telusur") == (2, 2)
        receipt = asked(sure="1")
        assert (receipt["remaining"], receipt["documents"]) == (0, 1)
        assert total(visitor, "/telusur") == (1, 1)
        assert one.document.canonical_url not in visitor.get("/sumber/hapus").text
        assert visitor.submit("/sumber/hapus", kind="apa", target="x").status_code == 400
    assert [entry.what for entry in app.state.citra.audit.newest(2)] == ["erase", "erase-count"]
