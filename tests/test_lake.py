"""A partition's file appears whole or not at all, and depends on its records alone."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from citra.documents import Document, Partition, Reject, content_hash, to_json
from citra.errors import ConfigError, InputError
from citra.lake import Lake

HOUR = Partition(source="warta", hour=datetime(2026, 11, 24, 7, tzinfo=UTC))


def document(number: int) -> Document:
    return Document(
        id=f"{number:024x}",
        source="warta",
        kind="news",
        url=f"https://warta.test/{number}",
        canonical_url=f"https://warta.test/{number}",
        text=f"Teks ke-{number} — “kutipan”",
        fetched=HOUR.hour,
        content_hash=content_hash("", str(number)),
    )


@pytest.fixture(params=["folder", "memory"])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Lake:
    return Lake(str(tmp_path / "lake") if request.param == "folder" else f"memory://{tmp_path.name}")


def test_written_records_come_back(lake: Lake) -> None:
    assert lake.write("documents", HOUR, (document(i) for i in range(3))) == 3
    assert list(lake.read("documents", HOUR)) == [to_json(document(i)) for i in range(3)]
    assert lake.partitions("documents") == [HOUR]
    assert lake.partitions("documents", "other") == []
    assert lake.size("documents") > 0


def test_same_records_same_bytes(lake: Lake) -> None:
    lake.write("documents", HOUR, [document(1)])
    first = lake.fs.cat(lake.path("documents", HOUR))
    lake.write("documents", HOUR, [document(1)])
    assert lake.fs.cat(lake.path("documents", HOUR)) == first


def test_failed_write_leaves_the_old_file(lake: Lake) -> None:
    lake.write("documents", HOUR, [document(1)])

    def broken() -> Iterator[Document]:
        yield document(2)
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        lake.write("documents", HOUR, broken())
    assert [row["id"] for row in lake.read("documents", HOUR)] == [document(1).id]
    assert not [path for path in lake.fs.find(lake.root) if path.endswith(".tmp")]


def test_rejects_of_two_stages_stay_apart(lake: Lake) -> None:
    lake.write("rejects", HOUR, [Reject(stage="crawl", reason="blocked")], tag="crawl")
    lake.write("rejects", HOUR, [Reject(stage="extract", reason="no-text")], tag="extract")
    assert [r["reason"] for r in lake.read("rejects", HOUR, "crawl")] == ["blocked"]
    assert lake.partitions("rejects") == [HOUR]


def test_absent_partition_is_empty(lake: Lake) -> None:
    assert list(lake.read("mentions", HOUR)) == []
    assert lake.size("raw") == 0


def test_a_partition_is_found_by_its_key(tmp_path: Path) -> None:
    lake, partition = Lake(str(tmp_path)), Partition.from_key("kompas/2026-11-24/07")
    with pytest.raises(InputError, match="'kompas' is no partition; write it as"):
        lake.find("raw", "kompas")
    with pytest.raises(InputError, match=r"no documents of this partition in .*; `citra extract` makes them"):
        lake.find("documents", partition.key)
    lake.write("documents", partition, [])
    assert lake.find("documents", partition.key) == partition


def test_a_url_whose_package_is_missing_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(ConfigError, match=r"s3://ember/lake: .*citra\[s3\]"):
        Lake("s3://ember/lake")
