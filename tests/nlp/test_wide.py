"""The wide part: features are stable, weights answer as they were fitted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from citra.errors import ConfigError
from nlp.wide import COLUMNS, SIZE, Wide, indices, weigh

WIDTH = sum(COLUMNS.values())
#: sum of the features of three words
FINGERPRINT = 4368541


def save(path: Path, weights: np.ndarray, idf: np.ndarray | None = None) -> Path:
    np.savez_compressed(
        path, weights=weights, scale=np.full(WIDTH, 0.5, np.float32), bias=np.arange(WIDTH, dtype=np.float32),
        idf=np.ones(SIZE, np.float16) if idf is None else idf,
    )  # fmt: skip
    return path


def test_features_do_not_change_between_versions() -> None:
    """Trained weights hang on these numbers: a change needs a new model."""
    assert indices("Pungli di Dinas").tolist()[:3] == indices("pungli  DI dinas").tolist()[:3]
    assert int(indices("Pungli di Dinas").sum()) == FINGERPRINT


def test_empty_and_odd_texts_have_features_or_none() -> None:
    for text in ("", " ", "😀", "\x00", "a" * 1_000_000, "\u202e"):
        found, values = weigh(indices(text), np.ones(SIZE, np.float32))
        assert len(found) == len(values)
        assert np.isfinite(values).all()


def test_logits_are_weights_of_the_features_in_the_text(tmp_path: Path) -> None:
    weights = np.zeros((SIZE, WIDTH), np.int8)
    only = indices("suap")
    weights[only, 1] = 100  # the column of negative
    wide = Wide(save(tmp_path / "wide.npz", weights))
    plain, marked = wide.logits("rapat")["sentiment"], wide.logits("suap")["sentiment"]
    assert marked[0] > plain[0] + 10
    assert marked[1:].tolist() == pytest.approx([2, 3])
    assert {name: len(logits) for name, logits in wide.logits("x").items()} == COLUMNS


def test_a_file_of_another_shape_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not of this version"):
        Wide(save(tmp_path / "wide.npz", np.zeros((8, WIDTH), np.int8)))
    (tmp_path / "broken.npz").write_bytes(b"nonsense")
    with pytest.raises(ConfigError, match="not the wide part"):
        Wide(tmp_path / "broken.npz")
