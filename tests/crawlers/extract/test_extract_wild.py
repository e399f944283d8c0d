"""Layouts of the wild that nothing was written for: title, day, minute, the whole text and nothing but the text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from fictional_pages import NOW
from wild_lists import LISTS
from wild_offices import OFFICES, TEXT, TITLE, P
from wild_outlets import OUTLETS

from citra.documents import JAKARTA, Document, Reject
from crawlers.extract.dates import ago

URL = "https://www.kabarkota.id/daerah/71/seribu-guru-honorer-diangkat"
PAGES = OFFICES | OUTLETS
Read = Callable[..., Document | Reject]


@pytest.mark.parametrize("name", sorted(PAGES))
def test_page(name: str, read: Read) -> None:
    encoding = "windows-1252" if name == "an old code page" else "utf-8"
    found = read(PAGES[name].encode(encoding), URL)
    assert isinstance(found, Document), found
    assert found.title == TITLE
    assert found.text.removeprefix("SUARA KOTA - ") == "\n".join(TEXT)
    assert found.published is not None
    assert found.published.astimezone(JAKARTA).isoformat()[:16] == "2024-03-05T14:20"


@pytest.mark.parametrize("url", sorted(LISTS))
@pytest.mark.parametrize("known", [True, False])
def test_no_article(url: str, known: bool, read: Read) -> None:
    page = f"<html><head></head><body>{LISTS[url]}</body></html>".encode()
    found = read(page, url if known else f"{url.rpartition('/')[0]}/x")
    assert isinstance(found, Reject), (found.title, found.published_raw, found.text[:300])
    assert found.reason == "not-an-article"


# --- times that depend on when the page was seen ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "back"),
    [
        ("2 jam lalu", timedelta(hours=2)),
        ("35 menit yang lalu", timedelta(minutes=35)),
        ("sejam lalu", timedelta(hours=1)),
        ("3 hours ago", timedelta(hours=3)),
        ("Baru saja", timedelta()),
    ],
)
def test_minutes_and_hours_ago(text: str, back: timedelta) -> None:
    seen = datetime(2024, 3, 5, 7, 20, tzinfo=UTC)
    assert ago(text, seen) == seen - back


@pytest.mark.parametrize(("text", "day"), [("3 hari lalu", 2), ("Kemarin", 4), ("seminggu lalu", 27)])
def test_days_ago_are_days(text: str, day: int) -> None:
    found = ago(text, datetime(2024, 3, 5, 20, 0, tzinfo=UTC))  # it is the 6th in Jakarta
    assert found is not None
    local = found.astimezone(JAKARTA)
    assert (local.day, local.hour, local.minute) == (day + 1 if day < 27 else 28, 0, 0)


@pytest.mark.parametrize("text", ["dua tahun lalu", "2 jam", "Korban ditemukan 2 jam lalu", "x"])
def test_other_words_are_no_time(text: str) -> None:
    assert ago(text, NOW) is None


def story(stamps: str, head: str = "") -> bytes:
    return (
        f"<html><head><title>{TITLE}</title>{head}</head>"
        f"<body><article><h1>{TITLE}</h1>{stamps}{P}</article></body></html>"
    ).encode()


def test_a_relative_time_is_read_and_said_to_be_one(read: Read) -> None:
    found = read(story("<div>Rina Marlina | 2 jam lalu</div>"), URL)
    assert isinstance(found, Document)
    assert found.published == (NOW - timedelta(hours=2)).replace(second=0, microsecond=0)
    assert found.published_raw == "Rina Marlina | 2 jam lalu"


def test_a_relative_time_of_an_archived_copy_is_left_open(read: Read) -> None:
    declared = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "x"}</script>'
    found = read(story("<div>2 jam lalu</div>", declared), f"https://web.archive.org/web/20240305080000/{URL}")
    assert isinstance(found, Document)
    assert found.published is None


def test_a_stamp_is_believed_before_a_relative_time(read: Read) -> None:
    found = read(story("<div>2 jam lalu</div><div>5 Maret 2024 14:20 WIB</div>"), URL)
    assert isinstance(found, Document)
    assert found.published == datetime(2024, 3, 5, 7, 20, tzinfo=UTC)
