"""A site that misbehaves is rejected with a reason, and the others go on."""

from __future__ import annotations

import gzip
import socket
import struct
import time
from contextlib import suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from loopback_outlet import NOW, Site, collect, coverage, records, rejects

from citra.lake import Lake
from crawlers.source import Listing
from crawlers.state import locked


def hang(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(3)


def reset(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def half(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9000\r\n\r\n<html>half")
    handler.wfile.flush()
    handler.connection.shutdown(socket.SHUT_RDWR)


def endless(handler: BaseHTTPRequestHandler) -> tuple[int, dict[str, str], bytes]:
    number = int(handler.path.partition("n=")[2] or 0)
    return 302, {"Location": f"/read/endless/a?n={number + 1}"}, b""


def drip(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    with suppress(OSError):
        for _ in range(30):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.1)


def flood(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n")
    with suppress(OSError):
        for _ in range(5000):
            handler.wfile.write(b"2000\r\n" + bytes(8192) + b"\r\n")


FAULTS = {
    "/read/drip/a": (drip, "timeout"),
    "/read/flood/a": (flood, "too-large"),
    "/read/hang/a": (hang, "timeout"),
    "/read/reset/a": (reset, "unreachable"),
    "/read/half/a": (half, "broken-transfer"),
    "/read/endless/a": (endless, "too-many-redirects"),
    "/read/bomb/a": ((200, {"Content-Encoding": "gzip"}, gzip.compress(bytes(5_000_000))), "too-large"),
    "/read/huge/a": ((200, {}, b"<html>" + b"x" * 2_000_000), "too-large"),
    "/read/gone/a": ((404, {}, b"no"), "gone"),
    "/read/broken/a": ((500, {}, b"no"), "server-error"),
    "/read/forbidden/a": ((403, {}, b"no"), "blocked"),
    "/read/challenge/a": ((200, {}, b"<title>Just a moment...</title><script>_cf_chl_opt={}</script>"), "blocked"),
    "/read/empty/a": ((200, {}, b""), "empty"),
    "/read/pdf/a": ((200, {"Content-Type": "application/pdf"}, b"%PDF"), "not-html"),
    "/read/home/a": ((301, {"Location": "/"}, b""), "redirected-away"),
    "/read/inner/a": ((302, {"Location": "http://10.11.12.13/read/1/a"}, b""), "forbidden-address"),
    "/read/cloud/a": ((302, {"Location": "http://169.254.169.254/latest/meta-data"}, b""), "forbidden-address"),
    "/read/away/a": ((302, {"Location": "http://lain.example/read/1/a"}, b""), "off-site"),
}


def test_every_fault_of_an_article_is_a_reject_with_its_reason(site: Site, lake: Lake) -> None:
    site.outlet(3)
    site.page("/", "Beranda")
    nonsense = [("http://[x/read/1", "ASN"), ("http://127.0.0.1:99999/read/1", "ASN"), ("http://", "ASN")]
    good = [(f"{site.url}/read/{n}/a", "ASN") for n in range(3)]
    # a good article between any two bad ones, so that the site does not count as away
    links: list[tuple[str, str]] = []
    for number, (path, (route, _)) in enumerate(FAULTS.items()):
        site.routes[path] = route
        links += [(site.url + path, "ASN"), (site.page(f"/read/ok{number}/a"), "ASN")]
    site.feed("/rss", links + nonsense + good)
    hosts = ("127.0.0.1", "10.11.12.13", "169.254.169.254")
    source = site.source(article="/read/|meta-data", hosts=hosts)

    report = collect([source], lake, timeout=1.0, max_bytes=1_000_000, retries=0).sources[0]

    found = {one["url"].split("?")[0].removeprefix(site.url): one["reason"] for one in rejects(lake)}
    expected = {path: reason for path, (_, reason) in FAULTS.items()}
    moved = {"http://10.11.12.13/read/1/a", "http://169.254.169.254/latest/meta-data", "http://lain.example/read/1/a"}
    assert {path: reason for path, reason in found.items() if path in expected} == {
        path: reason for path, reason in expected.items() if path in found
    }
    assert set(expected) - set(found) == {"/read/inner/a", "/read/cloud/a", "/read/away/a", "/read/home/a"}
    assert found["/"] == "redirected-away"
    assert {found[url] for url in moved} == {"forbidden-address", "off-site"}
    assert report.rejected == len(FAULTS)
    assert coverage(lake)[0]["skipped"] == {"not-article": len(nonsense)}
    assert report.new == len(FAULTS) + 3
    assert {one["stage"] for one in rejects(lake)} == {"crawl"}


def test_one_dead_source_stops_no_other(site: Site, other: Site, lake: Lake) -> None:
    site.outlet(5)
    other.routes["/rss"] = hang
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{unused.getsockname()[1]}"
    sources = [
        site.source("hidup"),
        other.source("hang"),
        other.source("rusak", feeds=[f"{other.url}/500"]),
        other.source("bukan", feeds=[f"{other.url}/html"]),
        site.source("tutup", base_url=closed, feeds=[f"{closed}/rss"]),
        site.source("dalam", base_url="http://192.168.7.7", feeds=["http://192.168.7.7/rss"]),
    ]
    other.routes["/500"] = (500, {}, b"")
    other.page("/html")

    report = collect(sources, lake, timeout=1.0, retries=0)

    by_name = {one.source: one for one in report.sources}
    assert by_name["hidup"].succeeded
    assert by_name["hidup"].new == 5
    assert report.succeeded
    for name, word in {
        "hang": "timeout", "rusak": "server-error", "bukan": "not-a-feed", "tutup": "unreachable", "dalam": "private"
    }.items():  # fmt: skip
        assert not by_name[name].succeeded, name
        assert word in (by_name[name].error or ""), by_name[name].error
    silent = {one["source"]: one["silent"] for one in coverage(lake)}
    assert silent == {name: name != "hidup" for name in by_name}


def test_loopback_is_refused_unless_allowed(site: Site, lake: Lake) -> None:
    site.outlet(2)
    by_name = site.source("nama", base_url=site.url.replace("127.0.0.1", "localhost"))
    by_name = by_name.model_copy(update={"feeds": (site.url.replace("127.0.0.1", "localhost") + "/rss",)})
    report = collect([site.source(), by_name], lake, allow_loopback=False, retries=0)
    assert [one.succeeded for one in report.sources] == [False, False]
    assert all("loopback" in (one.error or "") for one in report.sources)
    assert not site.asked


def test_a_site_that_breaks_down_is_left_alone_and_caught_up_with_later(site: Site, lake: Lake) -> None:
    site.outlet(30)
    working = dict(site.routes)
    for path in list(site.routes):
        if path.startswith("/read/"):
            site.routes[path] = (500, {}, b"")
    first = collect([site.source()], lake, retries=0).sources[0]
    assert sum(site.articles_asked().values()) <= 6
    assert "left alone" in (first.error or "")

    site.routes.update(working)
    site.feed("/rss", [(site.page("/read/new/a"), "ASN")])  # the feed has moved on meanwhile
    second = collect([site.source()], lake).sources[0]
    assert second.new == 31
    assert len(records(lake)) == 31


def test_an_address_that_never_answers_is_given_up_after_a_day(site: Site, lake: Lake) -> None:
    site.routes["/read/1/a"] = (500, {}, b"")
    site.feed("/rss", [(f"{site.url}/read/1/a", "ASN")])
    for hours in (0, 1, 25, 26):
        collect([site.source()], lake, now=NOW + timedelta(hours=hours), retries=0)
    assert site.asked["/read/1/a"] == 3
    assert [one["reason"] for one in rejects(lake)] == ["server-error"] * 3


def test_retries_back_off_and_slow_down_when_asked(site: Site, lake: Lake) -> None:
    answers = iter([(503, {"Retry-After": "1"}, b""), (429, {}, b"")])
    page = (200, {}, b"<title>ASN</title><p>isi</p>")
    site.routes["/read/1/a"] = lambda handler: next(answers, page)
    site.page("/read/2/a")
    site.feed("/rss", [(f"{site.url}/read/{n}/a", "ASN") for n in (1, 2)])
    report = collect([site.source()], lake, retries=2, backoff=0.2).sources[0]
    assert report.new == 2
    assert site.asked["/read/1/a"] == 3
    times = [when for (path, _), when in zip(site.headers, site.times, strict=True) if path == "/read/1/a"]
    assert times[1] - times[0] >= 1.0
    assert times[2] - times[1] >= 0.4  # 0.2 · 2¹


@pytest.mark.parametrize("pages", [3])
def test_a_listing_whose_selector_finds_nothing_is_reported(site: Site, lake: Lake, pages: int) -> None:
    site.page("/indeks")
    listing = Listing(url=f"{site.url}/indeks?page={{page}}", links="a.berita", pages=pages)
    report = collect([site.source(listings=[listing])], lake).sources[0]
    assert not report.succeeded
    assert "layout-changed" in (report.error or "")
    assert sum(site.asked.values()) == 2  # robots.txt and the first page


def test_time_for_a_source_is_limited_and_nothing_is_lost(site: Site, lake: Lake) -> None:
    site.outlet(30)
    first = collect([site.source()], lake, delay=0.25, budget=2.0).sources[0]
    assert 0 < first.new < 20
    assert "wait for the next run" in (first.error or "")
    assert first.succeeded
    second = collect([site.source()], lake).sources[0]
    assert first.new + second.new == len(records(lake)) == 30


def test_two_crawls_of_one_source_do_not_mix(site: Site, lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    site.outlet(2)
    monkeypatch.setattr("citra.verbs.crawl.PATIENCE", 0.3)
    with locked(Path(lake.root) / "state" / "crawl" / "contoh"):
        busy, free = collect([site.source(), site.source("lain")], lake).sources
    assert "another crawl" in (busy.error or "")
    assert (busy.new, free.new) == (0, 2)
    assert collect([site.source()], lake).sources[0].new == 2


def test_a_lake_that_cannot_be_written_keeps_the_records_for_later(
    site: Site, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.outlet(4)

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(lake.fs, "mv", full)
        report = collect([site.source()], lake).sources[0]
    assert not report.succeeded
    assert "no space left" in (report.error or "")
    assert not records(lake)
    later = collect([site.source()], lake, now=NOW + timedelta(hours=1)).sources[0]
    assert later.partitions == ("contoh/2026-11-24/07",)
    assert later.new == 0
    assert len(records(lake)) == 4
    assert sum(site.articles_asked().values()) == 4


def test_a_remote_lake_keeps_its_state_here(site: Site, tmp_path: Path) -> None:
    site.outlet(2)
    remote = Lake("memory://citra-test-lake")
    for count in (2, 0):
        assert collect([site.source()], remote, state_folder=tmp_path).sources[0].new == count
    assert len(records(remote)) == 2
    assert (tmp_path / "contoh" / "state.sqlite").exists()
    remote.fs.rm(remote.root, recursive=True)
