"""The dashboard in a real Chromium over the demonstration: seen, clicked, typed, and measured for accessibility."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from dashboard import END, PASSWORD, look_at, serving, settings_for, texts, visit
from fastapi import FastAPI

from citra.config import Settings
from citra.demo.plan import event_day
from citra.verbs.index import open_index
from citra.web.app import create_app


def counted(page: Any) -> int:
    found = re.search(r"([\d.]+) teks dalam", page.locator(".count").inner_text())
    assert found
    return int(found[1].replace(".", ""))


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_pages_render_and_axe_finds_nothing_serious(browser: Any, address: str, shots: Path, look: str) -> None:
    pages = (
        ("ringkasan", "/"), ("telusur", "/telusur?q=pungli OR suap"), ("sumber", "/sumber"),
        ("pengguna", "/sumber/pengguna"), ("model", "/sumber/model"),
    )  # fmt: skip
    look_at(browser, address, pages, look, shots)


def test_planted_event_is_seen_and_opens_its_texts(page: Any, address: str) -> None:
    visit(page, f"{address}/")
    chart = json.loads(page.locator("#grafik-tren script.data").text_content())
    peak = chart["negative"].index(max(chart["negative"]))
    assert f"from={event_day(END)}" in chart["links"][peak]
    assert page.locator("canvas").count() == 3
    assert "Tirtakarsa" in page.locator("#sebab").locator("xpath=..").inner_text()
    number = int(page.locator("#angka-negative .value").inner_text())
    page.locator("#angka-negative").click()
    page.wait_for_url("**/telusur?**")
    assert counted(page) == number
    page.go_back()
    canvas = page.locator("#grafik-tren canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    plot = box["width"] - 64
    page.mouse.click(box["x"] + 52 + plot * (peak + 0.5) / len(chart["labels"]), box["y"] + box["height"] - 30)
    page.wait_for_url(f"**/telusur?from={event_day(END)}**")
    assert counted(page) == sum(chart[label][peak] for label in ("negative", "neutral", "positive"))


def test_search_agrees_with_the_command(page: Any, address: str, demo_settings: Settings, demonstration: Path) -> None:
    visit(page, f"{address}/telusur")
    page.locator("#q").fill("pungli OR suap")
    page.keyboard.press("Enter")
    page.wait_for_url("**/telusur?**")
    command = [str(Path(sys.executable).with_name("citra")), "--config", str(demonstration / "citra.toml"), "search",
               "pungli OR suap", "--json"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert counted(page) == json.loads(done.stdout.splitlines()[-1])["total"]
    page.locator("[aria-busy]").first.wait_for(state="detached")
    choice = page.locator(".facets a", has_text="media sosial")
    number = int(choice.locator(".n").inner_text())
    choice.click()
    page.wait_for_url("**kind=social**")
    assert counted(page) == number
    with page.expect_download() as saved:
        page.get_by_text("Unduh semua (CSV)").click()
    text = Path(saved.value.path()).read_text(encoding="utf-8-sig")
    assert len(re.findall(r"(?m)^[0-9a-f]{24},", text)) == number


def test_pictures_and_tables_can_be_taken_away(page: Any, address: str) -> None:
    visit(page, f"{address}/")
    with page.expect_download() as saved:
        page.locator("#grafik-tren [data-save]").click()
    assert Path(saved.value.path()).read_bytes().startswith(b"\x89PNG")
    with page.expect_download() as saved:
        page.locator("#grafik-topik a", has_text="CSV").click()
    assert "corruption" in Path(saved.value.path()).read_text(encoding="utf-8")


def test_keyboard_alone_is_enough(page: Any, address: str) -> None:
    visit(page, f"{address}/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "isi"
    for _ in range(6):  # past the brief and the verdict's own links
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "q":
            break
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("suap")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=suap**")
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
    assert {"angka-teks", "angka-negative", "SUMMARY", "BUTTON"} <= reached
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"


def test_language_and_colours_switch(page: Any, address: str) -> None:
    visit(page, f"{address}/telusur?q=suap")
    page.get_by_role("button", name="English").click()
    page.wait_for_selector("html[lang=en]")
    assert page.url.endswith("/telusur?q=suap")
    assert page.locator("h1").inner_text() == "Search"
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Theme").click()
    page.wait_for_selector("html[data-theme=dark]")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before


def test_label_is_put_right_in_place(page: Any, own_demonstration: Settings, demo_app: FastAPI) -> None:
    app = create_app(own_demonstration, clock=demo_app.state.citra.clock)
    with serving(app) as address:
        visit(page, f"{address}/telusur?q=pungli&sentiment=negative")
        number = counted(page)
        first = page.locator("article.text").first
        first.get_by_text("Mengapa label ini?").click()
        first.locator(".why .for").first.wait_for()
        first.get_by_text("Koreksi label").click()
        first.get_by_label("positif").check()
        first.get_by_role("button", name="Simpan koreksi").click()
        page.get_by_text("Tersimpan; angka sudah menyesuaikan.").wait_for()
        visit(page, f"{address}/telusur?q=pungli&sentiment=negative")
        assert counted(page) == number - 1


def test_login_by_form(page: Any, own_demonstration: Settings, demo_app: FastAPI) -> None:
    app = create_app(own_demonstration, clock=demo_app.state.citra.clock)
    app.state.citra.users.add("ani", "admin", PASSWORD, app.state.citra.clock())
    with serving(app) as address:
        page.goto(f"{address}/sumber")
        page.get_by_label("Nama pengguna").fill("ani")
        page.get_by_label("Kata sandi").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/sumber")
        assert page.locator(".who").inner_text().startswith("ani")
        page.get_by_role("button", name="Keluar").click()
        page.wait_for_url("**/masuk")


def test_strange_texts_run_nothing(page: Any, tmp_path: Path) -> None:
    with open_index(str(tmp_path / "index"), create=True) as store, store.writing() as writer:
        writer.upsert(texts(), version=1)
    with serving(create_app(settings_for(tmp_path, tmp_path))) as address:
        for path in ("/?from=2026-11-01&to=2026-11-20", "/telusur?q=jahat OR panjang OR terbalik", "/telusur?all=1"):
            visit(page, f"{address}{path}")
            assert "dibajak" not in page.title()
            assert page.evaluate("document.querySelectorAll('img[onerror], a[href^=\"javascript\"]').length") == 0
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_it_prints(page: Any, address: str) -> None:
    visit(page, f"{address}/")
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert page.locator(".verdict").is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")
