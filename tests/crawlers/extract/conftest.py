from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fictional_pages import NOW, SHARED, URL, page_html

from citra.documents import Document, Reject
from crawlers.extract.page import extract_page
from crawlers.source import DateRules, Selectors, Source


@pytest.fixture
def build() -> Callable[..., bytes]:
    return page_html


@pytest.fixture
def read() -> Callable[..., Document | Reject]:
    def run(html: bytes, url: str = URL, source: Source | None = None, **more: object) -> Document | Reject:
        return extract_page(html, url, source=source, fetched=NOW, **more)  # type: ignore[arg-type]

    return run


@pytest.fixture
def document(read: Callable[..., Document | Reject]) -> Callable[..., Document]:
    def run(html: bytes, url: str = URL, source: Source | None = None) -> Document:
        found = read(html, url, source)
        assert isinstance(found, Document), found
        return found

    return run


@pytest.fixture
def outlet() -> Callable[..., Source]:
    def make(*, selectors: Selectors | None = None, date: DateRules | None = None) -> Source:
        return Source(
            name="wartanusa",
            title="Warta Nusa",
            kind="news",
            base_url="https://www.wartanusa.co.id",
            feeds=("https://www.wartanusa.co.id/rss",),
            selectors=selectors or Selectors(),
            date=date or DateRules(),
        )

    return make


@pytest.fixture(scope="session")
def shared_pages() -> Path:
    if not (SHARED / "pages" / "manifest.jsonl").exists():
        pytest.skip(f"no real pages at {SHARED}")
    return SHARED
