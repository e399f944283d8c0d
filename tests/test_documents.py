"""Ids are stable, JSON goes there and back, partitions name one source and one hour."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from citra import documents as d

DOCUMENT = d.Document(
    id=d.document_id("warta", "https://warta.test/a"),
    source="warta",
    kind="news",
    url="https://warta.test/a?utm_source=x",
    canonical_url="https://warta.test/a",
    title="Layanan KTP selesai sehari",
    text="Warga senang.\nKantor buka pukul 07.30.",
    published=datetime(2026, 11, 23, 17, 30, tzinfo=UTC),
    published_raw="Selasa, 24 November 2026 00:30 WIB",
    fetched=datetime(2026, 11, 23, 18, 0, tzinfo=UTC),
    engagement={"likes": 3},
    content_hash=d.content_hash("Layanan KTP selesai sehari", "Warga senang."),
)
MENTION = d.Mention(
    document=DOCUMENT,
    relevance=0.97,
    sentiment=d.Sentiment(label="positive", p_negative=0.1, p_neutral=0.2, p_positive=0.7),
    topics=(d.Topic(id="service", p=0.9),),
    regions=("32.71",),
    story_id="s1",
    stems="layan ktp",
    model=d.Model(name="m", version="1"),
)


def test_id_depends_on_source_and_key_alone() -> None:
    assert d.document_id("a", "k") == d.document_id("a", "k")
    assert len({d.document_id("a", "k"), d.document_id("b", "k"), d.document_id("a", "l")}) == 3
    assert d.document_id("ab", "c") != d.document_id("a", "bc")


def test_content_hash_is_blind_to_white_space_only() -> None:
    assert d.content_hash("A", "b  c\n") == d.content_hash("A", "b c")
    assert d.content_hash("A", "b c") != d.content_hash("A", "b d")


def test_mention_survives_json() -> None:
    data = d.to_json(MENTION)
    assert data["published"] == "2026-11-24T00:30:00+07:00"
    assert data["fetched"] == "2026-11-23T18:00:00+00:00"
    assert "document" not in data
    assert d.mention_from_json(data) == MENTION


def test_newer_lakes_can_be_read() -> None:
    assert d.document_from_json({**d.to_json(DOCUMENT), "invented_later": 1}) == DOCUMENT


def test_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without zone"):
        d.document_from_json({**d.to_json(DOCUMENT), "fetched": "2026-11-24T00:00:00"})


def test_reject_survives_json() -> None:
    reject = d.Reject(stage="extract", reason="no-text", at=datetime(2026, 1, 1, tzinfo=UTC))
    assert d.reject_from_json(d.to_json(reject)) == reject


def test_partition_is_one_hour_in_utc() -> None:
    partition = d.Partition.of("warta", datetime(2026, 11, 24, 0, 59, tzinfo=timezone(timedelta(hours=7))))
    assert partition.key == "warta/2026-11-23/17"
    assert d.Partition.from_key(partition.key) == partition


def test_records_are_frozen() -> None:
    with pytest.raises(AttributeError):
        DOCUMENT.title = "x"  # type: ignore[misc]
    assert replace(DOCUMENT, language="id").language == "id"
