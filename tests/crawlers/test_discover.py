"""Feeds, sitemaps, listings, addresses: real ones where they are at hand, odd ones written here."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from parsel import Selector

from crawlers.discover import listing_pages, read_feed, read_listing, read_sitemap
from crawlers.links import Link, TopicFilter, normalise, shipped_words, whole
from crawlers.politeness import read_robots
from crawlers.source import WholeArticle

SHARED = Path(__file__).parents[3] / "shared/pages"
NOW = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)  # the 25th in Jakarta


def shared(pattern: str) -> list[Path]:
    files = sorted(SHARED.glob(pattern))
    if not files:
        pytest.skip(f"{SHARED}/{pattern} is not here")
    return files


def test_real_feeds_are_read() -> None:
    for file in shared("feeds/*.xml"):
        links = read_feed(file.read_bytes())
        assert links, file.name
        assert all(link.url.startswith("http") and link.title and link.published for link in links), file.name
        assert not any("feedsportal" in link.url for link in links), file.name


def test_real_sitemaps_are_read() -> None:
    for file in shared("sitemaps/*.xml"):
        sitemap = read_sitemap(file.read_bytes())
        assert len(sitemap.links) > 100
        assert all(link.published and link.title for link in sitemap.links)
    for file in shared("sitemaps/*.html"):
        with pytest.raises(ValueError, match="no sitemap"):
            read_sitemap(file.read_bytes())


def test_real_robots_are_read() -> None:
    for file in shared("robots/*.txt"):
        rules = read_robots(file.read_bytes())
        assert rules.can_fetch("https://x.id/peristiwa/berita.html", "Citra/0.1"), file.name
    malformed = read_robots((SHARED / "robots/m.merdeka.com.txt").read_bytes())
    assert not malformed.can_fetch("https://m.merdeka.com/webdev/x", "Citra/0.1")


def test_feeds_of_careless_publishers() -> None:
    when = "<pubDate>Tue, 24 Nov 2026 08:00:00 +0700</pubDate>"
    item = f"<item><title>Pelantikan Büpati</title><link> /a </link>{when}</item>"
    latin = f'\n\n<?xml version="1.0" encoding="us-ascii"?><rss version="2.0"><channel>{item}</channel></rss>'
    for body in (latin.encode("utf-8"), b"\xef\xbb\xbf" + latin.strip().encode()):
        [link] = read_feed(body, "https://x.id/rss")
        assert (link.url, link.published) == ("https://x.id/a", datetime(2026, 11, 24, 1, tzinfo=UTC))
        assert "Büpati" in link.title
    with pytest.raises(ValueError, match="no RSS"):
        read_feed(b"<html><body>maaf</body></html>")
    assert read_feed(b'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title></channel></rss>') == []


def test_sitemap_bombs_are_not_unpacked() -> None:
    import gzip

    with pytest.raises(ValueError, match="cannot be unpacked"):
        read_sitemap(gzip.compress(bytes(3_000_000)), max_bytes=1_000_000)
    entities = (
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><urlset><url><loc>http://x/&a;</loc></url></urlset>'
    )
    assert all("root" not in link.url for link in read_sitemap(entities).links)


def test_dates_of_sitemaps() -> None:
    def first(raw: str) -> Link:
        return read_sitemap(f"<urlset><url><loc>/a</loc><lastmod>{raw}</lastmod></url></urlset>".encode()).links[0]

    assert first("2026-11-24").published == datetime(2026, 11, 23, 17, tzinfo=UTC)
    assert first("2026-11-24").day_only
    assert first("2026-11-24T08:00:00+07:00").published == datetime(2026, 11, 24, 1, tzinfo=UTC)
    assert first("kemarin").published is None


def test_links_of_a_listing() -> None:
    page = Selector(
        text='<nav><a href="/">x</a></nav><div class="daftar"><a href="/1"><img></a><h3><a href="/1">Judul</a></h3>'
        '<a href="javascript:void(0)">x</a><a href="#x">y</a><a href="https://lain.id/2" title="Dua">Dua</a></div>'
    )
    links = [(link.url, link.title) for link in read_listing(page, "https://x.id/indeks", ".daftar")]
    assert links == [("https://x.id/1", "Judul"), ("https://lain.id/2", "Dua Dua")]
    assert links == [(k.url, k.title) for k in read_listing(page, "https://x.id/indeks", ".daftar a[href]")]


def test_pages_of_listings() -> None:
    assert listing_pages("https://x.id/{page}", 0, 2, None, NOW) == [["https://x.id/0", "https://x.id/1"]]
    dated = listing_pages(
        "https://x.id/{year}/{month:02}/{day:02}?p={page}", 1, 2, datetime(2026, 11, 23, tzinfo=UTC), NOW
    )
    assert [day[0] for day in dated] == [f"https://x.id/2026/11/{day}?p=1" for day in (25, 24, 23)]
    assert len(listing_pages("https://x.id/{day}", 1, 9, None, NOW)) == 2


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTPS://WWW.X.id:443/A?utm_medium=x&id=7&fbclid=y#z", "https://www.x.id/A?id=7"),
        ("http://x.id:8080", "http://x.id:8080/"),
        ("http://x.id/?tag_from=wp_beritautama", "http://x.id/"),
        ("http://[::1]:80/a?b=", "http://[::1]/a?b="),
    ],
)
def test_addresses_of_the_same_page(url: str, expected: str) -> None:
    assert normalise(url) == expected
    assert normalise(expected) == expected


@pytest.mark.parametrize(
    ("rule", "url", "expected"),
    [
        ({"query": "page=all"}, "https://x.id/read/1/a?page=2", "https://x.id/read/1/a?page=all"),
        ({"query": "single=1", "strip_page_number": True}, "https://x.id/d-12/a/3", "https://x.id/d-12/a?single=1"),
        ({"path": "/all"}, "https://x.id/berita/12", "https://x.id/berita/12/all"),
        ({}, "https://x.id/a?page=2", "https://x.id/a?page=2"),
    ],
)
def test_whole_articles(rule: dict[str, object], url: str, expected: str) -> None:
    assert whole(url, WholeArticle.model_validate(rule)) == expected
    assert whole(expected, WholeArticle.model_validate(rule)) == expected


def test_the_topic_filter_reads_words_not_letters() -> None:
    topic = TopicFilter()
    assert len(topic.words) > 100
    assert topic.match(Link(url="https://x.id/1", title="Rekrutmen ASN 2026")) == "asn"
    assert topic.match(Link(url="https://x.id/1", title="Mal  Pelayanan\nPublik dibuka"))
    assert topic.match(Link(url="https://x.id/2026/kepala-dinas-diperiksa"))
    assert topic.match(Link(url="https://x.id/1", title="KemenPAN-RB umumkan"))
    for title in ("Kasnawi juara", "Pasnya harga emas", "Timnas menang", "Resep rendang"):
        assert topic.match(Link(url="https://x.id/1", title=title)) is None, title
    assert TopicFilter(["e-KTP"]).match(Link(url="https://x.id/1", title="antre E-KTP lagi"))
    assert all(word == word.lower() for word in shipped_words())
