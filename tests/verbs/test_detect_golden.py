"""The demonstration newsroom, crawled and understood for real: the event is told, the outage is only warned of."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stdout
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from citra.alerts.state import State
from citra.alerts.watch import MEASURES, Watch
from citra.cli.main import cli
from citra.demo.plan import OUTAGE_DAYS, OUTAGE_OUTLET, event_day
from citra.documents import JAKARTA
from citra.lake import Lake
from citra.verbs import watches
from citra.verbs.coverage import Coverage, coverage
from citra.verbs.detect import Detection, detect, evidence, incidents, told

CITRA = str(Path(sys.executable).with_name("citra"))
END = date(2026, 11, 20)
EVENT = event_day(END)
WATCHES = [Watch(name=f"Semua {measure}", measure=measure) for measure in MEASURES] + [
    Watch(name="Korupsi", topics=("corruption",)),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    here = tmp_path_factory.mktemp("newsroom")
    env = {name: value for name, value in os.environ.items() if not name.startswith("CITRA_")}
    words = [CITRA, "run", "--end", END.isoformat()]
    done = subprocess.run(words, cwd=here, env=env, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return here / "data" / "demo" / END.isoformat()


@pytest.fixture(scope="module")
def replayed(folder: Path) -> tuple[str, dict[date, list[Detection]]]:
    """The state file after detect ran on the days around outage and event, with what each run found."""
    state = str(folder / "replay.sqlite")
    first, late = END - timedelta(days=22), datetime.combine(END, datetime.max.time(), JAKARTA)
    watches.add(state, WATCHES, late)
    everything = coverage(Lake(str(folder / "lake")), since=END - timedelta(days=60), until=END, now=late)
    found: dict[date, list[Detection]] = {}
    for day in (first + timedelta(days=number) for number in range((EVENT - first).days + 6)):
        known = Coverage(days=tuple(one for one in everything.days if one.day < day))
        for hour in (13, 23) if day in {EVENT, EVENT + timedelta(days=1)} else (23,):
            now = datetime(day.year, day.month, day.day, hour, 30, tzinfo=JAKARTA)
            found.setdefault(day, []).append(detect(str(folder / "index"), state, now=now, coverage=known))
    return state, found


def test_only_the_event_is_told(replayed: tuple[str, dict[date, list[Detection]]]) -> None:
    _, found = replayed
    opened = [(day, one.name) for day, runs in found.items() for run in runs for one in run.opened]
    assert opened
    assert {day for day, _ in opened} <= {EVENT, EVENT + timedelta(days=1)}
    assert {"Semua volume", "Semua negative-stories", "Korupsi"} <= {name for _, name in opened}


@pytest.mark.parametrize("watch", WATCHES[:2], ids=lambda watch: watch.measure)
def test_nothing_else_of_sixty_days_is_told(folder: Path, watch: Watch) -> None:
    now = datetime(END.year, END.month, END.day, 23, 30, tzinfo=JAKARTA)
    found = watches.preview(str(folder / "index"), watch, now=now)
    assert found.days >= 40
    assert [one.first.date() for one in found.incidents] == [EVENT]


def test_the_event_is_told_on_its_own_day(replayed: tuple[str, dict[date, list[Detection]]]) -> None:
    state, _ = replayed
    one = next(one for one in incidents(state) if one.name == "Semua negative-stories")
    assert one.first.date() == EVENT
    assert one.opened_at.astimezone(JAKARTA).date() == EVENT


def test_message_names_explains_and_links_the_event(replayed: tuple[str, dict[date, list[Detection]]]) -> None:
    state, _ = replayed
    number = next(one.id for one in incidents(state) if one.name == "Semua negative-stories")
    carried = evidence(state, number)
    assert carried is not None
    assert carried.first is not None
    assert "OTT" in carried.first.title
    assert carried.top[0].placements >= 3  # the wire story leads
    assert all(line.url.startswith(("http://", "https://")) for line in carried.top)
    assert {"kpk", "dpmptsp"} & {office.partition("@")[0] for office, _ in carried.offices}
    assert {"tirtakarsa", "perizinan", "ditangkap", "kpk", "korupsi"} & set(carried.words)
    first, *others = told(state, number)["messages"]
    assert [first["kind"], others[-1]["kind"]] == ["opened", "closed"]
    assert len(others) <= 2
    body = first["body"]
    for part in ("cerita negatif pada", "biasanya sekitar", "Sejak", "Pertama kali terbit", "Kata yang menonjol",
                 "Seberapa yakin", "Cara menghitung", carried.top[0].url):  # fmt: skip
        assert part in body
    assert "{" not in body
    assert "kembali seperti biasa" in others[-1]["body"]


def test_outage_is_a_source_warning_and_no_alert(replayed: tuple[str, dict[date, list[Detection]]]) -> None:
    state, found = replayed
    days = [END + timedelta(days=offset) for offset in OUTAGE_DAYS]
    around = [run for day in found if days[0] <= day <= days[-1] + timedelta(days=2) for run in found[day]]
    assert all(run.opened == () for run in around)
    warnings = [line for run in around for line in run.warnings]
    assert len(warnings) == 1
    assert OUTAGE_OUTLET in warnings[0]
    with State(state) as opened:
        kinds = opened.db.execute("SELECT kind, subject FROM messages WHERE kind = 'source'").fetchall()
    assert [row["subject"] for row in kinds] == [f"[Citra] Sumber {OUTAGE_OUTLET}: diam"]


def test_commands_say_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITRA_ALERTS_PATH", str(folder / "commands.sqlite"))

    def citra(*words: str) -> Any:
        out = io.StringIO()
        with redirect_stdout(out):
            cli.main(["--config", str(folder / "citra.toml"), *words], standalone_mode=False)
        return json.loads(out.getvalue()) if "--json" in words else out.getvalue()

    citra("watch", "add", "Korupsi", "--topic", "corruption")
    seen = citra("watch", "preview", "korupsi", "--last", "60d", "--json")
    assert [one["first"][:10] for one in seen["incidents"]] == [EVENT.isoformat()]
    found = citra("detect", "--at", f"{EVENT}T23:30", "--json")
    assert [one["name"] for one in found["opened"]] == ["Korupsi"]
    assert "taken up" in citra("alerts", "ack", "1", "--by", "humas")
    assert citra("alerts", "list", "--json")[0]["acknowledged_by"] == "humas"
    assert "OTT" in citra("alerts", "show", "1")
    assert citra("alerts", "status", "--json")["budget"] == 2.0
    assert "removed: Korupsi" in citra("watch", "remove", "Korupsi")
    assert citra("watch", "list", "--json") == []
