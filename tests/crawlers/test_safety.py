"""Addresses that may be connected to, block pages, reasons, waiting times, and WARC files that others wrote."""

from __future__ import annotations

import io
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from scrapy.http import HtmlResponse
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.interfaces import IReactorPluggableNameResolver
from twisted.internet.protocol import Factory
from twisted.internet.testing import MemoryReactorClock
from zope.interface import implementer  # type: ignore[import-untyped]

from citra.errors import InputError
from crawlers.blocks import why_blocked
from crawlers.politeness import _seconds, read_robots
from crawlers.safety import ForbiddenAddress, guard, why_forbidden
from crawlers.warc import pack_copy, pack_page, pack_payload, read_warc

PUBLIC = ("8.8.8.8", "103.10.10.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "2002:808:808::1", "64:ff9b::808:808")
PRIVATE = (
    "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.1",
    "240.0.0.1", "198.18.0.1", "192.0.2.1", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::", "2001:db8::1",
    "::ffff:10.0.0.1", "::ffff:127.0.0.1", "2002:a00:1::", "2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b:1::a00:1",
    "::10.0.0.1", "2001:0:4136:e378:8000:63bf:f5ff:fffe", "contoh.id", "",
)  # fmt: skip


@pytest.mark.parametrize("host", PUBLIC)
def test_public_addresses_are_allowed(host: str) -> None:
    assert why_forbidden(host) is None


@pytest.mark.parametrize("host", PRIVATE)
def test_others_are_refused_even_where_loopback_is_allowed(host: str) -> None:
    assert why_forbidden(host)
    assert why_forbidden(host, allow_loopback=True)


def test_loopback_only_when_allowed() -> None:
    for host in ("127.0.0.1", "127.8.9.10", "::1"):
        assert "loopback" in (why_forbidden(host) or "")
        assert why_forbidden(host, allow_loopback=True) is None


def test_the_guard_judges_the_address_that_is_connected_to() -> None:
    class Reactor:
        def __init__(self) -> None:
            self.connected: list[tuple[Any, ...]] = []

        def connectTCP(self, *args: Any) -> str:
            self.connected.append(args)
            return "connector"

    reactor = Reactor()
    guard(reactor)
    assert reactor.connectTCP("8.8.8.8", 80, "factory") == "connector"
    for host in ("10.0.0.1", "nama.contoh.id"):  # a name would be resolved behind our back
        with pytest.raises(ForbiddenAddress):
            reactor.connectTCP(host, 80, "factory")
    assert reactor.connected == [("8.8.8.8", 80, "factory")]


@pytest.mark.parametrize(
    ("status", "headers", "page"),
    [
        (403, {}, "<p>Forbidden</p>"),
        (200, {"cf-mitigated": "challenge"}, ""),
        (200, {}, "<title> Just a moment... </title>"),
        (200, {}, "<html><script src='https://geo.captcha-delivery.com/captcha'></script></html>"),
        (200, {}, "<p>Please enable JavaScript and cookies to continue</p>"),
    ],
)
def test_block_pages(status: int, headers: dict[str, str], page: str) -> None:
    assert why_blocked(status, headers, page)


def test_articles_are_no_block_pages() -> None:
    text = "Sistem CAT BKN memakai captcha dan meminta peserta: please enable JavaScript. " * 40
    assert why_blocked(200, {}, f"<title>Peserta CPNS keluhkan captcha</title><p>{text}</p>") is None
    scripts = "<script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>"
    assert why_blocked(200, {}, f"<title>Gaji PNS</title>{scripts}<p>Singkat.</p>") is None


def test_of_all_real_pages_only_the_block_page_is_one() -> None:
    pages = Path(__file__).parents[3] / "shared/pages"
    files = [*pages.glob("pages/*/*.html"), *pages.glob("sites/**/*.html")]
    if not files:
        pytest.skip("shared/pages is not here")
    blocked = {str(f.relative_to(pages)) for f in files if why_blocked(200, {}, f.read_text("utf-8", "replace"))}
    assert blocked == {"pages/menpan.go.id/1.html"}


def test_robots_with_every_fault_at_once() -> None:
    rules = read_robots(
        b"\xef\xbb\xbfUSER-AGENT : *\rDisallow : /a\r\nDisallow: /bAllow: /b/c\nCrawl-Delay : 2.5Sitemap: https://x/s"
    )
    allowed = [
        path for path in ("/a", "/b", "/b/c", "/d") if rules.can_fetch(f"https://x{path}", "Citra/0.1 (+https://x)")
    ]
    assert allowed == ["/b/c", "/d"]
    assert rules.crawl_delay("Citra/0.1") == 2.5
    assert read_robots(b"<html>Not found</html>").can_fetch("https://x/a", "Citra")
    assert not read_robots(b"User-agent: citra\nDisallow: /").can_fetch("https://x/a", "Citra/0.1 (+https://x)")


def test_waiting_times_are_read_by_the_servers_clock() -> None:
    response = HtmlResponse("https://x", headers={"Date": "Tue, 24 Nov 2026 07:00:00 GMT"})
    assert _seconds(b"120", response) == 120
    assert _seconds(b"Tue, 24 Nov 2026 07:01:30 GMT", response) == 90
    assert _seconds(b"2026-11-24T07:00:45.500Z", response) == 45.5
    assert _seconds(b"%d" % datetime(2026, 11, 24, 7, 5, tzinfo=UTC).timestamp(), response) == 300
    assert _seconds(b"Tue, 24 Nov 2026 06:00:00 GMT", response) == 0
    assert _seconds(b"nanti", response) is None
    assert _seconds(None, response) is None
    assert _seconds(b"Tue, 24 Nov 2026 07:01:30 GMT", HtmlResponse("https://x")) is None


def _two_records() -> bytes:
    when = datetime(2026, 11, 24, 7, 0, 1, 250_000, tzinfo=UTC)
    headers = [("Content-Type", "text/html"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("Content-Length", "9")]
    page = pack_page(
        source="contoh", url="https://x.id/a?b=1", fetched=when, status=404, headers=headers, body=b"\xff isi",
        request_headers=[("User-Agent", "Citra")],
    )  # fmt: skip
    return page + pack_payload(source="m", url="https://m/1", fetched=when, body=b"{}", content_type="application/json")


def test_records_come_back_as_they_went_in() -> None:
    page, payload = read_warc(io.BytesIO(_two_records()))
    assert (page.url, page.status, page.body, page.source) == ("https://x.id/a?b=1", 404, b"\xff isi", "contoh")
    assert page.fetched == datetime(2026, 11, 24, 7, 0, 1, 250_000, tzinfo=UTC)
    assert page.headers["content-length"] == "5"
    assert page.headers["x-citra-original-content-length"] == "9"
    assert (payload.record_type, payload.content_type, payload.body) == ("resource", "application/json", b"{}")
    assert payload.offset > page.offset == 0


def test_records_are_right_by_their_digests() -> None:
    from warcio.archiveiterator import ArchiveIterator

    kinds = []
    for record in ArchiveIterator(io.BytesIO(_two_records()), check_digests=True):
        while record.content_stream().read(8192):
            pass
        kinds.append((record.rec_type, record.digest_checker.passed))
    assert kinds == [("response", True), ("request", True), ("resource", True)]


def test_no_header_ends_its_line_before_its_end() -> None:
    page = pack_copy(
        url="https://x.id/a", headers=[("X-Nama", "satu\r\nX-Lain: dua"), ("X-Kota", "Ōsaka")], body=b"isi",
        about={"WARC-Record-ID": "<urn:uuid:1>", "WARC-Date": "2026-11-24T07:00:00Z"},
    )  # fmt: skip
    [item] = read_warc(io.BytesIO(page))
    assert item.headers["x-nama"] == "satu X-Lain: dua"
    assert item.headers["x-kota"] == "Ōsaka"
    assert "x-lain" not in item.headers


def test_files_of_others_and_damaged_ones() -> None:
    body = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nisi\r\n0\r\n\r\n"
    plain = (
        b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:1>\r\nWARC-Date: 2020-01-01T00:00:00Z\r\n"
        b"WARC-Target-URI: https://x.id/\r\nContent-Type: application/http; msgtype=response\r\n"
        b"Content-Length: %d\r\n\r\n" % len(body)
    ) + body + b"\r\n\r\n"  # fmt: skip
    [item] = read_warc(io.BytesIO(plain))
    assert (item.body, item.source, item.status) == (b"isi", "", 200)
    with pytest.raises(InputError, match="cut off"):
        list(read_warc(io.BytesIO(plain[:-30])))
    with pytest.raises(InputError, match="not a readable WARC"):
        list(read_warc(io.BytesIO(b"<html>no WARC at all</html>")))


def test_names_that_lead_inside_are_refused_by_the_resolved_address() -> None:
    # the resolver gives what it gives; the address is what counts
    assert {why_forbidden(str(info[4][0])) is None for info in socket.getaddrinfo("localhost", 80)} == {False}


@implementer(IReactorPluggableNameResolver)
class Rebinding(MemoryReactorClock):  # type: ignore[misc]
    """A reactor whose names lead to one address after the other, as a hostile name server lets them."""

    def __init__(self, *addresses: str) -> None:
        super().__init__()
        self._addresses = list(addresses)
        self.nameResolver = self

    def resolveHostName(self, receiver: Any, hostName: str, portNumber: int = 0, **_: Any) -> None:
        address = self._addresses.pop(0)
        kind = IPv6Address if ":" in address else IPv4Address
        receiver.resolutionBegan(None)
        receiver.addressResolved(kind("TCP", address, portNumber))
        receiver.resolutionComplete()

    def installNameResolver(self, resolver: Any) -> None:
        raise NotImplementedError


@pytest.mark.parametrize(
    "inside", ["::1", "fd00::1", "fe80::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a00:1", "127.0.0.1"]
)
def test_a_name_that_leads_inside_the_second_time_is_refused(inside: str) -> None:
    reactor = Rebinding("2606:4700:4700::1111", inside)
    guard(reactor)
    name = HostnameEndpoint(reactor, "berita.contoh.id", 80)
    first = name.connect(Factory())
    assert [client[:2] for client in reactor.tcpClients] == [("2606:4700:4700::1111", 80)]
    first.cancel()
    faults: list[Any] = []
    name.connect(Factory()).addErrback(faults.append)
    reactor.advance(60)
    assert len(reactor.tcpClients) == 1, "the second address was never connected to"
    assert faults[0].check(ForbiddenAddress)
    first.addErrback(lambda _: None)
