"""``citra trend``: the numbers, and an answer for every odd question; the command in a process."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from citra.cli.main import main
from citra.documents import Mention, mention_from_json, to_json
from citra.errors import InputError, StoreError
from citra.store import Query
from citra.verbs.index import open_index
from citra.verbs.trend import measure, rows, trend_in

FIRST = date(2026, 11, 1)


def _made(day: int, number: int, label: str, story: str, **changes: object) -> Mention:
    """A text of 23:30 Jakarta time."""
    published = datetime(2026, 11, day, 16, 30, tzinfo=UTC)
    flat = {
        "id": f"{day}-{number}", "source": "harian", "kind": "news", "url": "https://h.example", "canonical_url": "https://h.example",
        "title": "", "text": "Pelayanan kantor dinilai lambat", "published": published.isoformat(),
        "fetched": published.isoformat(), "content_hash": "0", "relevance": 0.9, "story_id": story,
        "sentiment": {"label": label, "p_negative": 0.4, "p_neutral": 0.3, "p_positive": 0.3},
        "topics": [{"id": "service", "p": 0.9}], "offices": ["bkn"], "regions": ["32.71"],
        "model": {"name": "tiny", "version": "1"},
    }  # fmt: skip
    return mention_from_json(flat | changes)


def _all() -> Iterator[Mention]:
    """Days 1 to 14: 10 stories a day, 2 negative; days 15 to 28: 20 stories a day, 14 negative, day 20 silent."""
    for day in range(1, 29):
        for number in range(10 if day < 15 else 20):
            if day != 20:
                bad = number < (2 if day < 15 else 14)
                yield _made(day, number, "negative" if bad else "neutral", f"{day}-{number}")
    for number in range(30):  # a wire story of day 28 on 30 sites
        yield _made(28, 100 + number, "negative", "28-0", source="detak", regions=[], offices=[])
    yield _made(28, 200, "positive", "odd", relevance=0.1, text="Resep kue", topics=[])
    yield _made(28, 201, "positive", "odd", published=None)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trend")
    with open_index(str(folder / "index"), create=True) as store, store.writing() as writer:
        writer.upsert(_all(), version=1)
    return folder


def ask(here: Path, text: str = "", **options: object):  # type: ignore[no-untyped-def]
    by = {key: options.pop(key) for key in ("by", "newest", "today", "coverage") if key in options}
    with open_index(str(here / "index")) as store:
        return trend_in(store, Query.of(text, **options), **by)  # type: ignore[arg-type]


def test_days(here: Path) -> None:
    found = ask(here, since=date(2026, 11, 15), until=date(2026, 11, 28))
    buckets = found.series.buckets
    assert [b.start.date().day for b in buckets] == list(range(15, 29))
    assert [b.placements for b in buckets] == [20] * 5 + [0] + [20] * 7 + [50]
    assert [b.stories for b in buckets] == [20] * 5 + [0] + [20] * 8
    assert buckets[0].share == 0.7
    assert buckets[5].share is None
    assert (found.total.placements, found.total.stories, found.total.negative) == (290, 260, 13 * 14 + 30)
    assert found.series.model_version == "tiny@1"
    assert found.series.interval == "day"


def test_the_change_against_the_period_before(here: Path) -> None:
    found = ask(here, since=date(2026, 11, 15), until=date(2026, 11, 28))
    assert found.before_since == FIRST
    assert found.before is not None
    assert (found.before.placements, found.before.share) == (140, 0.2)
    assert found.change.verdict == "up"
    assert found.change.difference == pytest.approx(212 / 290 - 0.2)
    assert ask(here, since=date(2026, 11, 8), until=date(2026, 11, 14)).change.verdict == "unclear"
    assert ask(here, since=FIRST, until=date(2026, 11, 14)).change.verdict == "too-few"


def test_copies_widen_the_interval_and_count_once_by_stories(here: Path) -> None:
    texts = ask(here, since=date(2026, 11, 28), until=date(2026, 11, 28)).total
    stories = ask(here, since=date(2026, 11, 28), until=date(2026, 11, 28), count_by="stories").total
    assert (texts.negative, texts.share) == (44, 0.88)
    assert (stories.negative, stories.share) == (14, 0.7)
    assert texts.share_low is not None
    assert texts.share_low < 0.45


def test_weeks_and_months(here: Path) -> None:
    weeks = ask(here, since=date(2026, 11, 4), until=date(2026, 11, 22), by="week")
    assert [b.start.date().isoformat() for b in weeks.series.buckets] == ["2026-11-02", "2026-11-09", "2026-11-16"]
    assert [b.placements for b in weeks.series.buckets] == [50, 6 * 10 + 20, 6 * 20]
    assert weeks.partial == {date(2026, 11, 2)}
    months = ask(here, by="month", since=date(2026, 10, 15), until=date(2026, 11, 10))
    assert [b.placements for b in months.series.buckets] == [0, 100]
    assert len(months.partial) == 2


def test_without_a_period(here: Path) -> None:
    whole = ask(here)
    assert (whole.since, whole.until) == (FIRST, date(2026, 11, 28))
    newest = ask(here, newest=14, today=date(2026, 11, 24))
    assert (newest.since, newest.until) == (date(2026, 11, 11), date(2026, 11, 24))
    few = ask(here, newest=400, today=date(2027, 1, 1))
    assert (few.since, few.until) == (FIRST, date(2026, 11, 28))
    assert ask(here, since=date(2026, 11, 20)).until == date(2026, 11, 28)
    assert ask(here, until=date(2026, 11, 5)).since == FIRST


def test_coverage_is_carried(here: Path) -> None:
    found = ask(here, since=FIRST, until=date(2026, 11, 3), coverage={date(2026, 11, 2): 0.5})
    assert [b.coverage for b in found.series.buckets] == [None, 0.5, None]


def test_the_same_question_gives_the_same_answer(here: Path) -> None:
    assert ask(here, "lambat") == ask(here, "lambat")
    assert ask(here, "lambat").series.query_id != ask(here, "pelayanan").series.query_id


@pytest.mark.parametrize(
    ("text", "options", "note"),
    [
        ("tidakada", {}, "nothing matches; the index holds 432 texts of 2026-11-01 to 2026-11-28"),
        ("", {"since": date(2027, 1, 1)}, "nothing in this period; the query matches 431 texts on other days"),
        ("resep", {}, "all matching texts are below relevance 0.5; --all counts them too"),
        ("", {"sources": ("haria",)}, "no source 'haria' in the index; did you mean 'harian'?"),
        ("", {"offices": ("bnk",)}, "no office 'bnk' in the index; did you mean 'bkn'?"),
        ("", {"since": date(2026, 10, 25)}, "the index begins on 2026-11-01: earlier days are empty"),
        ("", {"since": date(2026, 11, 10)}, "the index begins on 2026-11-01: the period before is not whole"),
        ("", {"newest": 14, "today": date(2026, 11, 28)}, "2026-11-28 is not over: its counts will grow"),
        ("", {"until": date(2026, 11, 3)}, "1 matching text has no publication time and is in no bucket"),
    ],
)
def test_odd_questions_are_answered(here: Path, text: str, options: dict[str, object], note: str) -> None:
    assert any(said.startswith(note) for said in ask(here, text, **options).notes)


def test_a_province_is_no_unknown_region(here: Path) -> None:
    assert ask(here, regions=("32",), until=date(2026, 10, 1)).notes[0].startswith("nothing in this period")
    assert len(ask(here, regions=("32",), until=date(2026, 10, 1)).notes) == 2


def test_absurd_periods(here: Path) -> None:
    with pytest.raises(InputError, match="too long to show by day"):
        ask(here, since=date.min, until=date.max)
    assert ask(here, since=date.max, until=date.max).total.placements == 0
    assert ask(here, since=date.min, until=date.min).before is None


def test_mixed_models_are_told(tmp_path: Path) -> None:
    with open_index(str(tmp_path / "index"), create=True) as store:
        with store.writing() as writer:
            other = {"model": {"name": "tiny", "version": "2"}}
            writer.upsert([_made(1, 1, "neutral", "a"), _made(1, 2, "neutral", "b", **other)], version=1)
        found = measure(store, Query())
    assert found.series.model_version == "tiny@1,tiny@2"
    assert "labels of 2 models are mixed" in found.notes[0]


def test_an_empty_index_and_none(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="run `citra load` first"):
        ask(tmp_path)
    with open_index(str(tmp_path / "index"), create=True):
        pass
    found = ask(tmp_path, newest=14, today=date(2026, 11, 24))
    assert found.notes == ("the index is empty: run `citra load`",)


def test_rows_for_csv(here: Path) -> None:
    table = rows(ask(here, since=FIRST, until=FIRST + timedelta(days=1)))
    assert [row["start"] for row in table] == ["2026-11-01", "2026-11-02"]
    assert table[0]["placements"] == 10


def citra(here: Path, *arguments: str, index: str = "index") -> subprocess.CompletedProcess[str]:
    """The command as its entry point runs it, in this process: twenty interpreters would take twenty seconds."""
    out, wrong, code = io.StringIO(), io.StringIO(), 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(wrong):
        patch.chdir(here)
        patch.setenv("CITRA_INDEX_PATH", index)
        patch.setattr(sys, "argv", ["citra", *arguments])
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), wrong.getvalue())


def test_the_installed_command(here: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "citra.cli.main", "trend", "--from", "2026-11-24", "--to", "2026-11-01"],
        cwd=here, text=True, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "citra: the period ends (2026-11-01) before it begins (2026-11-24)\n"


PERIOD = ("--from", "2026-11-15", "--to", "2026-11-28")


def test_the_table(here: Path) -> None:
    done = citra(here, "trend", *PERIOD)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[1].split()[:8] == ["Sun", "2026-11-15", "20", "20", "14", "6", "0", "70.0%"]
    assert lines[15].split()[:6] == ["total", "290", "260", "212", "78", "0"]
    assert lines[16].startswith(
        "Against 2026-11-01 to 2026-11-14: 140 → 290 texts, 140 → 260 stories; negative, as labelled: 20.0% → 73.1%"
    )
    assert "more negative (naik)" in lines[16]


def test_json_csv_and_plot(here: Path, tmp_path: Path) -> None:
    answer = json.loads(citra(here, "trend", *PERIOD, "--json", "--topic", "service").stdout)
    assert answer["buckets"][0]["share"] == 0.7
    assert answer["change"]["label_id"] == "naik"
    assert answer["total"]["stories"] == 260
    table = list(csv.DictReader(io.StringIO(citra(here, "trend", *PERIOD, "--csv", "--by", "week").stdout)))
    assert [row["partial"] for row in table] == ["True", "False", "True"]
    done = citra(here, "trend", *PERIOD, "--plot", str(tmp_path / "a.png"), "--json")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads(done.stdout)["query_id"] == json.loads(citra(here, "trend", *PERIOD, "--json").stdout)["query_id"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--from", "2026-11-24", "--to", "2026-11-01"], 2, "ends (2026-11-01) before it begins"),
        (["--from", "24-11-2026"], 2, "is no day; write it as 2026-11-24"),
        (["--last", "14 hari"], 2, "is no span; write it as 14d"),
        (["--last", "14d", "--from", "2026-11-01"], 2, "exclude each other"),
        (["--topic", "korupsi"], 2, "unknown topic 'korupsi'"),
        (["--from", "0001-01-01", "--to", "9999-12-31"], 2, "too long"),
        (["korupsi AND ("], 2, "expected a word"),
        (["--plot", "/nowhere/at/all.png"], 2, "/nowhere/at/all.png"),
    ],
)
def test_mistakes_get_one_clear_line(here: Path, arguments: list[str], code: int, message: str) -> None:
    done = citra(here, "trend", *arguments)
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_no_match_is_an_answer(here: Path) -> None:
    done = citra(here, "trend", "tidakada", *PERIOD)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("note: nothing matches")
    done = citra(here, "trend", index="elsewhere")
    assert done.returncode == 1
    assert "run `citra load` first" in done.stderr


def test_hits_can_be_shown(here: Path) -> None:
    done = citra(here, "search", "melayani AND kantor", "--source", "harian", "--size", "3")
    assert done.returncode == 0, done.stderr
    assert "1–3 of 401" in done.stdout
    after = done.stdout.split("--after ")[1].strip()
    assert (
        "3 more of 401"
        in citra(here, "search", "melayani AND kantor", "--source", "harian", "--size", "3", "--after", after).stdout
    )


def test_hits_as_json(here: Path) -> None:
    done = citra(here, "search", "pelayanan", "--json", "--size", "2", "--sort", "relevance")
    *hits, last = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(hits) == 2
    assert hits[0]["score"] > 0
    assert last["total"] == 431
    stored = {k: v for k, v in hits[0].items() if k not in {"score", "snippet"}}
    assert stored == to_json(mention_from_json(stored))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["topik:suap"], "did you mean 'topic'? (quote it to search for the text)\n  topik:suap\n  ^\n"),
        (["pelayanan", "--after", "n-0-0-0"], "no page of this query"),
        (["pelayanan", "--size", "0"], "--size"),
        (["'"], "nothing to search for"),
    ],
)
def test_search_mistakes(here: Path, arguments: list[str], message: str) -> None:
    done = citra(here, "search", *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_search_without_a_match(here: Path) -> None:
    done = citra(here, "search", "tidakada")
    assert (done.returncode, done.stdout) == (0, "nothing found\n")
