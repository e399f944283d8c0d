from __future__ import annotations

from pathlib import Path

import pytest
import tiny_model


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a tiny real model."""
    return tiny_model.build(tmp_path_factory.mktemp("models") / "tiny")
