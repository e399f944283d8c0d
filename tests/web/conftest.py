"""A dashboard over made-up mentions, one over the demonstration, and browsers to visit them with."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from dashboard import END, NOW, PASSWORD, Visitor, run_demonstration, serving, settings_for, texts, watched
from fastapi import FastAPI

from citra.config import Settings
from citra.verbs.index import open_index
from citra.web.access import AccessDatabase
from citra.web.access.users import Users
from citra.web.app import create_app

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]  # fmt: skip


@pytest.fixture(scope="session")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with lake and index of a few dozen texts, some of them hostile; to be read only."""
    folder = tmp_path_factory.mktemp("made-up")
    with open_index(str(folder / "index"), create=True) as store, store.writing() as writer:
        writer.upsert(texts(), version=1)
    return folder


@pytest.fixture
def settings(made_up: Path, tmp_path: Path) -> Settings:
    return settings_for(made_up, tmp_path)


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    return create_app(settings, clock=lambda: NOW)


@pytest.fixture
def visitor(app: FastAPI) -> Iterator[Visitor]:
    """Somebody at this machine, while there are no users."""
    with Visitor(app) as found:
        yield found


@pytest.fixture(scope="session")
def people_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reader, an editor and an administrator; hashing takes its time, so it is done once."""
    database = AccessDatabase(str(tmp_path_factory.mktemp("people")))
    for name, role in (("rini", "reader"), ("eko", "editor"), ("ani", "admin")):
        Users(database).add(name, role, PASSWORD, NOW)
    with database.transaction() as db:
        db.execute("PRAGMA journal_mode = DELETE")  # so that it is one file
    return database.path


@pytest.fixture
def people(app: FastAPI, people_file: Path) -> FastAPI:
    """The application with those three."""
    path = app.state.citra.access.path
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(people_file, path)
    return app


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that ``citra run --end …`` leaves: made once; tests that change something take a copy."""
    return run_demonstration(tmp_path_factory.mktemp("demonstration"))


@pytest.fixture(scope="session")
def demo_settings(demonstration: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_for(demonstration, tmp_path_factory.mktemp("demo-web"))


@pytest.fixture(scope="session")
def demo_app(demo_settings: Settings) -> FastAPI:
    evening = datetime(END.year, END.month, END.day, 14, tzinfo=UTC)
    return create_app(demo_settings, clock=lambda: evening)


@pytest.fixture
def own_demonstration(demonstration: Path, tmp_path: Path) -> Settings:
    """A copy of the demonstration that may be changed."""
    for name in ("lake", "index"):
        shutil.copytree(demonstration / name, tmp_path / name)
    return settings_for(tmp_path, tmp_path)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A real Chromium. One for each module: Playwright's loop would be in the way of other tests' own."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (make install-all)")
    if not CHROMIUM.exists():
        pytest.skip(f"no {CHROMIUM}: apt-get install chromium")
    with playwright.sync_playwright() as running:
        launched = running.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def address(demo_app: FastAPI) -> Iterator[str]:
    with serving(demo_app) as found:
        yield found


@pytest.fixture(scope="module")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go; ``CITRA_SCREENSHOTS`` keeps them."""
    kept = os.environ.get("CITRA_SCREENSHOTS")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A window; what its console complains of fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="id-ID")
    opened = watched(context)
    yield opened
    context.close()
    assert opened.complaints == []
