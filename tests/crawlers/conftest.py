"""Fixtures: two small outlets on loopback and an empty lake."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from loopback_outlet import Site

from citra.lake import Lake


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


@pytest.fixture
def other() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(str(tmp_path / "lake"))
