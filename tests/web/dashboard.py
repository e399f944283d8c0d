"""What the tests of the dashboard stand on: texts, settings, visitors, a server, the demonstration."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from citra.config import Settings
from citra.documents import Document, Kind, Mention, Model, Sentiment, SentimentLabel, Topic, content_hash, document_id
from nlp.stem import stem_text

END = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 5, tzinfo=UTC)
PASSWORD = "kereta berangkat pukul tujuh"
ORIGIN = "http://127.0.0.1:8000"
AXE = Path(__file__).with_name("vendor") / "axe.min.js"
PATIENCE = 20_000  #: milliseconds that a browser waits; CI machines are busy

SCRIPT = "<script>document.title='dibajak'</script><img src=x onerror=\"document.title='dibajak'\">"
BACKWARDS = "Bupati \u202egnuhc\u202c \u2066terbalik\u2069"
FORMULA = '=HYPERLINK("http://jahat.example","klik")'


def text(
    key: str, title: str, body: str, *, day: int = 0, label: SentimentLabel = "neutral", topics: tuple[str, ...] = (),
    source: str = "harian", kind: Kind = "news", story: str = "", url: str = "", relevance: float = 0.9,
) -> Mention:  # fmt: skip
    """One made-up text, ``day`` days before the newest."""
    published = NOW - timedelta(days=day, hours=1)
    document = Document(
        id=document_id(source, key), source=source, kind=kind, url=url or f"https://{source}.example/{key}",
        canonical_url=url or f"https://{source}.example/{key}", title=title, text=body, published=published,
        fetched=NOW, language="id", content_hash=content_hash(title, body),
    )  # fmt: skip
    p = {"negative": 0.05, "neutral": 0.05, "positive": 0.05} | {label: 0.9}
    return Mention(
        document=document, relevance=relevance,
        sentiment=Sentiment(label=label, p_negative=p["negative"], p_neutral=p["neutral"], p_positive=p["positive"]),
        topics=tuple(Topic(id=one, p=0.9) for one in topics), offices=("bkn",), regions=("32.71",),
        story_id=story or document.id, is_first=True, stems=stem_text(f"{title}\n{body}"),
        model=Model(name="uji", version="1"),
    )  # fmt: skip


def texts() -> list[Mention]:
    """Thirty ordinary ones, a wire story on four outlets, and what an enemy would publish."""
    labels: tuple[SentimentLabel, ...] = ("negative", "neutral", "positive")
    found = [
        text(f"biasa-{n}", f"Pelayanan kantor {n}", f"Warga mengurus KTP di kantor nomor {n}.", day=n % 15,
             label=labels[n % 3], topics=("service",), kind="social" if n % 4 == 0 else "news")
        for n in range(30)
    ]  # fmt: skip
    found += [
        text("kawat", "Kepala dinas ditahan", "Dugaan suap izin gudang.", day=2, label="negative",
             topics=("corruption",), source=outlet, story="cerita-kawat")
        for outlet in ("harian", "kabar", "warta", "suara")
    ]  # fmt: skip
    found += [
        text("skrip", SCRIPT, f"Judul jahat. {SCRIPT}", label="negative"),
        text("terbalik", BACKWARDS, BACKWARDS, label="negative"),
        text("panjang", "A" * 20_000, "panjang " + "B" * 200_000, label="negative"),
        text("alamat", "Alamat jahat", "tautan ini jahat", url="javascript:alert(1)", label="negative"),
        text("rumus", FORMULA, "rumus lembar kerja", label="negative"),
        text("luar", "Pertandingan bola", "Skor akhir satu nol.", relevance=0.1),
    ]
    return found


def settings_for(data: Path, own: Path, **web: Any) -> Settings:
    """Lake and index in ``data``, people and keys in ``own``."""
    return Settings.model_validate(
        {
            "lake": {"path": str(data / "lake")},
            "index": {"path": str(data / "index")},
            "api": {"keys": str(own / "keys.sqlite")},
            "alerts": {"path": str(own / "alerts.sqlite")},
            "web": {"data": str(own / "web"), **web},
        }
    )


class Visitor(TestClient):
    """A browser without scripts: keeps cookies, follows no redirect, reads tokens and links out of pages."""

    def __init__(self, app: FastAPI, **more: Any) -> None:
        super().__init__(app, base_url=ORIGIN, follow_redirects=False, **more)

    def token(self, path: str = "/masuk") -> str:
        found = re.search(r'name="citra-form" content="([0-9a-f]{64})"', self.get(path, follow_redirects=True).text)
        assert found
        return found[1]

    def submit(self, path: str, **fields: str | list[str]) -> Any:
        """A form with its token."""
        return self.post(path, data={"form_token": self.token(), **fields})

    def log_in(self, name: str, password: str = PASSWORD, **more: str) -> Any:
        return self.submit("/masuk", name=name, password=password, **more)


def links(page: str) -> list[str]:
    return [unescape(found) for found in re.findall(r'href="([^"]+)"', page)]


def watched(context: Any) -> Any:
    """A new page whose console is listened to."""
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE)
    opened.complaints = []
    bad = {"error", "warning"}
    opened.on("console", lambda said: opened.complaints.append(said.text) if said.type in bad else None)
    opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
    return opened


def visit(page: Any, url: str) -> None:
    """Open and wait until the parts that come later are there; by no script: the pages' policy forbids eval."""
    page.goto(url)
    page.locator("[aria-busy]").first.wait_for(state="detached")


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """``app`` on a free port of loopback; its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", server_header=False))
        running = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        running.start()
        try:
            for _ in range(500):
                if server.started:
                    break
                time.sleep(0.02)
            assert server.started
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            running.join(timeout=15)


def run_demonstration(folder: Path) -> Path:
    """``citra run --end …`` in ``folder``; where lake and index are."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("CITRA_")}
    command = [str(Path(sys.executable).with_name("citra")), "run", "--end", END.isoformat()]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder / "data" / "demo" / END.isoformat()


def look_at(browser: Any, address: str, pages: Iterable[tuple[str, str]], look: str, shots: Path) -> None:
    """Open each ``(name, path)`` in light, dark or on a phone: a picture, no overflow, nothing serious, no complaint.

    Axe runs as a script of its own, which the pages' policy rightly forbids: only here it is set aside.
    """
    size = {"width": 390, "height": 844} if look == "phone" else {"width": 1280, "height": 900}
    context = browser.new_context(
        viewport=size, color_scheme="dark" if look == "dark" else "light", bypass_csp=True, locale="id-ID"
    )
    page = watched(context)
    for name, path in pages:
        visit(page, f"{address}{path}")
        page.screenshot(path=str(shots / f"{name}-{look}.png"), full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is wider than its window"
        page.add_script_tag(path=str(AXE))
        found = page.evaluate("async () => (await axe.run()).violations")
        serious = [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in {"serious", "critical"}]
        assert serious == [], (name, look)
    context.close()
    assert page.complaints == []
