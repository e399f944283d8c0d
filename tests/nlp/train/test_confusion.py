"""The confusion of a model: counts that can be checked by hand, only of texts that pass the relevance filter."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
import tiny_model

from citra.trends.quantify import Confusion
from nlp.train.data import Example, Splits

pytest.importorskip("sklearn", reason="training needs the train extra")

from nlp.train.confusion import gold_hash, write_confusion

NEGATIVE, NEUTRAL, POSITIVE = range(3)


def _gold(text: str, sentiment: int, kind: str = "news", number: int = 0) -> Example:
    return Example(text=text, relevant=True, sentiment=sentiment, topics=(0,) * 7, kind=kind, id=f"{text} {number}")


TUNE = [_gold("bupati korupsi", NEGATIVE), _gold("bupati korupsi", NEUTRAL, number=1), _gold("dinas ktp", NEUTRAL)]
TEST = [
    _gold("pelayanan lambat", NEGATIVE, "social"), _gold("pelayanan ramah cepat", POSITIVE, "social"),
    _gold("dinas ktp", POSITIVE, "social", 1), _gold("bola korupsi", NEGATIVE, "social"),  # the last is not relevant
]  # fmt: skip


def test_counts_by_kind(tmp_path: Path) -> None:
    folder = tiny_model.build(tmp_path / "tiny", relevance_threshold=0.6)
    splits = Splits(fit=[_gold("pungli", NEGATIVE)], tune=TUNE, test=TEST, tone_test=[])
    found = write_confusion(folder, splits, date(2026, 11, 24))
    assert found == json.loads((folder / "confusion.json").read_text(encoding="utf-8"))
    assert found["counts"] == {
        "news": [[1, 0, 0], [1, 1, 0], [0, 0, 0]],
        "social": [[1, 0, 0], [0, 0, 0], [0, 1, 1]],
    }
    assert (found["model"], found["date"], found["texts"]) == ("tiny@1", "2026-11-24", 7)
    assert found["relevance_threshold"] == 0.6
    assert Confusion.from_json(found).gold == gold_hash([*TEST, *TUNE])
    assert not list(folder.glob("*.part"))


def test_the_hash_knows_every_label() -> None:
    other = [*TUNE[:-1], _gold("dinas ktp", POSITIVE)]
    assert gold_hash(TUNE) == gold_hash(list(reversed(TUNE))) != gold_hash(other)
