"""`citra run` as a user calls it: on the demonstration newsroom, and on real outlets' saved pages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from citra.demo.plan import event_day, plan
from citra.documents import JAKARTA
from citra.lake import Lake
from citra.verbs.index import open_index

CITRA = str(Path(sys.executable).with_name("citra"))
END = date(2026, 11, 20)


def citra(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("CITRA_")}
    done = subprocess.run([CITRA, *words], cwd=cwd, env=env, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """An empty folder after `citra run --end …`, and what the command printed."""
    folder = tmp_path_factory.mktemp("fresh")
    return folder, citra("run", "--end", END.isoformat(), cwd=folder).stdout


@pytest.fixture(scope="module")
def config(demonstration: tuple[Path, str]) -> list[str]:
    return ["--config", str(demonstration[0] / "data" / "demo" / END.isoformat() / "citra.toml")]


def test_every_planned_item_is_in_the_index_on_its_day(demonstration: tuple[Path, str], config: list[str]) -> None:
    found = json.loads(citra(*config, "trend", "--all", "--from", "2026-09-01", "--to", "2026-11-30", "--json",
                             cwd=demonstration[0]).stdout)  # fmt: skip
    days = {bucket["start"][:10]: bucket["placements"] for bucket in found["buckets"] if bucket["placements"]}
    assert days == Counter(item.published.astimezone(JAKARTA).date().isoformat() for item in plan(END))


def test_table_shows_fourteen_days_and_where_to_look_next(demonstration: tuple[Path, str]) -> None:
    rows = [line for line in demonstration[1].splitlines() if ("2026-11-" in line and "[" in line) or "too few" in line]
    assert len(rows) >= 14
    assert "Where to look next" in demonstration[1]


def test_planted_event_stands_out(demonstration: tuple[Path, str], config: list[str]) -> None:
    found = json.loads(citra(*config, "trend", "--from", "2026-10-01", "--to", END.isoformat(), "--json",
                             cwd=demonstration[0]).stdout)  # fmt: skip
    negative = {bucket["start"][:10]: bucket["negative"] for bucket in found["buckets"]}
    assert max(negative, key=negative.__getitem__) == event_day(END).isoformat()


def test_stories_are_counted_once(demonstration: tuple[Path, str], config: list[str]) -> None:
    planned = [item for item in plan(END) if item.kind == "news"]
    status = json.loads(citra(*config, "status", "--json", cwd=demonstration[0]).stdout)
    assert status["index"]["mentions"] == len(plan(END))
    found = json.loads(citra(*config, "trend", "--all", "--kind", "news", "--from", "2026-09-01", "--to", "2026-11-30",
                             "--json", cwd=demonstration[0]).stdout)  # fmt: skip
    assert found["total"]["placements"] == len(planned)
    assert found["total"]["stories"] == len({item.story for item in planned})


def test_second_run_changes_nothing(demonstration: tuple[Path, str], config: list[str]) -> None:
    folder = demonstration[0]
    before = json.loads(citra(*config, "status", "--json", cwd=folder).stdout)["index"]
    again = json.loads(citra("run", "--end", END.isoformat(), "--json", cwd=folder).stdout)
    after = json.loads(citra(*config, "status", "--json", cwd=folder).stdout)["index"]
    assert again["load"]["added"] == again["load"]["removed"] == 0
    assert (after["mentions"], after["stories"]) == (before["mentions"], before["stories"])


def test_search_finds_every_text_with_the_words(demonstration: tuple[Path, str], config: list[str]) -> None:
    lines = citra(*config, "search", "suap OR pungli", "--all", "--size", "1000", "--json", cwd=demonstration[0]).stdout
    *found, page = map(json.loads, lines.splitlines())
    lake = Lake(str(demonstration[0] / "data" / "demo" / END.isoformat() / "lake"))
    stored = [row for partition in lake.partitions("mentions") for row in lake.read("mentions", partition)]
    expected = {row["id"] for row in stored if {"suap", "pungli"} & set(row["stems"].split())}
    assert expected
    assert {row["id"] for row in found} == expected
    assert page["total"] == len(expected)


def test_real_outlets_pages_become_documents_or_rejects(shared: Path, tmp_path: Path) -> None:
    sites = shared / "pages" / "sites"
    report: dict[str, Any] = json.loads(citra("run", "--mirror", str(sites), "--json", cwd=tmp_path).stdout)
    crawled = report["crawl"]["sources"]
    pages = len(list(sites.rglob("*.html")))
    stored = sum(source["new"] for source in crawled)
    assert stored + sum(source["rejected"] + source["skipped"] for source in crawled) >= pages
    assert report["extract"]["documents"] + report["extract"]["rejects"] == stored
    assert report["extract"]["documents"] >= 140
    with open_index(str(tmp_path / "data" / "mirror" / "index")) as store:
        stats = store.stats()
    assert stats.mentions == report["extract"]["documents"]
    # the mirrors were saved in 2018 to 2020; a wrong zone or a date taken from the file would lie outside
    assert stats.first_day is not None
    assert stats.last_day is not None
    assert date(2018, 1, 1) <= stats.first_day <= stats.last_day < datetime(2020, 10, 1, tzinfo=UTC).date()
