"""A small outlet on loopback, and a crawl of it with the real spiders in their own process."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from citra.lake import Lake
from citra.verbs.crawl import CrawlReport, crawl
from crawlers.source import Source
from crawlers.warc import WarcItem, read_warc

NOW = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
ARTICLE = "<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>"

Answer = tuple[int, dict[str, str], bytes]
Route = Answer | Callable[[BaseHTTPRequestHandler], Answer | None]


class Site:
    """Routes by path (query included, else without); counts what is asked for, robots.txt too."""

    def __init__(self) -> None:
        self.routes: dict[str, Route] = {}
        self.asked: Counter[str] = Counter()
        self.headers: list[tuple[str, dict[str, str]]] = []
        self.times: list[float] = []
        self.posted: list[bytes] = []
        self.busy = self.most_busy = 0
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # else each answer waits 40 ms for a delayed ACK

            def do_GET(self) -> None:
                site._answer(self)

            def do_POST(self) -> None:
                site.posted.append(self.rfile.read(int(self.headers.get("Content-Length", 0))))
                site._answer(self)

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, *_: Any) -> None:
                pass  # the crawler may be killed while it is answered

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._lock = threading.Lock()
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        with self._lock:
            self.asked[handler.path] += 1
            self.headers.append((handler.path, dict(handler.headers)))
            self.times.append(time.monotonic())
            self.busy += 1
            self.most_busy = max(self.most_busy, self.busy)
        try:
            route = self.routes.get(handler.path) or self.routes.get(handler.path.partition("?")[0])
            answer = route(handler) if callable(route) else route or (404, {}, b"not here")
            if answer is None:
                handler.close_connection = True
                return
            status, headers, body = answer
            handler.send_response(status)
            for name, value in {"Content-Type": "text/html; charset=utf-8", **headers}.items():
                handler.send_header(name, value)
            if "Content-Length" not in headers and "Transfer-Encoding" not in headers:
                handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)
        finally:
            with self._lock:
                self.busy -= 1

    def page(self, path: str, title: str = "Gaji ASN", text: str = "Isi berita.", **headers: str) -> str:
        self.routes[path] = (200, headers, ARTICLE.format(title=title, text=text).encode())
        return self.url + path

    def feed(self, path: str, links: list[tuple[str, str]], published: datetime = NOW, **headers: str) -> str:
        items = "".join(
            f"<item><title>{title}</title><link>{url}</link><pubDate>{format_datetime(published)}</pubDate></item>"
            for url, title in links
        )
        body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>{items}</channel></rss>'
        self.routes[path] = (200, {"Content-Type": "application/rss+xml", **headers}, body.encode())
        return self.url + path

    def outlet(self, count: int, start: int = 0) -> None:
        """A feed ``/rss`` of ``count`` articles."""
        links = [(self.page(f"/read/{n}/a", f"ASN {n}"), f"ASN {n}") for n in range(start, start + count)]
        self.feed("/rss", links)

    def source(self, name: str = "contoh", **values: Any) -> Source:
        if not {"feeds", "sitemaps", "listings"} & set(values) and values.get("spider", "news") == "news":
            values["feeds"] = [f"{self.url}/rss"]
        return Source(**{"name": name, "title": name, "kind": "news", "base_url": self.url, **values})

    def articles_asked(self) -> Counter[str]:
        return Counter({path: count for path, count in self.asked.items() if path.startswith("/read/")})

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def collect(sources: list[Source], lake: Lake, **options: Any) -> CrawlReport:
    """A crawl without politeness pauses."""
    defaults = {
        "since": None, "now": NOW, "user_agent": "Citra/test (+https://contoh.id)", "delay": 0.0, "timeout": 2.0,
        "allow_loopback": True, "retries": 1, "backoff": 0.05, "salt": "garam",
    }  # fmt: skip
    return crawl(sources, lake, **{**defaults, **options})


def records(lake: Lake, source: str | None = None) -> list[WarcItem]:
    """All records of the lake."""
    found = []
    for partition in lake.partitions("raw", source):
        with lake.fs.open(lake.path("raw", partition), "rb") as stream:
            found += list(read_warc(stream))
    return found


def rejects(lake: Lake) -> list[dict[str, Any]]:
    return [one for p in lake.partitions("rejects") for one in lake.read("rejects", p, tag="crawl")]


def coverage(lake: Lake) -> list[dict[str, Any]]:
    return [one for p in lake.partitions("coverage") for one in lake.read("coverage", p)]
