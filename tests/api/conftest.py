"""The dashboard's server with the API in it, over an index of made-up mentions, some of them hostile."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from api_server import NOW, SIZE, hostile, serving, settings_for, visitor
from fastapi import FastAPI
from mention_factory import mentions
from starlette.testclient import TestClient

from citra.api.keys import Keys
from citra.config import Settings
from citra.verbs.index import open_index
from citra.web.app import create_app


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An index to be read only."""
    folder = tmp_path_factory.mktemp("api") / "index"
    with open_index(str(folder), create=True) as store, store.writing() as writer:
        writer.upsert([*mentions(SIZE), *hostile()], version=1)
    return str(folder)


@pytest.fixture
def settings(index: str, tmp_path: Path) -> Settings:
    return settings_for(index, tmp_path)


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    return create_app(settings, clock=lambda: NOW)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """Somebody at an open server's own machine."""
    with visitor(app) as found:
        yield found


@pytest.fixture
def key(settings: Settings) -> Callable[..., str]:
    """Makes keys: ``key("read", "label")``."""

    def made(*scopes: str) -> str:
        return Keys(settings.api.keys).create("uji", scopes, now=NOW)[1]

    return made


@pytest.fixture
def served(index: str, tmp_path: Path) -> Iterator[str]:
    """The server for real, on loopback, over an index of its own; its address."""
    shutil.copytree(index, tmp_path / "index")
    with serving(create_app(settings_for(str(tmp_path / "index"), tmp_path), clock=lambda: NOW)) as url:
        yield url
