"""detect over made-up mentions: hours, gaps, late and doubled loads, new sources, two workers, and what people say."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from citra.alerts.state import State
from citra.alerts.watch import Watch
from citra.documents import JAKARTA, Mention, mention_from_json
from citra.errors import InputError, QueryError
from citra.verbs import watches
from citra.verbs.coverage import Coverage, DayCoverage
from citra.verbs.detect import acknowledge, alert_status, detect, evidence, incidents, mark_false, snooze, told
from citra.verbs.incidents import forget
from citra.verbs.index import open_index

FIRST = date(2026, 9, 1)  # a Tuesday
LAST = date(2026, 11, 10)  # a Tuesday, no holiday near
NOON = datetime(2026, 11, 10, 12, 30, tzinfo=JAKARTA)


def text(day: date, number: int, *, hour: int = 9, label: str = "negative", **changes: Any) -> Mention:
    published = datetime(day.year, day.month, day.day, hour, number % 60, tzinfo=JAKARTA)
    flat = {
        "id": f"{day}-{hour}-{number}-{changes.get('source', 'harian')}", "source": "harian", "kind": "news",
        "url": f"https://h.example/{day}/{number}", "canonical_url": f"https://h.example/{day}/{number}",
        "title": f"Antrean panjang {day}", "text": "Warga mengeluh antrean di kantor",
        "published": published.isoformat(), "fetched": published.isoformat(), "content_hash": "0", "relevance": 0.9,
        "sentiment": {"label": label, "p_negative": 0.4, "p_neutral": 0.3, "p_positive": 0.3},
        "story_id": f"s-{day}-{hour}-{number}", "stems": "antre warga keluh kantor",
        "topics": [{"id": "service", "p": 0.9}], "offices": ["disdukcapil@32.71"], "regions": ["32.71"],
        "model": {"name": "tiny", "version": "1"},
    }  # fmt: skip
    return mention_from_json(flat | changes)


def days(first: date = FIRST, last: date = LAST) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def ordinary(first: date = FIRST, last: date = LAST - timedelta(days=1)) -> Iterator[Mention]:
    """Ten texts of a working day, four at weekends, half of them negative, spread over office hours."""
    rng = np.random.default_rng(3)
    for day in days(first, last):
        for number in range(int(rng.poisson(10 if day.weekday() < 5 else 4))):
            yield text(day, number, hour=8 + number % 9, label="negative" if number % 2 else "neutral")


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("quiet") / "index")
    load(path, ordinary())
    return path


def load(path: str, mentions: Iterable[Mention], version: int = 1) -> None:
    with open_index(path, create=True) as store, store.writing() as writer:
        writer.upsert(mentions, version=version)


@pytest.fixture
def index(tmp_path: Path) -> str:
    path = str(tmp_path / "index")
    load(path, ordinary())
    return path


@pytest.fixture
def state(tmp_path: Path) -> str:
    path = str(tmp_path / "alerts.sqlite")
    watches.add(path, [Watch(name="Antrean", text="antrean", measure="volume")], NOON)
    return path


def evening(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 23, 45, tzinfo=JAKARTA)


def wave(count: int, day: date = LAST, hour: int = 11, **changes: Any) -> list[Mention]:
    return [text(day, 500 + number, hour=hour, **changes) for number in range(count)]


def test_ordinary_days_raise_nothing(quiet: str, state: str) -> None:
    watches.add(state, [Watch(name="Negatif"), Watch(name="Bagian", measure="negative-share")], NOON)
    for day in days(LAST - timedelta(days=30)):
        found = detect(quiet, state, now=datetime(day.year, day.month, day.day, 23, tzinfo=JAKARTA))
        assert found.opened == ()
    assert found.judged == 3


def test_a_wave_is_told_once_with_its_evidence(index: str, state: str) -> None:
    load(index, wave(45))
    found = detect(index, state, now=NOON)
    assert [one.name for one in found.opened] == ["Antrean"]
    assert found.messages == 1
    assert detect(index, state, now=NOON).messages == 0
    assert detect(index, state, now=NOON + timedelta(hours=2)).messages == 0
    number = found.opened[0].id
    carried = evidence(state, number)
    assert carried is not None
    assert carried.placements == 45
    assert carried.offices == (("disdukcapil@32.71", 45),)
    body = told(state, number)["messages"][0]["body"]
    assert "Selasa, 10 November 2026" in body
    assert "Disdukcapil Kota Bogor (45)" in body
    assert "https://h.example/" in body


def test_an_hourly_watch_catches_a_wave_within_the_hour(index: str, tmp_path: Path) -> None:
    state = str(tmp_path / "hourly.sqlite")
    watches.add(state, [Watch(name="Jam", window="hour")], NOON)
    before = detect(index, state, now=NOON.replace(hour=11, minute=5))
    assert (before.judged, before.opened) == (1, ())
    load(index, wave(9))  # no more than the daily watch sees on many days
    found = detect(index, state, now=NOON.replace(hour=11, minute=50))
    assert [one.first.hour for one in found.opened] == [11]
    assert "pukul 11.00–12.00 WIB" in told(state, found.opened[0].id)["messages"][0]["body"]
    later = [detect(index, state, now=NOON.replace(hour=hour, minute=30)) for hour in range(12, 20)]
    assert [one.status for run in later for one in run.changed] == ["closed"]
    assert [message["kind"] for message in told(state, found.opened[0].id)["messages"]] == ["opened", "closed"]


def test_life_over_days_gives_three_messages(index: str, state: str) -> None:
    number = None
    for day, count in enumerate((30, 70, 20, 0, 0, 0)):
        today = LAST + timedelta(days=day)
        load(index, [*wave(count, today), *ordinary(today, today)])
        found = detect(
            index, state, now=datetime.combine(today, NOON.time(), JAKARTA) + timedelta(hours=11, minutes=15)
        )
        number = number or found.opened[0].id
    assert number is not None
    assert [message["kind"] for message in told(state, number)["messages"]] == ["opened", "doubled", "closed"]
    assert len(incidents(state)) == 1
    assert incidents(state, only_open=True) == []


def test_young_history_is_said_to_be_too_short(tmp_path: Path, state: str) -> None:
    path = str(tmp_path / "young")
    load(path, [*ordinary(LAST - timedelta(days=10)), *wave(60)])
    found = detect(path, state, now=NOON)
    assert (found.judged, found.opened) == (0, ())
    assert found.waiting[0].watch == "antrean"
    assert (round(found.waiting[0].days), found.waiting[0].needed) == (9, 14)  # the tenth day runs


def test_an_index_without_texts_is_no_fault(tmp_path: Path, state: str) -> None:
    path = str(tmp_path / "empty")
    load(path, [])
    assert detect(path, state, now=NOON).opened == ()


def test_doubled_load_and_old_days_filled_in_late_are_no_wave(index: str, state: str) -> None:
    load(index, ordinary(), version=2)  # everything once more
    load(index, wave(60, LAST - timedelta(days=9)))  # an archive
    assert detect(index, state, now=NOON).opened == ()


def test_late_texts_of_yesterday_are_told_late_and_say_since_when(index: str, state: str) -> None:
    assert detect(index, state, now=NOON).opened == ()
    load(index, wave(45, LAST - timedelta(days=1)))
    opened = detect(index, state, now=NOON + timedelta(hours=1)).opened
    assert [one.first.date() for one in opened] == [LAST - timedelta(days=1)]
    load(index, [text(LAST - timedelta(days=1), 900 + number) for number in range(30)])
    detect(index, state, now=NOON + timedelta(hours=2))
    assert incidents(state)[0].revised.endswith("→ 87") or incidents(state)[0].revised


def test_a_new_source_alone_is_no_wave(index: str, state: str) -> None:
    load(index, wave(45, source="baru"))
    found = detect(index, state, now=NOON)
    assert found.opened == ()
    assert "45 teks dari baru tidak dihitung" in found.notes[0]
    load(index, wave(40, hour=12))
    assert [one.name for one in detect(index, state, now=NOON).opened] == ["Antrean"]


def cover(source: str, day: date, status: str = "ok", covered: float = 1.0) -> DayCoverage:
    return DayCoverage(
        source=source, day=day, status=status, reason="" if status == "ok" else "no texts", documents=9,  # type: ignore[arg-type]
        expected=10.0, covered=covered, runs=24, silent_hours=(),
    )  # fmt: skip


def test_silent_source_is_a_warning_and_no_calm(index: str, state: str, tmp_path: Path) -> None:
    load(index, wave(45))
    assert len(detect(index, state, now=NOON).opened) == 1
    gap = [LAST + timedelta(days=number) for number in range(1, 6)]
    fine = [cover("harian", day) for day in days()]
    silent = Coverage(days=(*fine, *(cover("harian", day, "silent", 0.0) for day in gap)))
    for day in gap:
        found = detect(index, state, now=evening(day), coverage=silent)
        assert found.changed == ()  # silence is no end
    assert [one.status for one in incidents(state)] == ["open"]
    with State(state) as opened:
        told_ = opened.db.execute("SELECT kind, body FROM messages ORDER BY id").fetchall()
    assert [row["kind"] for row in told_] == ["opened", "source"]  # one warning for the whole stretch
    assert "belum tentu berarti keadaan tenang" in told_[1]["body"]


def test_flooding_source_is_left_out_before_anything_is_told(index: str, state: str) -> None:
    load(index, [text(day, 700, source="arsip") for day in days(FIRST, LAST - timedelta(days=1))])
    load(index, wave(45, source="arsip"))
    flood = Coverage(days=tuple(cover("arsip", day, "flood" if day == LAST else "ok") for day in days()))
    found = detect(index, state, now=NOON, coverage=flood)
    assert found.opened == ()
    assert "arsip" in found.notes[0]
    assert "membanjiri" in found.warnings[0]


def test_two_workers_tell_once(index: str, state: str) -> None:
    load(index, wave(45))
    watches.add(state, [Watch(name=f"Lain {number}", text="antrean", measure="volume") for number in range(5)], NOON)
    runs: list[Any] = []
    workers = [threading.Thread(target=lambda: runs.append(detect(index, state, now=NOON))) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(runs) == 3
    assert sum(run.messages for run in runs) == 6
    assert len(incidents(state)) == 6


def test_what_people_say(index: str, state: str) -> None:
    load(index, wave(45))
    number = detect(index, state, now=NOON).opened[0].id
    assert acknowledge(state, number, "humas", NOON).acknowledged_by == "humas"
    assert snooze(state, number, "humas", NOON + timedelta(days=2), NOON).snoozed_until == NOON + timedelta(days=2)
    load(index, wave(90, hour=12))
    assert detect(index, state, now=NOON + timedelta(hours=1)).messages == 0  # doubled, but snoozed
    assert mark_false(state, number, "humas", NOON).acknowledged_by is None
    status = alert_status(state, NOON)
    assert (status["opened_30d"], status["false_30d"], status["acknowledged_30d"]) == (1, 1, 0)
    after = detect(index, state, now=NOON + timedelta(hours=3))
    assert (after.messages, len(after.opened)) == (0, 0)  # what was marked false does not come back
    with pytest.raises(InputError, match="no incident 99"):
        acknowledge(state, 99, "humas", NOON)
    watches.remove(state, "Antrean")
    assert incidents(state, only_open=True) == []
    assert [one.id for one in incidents(state)] == [number]


def test_erased_texts_leave_evidence_and_messages(index: str, state: str) -> None:
    load(index, wave(45, url="https://h.example/satu", canonical_url="https://h.example/satu", title="Nama orang"))
    number = detect(index, state, now=NOON).opened[0].id
    assert "Nama orang" in str(told(state, number))
    assert forget(state, ["https://h.example/lain"]) == 0
    assert forget(state, ["https://h.example/satu"]) == 2
    with State(state) as opened:
        assert "Nama orang" not in "".join(opened.db.iterdump())
    assert "45 teks pada Selasa" in told(state, number)["messages"][0]["body"]


def test_preview_stores_nothing(index: str, state: str) -> None:
    load(index, wave(45, LAST - timedelta(days=20)))
    watch = watches.named(state, "ANTREAN")
    found = watches.preview(index, watch, now=NOON, days=60)
    assert [one.first.date() for one in found.incidents] == [LAST - timedelta(days=20)]
    assert found.incidents[0].status == "closed"
    assert incidents(state) == []
    with pytest.raises(InputError, match=r"did you mean|known"):
        watches.named(state, "antrian")


def test_queries_that_cannot_be_read_are_refused_and_never_stop_the_others(index: str, state: str) -> None:
    with pytest.raises(QueryError):
        watches.add(state, [Watch(name="Rusak", text="(antrean")], NOON)
    with pytest.raises(QueryError, match="unknown topic"):
        watches.add(state, [Watch(name="Rusak", topics=("korupsi",))], NOON)
    with State(state) as opened:  # by another version, or by hand
        opened.add_watches([replace(watches.named(state, "antrean"), name="Rusak", text="((")], NOON)
    load(index, wave(45))
    found = detect(index, state, now=NOON)
    assert len(found.opened) == 1
    assert "'Rusak' cannot be read" in found.notes[0]


def test_labels_of_two_models_are_noted(index: str, state: str) -> None:
    assert detect(index, state, now=NOON).notes == ()
    load(index, wave(3, model={"name": "tiny", "version": "2"}))
    assert detect(index, state, now=NOON).notes == (
        "labels of 2 models are mixed in the last 60 days: a step may be the model's",
    )


def test_clock_jumps_change_nothing_that_was_told(index: str, state: str) -> None:
    load(index, wave(45))
    detect(index, state, now=NOON)
    assert detect(index, state, now=NOON - timedelta(days=40)).messages == 0
    assert detect(index, state, now=NOON.astimezone(UTC)).messages == 0
    assert len(incidents(state)) == 1
