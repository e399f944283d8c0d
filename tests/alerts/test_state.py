"""The state file: two workers at once, kills at any instant, files that are not ours."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from citra.alerts.incident import Judged, begin
from citra.alerts.state import Message, State
from citra.alerts.watch import Watch
from citra.errors import InputError, StoreError
from citra.verbs.notify import channels_of, notify

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def incident(number: int = 0) -> Any:
    start = NOW - timedelta(days=number)
    one = Judged(
        start=start, count=30, size=None, expected=5, deviation=2, p=1e-9, complete=True, covered=True
    )  # fmt: skip
    return begin("w", "W", "day", one, NOW)


def open_and_tell(path: str, number: int) -> None:
    """What detect does about one incident: itself and its message in one transaction."""
    with State(path) as state, state.changing():
        if any(one.first == incident(number).first for one in state.incidents()):
            return
        saved = state.save(incident(number), {"number": number})
        state.enqueue(
            Message(
                key=f"incident:{saved.id}:opened", kind="opened", incident=saved.id, created=NOW, urgent=False,
                subject=f"n{number}", body="b",
            )
        )  # fmt: skip


def test_incident_and_watch_come_back_as_they_were(state_path: str) -> None:
    watch = Watch(name="Disdukcapil Bogor", text='"antre" -lomba', offices=("disdukcapil@32.71",), min_relevance=None)
    with State(state_path) as state:
        state.add_watches([watch], NOW)
        saved = state.save(incident(), {"a": 1})
        assert saved.id
    with State(state_path) as state:
        assert state.watches() == [watch]
        assert state.incidents(only_open=True) == [saved]
        assert state.evidence(saved.id) == {"a": 1}
        with pytest.raises(InputError, match="no incident 99"):
            state.incident(99)


def test_name_is_taken_once(state_path: str) -> None:
    with State(state_path) as state:
        state.add_watches([Watch(name="Korupsi")], NOW)
        with pytest.raises(InputError, match="watch of this name"):
            state.add_watches([Watch(name="Suap"), Watch(name="KORUPSI!")], NOW)
        assert [one.name for one in state.watches()] == ["Korupsi"]
        state.add_watches([Watch(name="Korupsi", text="suap")], NOW, replace=True)
        assert [one.text for one in state.watches()] == ["suap"]
        assert state.remove_watch("korupsi")
        assert not state.remove_watch("korupsi")


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"name": "a\nb"}, {"name": "!!"}, {"name": "x" * 81}, {"name": "a", "text": "x" * 2001},
              {"name": "a", "measure": "mood"}, {"name": "a", "window": "week"}, {"name": "a", "language": "jv"}],
)  # fmt: skip
def test_watches_that_cannot_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        Watch(**wrong)


def test_what_is_not_ours_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("not a database, but long enough to look at " * 40)
    with pytest.raises(StoreError, match=r"notes\.txt"):
        State(str(text))
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as db:
        db.execute("CREATE TABLE theirs (x)")
    with pytest.raises(StoreError, match="version"):
        State(str(other))
    assert sqlite3.connect(other).execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]


def test_a_transaction_is_whole_or_nothing(state_path: str) -> None:
    with State(state_path) as state:

        def half() -> None:
            with state.changing():
                state.save(incident())
                raise RuntimeError

        with pytest.raises(RuntimeError):
            half()
        assert state.incidents() == []


def test_many_workers_open_each_incident_once(state_path: str) -> None:
    def work() -> None:
        for number in range(12):
            open_and_tell(state_path, number)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    with State(state_path) as state:
        assert Counter(one.first for one in state.incidents()) == {incident(n).first: 1 for n in range(12)}
        assert state.db.execute("SELECT count(*) FROM messages").fetchone()[0] == 12


def test_kill_at_any_moment_loses_nothing_and_doubles_nothing(state_path: str, web: Any) -> None:
    """Ten workers are killed while they open incidents and send; the eleventh finishes the job."""
    rng, kills = random.Random(5), 10
    url = f"json://{web.address}/"

    def job(at: datetime) -> None:
        for number in range(15):
            open_and_tell(state_path, number)
            notify(state_path, channels_of(url), clock=lambda: at, bundle=100)

    for kill in range(kills):
        child = os.fork()
        if child == 0:
            try:
                job(NOW + timedelta(minutes=10 * kill))
            finally:
                os._exit(0)
        time.sleep(rng.uniform(0.01, 0.12))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    last = NOW + timedelta(minutes=10 * kills)
    job(last)
    with State(state_path) as state:
        assert Counter(one.first for one in state.incidents()) == {incident(n).first: 1 for n in range(15)}
        statuses = state.db.execute("SELECT status, count(*) FROM deliveries GROUP BY status").fetchall()
    assert [tuple(row) for row in statuses] == [("sent", 15)]
    arrived = Counter(json.loads(body)["title"] for body in web.bodies)
    subjects = {f"n{number}" for number in range(15)}
    assert set(arrived) >= subjects or any("sekaligus" in title for title in arrived)
    assert sum(arrived.values()) <= 15 + kills  # a killed send may go out again, nothing else


def test_hours_are_kept_and_forgotten(state_path: str) -> None:
    with State(state_path) as state:
        state.save_hours("q", {"2026-11-01": ("f", [[7, 1, 1, 0]]), "2026-11-02": ("g", [])}, "2026-10-01")
        state.save_hours("q", {"2026-11-02": ("h", [[8, 2, 2, 2]])}, "2026-11-02")
        assert state.hours("q") == {"2026-11-02": ("h", [[8, 2, 2, 2]])}
        assert state.hours("other") == {}
