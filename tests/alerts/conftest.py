"""A loopback world that messages are sent into: an HTTP server and an SMTP server that can misbehave."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from loopback_mail import Mail

from citra.alerts.state import State


class Web:
    """Answers with the statuses it was given, in turn, the last one for ever; remembers what came."""

    def __init__(self) -> None:
        self.statuses, self.delay = [200], 0.0
        self.headers: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                web.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                web.headers.append(dict(self.headers))
                time.sleep(web.delay)
                status = web.statuses.pop(0) if len(web.statuses) > 1 else web.statuses[0]
                self.send_response(status)
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def web() -> Iterator[Web]:
    served = Web()
    yield served
    served.server.shutdown()
    served.server.server_close()


@pytest.fixture
def mail() -> Iterator[Mail]:
    """An SMTP server; ``letters`` holds what it was given."""
    server = Mail(("127.0.0.1", 0))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def state_path(tmp_path: Path) -> str:
    path = str(tmp_path / "alerts.sqlite")
    with State(path):
        return path
