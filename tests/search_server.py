"""A real Elasticsearch for tests: ours for one session, or the one that ``CITRA_ELASTICSEARCH_URL`` names."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        # the server takes the 200 above it, too; workers that run side by side keep to 5,000 ports each
        worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 4
        return int(probe.getsockname()[1]) % 4_800 + 20_000 + 5_000 * worker


@contextmanager
def server(shared: Path, *, secure: bool = False) -> Iterator[dict[str, Any]]:
    """Started on loopback, wiped afterwards: url, user, password, ca_certs, pid."""
    script = shared / "elasticsearch" / "server.py"
    folder = Path(tempfile.mkdtemp(prefix="citra-es-"))  # not pytest's: the server runs as another user
    where = ["--dir", str(folder)]
    start = [sys.executable, str(script), "start", *where, "--port", str(free_port()), "--heap", "512m"]
    try:
        done = subprocess.run(
            [*start, *(["--secure"] if secure else [])], stdout=subprocess.PIPE, text=True, check=True, timeout=500
        )
        yield json.loads(done.stdout)
    finally:
        subprocess.run([sys.executable, str(script), "stop", *where, "--wipe"], stdout=subprocess.DEVNULL, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def outside() -> str | None:
    """A server that stands already."""
    return os.environ.get("CITRA_ELASTICSEARCH_URL")


def wipe(client: Any, prefix: str) -> None:
    """Remove everything below ``prefix``; a server holds a thousand shards at most."""
    names = [row["index"] for row in client.cat.indices(index=f"{prefix}-*", format="json", h="index")]
    if names:
        client.indices.delete(index=",".join(names))
    client.options(ignore_status=404).indices.delete_index_template(name=f"{prefix}-mentions")
