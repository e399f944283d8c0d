"""Bandingkan, Dampak, Peringatan and Laporan in a real Chromium over the demonstration."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from dashboard import END, look_at, serving, settings_for, visit

from citra.alerts.watch import Watch
from citra.config import Settings
from citra.demo.plan import event_day
from citra.verbs import incidents, watches
from citra.verbs.detect import detect
from citra.web.app import create_app

EVENING = datetime.combine(event_day(END), time(14), UTC)


@pytest.fixture(scope="module")
def alarmed(demonstration: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The demonstration on the evening of the planted event, watched."""
    settings = settings_for(demonstration, tmp_path_factory.mktemp("alarmed"))
    watches.add(settings.alerts.path, [Watch(name="Korupsi", topics=("corruption",))], EVENING - timedelta(days=3))
    assert detect(settings.index.location, settings.alerts.path, now=EVENING).opened
    return settings


@pytest.fixture(scope="module")
def evening(alarmed: Settings) -> Iterator[str]:
    with serving(create_app(alarmed, clock=lambda: EVENING + timedelta(hours=1))) as found:
        yield found


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_pages_render_and_axe_finds_nothing_serious(browser: Any, evening: str, shots: Path, look: str) -> None:
    pages = (
        ("bandingkan", "/bandingkan?by=region"), ("dampak", f"/dampak?at={event_day(END) - timedelta(days=6)}"),
        ("peringatan", "/peringatan"), ("kejadian", "/peringatan/1"), ("pantauan", "/peringatan/pantauan"),
        ("laporan", f"/laporan?date={event_day(END)}"),
    )  # fmt: skip
    look_at(browser, evening, pages, look, shots)


def test_alert_is_taken_up_by_hand(page: Any, evening: str, alarmed: Settings) -> None:
    visit(page, f"{evening}/peringatan")
    page.get_by_role("link", name="Korupsi").click()
    page.wait_for_url("**/peringatan/1")
    assert page.locator("#grafik-kejadian canvas").count() == 1
    assert page.locator("ol.stories li").count() >= 3
    page.get_by_role("button", name="Saya tangani").click()
    page.locator("#keadaan", has_text="ditangani oleh").wait_for()
    assert incidents.incidents(alarmed.alerts.path)[0].acknowledged_by
    page.get_by_role("button", name="Keliru").click()
    page.locator("#keadaan", has_text="keliru, kata").wait_for()
    visit(page, f"{evening}/peringatan")
    assert page.locator("#anggaran").inner_text() == "1 peringatan keliru dalam 90 hari, anggaran 6"


def test_watch_is_tried_in_place(page: Any, evening: str, alarmed: Settings) -> None:
    visit(page, f"{evening}/peringatan/pantauan?q=perizinan")
    page.get_by_label("Nama").fill("Perizinan")
    page.get_by_label("jumlah teks").check()
    page.get_by_role("button", name="Coba pada riwayat").click()
    page.locator("#coba .done").wait_for()
    assert re.search(r"akan memanggil \d+ kali", page.locator("#coba").inner_text())
    assert len(watches.listed(alarmed.alerts.path)) == 1
    page.get_by_role("button", name="Simpan").click()
    page.wait_for_url("**ubah=perizinan**")
    assert watches.named(alarmed.alerts.path, "perizinan").text == "perizinan"


def test_map_is_reached_by_keyboard_and_saved(page: Any, evening: str) -> None:
    visit(page, f"{evening}/bandingkan?by=region")
    tile = page.locator(".tiles-map a").first
    tile.focus()
    assert page.evaluate("document.activeElement.closest('svg') !== null")
    number = re.search(r"\((\d+) teks\)", tile.get_attribute("aria-label"))
    assert number
    with page.expect_download() as saved:
        page.locator("[data-save-drawing]").click()
    assert Path(saved.value.path()).read_bytes().startswith(b"\x89PNG")
    tile.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/telusur?**")
    assert page.locator(".count").inner_text().startswith(f"{number[1]} teks dalam")


def test_effect_is_asked_for_with_the_form(page: Any, evening: str) -> None:
    visit(page, f"{evening}/dampak")
    page.get_by_label("Hari pertama").fill(str(event_day(END) - timedelta(days=6)))
    page.get_by_label("Pembanding 1").fill("topic:staffing")
    page.get_by_role("button", name="Ukur").click()
    page.wait_for_url("**controls=topic**")
    page.locator("#grafik-dampak canvas").wait_for()
    assert "Porsi negatif" in page.locator(".verdict .sentence").inner_text()
    assert "Pembanding 1" in page.locator("dl.facts").inner_text()


def test_comparison_draws_and_its_table_is_taken_away(page: Any, evening: str) -> None:
    visit(page, f"{evening}/bandingkan?by=topic")
    assert page.locator("#grafik-banding canvas").count() == 1
    rows = page.locator("#tabel-banding tbody tr").count()
    with page.expect_download() as saved:
        page.locator("#grafik-banding a", has_text="CSV").click()
    assert len(Path(saved.value.path()).read_text(encoding="utf-8-sig").splitlines()) == rows + 1
