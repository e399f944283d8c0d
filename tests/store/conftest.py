"""Stores under contract: each test that takes ``store`` runs once per engine."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mention_factory import mentions, stem
from oracle import Oracle
from search_server import wipe

from citra.store import EmbeddedStore, Store
from citra.store.elasticsearch import Address, Credentials, ElasticsearchStore

SIZE = 600
Open = Callable[..., Store]


def _embedded(request: pytest.FixtureRequest, folder: Path) -> Iterator[Store]:
    opened = EmbeddedStore(folder / "index", stem=stem, create=True)
    yield opened
    opened.close()


def _elasticsearch(request: pytest.FixtureRequest, folder: Path) -> Iterator[Store]:
    url, prefix = request.getfixturevalue("search_server"), f"t{uuid.uuid4().hex[:12]}"
    address = Address.parse(f"{url}/{prefix}?replicas=0")
    opened = ElasticsearchStore(address, Credentials.from_environment(), stem=stem, create=True)
    yield opened
    wipe(opened.client, prefix)
    opened.close()


ENGINES = {"embedded": _embedded, "elasticsearch": _elasticsearch}


@pytest.fixture(params=sorted(ENGINES))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty index."""
    yield from ENGINES[request.param](request, tmp_path)


@pytest.fixture(scope="module", params=sorted(ENGINES))
def full(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """An index of ``SIZE`` mentions, some of them written twice and some deleted on the way. Read only."""
    for opened in ENGINES[request.param](request, tmp_path_factory.mktemp("full")):
        made = mentions(SIZE)
        with opened.writing() as writer:
            writer.upsert(made[: SIZE // 2], version=1, partition="first")
            writer.upsert(mentions(SIZE + 50, seed=8)[SIZE:], version=1, partition="gone")
        with opened.writing() as writer:
            writer.upsert(made[SIZE // 4 :], version=2, partition="second")
            writer.delete([m.id for m in mentions(SIZE + 50, seed=8)[SIZE:]])
        yield opened


@pytest.fixture
def elastic(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ElasticsearchStore]:
    """An empty index in Elasticsearch."""
    yield from _elasticsearch(request, tmp_path)  # type: ignore[misc]


@pytest.fixture(scope="session")
def oracle() -> Oracle:
    return Oracle(mentions(SIZE), stem)
