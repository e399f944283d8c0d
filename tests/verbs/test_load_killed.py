"""kill -9 at ten moments of a load: whoever reads sees a whole commit, and the next run ends where it would have."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from citra.documents import Partition, document_id, mention_from_json
from citra.lake import Lake
from citra.store import Query
from citra.verbs.index import open_index
from citra.verbs.load import load

PARTITIONS, EACH, BATCH = 60, 40, 200
NOW = datetime(2026, 11, 24, tzinfo=UTC)
SCRIPT = """
import sys
from datetime import UTC, datetime
from citra.verbs.load import load
import tantivy, numpy, nlp.stem
print("go", flush=True)
load(sys.argv[1], sys.argv[2], now=datetime(2026, 11, 24, tzinfo=UTC), batch=int(sys.argv[3]))
print("done", flush=True)
"""


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Every tenth mention was also in the partition before, in an older version."""
    root = tmp_path_factory.mktemp("killed") / "lake"
    rng = random.Random(3)
    for hour in range(PARTITIONS):
        partition = Partition(source="harian", hour=datetime(2026, 11, 1, tzinfo=UTC) + timedelta(hours=hour))
        numbers = [*range(hour * EACH, (hour + 1) * EACH), *(max(0, hour * EACH - i) for i in (1, 5, 9, 13))]
        Lake(str(root)).write("mentions", partition, [_made(n, partition.hour, rng) for n in dict.fromkeys(numbers)])
    return str(root)


def _made(number: int, fetched: datetime, rng: random.Random):  # type: ignore[no-untyped-def]
    url, at = f"https://h.example/{number}", fetched.isoformat()
    return mention_from_json({
        "id": document_id("harian", url), "source": "harian", "kind": "news", "url": url, "canonical_url": url,
        "title": f"Berita {number}", "text": " ".join(rng.choices(["layanan", "lambat", "pegawai", "desa"], k=150)),
        "published": at, "fetched": at, "content_hash": "0", "relevance": 0.9, "story_id": f"s{number // 3}",
        "sentiment": {"label": "neutral", "p_negative": 0.1, "p_neutral": 0.8, "p_positive": 0.1}, "stems": "x",
        "model": {"name": "tiny", "version": "1"},
    })  # fmt: skip


def _start(index: Path, lake: str) -> subprocess.Popen[str]:
    started = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(index), lake, str(BATCH)], stdout=subprocess.PIPE, text=True
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "go\n"
    return started


def _state(index: Path) -> tuple[str, int, dict[str, str]]:
    with open_index(str(index)) as store:
        everything = list(store.iterate(Query(min_relevance=None)))
        assert len({m.id for m in everything}) == len(everything) == store.stats().mentions
        return store.snapshot(), len(everything), dict(store.loaded())


@pytest.mark.slow
def test_killed_anywhere_a_load_loses_and_doubles_nothing(lake: str, tmp_path: Path) -> None:
    undisturbed = _start(tmp_path / "whole", lake)
    began = time.monotonic()
    undisturbed.wait(60)
    took = time.monotonic() - began
    expected = _state(tmp_path / "whole")
    assert expected[1] == PARTITIONS * EACH
    rng, partial, killed = random.Random(20261124), 0, 0
    for round_ in range(10):
        index = tmp_path / f"index-{round_}"
        process = _start(index, lake)
        time.sleep(took * rng.random() * 0.95)
        process.send_signal(signal.SIGKILL)
        killed += process.wait(60) == -signal.SIGKILL
        seen = 0
        if index.exists():
            _, seen, loaded = _state(index)
            # a commit holds whole partitions, each with its mark
            assert seen == len(loaded) * EACH
            partial += 0 < seen < expected[1]
        load(str(index), lake, now=NOW, batch=BATCH)
        assert _state(index) == expected
        assert load(str(index), lake, now=NOW).skipped == PARTITIONS
    print(json.dumps({"killed": killed, "with part of it committed": partial, "seconds undisturbed": took}))
    assert killed >= 5  # else the moments were badly chosen, and this shows nothing
    assert partial >= 1
