"""Shared fixtures. In CI (``CI=true``) a skipped test fails the run: there every part must be present."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from search_server import outside, server

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real pages and labelled texts beside the checkout; skips where there is none."""
    if not SHARED.is_dir():
        pytest.skip(f"no {SHARED}: the real pages and texts are not here")
    return SHARED


@pytest.fixture(scope="session")
def search_server(request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of an Elasticsearch, started when first asked for."""
    if outside():
        yield str(outside())
        return
    with server(request.getfixturevalue("shared")) as started:
        yield started["url"]


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if os.environ.get("CI") and skipped and exitstatus == 0:
        reporter.write_line(f"CI: {len(skipped)} skipped tests count as failures; see the reasons above", red=True)
        session.exitstatus = 1
