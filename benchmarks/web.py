"""Measures the server under people: 50 of them at once ask the dashboard and the API for a minute.

    .venv/bin/python benchmarks/web.py                        50 users, 60 s, 100,000 mentions
    .venv/bin/python benchmarks/web.py --users 10 --seconds 20 --think 0 --json

Server and users are two processes on the same machine, so the users' own work is part of what is measured. Each user
picks a question at random (seeded), waits for the whole answer, thinks, and asks again; one user in five asks something
that nobody asked before, the others share a few dozen questions, as colleagues who look at one dashboard do.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.append(sys.path.pop(0))  # benchmarks/nlp.py must not stand for the package

import httpx
import numpy as np
from index import mentions

from citra.verbs.index import open_index

PAGES = ("/", "/telusur?q=kata{word}")
API = (
    "/api/v1/search?q=kata{word}&size=20",
    "/api/v1/trend?q=kata{word}&last=30d",
    "/api/v1/trend?topic={topic}&by=week&last=1y",
    "/api/v1/facets?q=kata{word}",
    "/api/v1/documents?sentiment=negative&size=50",
    "/api/v1/sources",
)
TOPICS = ("corruption", "service", "innovation", "ethics", "staffing")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", type=int, default=100_000, help="mentions in the index")
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--think", type=float, default=1.0, help="mean seconds between answer and next question")
    parser.add_argument("--index", help="a folder to keep the index in, or to take it from")
    parser.add_argument("--api-only", action="store_true", help="leave the dashboard's pages out")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="citra-web-"))
    index = Path(given.index) if given.index else folder / "index"
    try:
        if not index.exists():
            with open_index(str(index), create=True) as store, store.writing() as writer:
                writer.upsert(mentions(given.size), version=1)
        server, url = serve(folder, index)
        begun = _cpu_of(server.pid)
        try:
            questions = API if given.api_only else PAGES + API
            found = asyncio.run(crowd(url, questions, given.users, given.seconds, given.think))
        finally:
            server.terminate()
            server.wait(20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    found["server_cpu_ms_per_request"] = round(1000 * (spent.ru_utime + spent.ru_stime - begun) / found["requests"], 1)
    found |= {"users": given.users, "think": given.think, "cores": os.cpu_count(), "load": os.getloadavg()[0],
              "machine": platform.machine()}  # fmt: skip
    print(json.dumps(found, indent=None if given.json else 1))
    if found["errors"]:
        sys.exit(1)


def serve(folder: Path, index: Path) -> tuple[subprocess.Popen[bytes], str]:
    """`citra serve` over ``index``, warm."""
    port = 20_000 + os.getpid() % 20_000
    environ = {
        **os.environ, "CITRA_INDEX_PATH": str(index), "CITRA_LAKE_PATH": str(folder / "lake"),
        "CITRA_WEB_DATA": str(folder / "web"), "CITRA_API_KEYS": str(folder / "keys.sqlite"),
        "CITRA_ALERTS_PATH": str(folder / "alerts.sqlite"), "CITRA_API_RATE": "0",
    }  # fmt: skip
    command = [sys.executable, "-m", "citra.cli.main", "serve", "--port", str(port)]
    server = subprocess.Popen(command, env=environ)
    url = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            if httpx.get(f"{url}/api/v1/facets", timeout=30).is_success:
                return server, url
        except httpx.TransportError:
            time.sleep(0.1)
    server.terminate()
    raise SystemExit("the server did not start")


async def crowd(url: str, questions: tuple[str, ...], users: int, seconds: float, think: float) -> dict[str, Any]:
    """What the users saw: requests, errors, latency in milliseconds by question."""
    took: dict[str, list[float]] = {question: [] for question in questions}
    errors: Counter[str] = Counter()
    end = time.perf_counter() + seconds
    limits = httpx.Limits(max_connections=users, max_keepalive_connections=users)

    async def user(number: int, client: httpx.AsyncClient) -> None:
        rng = random.Random(number)
        await asyncio.sleep(rng.random() * max(think, 0.2))
        while time.perf_counter() < end:
            question = rng.choice(questions)
            fresh = rng.random() < 0.2
            word = rng.randrange(5_000) if fresh else rng.randrange(12)
            begun = time.perf_counter()
            try:
                answer = await client.get(question.format(word=word, topic=rng.choice(TOPICS)))
                if not answer.is_success:
                    errors[f"{question} {answer.status_code}"] += 1
            except httpx.HTTPError as wrong:
                errors[f"{question} {type(wrong).__name__}"] += 1
            took[question].append(1000 * (time.perf_counter() - begun))
            await asyncio.sleep(rng.expovariate(1 / think) if think else 0)

    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=60) as client:
        await asyncio.gather(*(user(number, client) for number in range(users)))
    every = [one for found in took.values() for one in found]
    return {
        "requests": len(every),
        "per_second": round(len(every) / seconds, 1),
        "errors": dict(errors),
        **_percentiles(every),
        "by_question": {question: _percentiles(found) for question, found in took.items() if found},
    }


def _cpu_of(process: int) -> float:
    """Seconds of processor time that it took so far."""
    numbers = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")


def _percentiles(found: list[float]) -> dict[str, float]:
    return {f"p{level}": round(float(np.percentile(found, level)), 1) for level in (50, 95, 99)}


if __name__ == "__main__":
    main()
