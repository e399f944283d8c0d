"""``citra demo`` as a process: says what it serves and how to crawl it, and ends on Ctrl-C."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import tomllib
import urllib.request
from pathlib import Path

import pytest


def run(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "citra.cli.main", "demo", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("kind", ["serve", "mirror"])
def test_serves_until_interrupted(kind: str, tmp_path: Path) -> None:
    site = tmp_path / "saved" / "www.surat.example"
    site.mkdir(parents=True)
    (site / "index.html").write_text("<html><head></head><body>depan</body></html>")
    chosen = ["serve", "--end", "2026-11-20"] if kind == "serve" else ["mirror", str(site.parent)]
    folder = tmp_path / "sources"
    with run(*chosen, "--write-sources", str(folder)) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "Ctrl-C" in line:
                break
        told = "".join(lines)
        files = sorted(folder.glob("*.toml"))
        assert len(files) == (7 if kind == "serve" else 1)
        for file in files:
            base = tomllib.loads(file.read_text())["base_url"]
            assert base in told
            assert urllib.request.urlopen(base + "/robots.txt" if kind == "serve" else base, timeout=10).status == 200
        assert f"citra crawl --sources {folder}" in told
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "Traceback" not in errors


def test_wrong_use_is_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for arguments in (["serve", "--end", "kemarin"], ["mirror", "/tiada"], ["serve", "--port", port]):
            command = [sys.executable, "-m", "citra.cli.main", "demo", *arguments]
            done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
            assert done.returncode != 0
            assert "Traceback" not in done.stderr
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr
