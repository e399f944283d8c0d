# ruff: noqa: E501  (markup and example lines are easier to read unbroken)
from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citra.documents import Document, Reject, document_id
from crawlers.extract.posts import extract_posts, text_of_post
from crawlers.pseudonym import Pseudonyms

NOW = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
API = "https://sosial.contoh.id/api/v1/statuses/117"


def status(**changes: Any) -> dict[str, Any]:
    post = {
        "id": "117",
        "created_at": "2026-11-23T18:30:00.000Z",
        "edited_at": None,
        "in_reply_to_id": "100",
        "language": "id",
        "visibility": "public",
        "sensitive": False,
        "replies_count": 2,
        "reblogs_count": 3,
        "favourites_count": 5,
        "quotes_count": 0,
        "url": API,
        "account": {"id": "anon:0123456789abcdef", "bot": False},
        "content": "<p>Antre di kantor kecamatan &amp; pelayanan cepat.<br>Terima kasih pegawainya!</p><p>#ASN</p>",
        "spoiler_text": "",
        "tags": [{"name": "asn"}],
    }
    return {key: value for key, value in {**post, **changes}.items() if value is not ...}


def read(value: Any) -> list[Document | Reject]:
    return extract_posts(json.dumps(value).encode(), API, source=None, fetched=NOW)


def test_all_fields() -> None:
    (found,) = read(status())
    assert isinstance(found, Document), found
    assert found.text == "Antre di kantor kecamatan & pelayanan cepat.\nTerima kasih pegawainya!\n#ASN"
    assert found.id == document_id("mastodon:sosial.contoh.id", "117")
    assert found.thread_id == document_id("mastodon:sosial.contoh.id", "100")
    assert found.author == "anon:0123456789abcdef"
    assert found.engagement == {"likes": 5, "reposts": 3, "replies": 2, "quotes": 0}
    assert found.published == datetime(2026, 11, 23, 18, 30, tzinfo=UTC)
    assert found.published_raw == "2026-11-23T18:30:00.000Z"
    assert (found.kind, found.language, found.title, found.url) == ("social", "id", "", API)


def test_a_warning_is_part_of_the_text() -> None:
    (found,) = read(status(spoiler_text="Soal CPNS", in_reply_to_id=None))
    assert isinstance(found, Document)
    assert found.text.startswith("Soal CPNS\nAntre")
    assert found.thread_id is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": ...}, "bad-json"),
        ({"id": 117}, "bad-json"),
        ({"created_at": "kemarin"}, "bad-json"),
        ({"created_at": "2026-11-23T18:30:00"}, "bad-json"),
        ({"content": None}, "bad-json"),
        ({"favourites_count": -1}, "bad-json"),
        ({"favourites_count": "5"}, "bad-json"),
        ({"favourites_count": True}, "bad-json"),
        ({"account": ...}, "bad-json"),
        ({"account": {"id": "9", "acct": "sari"}}, "private-handles"),
        ({"account": {"id": "anon:0123456789abcdef", "username": "sari"}}, "private-handles"),
        ({"content": "<p></p>"}, "no-text"),
        ({"content": "<p>...</p>"}, "no-text"),
        ({"new_field": 1}, "bad-json"),
    ],
)
def test_bad_post_is_a_reject(changes: dict[str, Any], reason: str) -> None:
    found = read([status(**changes), status()])
    assert isinstance(found[0], Reject)
    assert found[0].reason == reason
    assert isinstance(found[1], Document)
    assert "sari" not in found[0].record


@pytest.mark.parametrize("payload", [b"", b"{", b"\xff\xfe", b"<html>", b"[" * 100_000])
def test_what_is_no_json_is_a_reject(payload: bytes) -> None:
    (found,) = extract_posts(payload, API, source=None, fetched=NOW)
    assert isinstance(found, Reject)
    assert found.reason == "bad-json"


@pytest.mark.parametrize("value", [1, "x", None, [1, None, "x", []], {"id": 1}])
def test_json_of_another_shape_is_rejected(value: Any) -> None:
    assert all(isinstance(found, Reject) for found in read(value))


def test_what_the_crawler_stores_is_read() -> None:
    raw = {
        **status(url=...),
        "account": {"id": "9", "username": "sari88", "acct": "sari88", "display_name": "Sari"},
        "content": '<p>Halo <a href="https://sosial.contoh.id/@budi77" class="u-url mention">@<span>budi77</span></a> layanan BKN lancar</p>',
        "mentions": [{"url": "https://sosial.contoh.id/@budi77", "acct": "budi77", "username": "budi77"}],
        "media_attachments": [],
        "card": None,
    }
    stored = Pseudonyms("garam", "sosial.contoh.id").status(raw, API)
    (found,) = read(stored)
    assert isinstance(found, Document), found
    assert "layanan BKN lancar" in found.text
    assert "budi77" not in found.text
    assert found.author is not None
    assert found.author.startswith("anon:")


@given(st.text(max_size=300))
def test_any_content_is_decided(content: str) -> None:
    text_of_post(content)
    read(status(content=content))
