"""Texts go when their time has passed, each kind at its own; a kill in the middle is made good by the next call."""

from __future__ import annotations

import gzip
import json
import os
import random
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from citra.cli.main import cli
from citra.documents import Document, Kind, Mention, Model, Partition, Reject, Sentiment, content_hash
from citra.lake import Lake
from citra.store import Query
from citra.verbs.index import open_index
from citra.verbs.load import load
from citra.verbs.retain import retain
from crawlers.source import Source
from nlp.stories import StoryIndex

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SOURCES = {"kabar": Source(name="kabar", title="K", kind="news", base_url="https://kabar.example", feeds=("/rss",))}
NEUTRAL = Sentiment(label="neutral", p_negative=0.0, p_neutral=1.0, p_positive=0.0)


def made(source: str, kind: Kind, age: int, number: int) -> Mention:
    """A text fetched ``age`` days before ``NOW``."""
    text = f"Teks {source} {age} {number} tentang pelayanan kantor dinas"
    url = f"https://{source}.example/{age}/{number}"
    document = Document(
        id=f"{source}-{age}-{number}", source=source, kind=kind, url=url, canonical_url=url, text=text,
        fetched=NOW - timedelta(days=age), content_hash=content_hash("", text),
    )  # fmt: skip
    model = Model(name="m", version="1")
    return Mention(document=document, relevance=0.9, sentiment=NEUTRAL, story_id=document.id, model=model)


class Place:
    def __init__(self, folder: Path) -> None:
        self.lake, self.index = Lake(str(folder / "lake")), str(folder / "index")
        for age in (400, 40, 4):
            hour = NOW - timedelta(days=age)
            self.put(Partition(source="kabar", hour=hour), [made("kabar", "news", age, i) for i in range(3)])
            mixed = [made("impor", "social", age, 1), made("impor", "complaint", age, 2)]
            self.put(Partition(source="impor", hour=hour), mixed)
        load(self.index, self.lake.root, now=NOW)

    def put(self, partition: Partition, mentions: list[Mention]) -> None:
        documents = [mention.document for mention in mentions]
        for area, records in (("documents", documents), ("mentions", mentions)):
            self.lake.write(area, partition, records)  # type: ignore[arg-type]
        self.lake.write("rejects", partition, [Reject(stage="extract", reason="x")], "extract")
        if partition.source == "kabar":
            with self.lake.replacing(self.lake.path("raw", partition)) as out:
                out.write(gzip.compress(b"WARC/1.0"))
        stories = StoryIndex(f"{self.lake.root}/stories.sqlite")
        with stories.batch():
            for each in documents:
                stories.assign(each.id, "", each.text, each.fetched)
        stories.close()

    def retain(self, **options: Any):  # type: ignore[no-untyped-def]
        days = {"news": 0, "social": 0, "complaint": 0, "review": 0} | options.pop("days", {})
        return retain(self.lake.root, self.index, SOURCES, days, **({"now": NOW, "dry": False} | options))

    def indexed(self) -> list[str]:
        with open_index(self.index) as store:
            return sorted(mention.id for mention in store.iterate(Query(min_relevance=None)))

    def written(self, area: str) -> list[str]:
        partitions = self.lake.partitions(area)  # type: ignore[arg-type]
        return sorted(data["id"] for part in partitions for data in self.lake.read(area, part))  # type: ignore[arg-type]

    def files(self) -> dict[str, bytes]:
        root = Path(self.lake.root)
        return {
            str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file() and "stories" not in p.name
        }


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_each_kind_has_its_own_time(place: Place) -> None:
    whole = place.indexed()
    done = place.retain(days={"news": 365, "social": 30})
    gone = {f"kabar-400-{i}" for i in range(3)} | {"impor-400-1", "impor-40-1"}
    assert place.indexed() == sorted(set(whole) - gone) == place.written("mentions") == place.written("documents")
    assert (done.partitions, done.records) == (1, {"documents": 2, "mentions": 2, "index": 5})
    assert done.files == {"raw": 1, "rejects": 1, "documents": 1, "mentions": 1}
    stories = StoryIndex(f"{place.lake.root}/stories.sqlite")
    assert len(stories) == len(whole) - len(gone)
    stories.close()
    again = place.retain(days={"news": 365, "social": 30})
    assert (again.partitions, again.files, again.records) == (0, {}, {})
    assert load(place.index, place.lake.root, now=NOW).result.added == 0
    assert place.indexed() == place.written("mentions")


def test_a_mixed_partition_goes_when_all_of_it_has_passed(place: Place) -> None:
    done = place.retain(days={"social": 30, "complaint": 30})
    assert done.partitions == 2
    assert not any("impor/2026-10" in path or "impor/2025" in path for path in place.files())
    assert [id_ for id_ in place.indexed() if id_.startswith("impor")] == ["impor-4-1", "impor-4-2"]


def test_the_last_hour_counts_whole(place: Place) -> None:
    assert place.retain(days={"news": 4}).partitions == 2
    assert place.retain(days={"news": 4}, now=NOW + timedelta(minutes=59)).partitions == 0
    assert place.retain(days={"news": 4}, now=NOW + timedelta(hours=1)).partitions == 1
    assert [id_ for id_ in place.indexed() if id_.startswith("kabar")] == []


def test_nothing_is_touched_dry_or_without_a_limit(place: Place) -> None:
    before, indexed = place.files(), place.indexed()
    assert place.retain().before == {}
    dry = place.retain(days={"news": 30}, dry=True)
    assert (dry.is_dry, dry.partitions, dry.records) == (True, 2, {"index": 6})
    assert (place.files(), place.indexed()) == (before, indexed)


def test_a_damaged_partition_is_told_and_the_rest_goes_on(place: Place) -> None:
    path = Path(place.lake.path("documents", Partition(source="impor", hour=NOW - timedelta(days=400))))
    path.write_bytes(path.read_bytes()[:-10])
    done = place.retain(days={"social": 30})
    assert [fault.partition(":")[0] for fault in done.faults] == ["impor/2025-10-20/12"]
    assert path.exists()
    assert "impor-40-1" not in place.written("mentions")


def test_command(place: Place) -> None:
    environment = {"CITRA_LAKE_PATH": place.lake.root, "CITRA_INDEX_PATH": place.index}
    assert "kept for ever" in CliRunner(env=environment).invoke(cli, ["retain"]).stdout
    runner = CliRunner(env=environment | {"CITRA_RETENTION_COMPLAINT": "1"})
    dry = runner.invoke(cli, ["retain"])
    assert dry.exit_code == 0, dry.output
    assert "index: 3 records" in dry.stdout
    assert "say --yes" in dry.stderr
    told = json.loads(runner.invoke(cli, ["retain", "--yes", "--json"]).stdout)
    assert told["records"] == {"documents": 3, "mentions": 3, "index": 3}
    assert "nothing is that old" in runner.invoke(cli, ["retain"]).stdout


@pytest.mark.slow
def test_killed_at_any_moment_the_next_call_completes_it(place: Place) -> None:
    whole = place.indexed()
    environment = os.environ | {
        "CITRA_LAKE_PATH": place.lake.root, "CITRA_INDEX_PATH": place.index, "CITRA_RETENTION_SOCIAL": "1",
        "CITRA_RETENTION_COMPLAINT": "1",
    }  # fmt: skip
    command = [sys.executable, "-m", "citra.cli.main", "retain", "--yes"]
    rng = random.Random(3)
    first = Path(place.lake.path("rejects", Partition(source="impor", hour=NOW - timedelta(days=400)), "extract"))
    for _ in range(4):
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while first.exists() and process.poll() is None:
            time.sleep(0.001)
        time.sleep(rng.uniform(0, 0.05))
        process.kill()
        process.wait()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    assert place.indexed() == [id_ for id_ in whole if id_.startswith("kabar")] == place.written("mentions")
    assert place.written("documents") == place.written("mentions")
