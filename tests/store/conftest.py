"""Stores under contract: each test that takes ``store`` runs once per engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from mention_factory import mentions, stem
from oracle import Oracle

from citra.store import EmbeddedStore, Store

ENGINES = {"embedded": lambda folder: EmbeddedStore(folder / "index", stem=stem, create=True)}
SIZE = 600


@pytest.fixture(params=sorted(ENGINES))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty index."""
    opened = ENGINES[request.param](tmp_path)
    yield opened
    opened.close()


@pytest.fixture(scope="module", params=sorted(ENGINES))
def full(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """An index of ``SIZE`` mentions, some of them written twice and some deleted on the way. Read only."""
    opened = ENGINES[request.param](tmp_path_factory.mktemp("full"))
    made = mentions(SIZE)
    with opened.writing() as writer:
        writer.upsert(made[: SIZE // 2], version=1, partition="first")
        writer.upsert(mentions(SIZE + 50, seed=8)[SIZE:], version=1, partition="gone")
    with opened.writing() as writer:
        writer.upsert(made[SIZE // 4 :], version=2, partition="second")
        writer.delete([m.id for m in mentions(SIZE + 50, seed=8)[SIZE:]])
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def oracle() -> Oracle:
    return Oracle(mentions(SIZE), stem)
