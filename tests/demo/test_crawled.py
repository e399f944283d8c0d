"""The whole point: what the real spiders and the real extractor make of the newsroom is what was planned."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from citra.demo.newsroom import Newsroom
from citra.documents import JAKARTA
from citra.lake import Lake
from citra.verbs.crawl import crawl
from citra.verbs.extract import extract_partition
from crawlers.source import load_sources

END = date(2026, 11, 24)


@pytest.mark.slow
def test_crawled_and_extracted_is_what_was_planned(tmp_path: Path) -> None:
    now = datetime.combine(END + timedelta(days=1), time(7), JAKARTA).astimezone(UTC)
    lake = Lake(str(tmp_path / "lake"))
    with Newsroom(END).start() as running:
        running.write_sources(tmp_path / "sources")
        known = load_sources(str(tmp_path / "sources"))
        report = crawl(
            [known[name] for name in running.ports],
            lake,
            since=now - timedelta(days=61),
            now=now,
            user_agent="Citra/test (+https://example.org)",
            delay=0,
            allow_loopback=True,
            salt="test",
        )
        assert [source.error for source in report.sources] == [None] * 7
        assert running.trap_hits == 0
        items, handles = running.items, running.handles
    documents = []
    for partition in lake.partitions("raw"):
        extract_partition(lake, partition, known, now)
        documents += list(lake.read("documents", partition))
        assert list(lake.read("rejects", partition, "extract")) == []
    found = {
        (document["source"], document["title"] or document["canonical_url"].rsplit("/", 1)[-1]): document
        for document in documents
    }
    assert len(documents) == len(items)
    for item in items:
        document = found[item.outlet, item.title or item.key]
        assert datetime.fromisoformat(document["published"]).replace(second=0) == item.published.replace(second=0)
        text = [paragraph for paragraph in item.paragraphs if not paragraph.startswith("Baca juga")]
        if item.kind == "news":
            assert "Baca juga" not in document["text"]
            assert document["text"].endswith(text[-1])
            assert all(paragraph in document["text"] for paragraph in text)
            assert document["canonical_url"].endswith(item.key)
    everything = b"".join(
        gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for path in (tmp_path / "lake").rglob("*")
        if path.is_file()
    ).decode(errors="replace")
    assert len(everything) > 1_000_000
    assert [handle for handle in handles if handle in everything] == []
