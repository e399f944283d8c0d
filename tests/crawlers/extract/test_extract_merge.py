from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from citra.documents import Document, content_hash
from crawlers.extract.merge import merge_documents, page_number

NOW = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
BASE = "https://wartanusa.co.id/read/1/bupati-lantik-pejabat"


def page(url: str, text: str, *, minutes: int = 0, id: str = "a", author: str | None = None) -> Document:
    return Document(
        id=id,
        source="w",
        kind="news",
        url=url,
        canonical_url=BASE,
        title="T",
        text=text,
        author=author,
        fetched=NOW + timedelta(minutes=minutes),
        content_hash=content_hash("T", text),
    )


@pytest.mark.parametrize(
    ("url", "number"),
    [
        (BASE, 1),
        (f"{BASE}?page=2", 2),
        (f"{BASE}?page=all", 0),
        (f"{BASE}/3", 3),
        (f"{BASE}/all", 0),
        (f"{BASE}?single=1", 0),
        (f"{BASE}?page=x", 1),
        ("https://w.id/2023/11/02", 1),
        (f"{BASE}?hal=12", 12),
    ],
)
def test_page_number(url: str, number: int) -> None:
    assert page_number(url) == number


def test_pages_are_joined_in_order_whatever_came_first() -> None:
    pages = [page(f"{BASE}?page=3", "c\nd"), page(BASE, "a", author="Sari"), page(f"{BASE}?page=2", "lede\nb")]
    (found,) = merge_documents(pages)
    assert found.text == "a\nlede\nb\nc\nd"
    assert (found.url, found.author) == (BASE, "Sari")
    assert found.content_hash == content_hash("T", found.text)
    assert merge_documents(reversed(pages)) == [found]


def test_the_whole_article_wins_when_it_is_longer() -> None:
    (found,) = merge_documents([page(BASE, "a"), page(f"{BASE}?page=2", "b"), page(f"{BASE}?page=all", "a\nb\nc")])
    assert found.text == "a\nb\nc"


def test_a_paragraph_repeated_on_each_page_comes_once() -> None:
    (found,) = merge_documents([page(BASE, "lede\na"), page(f"{BASE}?page=2", "lede\nb")])
    assert found.text == "lede\na\nb"


def test_of_two_fetches_the_later_counts() -> None:
    (found,) = merge_documents([page(BASE, "baru", minutes=5), page(BASE, "lama yang lebih panjang")])
    assert found.text == "baru"


def test_sorted_by_id() -> None:
    found = merge_documents([page(BASE, "x", id="b"), page(BASE, "y", id="a")])
    assert [each.id for each in found] == ["a", "b"]
