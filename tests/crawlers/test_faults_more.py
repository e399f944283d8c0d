"""Further faults: odd bytes, wrong lengths, outages of hours, names that resolve to the inside."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import zlib
from contextlib import closing
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from loopback_outlet import NOW, Site, collect, coverage, records, rejects

from citra.documents import Document
from citra.lake import Lake
from crawlers.extract.page import extract_page
from crawlers.job import Job
from crawlers.state import State

HOUR = timedelta(hours=1)
BODY = b"<html><head><title>Gaji ASN</title></head><body><p>" + b"isi " * 20 + b"</p></body></html>"


def short(handler: BaseHTTPRequestHandler) -> None:
    """Says fewer bytes than it sends."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 60\r\n\r\n" + BODY)
    handler.wfile.flush()


def loop(handler: BaseHTTPRequestHandler) -> tuple[int, dict[str, str], bytes]:
    return 302, {"Location": "/robots.txt"}, b""


def hang(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(6)


def test_odd_bytes_and_lengths(site: Site, lake: Lake) -> None:
    odd = (
        b'<html><head><title>Gaji ASN</title><meta property="og:type" content="article">'
        b'<meta property="article:published_time" content="2026-11-24T13:00:00+07:00"></head>'
        b"<body><article><h1>Gaji \xff\xfe ASN naik</h1><p>"
        + (b"Pemerintah \xe9 menaikkan gaji pegawai \xff negeri sipil tahun ini, kata menteri di Jakarta. " * 6)
        + b"</p></article></body></html>"
    )
    site.routes["/read/odd/a"] = (200, {"Content-Type": "text/html; charset=utf-8"}, odd)
    site.routes["/read/short/a"] = short
    site.routes["/read/ten/a"] = (200, {}, b"<html><p>" + b"x" * 10_000_000)
    packed = zlib.compress(b"<html>" + bytes(30_000_000))
    site.routes["/read/bomb/a"] = (200, {"Content-Encoding": "deflate"}, packed)
    last = site.page("/read/last/a", "ASN")
    site.feed(
        "/rss", [(f"{site.url}/read/{name}/a", "ASN") for name in ("odd", "short", "ten", "bomb")] + [(last, "ASN")]
    )

    report = collect([site.source()], lake, retries=0, timeout=20).sources[0]

    found = {item.url.split("/")[-2]: item for item in records(lake)}
    assert set(found) == {"odd", "short", "last"}
    assert found["odd"].body == odd, "bytes are kept as they came"
    document = extract_page(
        odd, found["odd"].url, source=site.source(), fetched=NOW, content_type="text/html; charset=utf-8"
    )
    assert isinstance(document, Document)
    assert "menaikkan gaji pegawai" in document.text
    assert found["short"].body == BODY[:60]
    assert {one["url"].split("/")[-2]: one["reason"] for one in rejects(lake)} == {
        "ten": "too-large",
        "bomb": "too-large",
    }
    assert report.succeeded


def test_feeds_and_robots_made_to_hurt(site: Site, other: Site, lake: Lake) -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = (
        f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY l0 "ha">{laughs}]><rss version="2.0"><channel><title>&l9;</title>'
    )
    site.routes["/rss"] = (200, {"Content-Type": "text/xml"}, f"{bomb}</channel></rss>".encode())
    site.routes["/map"] = (200, {}, f"{bomb}</channel></rss>".encode())
    sources = [site.source("tawa", feeds=[f"{site.url}/rss"], sitemaps=[f"{site.url}/map"])]
    for name, route in {"lingkar": loop, "diam": hang}.items():
        one = other if name == "lingkar" else Site()
        one.outlet(1)
        one.routes["/robots.txt"] = route
        sources.append(one.source(name))
    report = collect(sources, lake, retries=0, timeout=4.0)
    assert [one.new for one in report.sources] == [0, 0, 0]
    assert "declares entities" in (report.sources[0].error or "")
    reasons = {one["source"]: one["reason"] for one in rejects(lake) if one["source"] != "tawa"}
    assert reasons["lingkar"] == "too-many-redirects"
    assert reasons["diam"] in {"timeout", "unreachable"}
    assert "/read/0/a" not in other.asked


@pytest.mark.parametrize("what", ["pages", "robots"])
def test_a_site_down_for_hours_loses_nothing(site: Site, lake: Lake, what: str) -> None:
    site.outlet(8)
    working = dict(site.routes)
    broken = [path for path in working if path.startswith("/read/")] if what == "pages" else ["/robots.txt"]
    for path in broken:
        site.routes[path] = (500, {}, b"")
    outage = 4 if what == "pages" else 1
    for hours in range(outage):
        collect([site.source()], lake, now=NOW + hours * HOUR, retries=0)
    told = [(run["started"][11:13], run["silent"], bool(run["error"])) for run in coverage(lake)]
    assert told == [(f"{7 + hours:02}", what == "robots", True) for hours in range(outage)], "it stands in every hour"
    site.routes.pop("/robots.txt", None)
    site.routes.update(working)
    last = collect([site.source()], lake, now=NOW + 4 * HOUR).sources[0]
    assert (last.new, last.error) == (8, None)
    assert len(records(lake)) == 8


def test_a_page_that_stays_broken_is_given_up_and_holds_up_nothing(site: Site, lake: Lake) -> None:
    broken = [f"{site.url}/read/rusak{n}/a" for n in range(6)]
    for url in broken:
        site.routes[url.removeprefix(site.url)] = (500, {}, b"")
    site.feed("/rss", [(url, "ASN") for url in broken])
    collect([site.source()], lake, retries=0)
    site.feed("/rss", [(site.page("/read/baru/a"), "ASN")])
    assert collect([site.source()], lake, now=NOW + HOUR, retries=0).sources[0].new == 1, "new ones come first"
    collect([site.source()], lake, now=NOW + 25 * HOUR, retries=0)
    asked = [site.asked[url.removeprefix(site.url)] for url in broken]
    assert max(asked) == 3
    with closing(State(Path(lake.root) / "state" / "crawl" / "contoh")) as state:
        assert [state.progress(url) == "refused" for url in broken] == [count == 3 for count in asked]


# --- names that lead inside ------------------------------------------------------------------------------------

_WORKER = """
import json, socket, sys
answers = json.loads(sys.argv[1])
asked = []
def resolve(host):
    asked.append(host)
    return answers[min(len(asked), len(answers)) - 1]
socket.gethostbyname = resolve
from scrapy.settings import default_settings
default_settings.DNSCACHE_ENABLED = False
from crawlers.worker import main
main()
"""


def crawl_by_name(site: Site, folder: str, answers: list[str], *, allow_loopback: bool) -> dict[str, Any]:
    """Crawl ``http://contoh.example`` while its name resolves to one of ``answers`` after the other."""
    url = f"http://contoh.example:{site.port}"
    source = site.source(base_url=url, feeds=[f"{url}/rss"])
    job = Job(
        source=source, folder=folder, now=NOW, user_agent="Citra", delay=0, timeout=2, retries=0,
        allow_loopback=allow_loopback,
    )  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-c", _WORKER, json.dumps(answers)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps([job.model_dump(mode="json")]) + "\n")
    process.stdin.flush()
    *_, last = [json.loads(line) for line in process.stdout]
    process.stdin.close()
    process.stdout.close()
    process.wait(10)
    found: dict[str, Any] = last["tally"]
    return found


def test_a_name_that_resolves_inside_is_refused_when_connecting(site: Site, tmp_path: Any) -> None:
    site.outlet(1)
    found = crawl_by_name(site, str(tmp_path), ["127.0.0.1"], allow_loopback=False)
    assert "loopback" in found["errors"][0]
    assert not site.asked


def test_a_name_that_is_rebound_between_two_requests_is_refused(site: Site, tmp_path: Any) -> None:
    close = {"Connection": "close"}  # the next request has to connect, and so to resolve, anew
    site.feed("/rss", [(f"http://contoh.example:{site.port}/read/{n}/a", "ASN") for n in range(3)], **close)
    site.routes["/robots.txt"] = (404, close, b"")
    answers = ["127.0.0.1", "127.0.0.1", "10.9.8.7"]  # robots.txt, the feed, then the trap
    found = crawl_by_name(site, str(tmp_path), answers, allow_loopback=True)
    assert dict(site.asked) == {"/robots.txt": 1, "/rss": 1}
    assert (found["new"], found["rejected"]) == (0, 3)
    assert found["statuses"] == {"200": 1}
