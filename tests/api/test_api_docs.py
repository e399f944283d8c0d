"""The examples of docs/api.md do what they say, against a real server."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
HERE = "http://127.0.0.1:8000"


def blocks(language: str) -> str:
    return "\n".join(re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.M | re.S))


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="needs curl and jq")
def test_curl_examples(served: str, key: Callable[..., str]) -> None:
    environ = {**os.environ, "CITRA_API_KEY": key("read", "label", "alerts"), "LC_ALL": "C.UTF-8"}
    script = "set -euo pipefail\n" + blocks("sh").replace(HERE, served)
    done = subprocess.run(["bash", "-c", script], env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"status":"ok"' in done.stdout
    assert re.search(r'^"2026-11-\d\d",\d+', done.stdout, re.M), "the weekly trend"
    assert re.search(r"^citra-rows: \d+", done.stdout, re.M | re.I)
    assert "dana-desa" in done.stdout
    assert len(re.findall(r"^2026-.*\t(?:kompas|detik|antara|mastodon)\t", done.stdout, re.M)) > 20, "the pages"


def test_python_examples(served: str, key: Callable[..., str], tmp_path: Path) -> None:
    environ = {**os.environ, "CITRA_API_KEY": key("read", "label", "alerts"), "PYTHONUTF8": "1"}
    program = blocks("python").replace(HERE, served)
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "'negative'" in done.stdout
    assert "never closed" in done.stdout
    rows = int(done.stdout.partition(" rows")[0].rpartition("\n")[2])
    with (tmp_path / "negatif.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == rows > 10
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".part") == []
    assert "^" in done.stdout
