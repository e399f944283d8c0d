"""``citra load``: partitions, files, bad lines; the command itself in a process."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from citra.documents import Mention, Partition, mention_from_json, to_json
from citra.errors import InputError, TryAgain
from citra.lake import Lake
from citra.store import Query
from citra.verbs.index import open_index
from citra.verbs.load import load

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = datetime(2026, 11, 24, 7, tzinfo=UTC)
EVERYTHING = Query(min_relevance=None)


def made(number: int, source: str = "harian", **changes: object) -> Mention:
    """One fictional mention; ``changes`` are top-level fields of its flat JSON."""
    flat = {
        "id": f"{source}-{number}", "source": source, "kind": "news", "url": f"https://{source}.example/{number}",
        "canonical_url": f"https://{source}.example/{number}", "title": f"Berita {number}",
        "text": f"Pelayanan kantor nomor {number} dinilai lambat", "published": "2026-11-24T08:00:00+07:00",
        "fetched": f"2026-11-24T01:{number % 60:02d}:00+00:00", "content_hash": "0", "relevance": 0.9,
        "sentiment": {"label": "negative", "p_negative": 0.8, "p_neutral": 0.1, "p_positive": 0.1},
        "topics": [{"id": "service", "p": 0.9}], "story_id": f"s{number // 2}", "stems": "",
        "model": {"name": "tiny", "version": "1"},
    }  # fmt: skip
    return mention_from_json(flat | changes)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    lake = Lake(str(tmp_path / "lake"))
    for hour in range(3):
        partition = Partition(source="harian", hour=HOUR.replace(hour=hour))
        lake.write("mentions", partition, [made(10 * hour + i) for i in range(10)])
    return tmp_path


def run(here: Path, *inputs: str, **options: object):  # type: ignore[no-untyped-def]
    return load(str(here / "index"), str(here / "lake"), inputs, now=NOW, **options)  # type: ignore[arg-type]


def counted(here: Path) -> int:
    with open_index(str(here / "index")) as store:
        return store.count(EVERYTHING).placements


def test_all_new_partitions_then_none(here: Path) -> None:
    report = run(here)
    assert (report.result.added, report.loaded, report.skipped) == (30, 3, 0)
    again = run(here)
    assert (again.result.added, again.loaded, again.skipped) == (0, 0, 3)
    assert again.snapshot == report.snapshot
    anew = run(here, anew=True)
    assert (anew.result.unchanged, anew.loaded) == (30, 3)
    assert anew.snapshot == report.snapshot


def test_a_changed_partition_is_replaced(here: Path) -> None:
    run(here)
    partition = Partition(source="harian", hour=HOUR.replace(hour=1))
    Lake(str(here / "lake")).write("mentions", partition, [made(10), made(11, text="berubah")])
    report = run(here)
    assert report.loaded + report.skipped == 3
    assert (report.result.added, report.result.replaced, report.result.removed) == (0, 1, 8)
    assert counted(here) == 22


def test_named_partitions_and_files(here: Path) -> None:
    assert run(here, "harian/2026-11-24/01").result.added == 10
    plain, packed = here / "a.jsonl", here / "b.jsonl.gz"
    plain.write_text("".join(json.dumps(to_json(made(i, "file"))) + "\n" for i in range(5)))
    packed.write_bytes(gzip.compress(plain.read_bytes().replace(b"file", b"pack")))
    report = run(here, str(plain), str(packed))
    assert (report.result.added, report.loaded) == (10, 2)
    assert run(here, str(plain)).result.unchanged == 5
    assert counted(here) == 20


@pytest.mark.parametrize("name", ["nothing.jsonl", "harian/2026-11-24/23", "harian/yesterday/1"])
def test_an_input_that_is_not_there(here: Path, name: str) -> None:
    with pytest.raises(InputError, match=name):
        run(here, name)


BAD = [
    ("{", "bad-json"),
    ("[]", "no-mention"),
    ("17", "no-mention"),
    ('{"id": "x"}', "no-mention"),
    ("\udc80".encode("utf-8", "surrogatepass").decode("latin-1"), "bad-json"),
    (json.dumps(to_json(made(1)) | {"fetched": "yesterday"}), "no-mention"),
    (json.dumps(to_json(made(1)) | {"sentiment": None}), "no-mention"),
    (json.dumps(to_json(made(1)) | {"sentiment": {"label": "negative"}}), "no-mention"),
    (json.dumps(to_json(made(1)) | {"relevance": 3}), "invalid"),
    (json.dumps(to_json(made(1)) | {"relevance": float("nan")}), "bad-json"),
    (json.dumps(to_json(made(1)) | {"title": None}), "invalid"),
    (json.dumps(to_json(made(1)) | {"text": 5}), "invalid"),
    (json.dumps(to_json(made(1)) | {"id": 7}), "invalid"),
    (json.dumps(to_json(made(1)) | {"topics": [{"id": "sport", "p": 1}]}), "invalid"),
    (json.dumps(to_json(made(1)) | {"engagement": {"likes": "many"}}), "invalid"),
    (json.dumps(to_json(made(1)) | {"offices": [None]}), "invalid"),
    (json.dumps(to_json(made(1)) | {"story_id": 5}), "invalid"),
    ("[" * 100_000, "bad-json"),
]


@pytest.mark.parametrize(("line", "reason"), BAD, ids=[f"{r} {b[:30]} {i}" for i, (b, r) in enumerate(BAD)])
def test_a_bad_line_is_rejected_with_its_number_and_the_rest_loaded(here: Path, line: str, reason: str) -> None:
    file = here / "in.jsonl"
    good = [json.dumps(to_json(made(i))) for i in range(100, 103)]
    file.write_text("\n".join([good[0], "", line, *good[1:]]), encoding="utf-8")
    report = run(here, str(file))
    assert report.result.added == 3
    (reject,) = report.rejects
    assert (reject.stage, reject.reason, reject.at) == ("load", reason, NOW)
    assert reject.locator == f"{file}:3"
    assert reject.record == line[:2000]
    stored = [json.loads(row) for row in (here / "in.jsonl.rejects.jsonl").read_text().splitlines()]
    assert [row["locator"] for row in stored] == [f"{file}:3"]
    file.write_text("\n".join(good))
    assert run(here, str(file)).rejects == ()
    assert not (here / "in.jsonl.rejects.jsonl").exists()


def test_rejects_of_a_partition_go_into_the_lake(here: Path) -> None:
    lake = Lake(str(here / "lake"))
    partition = Partition(source="harian", hour=HOUR)
    path = Path(lake.path("mentions", partition))
    path.write_bytes(gzip.compress(json.dumps(to_json(made(50))).encode() + b"\n{oops\n"))
    report = run(here)
    assert report.result.added == 31
    (stored,) = lake.read("rejects", partition, tag="load")
    assert stored["locator"] == f"{path}:2"
    assert run(here).skipped == 4  # known to be bad: looked at again when the file changes
    path.write_bytes(gzip.compress(json.dumps(to_json(made(50))).encode()))
    assert run(here).rejects == ()
    assert list(lake.read("rejects", partition, tag="load")) == []


def test_a_truncated_partition_removes_nothing_and_is_read_again(here: Path) -> None:
    run(here)
    path = here / "lake/mentions/harian/2026-11-24/02.jsonl.gz"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    report = run(here)
    assert [reject.reason for reject in report.rejects] == ["truncated"]
    assert report.result.removed == 0
    assert counted(here) == 30
    path.write_bytes(whole)
    assert run(here).loaded in {0, 1}  # equal to what was loaded before: nothing to do
    assert counted(here) == 30


@pytest.mark.parametrize("batch", [1, 1000])
def test_what_a_later_partition_lost_comes_back_from_an_earlier_one(here: Path, batch: int) -> None:
    """The index is what loading the lake afresh would give."""
    lake = Lake(str(here / "lake"))
    later = Partition(source="harian", hour=HOUR.replace(hour=1))
    lake.write("mentions", later, [made(3, fetched="2026-11-24T05:00:00+00:00", text="diambil lagi"), made(10)])
    assert run(here).result.replaced == 1
    lake.write("mentions", later, [made(10)])
    report = run(here, batch=batch)
    assert report.result.removed == 1
    assert report.snapshot == load(str(here / "fresh"), str(here / "lake"), now=NOW).snapshot
    with open_index(str(here / "index")) as store:
        assert store.get("harian-3") == made(3)
        assert len(store.loaded()) == 3
    assert run(here).skipped == 3


def test_small_batches_give_the_same_index(here: Path) -> None:
    whole = run(here).snapshot
    other = load(str(here / "other"), str(here / "lake"), now=NOW, batch=3)
    assert other.snapshot == whole


def test_rejects_that_cannot_be_written_are_one_line(here: Path) -> None:
    (here / "in.jsonl").write_text("{\n")
    (here / "in.jsonl.rejects.jsonl").mkdir()
    with pytest.raises(InputError, match=r"rejects\.jsonl"):
        run(here, str(here / "in.jsonl"))


def test_loading_while_another_loads(here: Path) -> None:
    with open_index(str(here / "index"), create=True) as store, store.writing(), pytest.raises(TryAgain):
        run(here)


def citra(here: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "citra.cli.main", *arguments], cwd=here, text=True, capture_output=True, timeout=120,
        env={**os.environ, "CITRA_LAKE_PATH": "lake", "CITRA_INDEX_PATH": "index"}, check=False,
    )  # fmt: skip


def test_the_command(here: Path) -> None:
    done = citra(here, "load", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["added"] == 30
    assert "30 added" not in done.stdout
    (here / "bad.jsonl").write_text("{\n")
    done = citra(here, "load", "bad.jsonl")
    assert done.returncode == 3
    assert "rejected bad.jsonl:1: bad-json" in done.stderr
    done = citra(here, "load", "nowhere")
    assert done.returncode == 2
    assert done.stderr.startswith("citra: nowhere: no such file; 'nowhere' is no partition")
    assert "Traceback" not in done.stderr
