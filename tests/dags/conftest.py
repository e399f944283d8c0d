"""One Airflow, one newsroom with a dead outlet among its sources, and one lake collected from it, for all DAG tests."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from airflow_runs import environment, run_dags
from collected import DEAD, SOURCES, Collected

from citra.demo.newsroom import Newsroom
from citra.documents import JAKARTA

_DEFINITION = """
name = "{name}"
title = "Warta Mati (fiktif)"
kind = "news"
base_url = "http://{host}"
hosts = ["{host}"]
feeds = ["http://{host}/rss.xml"]
article = "/berita/"
"""


@pytest.fixture(scope="session")
def airflow_env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A fresh Airflow."""
    pytest.importorskip("airflow.sdk", reason="the DAGs need the airflow extra")
    home = tmp_path_factory.mktemp("airflow")
    env = environment(home)
    airflow = str(Path(sys.executable).with_name("airflow"))
    subprocess.run([airflow, "db", "migrate"], env=env, cwd=home, check=True, capture_output=True, timeout=280)
    return env


@pytest.fixture(scope="session")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Newsroom, Path]]:
    """Served on loopback, with its definitions and that of an outlet where nobody answers."""
    folder = tmp_path_factory.mktemp("newsroom") / "sources"
    now = datetime.now(UTC)
    with Newsroom(now.astimezone(JAKARTA).date(), now).start() as room, socket.socket() as closed:
        room.write_sources(folder)
        closed.bind(("127.0.0.1", 0))  # taken, and nobody listens
        host = f"127.0.0.1:{closed.getsockname()[1]}"
        (folder / f"{DEAD}.toml").write_text(_DEFINITION.format(name=DEAD, host=host), encoding="utf-8")
        yield room, folder


@pytest.fixture(scope="session")
def collected(
    airflow_env: dict[str, str], newsroom: tuple[Newsroom, Path], tmp_path_factory: pytest.TempPathFactory
) -> Collected:
    work = tmp_path_factory.mktemp("collected")
    env = airflow_env | {
        "CITRA_LAKE_PATH": str(work / "lake"),
        "CITRA_INDEX_PATH": str(work / "index"),
        "CITRA_CRAWL_SOURCES": str(newsroom[1]),
        "CITRA_CRAWL_ENABLED": ",".join((*SOURCES, DEAD)),
        "CITRA_CRAWL_ALLOW_LOOPBACK": "true",
        "CITRA_CRAWL_DELAY": "0",
        "CITRA_CRAWL_TIMEOUT": "5",
    }
    first, again = run_dags(env, {"dag": "citra_collect"}, {"dag": "citra_collect"})
    return Collected(env=env, lake=work / "lake", ran=first, again=again)


@pytest.fixture(scope="module")
def inbox() -> Iterator[tuple[str, list[Any]]]:
    """What the operators are told, by way of apprise's JSON webhook."""
    received: list[Any] = []

    class Inbox(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Inbox)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"json://127.0.0.1:{server.server_address[1]}/", received
    server.shutdown()
    server.server_close()
