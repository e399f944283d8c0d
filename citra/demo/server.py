"""A small threaded HTTP server on 127.0.0.1 that asks a ``Site``: conditional requests, HEAD, a record of hits."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from datetime import UTC
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from citra.demo.reply import Reply, Site
from citra.errors import InputError


class LoopbackServer:
    """Serves one site on 127.0.0.1; ``port`` 0 takes a free one. A context manager."""

    def __init__(self, site: Site, port: int = 0) -> None:
        self.site = site
        self.hits: Counter[str] = Counter()  #: path → number of requests, for tests of politeness
        self.seen: Counter[int] = Counter()  #: status → number of answers
        try:
            self._server = ThreadingHTTPServer(("127.0.0.1", port), type("Handler", (_Handler,), {"owner": self}))
        except (OSError, OverflowError) as wrong:
            raise InputError(f"cannot listen on 127.0.0.1:{port}: {wrong}; choose another --port") from wrong
        self._server.daemon_threads = True
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Self:
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True, name=f"demo-{self.site.name}"
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, wrong: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Handler(BaseHTTPRequestHandler):
    owner: LoopbackServer  #: set in a subclass for each server
    protocol_version = "HTTP/1.1"
    server_version = "CitraDemo/1"
    sys_version = ""
    timeout = 30
    wbufsize = -1  # headers and body leave in one segment: no delayed-ACK pause of 40 ms

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        parts = urlsplit(self.path)
        path = unquote(parts.path)
        self.owner.hits[path] += 1
        reply = self.owner.site.reply(path, dict(parse_qsl(parts.query, keep_blank_values=True)), self.owner.base)
        status = 304 if reply.status == 200 and self._is_known(reply) else reply.status
        self.owner.seen[status] += 1
        self.send_response(status)
        for name, value in _headers(reply).items():
            self.send_header(name, value)
        body = b"" if status == 304 else reply.body
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self.wfile.write(body)
        self.wfile.flush()

    def _is_known(self, reply: Reply) -> bool:
        if (known := self.headers.get("If-None-Match")) is not None:
            return reply.etag in known or known.strip() == "*"
        since = self.headers.get("If-Modified-Since")
        if since is None or reply.modified is None:
            return False
        try:
            return reply.modified.replace(microsecond=0) <= parsedate_to_datetime(since)
        except (ValueError, TypeError):
            return False

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (ConnectionError, TimeoutError):
            self.close_connection = True


def _headers(reply: Reply) -> dict[str, str]:
    headers = {"Content-Type": reply.content_type, "ETag": reply.etag, "Cache-Control": "no-cache"}
    if reply.modified is not None:
        headers["Last-Modified"] = format_datetime(reply.modified.astimezone(UTC), usegmt=True)
    return {**headers, **reply.headers}


def wait_until_interrupted() -> None:
    """Block until Ctrl-C or SIGTERM's KeyboardInterrupt."""
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        sys.stderr.write("\n")
