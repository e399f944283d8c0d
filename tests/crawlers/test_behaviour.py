"""How a crawl behaves over time: rests, edits, articles in pages, and what it passes over."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from loopback_outlet import NOW, Answer, Site, collect, coverage, records, rejects

from citra.documents import Document, Partition, document_from_json
from citra.lake import Lake
from citra.verbs.extract import extract_partition
from crawlers.pagination import MOST_PAGES, next_page
from crawlers.revisit import LONGEST_REST, MOST_VISITS, Visit, is_edited, rest, text_digest
from crawlers.shown import prose, shown_text
from crawlers.source import Listing, WholeArticle

HOUR = timedelta(hours=1)
LONG = "Pemerintah daerah menambah formasi pegawai negeri sipil untuk tenaga kesehatan dan guru pada tahun ini. "


# --- rests -----------------------------------------------------------------------------------------------------


def test_a_rest_grows_with_silence_and_is_bounded() -> None:
    assert rest(NOW, NOW - timedelta(minutes=40)) == timedelta()
    assert rest(NOW, NOW - 5 * HOUR) == timedelta(minutes=30)
    assert rest(NOW, NOW - timedelta(days=300)) == LONGEST_REST == 6 * HOUR


def test_a_feed_that_rarely_changes_is_asked_less_often(site: Site, lake: Lake) -> None:
    site.outlet(2)

    def asked(hours: float, **options: Any) -> int:
        before = site.asked["/rss"]
        report = collect([site.source()], lake, now=NOW + hours * HOUR, recheck=0, **options).sources[0]
        assert report.succeeded
        return site.asked["/rss"] - before

    assert [asked(0), asked(10)] == [1, 1]
    assert asked(10.5) == 0, "ten quiet hours: one hour of rest"
    last = coverage(lake)[-1]
    assert (last["skipped"], last["succeeded"], last["silent"]) == ({"resting": 1}, True, False)
    assert last["passed"] == [{"reason": "resting", "url": f"{site.url}/rss"}]
    assert last["last_success"] < (NOW + 10.4 * HOUR).isoformat(), "nobody answered: that is no success"
    assert asked(10.6, force=True) == 1
    working = site.routes["/rss"]
    site.routes["/rss"] = (500, {}, b"")
    assert not collect([site.source()], lake, now=NOW + 12 * HOUR, retries=0, recheck=0).sources[0].succeeded
    site.routes["/rss"] = working
    assert asked(12.1) == 1, "what failed does not rest"


def test_listings_rest_but_not_on_a_new_day(site: Site, lake: Lake) -> None:
    for day in (24, 25):
        site.routes[f"/indeks/{day}"] = (200, {}, f'<a href="/read/{day}/asn">ASN</a>'.encode())
        site.page(f"/read/{day}/asn")
    site.routes["/baru"] = site.routes["/indeks/24"]
    dated, plain = Listing(url=f"{site.url}/indeks/{{day}}"), Listing(url=f"{site.url}/baru")
    source = site.source(listings=[dated, plain])
    for hours in (0, 8, 8.5):  # 7:00 UTC is 14:00 in Jakarta
        collect([source], lake, now=NOW + hours * HOUR, since=NOW - HOUR, recheck=0)
    assert (site.asked["/indeks/24"], site.asked["/baru"]) == (2, 2)
    collect([source], lake, now=NOW + 10.5 * HOUR, since=NOW - HOUR, recheck=0)
    assert (site.asked["/indeks/25"], site.asked["/baru"]) == (1, 3)
    assert len(records(lake)) == 2


# --- edits -----------------------------------------------------------------------------------------------------


def article(path: str, text: str, extra: str = "") -> bytes:
    return (
        f'<html><head><title>Gaji ASN naik</title><link rel="canonical" href="https://contoh.id{path}">'
        '<meta property="og:type" content="article"><meta property="article:published_time" '
        f'content="2026-11-24T13:00:00+07:00"></head><body><article><h1>Gaji ASN naik</h1><p>{LONG}</p>'
        f"<p>{text}</p>{extra}</article></body></html>"
    ).encode()


def documents(lake: Lake, source: Any) -> list[Document]:
    found = []
    for partition in lake.partitions("raw"):
        report = extract_partition(lake, partition, {source.name: source}, NOW)
        assert report.rejects == 0, list(lake.read("rejects", partition, "extract"))
        found += [document_from_json(one) for one in lake.read("documents", partition)]
    return found


def test_a_recent_article_is_asked_once_more_and_an_edit_is_a_new_record_of_the_same_document(
    site: Site, lake: Lake
) -> None:
    sent: list[str | None] = []
    page = {"body": article("/read/1/a", LONG), "etag": '"v1"'}

    def serve(handler: BaseHTTPRequestHandler) -> Answer:
        sent.append(handler.headers.get("If-None-Match"))
        if sent[-1] == page["etag"]:
            return 304, {"ETag": str(page["etag"])}, b""
        return 200, {"ETag": str(page["etag"])}, page["body"]  # type: ignore[return-value]

    site.routes["/read/1/a"] = serve
    site.feed("/rss", [(f"{site.url}/read/1/a", "ASN"), (site.url + "/read/2/a", "ASN")])
    site.routes["/read/2/a"] = (200, {}, article("/read/2/a", LONG))
    source = site.source()
    for hours in (0, 3, 7, 14):
        if hours == 7:
            site.routes["/read/2/a"] = (200, {}, article("/read/2/a", "Ralat: gaji naik lima persen. " + LONG))
        report = collect([source], lake, now=NOW + hours * HOUR).sources[0]
        assert report.new == {0: 2, 7: 1}.get(hours, 0), hours
    assert sent == [None, '"v1"']
    assert site.asked["/read/2/a"] == 2
    assert [run["edited"] for run in coverage(lake)] == [0, 0, 1, 0]
    found = [one for one in documents(lake, source) if one.canonical_url.endswith("/2/a")]
    assert len(found) == 2
    assert len({one.id for one in found}) == 1
    assert len({one.content_hash for one in found}) == 2


def test_other_advertisements_are_no_edit_and_what_was_taken_down_stays(site: Site, lake: Lake) -> None:
    def serve(handler: BaseHTTPRequestHandler) -> Answer:
        count = site.asked["/read/1/a"]
        return 200, {}, article("/read/1/a", LONG, f"<script>x={count}</script><div>Iklan {count}</div>")

    site.routes["/read/1/a"] = serve
    site.page("/read/2/a")
    site.feed("/rss", [(f"{site.url}/read/{n}/a", "ASN") for n in (1, 2)])
    for hours in (0, 7, 14):
        collect([site.source()], lake, now=NOW + hours * HOUR)
        site.routes["/read/2/a"] = (410, {}, b"")
    assert (site.asked["/read/1/a"], site.asked["/read/2/a"], len(records(lake))) == (2, 2, 2)
    assert [one["reason"] for one in rejects(lake)] == ["gone"]


def test_old_articles_are_not_asked_again(site: Site, lake: Lake) -> None:
    site.outlet(1)
    for days in (0, 3):
        collect([site.source()], lake, now=NOW + timedelta(days=days))
    assert site.asked["/read/0/a"] == 1


def test_a_sitemap_that_tells_of_an_edit_is_believed_within_reason(site: Site, lake: Lake) -> None:
    def sitemap(when: datetime) -> None:
        entry = f"<url><loc>{site.url}/read/1/asn</loc><lastmod>{when.isoformat()}</lastmod></url>"
        site.routes["/map.xml"] = (200, {}, f"<urlset>{entry}</urlset>".encode())

    source = site.source(sitemaps=[f"{site.url}/map.xml"])
    asked = []
    for minutes in (0, 10, 20):
        if minutes < 20:  # at 20 it says the same as before
            sitemap(NOW + timedelta(minutes=minutes, seconds=-30))
        site.page("/read/1/asn", text=LONG * 3 + str(minutes))
        collect([source], lake, now=NOW + timedelta(minutes=minutes), force=True)
        asked.append(site.asked["/read/1/asn"])
    assert asked == [1, 2, 2]
    assert len(records(lake)) == 2
    visit = Visit(url="u", fetched=NOW, checked=NOW, checks=MOST_VISITS - 1)
    assert is_edited(visit, NOW + HOUR)
    assert not is_edited(replace(visit, checks=MOST_VISITS), NOW + HOUR), "it may say so at every moment"
    assert not is_edited(visit, NOW)
    assert not is_edited(visit, None)


# --- articles in pages -----------------------------------------------------------------------------------------


def pages(site: Site, count: int, path: str = "/read/1/gaji-pns-naik-lagi") -> str:
    """An article in pages; each links to all, and to another article as the next one."""
    numbers = "".join(f'<a href="{path}?page={n}">{n}</a>' for n in range(2, count + 1))
    extra = f'<link rel="next" href="/read/9/artikel-yang-lain">{numbers}'
    for number in range(1, count + 1):
        text = f"Bagian nomor {number} menyebut hal yang lain. {LONG}"
        site.routes[f"{path}?page={number}" if number > 1 else path] = (200, {}, article(path, text, extra))
    site.page("/read/9/artikel-yang-lain")
    site.feed("/rss", [(site.url + path, "ASN")])
    return path


def test_the_pages_of_an_article_become_one_document(site: Site, lake: Lake) -> None:
    path = pages(site, 3)
    source = site.source()
    report = collect([source], lake).sources[0]
    assert (report.new, report.partitions) == (3, (Partition.of("contoh", NOW).key,))
    assert [item.url.removeprefix(site.url) for item in records(lake)] == [path, f"{path}?page=2", f"{path}?page=3"]
    assert "/read/9/artikel-yang-lain" not in site.asked
    [document] = documents(lake, source)
    assert [f"Bagian nomor {n}" in document.text for n in (1, 2, 3)] == [True] * 3

    body = site.routes[path][2]  # type: ignore[index]
    site.routes[path] = (200, {}, body.replace(b"Bagian nomor 1", b"Bagian nomor 1 (ralat)"))
    assert collect([source], lake, now=NOW + 7 * HOUR).sources[0].new == 3
    last = documents(lake, source)[-1]
    assert last.id == document.id
    assert "(ralat)" in last.text
    assert "Bagian nomor 2" in last.text, "the later document is whole"


def test_a_page_that_fails_costs_itself_alone_and_is_looked_for_again(site: Site, lake: Lake) -> None:
    path = pages(site, 3)
    working = site.routes[f"{path}?page=2"]
    site.routes[f"{path}?page=2"] = (500, {}, b"")
    source = site.source()
    assert collect([source], lake, retries=0).sources[0].new == 1
    assert [(one["reason"], one["url"][-6:]) for one in rejects(lake)] == [("server-error", "page=2")]
    site.routes[f"{path}?page=2"] = working
    assert collect([source], lake, now=NOW + 7 * HOUR).sources[0].new == 3
    assert "Bagian nomor 3" in documents(lake, source)[-1].text


def test_time_that_ends_in_the_middle_of_an_article_loses_nothing(site: Site, lake: Lake) -> None:
    path = pages(site, 8)
    first = collect([site.source()], lake, delay=0.4, budget=1.5).sources[0]
    assert first.new == 0
    assert site.asked[path] == 1
    assert collect([site.source()], lake).sources[0].new == 8
    assert len(records(lake)) == 8


def test_pages_without_end_and_pages_that_lead_back(site: Site, lake: Lake) -> None:
    def endless(handler: BaseHTTPRequestHandler) -> Answer:
        number = int(handler.path.partition("page=")[2] or 1)
        return (
            200,
            {},
            article("/read/1/a-b-c", f"{number} {LONG}", f'<a rel="next" href="?page={number + 1}">lagi</a>'),
        )

    site.routes["/read/1/a-b-c"] = endless
    back = article("/read/2/a-b-c", LONG, '<a href="/read/2/a-b-c?page=2">2</a>')
    site.routes["/read/2/a-b-c"] = (200, {}, back)
    site.routes["/read/2/a-b-c?page=2"] = (302, {"Location": "/read/2/a-b-c"}, b"")
    site.feed("/rss", [(f"{site.url}/read/{n}/a-b-c", "ASN") for n in (1, 2)])
    whole = site.source("utuh", whole_article=WholeArticle(query="semua=1"))
    report = collect([site.source(), whole], lake)
    assert [one.new for one in report.sources] == [MOST_PAGES + 1, 2], "where a page has all of it, none is followed"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a href="/read/1/gaji-pns-naik/2">2</a>', "https://x.id/read/1/gaji-pns-naik/2"),
        ("<link rel='next' href='?halaman=2'>", "https://x.id/read/1/gaji-pns-naik?halaman=2"),
        ('<a href="?page=3">3</a>', None),
        ('<a href="/read/2/cuti-bersama-asn?page=2">2</a>', None),
        ('<a href="http://[x/?page=2">2</a><a href="javascript:p(2)">2</a>', None),
        ('<a href="?page=2&amp;utm_source=x">2</a>', "https://x.id/read/1/gaji-pns-naik?page=2&utm_source=x"),
    ],
)  # fmt: skip
def test_what_is_the_next_page(html: str, expected: str | None) -> None:
    assert next_page(html, "https://x.id/read/1/gaji-pns-naik") == expected
    assert next_page('<a href="?page=3">', "https://x.id/read/1/gaji-pns-naik?page=2")
    assert not next_page('<a href="?page=2">', "https://x.id/read/1/gaji-pns-naik?page=all")


# --- what is passed over ---------------------------------------------------------------------------------------


def test_the_last_links_passed_over_are_named_with_their_reasons(site: Site, lake: Lake) -> None:
    links = [(f"{site.url}/read/{n}/x", "Sepak bola") for n in range(60)]
    site.feed("/rss", [(site.page("/read/99/x"), "Seleksi CPNS"), *links, (f"{site.url}/tag/asn", "ASN")])
    collect([site.source(article="/read/")], lake)
    [run] = coverage(lake)
    assert run["skipped"] == {"not-article": 1, "off-topic": 60}
    assert len(run["passed"]) == 50
    assert run["passed"][-1] == {"reason": "not-article", "url": f"{site.url}/tag/asn"}
    assert run["passed"][-2] == {"reason": "off-topic", "url": f"{site.url}/read/59/x"}


# --- pages made to be slow -------------------------------------------------------------------------------------


def test_what_is_shown() -> None:
    page = (
        "<title>Judul</title><style>p{}</style><p>Satu <b>dua</b> < tiga<div>Iklan<p>empat<script>if(a<b)p()</script>"
    )
    assert shown_text(page) == "Judul Satu dua Iklan empat"
    assert prose(page).split() == ["Judul", "Satu", "dua", "empat"]
    assert text_digest(page) == text_digest(page.replace("p()", "q()").replace("<p>", "\n  <P >"))
    assert text_digest(page) != text_digest(page.replace("empat", "lima"))


@pytest.mark.parametrize(
    "piece",
    ["<script>", "</script><script>", "<p>", "<p", "<b>", "<p><!", "<title", '<a href="', "<a href='?page=2 ", "<"],
)
@pytest.mark.timeout(30)
def test_no_page_takes_long_to_look_at(piece: str) -> None:
    from crawlers.blocks import why_blocked

    page = piece * (500_000 // len(piece))
    began = time.process_time()
    why_blocked(200, {}, page)
    text_digest(page)
    next_page(page, "https://x.id/read/1/gaji-pns-naik")
    assert time.process_time() - began < 4
