"""The news spider over a small outlet: incremental, selective, polite."""

from __future__ import annotations

import gzip
import io
from datetime import datetime, timedelta

from loopback_outlet import NOW, Site, collect, coverage, records, rejects
from warcio.archiveiterator import ArchiveIterator

from citra.documents import Partition
from citra.lake import Lake
from crawlers.source import Listing, WholeArticle


def test_a_second_run_fetches_nothing_again(site: Site, lake: Lake) -> None:
    site.outlet(12)
    first = collect([site.source()], lake).sources[0]
    asked = site.articles_asked()
    second = collect([site.source()], lake, now=NOW + timedelta(minutes=5)).sources[0]
    assert (first.new, second.new, second.unchanged) == (12, 0, 12)
    assert site.articles_asked() == asked
    assert first.partitions == ("contoh/2026-11-24/07",)
    assert second.partitions == ()
    assert [run["new"] for run in coverage(lake)] == [12, 0]

    site.outlet(3, start=12)
    third = collect([site.source()], lake, now=NOW + timedelta(hours=2)).sources[0]
    assert third.new == 3
    assert third.partitions == ("contoh/2026-11-24/09",)
    assert len(records(lake)) == 15


def test_records_can_be_read_by_warcio_and_tell_their_source(site: Site, lake: Lake) -> None:
    site.page("/read/1/a", "Judul Ø", "isi é", ETag='"x"')
    body = site.routes["/read/1/a"][2]  # type: ignore[index]
    site.routes["/read/1/a"] = (200, {"Content-Encoding": "gzip", "X-Dua": "2"}, gzip.compress(body))
    site.feed("/rss", [(f"{site.url}/read/1/a?utm_source=rss#atas", "ASN")])
    collect([site.source()], lake)

    [item] = records(lake)
    assert (item.url, item.status, item.body, item.source) == (f"{site.url}/read/1/a", 200, body, "contoh")
    assert item.content_type == "text/html; charset=utf-8"
    assert item.headers["x-dua"] == "2"
    assert NOW <= item.fetched < NOW + timedelta(seconds=30)
    raw = lake.fs.cat_file(lake.path("raw", Partition.of("contoh", NOW)))
    kinds = []
    for record in ArchiveIterator(io.BytesIO(raw), check_digests="raise"):
        kinds.append((record.rec_type, record.rec_headers.get_header("WARC-Citra-Source")))
        if record.rec_type == "request":
            agent = record.http_headers.get_header("User-Agent")
            assert agent == "Citra/test (+https://contoh.id)"
        record.content_stream().read()
    assert kinds == [("response", "contoh"), ("request", "contoh")]
    with io.BytesIO(raw) as stream:
        stream.seek(item.offset)
        assert next(iter(ArchiveIterator(stream))).rec_headers.get_header("WARC-Record-ID") == item.record_id


def test_conditional_requests(site: Site, lake: Lake) -> None:
    site.outlet(2)
    body = site.routes["/rss"][2]  # type: ignore[index]
    sent = []

    def feed(handler):  # type: ignore[no-untyped-def]
        sent.append((handler.headers.get("If-None-Match"), handler.headers.get("If-Modified-Since")))
        stamp = {"ETag": '"v1"', "Last-Modified": "Tue, 24 Nov 2026 06:00:00 GMT", "Content-Type": "text/xml"}
        return (304, stamp, b"") if handler.headers.get("If-None-Match") == '"v1"' else (200, stamp, body)

    site.routes["/rss"] = feed
    assert collect([site.source()], lake, since=NOW - timedelta(days=1)).sources[0].new == 2
    again = collect([site.source()], lake, since=NOW - timedelta(hours=1)).sources[0]
    assert (again.succeeded, again.unchanged) == (True, 1)
    # further back, or by other rules, the old answer does not tell what we need: ask for the whole
    collect([site.source()], lake, since=NOW - timedelta(days=30))
    collect([site.source(article="/read/")], lake, since=NOW - timedelta(hours=1))
    condition = ('"v1"', "Tue, 24 Nov 2026 06:00:00 GMT")
    assert sent == [(None, None), condition, (None, None), (None, None)]


def test_topic_and_time_decide_and_what_is_passed_over_is_kept(site: Site, lake: Lake) -> None:
    old = NOW - timedelta(days=9)
    site.feed("/rss", [(site.page("/read/1/x"), "Seleksi CPNS dibuka"), (site.page("/read/2/x"), "Timnas menang")])
    site.feed("/old", [(site.page("/read/3/x"), "ASN kemarin")], published=old)
    site.page("/read/4/gaji-pns-naik", "tanpa kata")
    site.feed("/slug", [(f"{site.url}/read/4/gaji-pns-naik", "Kabar"), (f"{site.url}/tag/asn", "ASN")])
    source = site.source(feeds=[f"{site.url}/{name}" for name in ("rss", "old", "slug")], article="/read/")
    collect([source], lake, since=NOW - timedelta(days=7))
    assert sorted(item.url[-15:] for item in records(lake)) == ["4/gaji-pns-naik", f":{site.port}/read/1/x"[-15:]]
    assert coverage(lake)[0]["skipped"] == {"not-article": 1, "off-topic": 1, "too-old": 1}
    # other words, and the skipped one is wanted
    report = collect([source], lake, since=NOW - timedelta(days=7), topic_words=("timnas",)).sources[0]
    assert report.new == 1
    assert site.asked["/read/2/x"] == 1
    everything = source.model_copy(update={"topic_filter": False})
    assert collect([everything], lake).sources[0].new == 1


def test_sitemaps_plain_index_news_and_gzipped(site: Site, lake: Lake) -> None:
    def entry(path: str, when: datetime, tag: str = "lastmod") -> str:
        return f"<url><loc>{site.page(path)}</loc><{tag}>{when.isoformat()}</{tag}></url>"

    def urlset(*entries: str) -> bytes:
        return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{"".join(entries)}</urlset>'.encode()

    old = NOW - timedelta(days=60)
    index = "".join(
        f"<sitemap><loc>{site.url}{path}</loc><lastmod>{when:%Y-%m-%d}</lastmod></sitemap>"
        for path, when in (("/s1.xml", NOW), ("/s2.xml.gz", NOW), ("/s3.xml", old))
    )
    site.routes["/map.xml"] = (200, {}, f"\n<sitemapindex>{index}</sitemapindex>".encode())
    site.routes["/s1.xml"] = (200, {}, urlset(entry("/read/1/asn", NOW), entry("/read/2/asn", old)))
    packed = gzip.compress(urlset(entry("/read/3/asn", NOW, "publication_date")))
    site.routes["/s2.xml.gz"] = (200, {"Content-Type": "application/gzip"}, packed)
    site.routes["/s3.xml"] = (200, {}, urlset(entry("/read/4/asn", old)))
    report = collect([site.source(sitemaps=[f"{site.url}/map.xml"])], lake, since=NOW - timedelta(days=7)).sources[0]
    assert report.succeeded
    assert {item.url[-11:] for item in records(lake)} == {"/read/1/asn", "/read/3/asn"}
    assert "/s3.xml" not in site.asked


def test_listings_are_walked_until_they_repeat_and_then_only_as_far_as_needed(site: Site, lake: Lake) -> None:
    def index(*numbers: int) -> tuple[int, dict[str, str], bytes]:
        links = "".join(f'<a href="/read/{n}/asn">Berita {n}</a>' for n in numbers)
        return 200, {}, f'<a href="/">Beranda</a><div class="daftar">{links}</div>'.encode()

    for number in range(12):
        site.page(f"/read/{number}/asn")
    for page, numbers in {1: (9, 8, 7), 2: (6, 5, 4), 3: (3, 2, 1), 4: (3, 2, 1)}.items():
        site.routes[f"/indeks?hal={page}"] = index(*numbers)
    listing = Listing(url=f"{site.url}/indeks?hal={{page}}", links=".daftar", pages=50)
    source = site.source(listings=[listing], article="/read/")
    assert collect([source], lake).sources[0].new == 9
    assert "/indeks?hal=5" not in site.asked  # page 4 repeated page 3

    site.routes["/indeks?hal=1"] = index(11, 10, 9)
    assert collect([source], lake).sources[0].new == 2
    assert site.asked["/indeks?hal=2"] == 2  # all known there: no need to go on
    assert site.asked["/indeks?hal=3"] == 1


def test_dated_listings_cover_every_day_asked_for(site: Site, lake: Lake) -> None:
    for day in (22, 23, 24):
        site.routes[f"/indeks/2026-11-{day}"] = (200, {}, f'<a href="/read/{day}/asn">x</a>'.encode())
        site.page(f"/read/{day}/asn")
    listing = Listing(url=f"{site.url}/indeks/{{year}}-{{month:02}}-{{day:02}}")
    report = collect([site.source(listings=[listing])], lake, since=NOW - timedelta(days=2)).sources[0]
    assert report.new == 3
    assert not report.error


def test_the_whole_article_is_asked_for_once(site: Site, lake: Lake) -> None:
    site.routes["/read/1/a"] = (200, {}, b"<title>ASN</title><p>bagian</p>")
    site.routes["/read/1/a?page=all"] = (200, {}, b"<title>ASN</title><p>semua</p>")
    site.feed(
        "/rss",
        [(f"{site.url}/read/1/a", "ASN"), (f"{site.url}/read/1/a?page=2", "ASN"), (f"{site.url}/read/1/a/2", "ASN")],
    )
    collect([site.source(whole_article=WholeArticle(query="page=all", strip_page_number=True))], lake)
    assert [(item.url, b"semua" in item.body) for item in records(lake)] == [(f"{site.url}/read/1/a?page=all", True)]


def test_two_addresses_of_one_page_are_stored_once(site: Site, lake: Lake) -> None:
    site.page("/read/1/a")
    site.routes["/read/old/1"] = (301, {"Location": "/read/1/a"}, b"")
    site.feed("/rss", [(f"{site.url}/read/1/a", "ASN"), (f"{site.url}/read/old/1", "ASN")])
    collect([site.source()], lake)
    assert [item.url for item in records(lake)] == [f"{site.url}/read/1/a"]
    collect([site.source()], lake)
    assert site.asked["/read/old/1"] == 1


def test_robots_are_obeyed_even_malformed_ones(site: Site, other: Site, lake: Lake) -> None:
    for one in (site, other):
        one.outlet(2)
        one.page("/secret/1/a")
        one.feed("/rss2", [(f"{one.url}/secret/1/a", "ASN")])
    site.routes["/robots.txt"] = (
        200,
        {},
        b"\xef\xbb\xbfUser-agent: *\rDisallow : /secret\rCrawl-delay: 0.3Sitemap: https://x.id/s",
    )
    other.routes["/robots.txt"] = (503, {}, b"")
    feeds = [lambda one=one: [f"{one.url}/rss", f"{one.url}/rss2"] for one in (site, other)]
    sources = [site.source("baik", feeds=feeds[0]()), other.source("mogok", feeds=feeds[1]())]
    report = collect(sources, lake, retries=0)
    assert [one.new for one in report.sources] == [2, 0]
    assert "/secret/1/a" not in site.asked
    assert set(other.asked) == {"/robots.txt"}
    assert {one["reason"] for one in rejects(lake)} == {"robots", "robots-unavailable"}
    assert "robots-unavailable" in (report.sources[1].error or "")
    gaps = [later - earlier for earlier, later in zip(site.times, site.times[1:], strict=False)]
    assert min(gaps[2:]) >= 0.25  # Crawl-delay


def test_one_request_at_a_time_and_so_far_apart(site: Site, lake: Lake) -> None:
    site.outlet(4)
    collect([site.source()], lake, delay=0.3)
    gaps = [later - earlier for earlier, later in zip(site.times, site.times[1:], strict=False)]
    assert min(gaps) >= 0.28
    assert site.most_busy == 1


def test_a_source_overrides_the_delay(site: Site, lake: Lake) -> None:
    site.outlet(2)
    collect([site.source(delay=0.0)], lake, delay=30.0)
    assert len(records(lake)) == 2
