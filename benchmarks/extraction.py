"""Extraction on real pages: ours next to trafilatura with htmldate, and pages per CPU second.

    python benchmarks/extraction.py [FOLDER]      (default: ../shared/pages)

Needs ``FOLDER/pages/manifest.jsonl`` (page types, raw dates) and ``FOLDER/ground_truth/dev.jsonl``. Prints two tables.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from citra.documents import JAKARTA, Document
from crawlers.extract.page import extract_page
from crawlers.extract.record import source_of
from crawlers.source import load_sources

SHARED = Path(__file__).parents[1].parent / "shared" / "pages"
ARTICLES = frozenset({"article", "article-long", "article-paginated"})
#: a photo, video, infographic or template may be taken either way
LISTS = frozenset(
    {"index", "home", "section", "tag", "gov-listing", "error-403", "template-search", "template-tag", "template-home"}
)
BOILERPLATE = re.compile(
    r"\b(?:baca|simak|lihat) juga\b|^(?:editor|reporter|penulis|pewarta)\s*:|advertisement|scroll to continue|^foto\s*:"
    r"|\(foto\s*:|copyright|gabung.{0,20}whatsapp|halaman selanjutnya|^saksikan video",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True)
class Result:
    title: str
    text: str
    published: datetime | None


Extractor = Callable[[bytes, str], Result | None]


def ours(now: datetime) -> Extractor:
    sources = load_sources()

    def run(html: bytes, url: str) -> Result | None:
        found = extract_page(html, url, source=source_of(url, sources), fetched=now)
        return Result(found.title, found.text, found.published) if isinstance(found, Document) else None

    return run


def theirs(html: bytes, url: str) -> Result | None:
    """trafilatura's text and title, htmldate's day (it gives no time of day)."""
    import htmldate
    import trafilatura

    found: Any = trafilatura.bare_extraction(html.decode("utf-8", "replace"), url=url or None, with_metadata=True)
    if not found or not found.text:
        return None
    day = htmldate.find_date(html.decode("utf-8", "replace"), original_date=True, outputformat="%Y-%m-%d")
    return Result(found.title or "", found.text, datetime.fromisoformat(f"{day}T00:00:00+07:00") if day else None)


def pages(folder: Path) -> Iterator[tuple[dict[str, Any], bytes]]:
    for line in (folder / "pages" / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        yield entry, (folder / entry["path"]).read_bytes()


def truths(folder: Path) -> dict[str, dict[str, Any]]:
    lines = (folder / "ground_truth" / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    return {entry["page"]: entry for entry in map(json.loads, lines)}


def letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


def measure(folder: Path, extract: Extractor) -> dict[str, tuple[int, int]]:
    """``measure → (right, of)`` over the pages; first and last sentences are compared letter by letter."""
    truth = truths(folder)
    marks: dict[str, list[bool]] = {name: [] for name in MEASURES}
    for entry, html in pages(folder):
        expected = truth.get(entry["path"])
        found = extract(html, entry["url"] or (expected or {}).get("url", ""))
        if entry["page_type"] in LISTS:
            marks["lists told"].append(found is None)
        if entry["page_type"] in ARTICLES:
            marks["articles kept"].append(found is not None)
        if found is not None and entry["page_type"] in ARTICLES:
            marks["free of boilerplate"].append(not BOILERPLATE.search(found.text))
        if expected:
            _compare(marks, found, expected)
    return {name: (sum(right), len(right)) for name, right in marks.items()}


MEASURES = (
    "title exact",
    "day",
    "minute",
    "first sentence",
    "last sentence",
    "free of boilerplate",
    "articles kept",
    "lists told",
)


def _compare(marks: dict[str, list[bool]], found: Result | None, expected: dict[str, Any]) -> None:
    true = datetime.fromtimestamp(expected["date"] / 1000, UTC)
    published = found.published if found else None
    marks["title exact"].append(bool(found) and found.title == expected["title"])  # type: ignore[union-attr]
    marks["day"].append(bool(published) and published.astimezone(JAKARTA).date() == true.astimezone(JAKARTA).date())  # type: ignore[union-attr]
    marks["minute"].append(bool(published) and abs((published - true).total_seconds()) < 60)  # type: ignore[operator]
    text, wanted = letters(found.text if found else ""), letters(expected["content"])
    marks["first sentence"].append(wanted[:40] in text)
    marks["last sentence"].append(wanted[-40:] in text)


def speed(folder: Path, extract: Extractor, rounds: int = 2) -> float:
    """Pages per second of CPU time of one process, which other work on the machine does not change much."""
    given = [(html, entry["url"]) for entry, html in pages(folder)]
    start = time.process_time()
    for _ in range(rounds):
        for html, url in given:
            extract(html, url)
    return rounds * len(given) / (time.process_time() - start)


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED
    if not (folder / "pages" / "manifest.jsonl").exists():
        sys.exit(f"no pages at {folder}")
    logging.disable(logging.CRITICAL)
    mine = ours(datetime.now(UTC))
    left, right = measure(folder, mine), measure(folder, theirs)
    print(f"{'':22}{'citra':>12}{'trafilatura + htmldate':>26}")
    for name in MEASURES:
        print(f"{name:22}{'{}/{}'.format(*left[name]):>12}{'{}/{}'.format(*right[name]):>26}")
    print(f"{'pages per CPU second':22}{speed(folder, mine):>12.0f}{speed(folder, theirs, 1):>26.0f}")


if __name__ == "__main__":
    main()
