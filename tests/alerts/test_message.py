"""Messages: Indonesian numbers and dates, English on request, and titles that are up to no good."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from citra.alerts.calendar import holiday, slots
from citra.alerts.evidence import Evidence, gather, one_line
from citra.alerts.incident import Judged, begin
from citra.alerts.message import Context, body, subject
from citra.alerts.watch import Watch
from citra.documents import JAKARTA, Mention, mention_from_json

DAY = datetime(2026, 11, 23, tzinfo=JAKARTA)
NOW = DAY + timedelta(hours=31)
BAD = "{name} {{7*7}} %s ${x}\x00\x1b[31m\u202egnirts\u202c\r\nSubject: palsu <script>alert(1)</script>"


def mention(number: int, title: str = "", story: str = "", **changes: Any) -> Mention:
    published = DAY + timedelta(hours=8, minutes=number)
    flat = {
        "id": str(number), "source": f"harian{number % 3}", "kind": "news", "url": f"https://h.example/{number}",
        "canonical_url": f"https://h.example/{number}", "title": title, "text": f"{title} suap di kantor izin",
        "published": published.isoformat(), "fetched": published.isoformat(), "content_hash": "0", "relevance": 0.9,
        "sentiment": {"label": "negative", "p_negative": 0.9, "p_neutral": 0.05, "p_positive": 0.05},
        "story_id": story or str(number), "stems": "suap kantor izin", "offices": ["kpk"], "regions": ["32.71"],
        "model": {"name": "tiny", "version": "1"},
    }  # fmt: skip
    return mention_from_json(flat | changes)


def evidence(*titles: str) -> Evidence:
    now = [mention(n, title, "besar" if n < 3 else "") for n, title in enumerate(titles)]
    before = [mention(100 + n, "Pelayanan cepat", stems="layan cepat kantor") for n in range(40)]
    return gather(now, before, stem=lambda word: word)


def context(watch: Watch, **changes: Any) -> Context:
    values = {
        "watch": watch, "threshold": 1e-3, "budget": 2.0, "watches": 1234, "history": 60, "now": NOW,
        "office": lambda office: office.upper(), "region": lambda code: f"Kota {code}", "notes": (),
    }  # fmt: skip
    return Context(**(values | changes))


def written(watch: Watch, event: str = "opened", titles: tuple[str, ...] = ("Suap izin",) * 9, **window: Any) -> str:
    values = {
        "start": DAY, "count": 1300.0, "size": None, "expected": 250.5, "deviation": 20.0, "p": 3e-4, "complete": True,
        "covered": True,
    } | window  # fmt: skip
    one = replace(begin(watch.id, watch.name, watch.window, Judged(**values), NOW), id=7)
    told = context(watch)
    return f"{subject(event, one, told)}\n{body(event, one, evidence(*titles), told)}"


def test_indonesian() -> None:
    text = written(Watch(name="Korupsi"))
    assert text.startswith("[Citra] Korupsi: 1.300 cerita negatif, 5,2 kali biasanya\n")
    for part in (
        "1.300 cerita negatif pada Senin, 23 November 2026; biasanya sekitar 250,5 (jarang lebih dari 291)",
        "Sejak Senin, 23 November 2026.", "1. Suap izin — harian0 (+2), 23/11 08.00 WIB\n   https://h.example/0",
        "Pertama kali terbit: harian0 23/11 08.00 WIB", "Instansi: KPK (9)", "Wilayah: Kota 32.71 (9)",
        "sekali dalam 3.000 hari", "60 hari riwayat", "paling banyak 2 sebulan untuk seluruh 1.234 pantauan",
        "citra alerts show 7", "Kata yang menonjol: izin, suap",
    ):  # fmt: skip
        assert part in text, part


def test_english_on_request() -> None:
    text = written(Watch(name="Korupsi", language="en"))
    assert "1,300 negative stories on Monday, 23 November 2026; usually about 250.5" in text
    assert "once in 3,000 days" in text
    assert not {"biasanya", "Sejak", "cerita"} & set(text.split())


def test_shares_and_hours() -> None:
    share = written(Watch(name="B", measure="negative-share"), count=30.0, size=40.0, expected=12.0)
    assert "75,0 % cerita negatif (30 dari 40) pada Senin, 23 November 2026; biasanya 30,0 %" in share
    hour = written(Watch(name="B", window="hour", measure="volume"), start=DAY.replace(hour=23), p=1e-9)
    assert "1.300 teks pada Senin, 23 November 2026 pukul 23.00–00.00 WIB" in hour
    assert "kurang dari sekali dalam 1.000.000 jam" in hour


def test_a_window_that_runs_says_so_and_the_end_sums_up() -> None:
    assert "belum selesai" in written(Watch(name="B"), start=DAY + timedelta(days=1))
    assert "belum selesai" not in written(Watch(name="B"))
    end = written(Watch(name="B"), event="closed")
    assert "sudah kembali seperti biasa" in end
    assert "Pertama kali terbit" not in end


@pytest.mark.parametrize("event", ["opened", "doubled", "closed"])
@pytest.mark.parametrize("language", ["id", "en"])
def test_strange_names_and_titles_stay_text(event: str, language: Any) -> None:
    text = written(Watch(name="{name} {0} %s", language=language), event=event, titles=(BAD,) * 4)
    assert "{name} {0} %s" in text.splitlines()[0]
    assert not any(letter in text for letter in "\x00\x1b\u202e\u202c\r")
    if event != "closed":
        assert "{name} {{7*7}} %s ${x} [31m gnirts Subject: palsu <script>" in text


def test_one_line_and_no_link_that_is_none() -> None:
    assert one_line("a\u200b\nb\t c") == "a b c"
    found = gather([mention(1, "Judul", canonical_url="javascript:alert(1)")], [], stem=str)
    assert found.top[0].url == ""
    assert gather([], [], stem=str).first is None


def test_posts_are_named_by_their_beginning() -> None:
    found = gather([mention(1, "", text="kata " * 60)], [], stem=str)
    assert found.top[0].title.endswith("kata …")
    assert len(found.top[0].title) <= 115


def test_evidence_survives_the_state_file() -> None:
    found = evidence("a", "b", "c", "d")
    assert Evidence.from_json(found.to_json()) == found


def test_holidays_of_indonesia() -> None:
    assert holiday(date(2026, 3, 21)) is not None  # Idulfitri
    assert holiday(date(2026, 3, 24)) is not None  # its joint leave
    assert holiday(date(2026, 11, 23)) is None
    days = [datetime(2026, 3, 20 + n, 12, tzinfo=JAKARTA).astimezone(UTC) for n in range(5)]  # Friday to Tuesday
    slot, off = slots(days, hourly=False)
    assert slot.tolist() == [6, 5, 6, 6, 6]
    assert off.tolist() == [True, False, False, True, True]
    hours, _ = slots([datetime(2026, 11, 23 - n, 9, tzinfo=JAKARTA) for n in range(3)], hourly=True)
    assert hours.tolist() == [9, 57, 33]  # Monday, Sunday, Saturday at nine
