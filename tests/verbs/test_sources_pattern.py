"""Patterns guessed for a new source, and the file that a draft becomes. No network."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from parsel import Selector

from citra.verbs.sources_add import to_toml
from citra.verbs.sources_pattern import NO_TEXT, guess_pattern
from crawlers.discover import read_listing
from crawlers.source import Listing, Source, WholeArticle, load_sources, read_source


@pytest.mark.parametrize(
    ("paths", "pattern"),
    [
        (["/read/1/a", "/read/22/b"], r"/read/\d+/"),
        (["/x/d-100/a", "/y/d-200/b"], r"/d-\d+/"),
        (["/news-12-satu", "/news-13-dua"], r"/news-\d+"),
        (["/nasional/2026/11/24/1/a", "/daerah/2026/11/23/2/b"], r"/\d{4}/\d{2}/\d{2}/\d+/"),
        (["/a-b-c-d.html", "/e-f-g-h.html"], r"^https?://x\.id/[a-z0-9]+(-[a-z0-9]+){3,}\.html/?$"),
        (["/nasional/12345/a", "/daerah/12346/b"], r"/[^/]+/\d+/"),
        (["/wp-content/uploads/2026/11/a-b-c-d.pdf", "/foto/2026/11/24/x"], ""),
        (["/tentang", "/kontak"], ""),
    ],
)
def test_patterns_from_examples(paths: list[str], pattern: str) -> None:
    urls = [f"https://x.id{path}" for path in paths]
    guess = guess_pattern(urls, ["https://x.id/tag/asn", *urls])
    assert guess.pattern == pattern
    if pattern:
        assert (guess.matched, guess.of, guess.on_home) == (2, 2, 2)


def test_guesses_on_real_front_pages_agree_with_the_shipped_patterns(shared: Path) -> None:
    known = load_sources()
    checked = 0
    for line in (shared / "pages" / "pages" / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        page = json.loads(line)
        url = page["url"] or page["canonical_in_html"]
        source = known.get(page["outlet"])
        if source is None or page["page_type"] not in {"home", "index", "section"} or "/video/" in url:
            continue
        html = (shared / "pages" / page["path"]).read_bytes().decode("utf-8", "replace")
        links = [link.url for link in read_listing(Selector(text=html), url, "a[href]") if source.allows(link.url)]
        articles = [link for link in links if source.is_article(link)]
        if len(articles) < 10:
            continue
        guess = guess_pattern([], links)
        found = {link for link in links if re.search(guess.pattern, link) and not re.search(NO_TEXT, link)}
        assert len(found & set(articles)) >= 0.9 * len(articles), (url, guess.pattern)
        assert len(found & set(articles)) >= 0.55 * len(found), (url, guess.pattern)
        checked += 1
    assert checked >= 8


def test_toml_of_any_source_reads_back_the_same(tmp_path: Path) -> None:
    odd = Source(
        name="aneh", title='He said "ya" \\ é 📰', kind="news", base_url="https://x.id/", article=r"/it's/\d+",
        exclude=r"\.pdf$",
        listings=(Listing(url="https://x.id/{page}", pages=3), Listing(url="https://x.id/b")),
        whole_article=WholeArticle(query="page=all", strip_page_number=True),
    )  # fmt: skip
    for source in (odd, *load_sources().values()):
        file = tmp_path / f"{source.name}.toml"
        file.write_text(to_toml(source), encoding="utf-8")
        assert read_source(file) == source
