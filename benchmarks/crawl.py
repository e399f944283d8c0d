"""Crawl of a loopback site: Citra's crawl next to a plain Scrapy spider over the same pages, politeness off, in turns.

    python benchmarks/crawl.py [PAGES] [ROUNDS]      (default: 1000 pages, 3 rounds)

The plain spider is what ``scrapy bench`` does (Scrapy's own defaults, 16 requests at a time, pages thrown away), with
the articles taken from the same feed. Ours, with as many requests at a time, writes every page to a WARC spool,
durably, and publishes it. Speeds are counted from the first to the last article that the server was asked for, so that
the start of an interpreter counts for neither; the seconds of the whole run and of CPU, start included, stand beside.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from statistics import median
from typing import Any

from twisted.internet import endpoints, reactor
from twisted.web import resource, server

#: an article page of an outlet has some 60 kB with its markup
FILLING = (
    "<p>Pegawai dinas kependudukan melayani warga sejak pagi, dan antrean selesai sebelum tengah hari.</p>\n" * 550
)
NOW = datetime.now(UTC)
AT_A_TIME = 16  # Scrapy's default

PLAIN = """
import sys
from scrapy import Request, Spider
from scrapy.crawler import CrawlerProcess

class Plain(Spider):
    name = "plain"
    start_urls = [sys.argv[1]]

    def parse(self, response):
        for link in response.xpath("//item/link/text()").getall():
            yield Request(link, self.article)

    def article(self, response):
        pass

process = CrawlerProcess({
    "LOG_LEVEL": "CRITICAL", "TELNETCONSOLE_ENABLED": False, "LOGSTATS_INTERVAL": 0, "ROBOTSTXT_OBEY": False,
    "DOWNLOAD_DELAY": 0, "CONCURRENT_REQUESTS": 16, "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
})
process.crawl(Plain)
process.start()
"""


class Site(resource.Resource):
    """``/rss`` names every article; ``/times`` tells when the first and the last one were asked for, and how many."""

    isLeaf = True

    def __init__(self, pages: int) -> None:
        super().__init__()
        self.pages, self.times = pages, []  # type: ignore[var-annotated]

    def render_GET(self, request: Any) -> bytes:
        path = request.path.decode()
        if path.startswith("/read/"):
            self.times.append(time.monotonic())
            title = f"Layanan ASN nomor {path.split('/')[2]}"
            return f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{FILLING}</body></html>".encode()
        if path == "/rss":
            request.setHeader(b"content-type", b"application/rss+xml")
            here = f"http://127.0.0.1:{request.getHost().port}"
            items = "".join(
                f"<item><title>Layanan ASN {n}</title><link>{here}/read/{n}/layanan-asn</link></item>"
                for n in range(self.pages)
            )
            return f'<?xml version="1.0"?><rss version="2.0"><channel>{items}</channel></rss>'.encode()
        if path == "/times":
            told, self.times = self.times, []
            return f"{told[0]} {told[-1]} {len(told)}".encode() if told else b"0 0 0"
        request.setResponseCode(404)
        return b""


def serve(pages: int, pipe: Any) -> None:
    """The site, in a process of its own."""
    port = endpoints.serverFromString(reactor, "tcp:0:interface=127.0.0.1").listen(server.Site(Site(pages)))
    port.addCallback(lambda listening: pipe.send(listening.getHost().port))
    reactor.run(installSignalHandlers=False)  # type: ignore[attr-defined]


def speed(url: str, pages: int) -> float:
    """Pages a second since the last call, by the server's clock."""
    from urllib.request import urlopen

    first, last, count = map(float, urlopen(f"{url}/times").read().split())
    if count != pages:
        sys.exit(f"{count:.0f} of {pages} pages were asked for: no fair comparison")
    return (count - 1) / (last - first)


def cpu() -> float:
    """Seconds of CPU that ended child processes and this one have used."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def plain(url: str) -> None:
    subprocess.run([sys.executable, "-c", PLAIN, f"{url}/rss"], check=True)


def ours(url: str) -> None:
    from citra.lake import Lake
    from citra.verbs.crawl import crawl
    from crawlers.source import Source

    source = Source(name="bangku", title="Bangku", kind="news", base_url=url, feeds=(f"{url}/rss",))
    with tempfile.TemporaryDirectory() as folder:
        report = crawl(
            [source],
            Lake(folder),
            since=None,
            now=NOW,
            user_agent="Citra/benchmark",
            delay=0.0,
            allow_loopback=True,
            concurrency=AT_A_TIME,
        )
    if report.sources[0].error:
        sys.exit(report.sources[0].error)


def main() -> None:
    pages = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    site = context.Process(target=serve, args=(pages, there), daemon=True)
    site.start()
    url = f"http://127.0.0.1:{here.recv()}"
    found: dict[str, list[float]] = {"scrapy": [], "citra": []}
    try:
        for number in range(rounds):
            for name, run in (("scrapy", plain), ("citra", ours)):
                start, used = time.monotonic(), cpu()
                run(url)
                whole, used = time.monotonic() - start, cpu() - used
                found[name].append(speed(url, pages))
                print(
                    f"round {number + 1} {name:7} {found[name][-1]:6.0f} pages/s"
                    f"   whole run {whole:5.1f} s, CPU {used:5.1f} s",
                    flush=True,
                )
    finally:
        site.terminate()
    ratios = [mine / other for mine, other in zip(found["citra"], found["scrapy"], strict=True)]
    print(f"median: scrapy {median(found['scrapy']):.0f}, citra {median(found['citra']):.0f} pages/s")
    print(f"ratio of each round: {', '.join(f'{ratio:.2f}' for ratio in ratios)}; median {median(ratios):.2f}")
    print(f"{pages} pages of {len(FILLING) // 1000} kB, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
