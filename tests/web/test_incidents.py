"""Peringatan: incidents with their evidence, what people say about them, and watches that are tried before kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from dashboard import NOW, Visitor, settings_for, text
from fastapi import FastAPI

from citra.alerts.watch import Watch
from citra.config import Settings
from citra.verbs import incidents, watches
from citra.verbs.detect import detect
from citra.verbs.index import open_index
from citra.web.app import create_app

HOSTILE = "<script>document.title='dibajak'</script>"


@pytest.fixture(scope="module")
def wave(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty calm days and one on which twelve outlets tell of a bribe."""
    folder = tmp_path_factory.mktemp("wave")
    outlets = ("harian", "kabar", "warta", "suara")
    mentions = [
        text(f"tenang-{day}-{n}", f"Izin usaha {day} {n}", "Warga mengurus izin.", day=day, topics=("service",),
             label="negative" if n == 0 else "neutral", source=outlets[(day + n) % 4])
        for day in range(1, 41) for n in range(2 + day % 2)
    ]  # fmt: skip
    mentions += [
        text(f"suap-{n}", f"{HOSTILE} Suap izin {n}", "Kepala dinas ditahan karena suap izin.", day=1, label="negative",
             topics=("corruption", "service"), source=outlets[n % 4])
        for n in range(12)
    ]  # fmt: skip
    with open_index(str(folder / "index"), create=True) as store, store.writing() as writer:
        writer.upsert(mentions, version=1)
    return folder


@pytest.fixture
def alarmed(wave: Path, tmp_path: Path) -> Settings:
    """Settings whose alerts file has a watch and the incident it opened."""
    settings = settings_for(wave, tmp_path)
    watches.add(settings.alerts.path, [Watch(name="Izin <b>usaha</b>", topics=("service",))], NOW - timedelta(days=2))
    found = detect(settings.index.location, settings.alerts.path, now=NOW - timedelta(hours=12))
    assert len(found.opened) == 1
    return settings


@pytest.fixture
def officer(alarmed: Settings) -> Iterator[Visitor]:
    with Visitor(create_app(alarmed, clock=lambda: NOW)) as found:
        yield found


def test_incident_says_what_why_and_how_sure(officer: Visitor) -> None:
    page = officer.get("/peringatan").text
    assert "Terbuka: 1" in page
    assert "13 cerita negatif" in page
    assert "muncul kurang dari sekali dalam 1.000.000 hari" in page
    assert "0 peringatan keliru dalam 90 hari, anggaran 6" in page
    assert "Izin &lt;b&gt;usaha&lt;/b&gt;" in page
    one = officer.get("/peringatan/1").text
    assert HOSTILE not in one
    assert "&lt;script&gt;" in one
    assert one.count('<a href="/teks/') >= 5
    assert "belum ditangani" in one
    chart = json.loads(re.findall(r'class="data">(.*?)</script>', one, re.DOTALL)[0])
    hot = chart["hot"].index(True)
    assert (chart["count"][hot], sum(chart["hot"])) == (13, 1)
    assert "13 teks dalam 13 cerita" in officer.get(chart["links"][hot]).text
    assert "/peringatan/1" in officer.get("/").text


def test_what_people_say_is_kept_and_counts(officer: Visitor, alarmed: Settings) -> None:
    assert officer.submit("/peringatan/1", action="acknowledge").status_code == 303
    assert "ditangani oleh" in officer.get("/peringatan/1").text
    officer.submit("/peringatan/1", action="snooze", hours="72")
    assert "diam sampai 23 November 2026" in officer.get("/peringatan/1").text
    officer.submit("/peringatan/1", action="false")
    page = officer.get("/peringatan").text
    assert "1 peringatan keliru dalam 90 hari, anggaran 6" in page
    assert "Tidak ada peringatan terbuka" in page
    kept = incidents.incidents(alarmed.alerts.path)[0]
    assert (kept.acknowledged_by, kept.false_at) == (None, NOW)
    assert "incident-false" in officer.get("/sumber/pengguna").text


@pytest.mark.parametrize(("action", "hours"), [("snooze", "100000"), ("x", "24"), ("", "24")])
def test_nonsense_changes_nothing(officer: Visitor, alarmed: Settings, action: str, hours: str) -> None:
    before = incidents.incidents(alarmed.alerts.path)
    assert officer.submit("/peringatan/1", action=action, hours=hours).status_code == 400
    assert officer.submit("/peringatan/99", action="false").status_code == 404
    assert officer.get("/peringatan/99").status_code == 404
    assert incidents.incidents(alarmed.alerts.path) == before


def test_watch_is_tried_kept_changed_and_removed(officer: Visitor, alarmed: Settings) -> None:
    tried = officer.submit("/peringatan/pantauan/coba", name="Suap", text="suap", measure="volume", window="day",
                           language="id")  # fmt: skip
    assert "akan memanggil 1 kali" in tried.text
    assert [one.name for one in watches.listed(alarmed.alerts.path)] == ["Izin <b>usaha</b>"]
    fields: dict[str, str | list[str]] = {"name": "Suap", "text": "suap", "measure": "volume", "window": "day",
                                          "language": "id", "topic": ["corruption", "ethics"],
                                          "office": "bkn, kpk"}  # fmt: skip
    assert officer.submit("/peringatan/pantauan", **fields).status_code == 303
    watch = watches.named(alarmed.alerts.path, "suap")
    assert (watch.topics, watch.offices, watch.measure) == (("corruption", "ethics"), ("bkn", "kpk"), "volume")
    taken = officer.submit("/peringatan/pantauan", **fields)
    assert taken.status_code == 400
    assert "sudah ada pantauan dengan nama ini" in taken.text
    officer.submit("/peringatan/pantauan", **fields | {"edited": "suap", "window": "hour"})
    assert watches.named(alarmed.alerts.path, "suap").window == "hour"
    assert officer.submit("/peringatan/pantauan/hapus", id="suap").status_code == 303
    assert len(watches.listed(alarmed.alerts.path)) == 1


def test_preview_is_that_of_the_command(officer: Visitor, alarmed: Settings) -> None:
    watch = Watch(name="Suap", text="suap", measure="volume")
    found = watches.preview(alarmed.index.location, watch, now=NOW, budget=2.0, watches=2)
    page = officer.submit("/peringatan/pantauan/coba", name="Suap", text="suap", measure="volume", window="day",
                          language="id").text  # fmt: skip
    assert f"Dalam {found.days} hari riwayat, pantauan ini akan memanggil {len(found.incidents)} kali" in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [({"name": ""}, "nama pantauan terdiri dari"), ({"name": "x", "text": "(suap"}, "tidak ditutup"),
     ({"name": "x", "topic": "zzz"}, "tidak dikenal"), ({"name": "x", "measure": "zzz"}, "tidak dikenal"),
     ({"name": "---"}, "tidak memuat huruf"), ({"name": "x" * 90}, "80")],
)  # fmt: skip
def test_watch_that_cannot_be_is_refused_in_indonesian(officer: Visitor, fields: dict[str, str], said: str) -> None:
    sent = {"measure": "volume", "window": "day", "language": "id"} | fields
    for path in ("/peringatan/pantauan", "/peringatan/pantauan/coba"):
        answer = officer.submit(path, **sent)
        assert answer.status_code == 400
        assert said in answer.text
        assert '<p><span lang="en">' not in answer.text


def test_question_becomes_a_watch(officer: Visitor) -> None:
    page = officer.get("/telusur?q=suap&topic=corruption&kind=news&from=2026-11-01").text
    link = next(unescape(one) for one in re.findall(r'href="(/peringatan/pantauan[^"]*)"', page))
    assert "from=" not in link
    form = officer.get(link.partition("#")[0]).text
    assert 'name="text" value="suap"' in form
    assert 'value="corruption" checked' in form
    assert 'value="news" checked' in form


def test_roles(people: FastAPI) -> None:
    with Visitor(people) as reader:
        reader.log_in("rini")
        assert reader.get("/peringatan").status_code == 200
        assert 'formaction="/peringatan/pantauan/coba"' in reader.get("/peringatan/pantauan").text
        for path in ("/peringatan/1", "/peringatan/pantauan", "/peringatan/pantauan/hapus"):
            assert reader.submit(path, action="false", name="x", id="x").status_code == 403, path
            assert reader.post(path, data={"action": "false"}).status_code == 403, path


def test_looking_makes_no_file(visitor: Visitor, settings: Settings) -> None:
    for path in ("/peringatan", "/peringatan/pantauan", "/"):
        assert visitor.get(path).status_code == 200
    assert "Belum ada pantauan" in visitor.get("/peringatan").text
    assert not Path(settings.alerts.path).exists()
