"""How often the model takes one sentiment for another, counted on gold texts that training did not see.

Counts of texts that have been corrected for classifier error stand on this file (``citra/trends/quantify.py``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from sklearn.metrics import confusion_matrix

from citra.documents import KINDS, SENTIMENTS
from nlp.encoder import load_analyser
from nlp.train.data import Example, Splits

FILE = "confusion.json"


def write_confusion(folder: Path, splits: Splits, day: date) -> dict[str, Any]:
    """Count over the ``tune`` and ``test`` parts and write ``confusion.json`` into the model folder; returns it.

    ``tune`` chose temperatures and thresholds, which leave the order of the three sentiments as it is, so its
    confusion is as honest as that of ``test``. Only texts that pass the model's own relevance threshold count,
    for only those are counted in a trend.
    """
    found = confusion(folder, [*splits.tune, *splits.test], day)
    part = (folder / FILE).with_suffix(".part")
    part.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    part.replace(folder / FILE)
    return found


def confusion(folder: Path, gold: Sequence[Example], day: date) -> dict[str, Any]:
    """``counts`` by source kind, rows true and columns predicted in the order of ``labels``."""
    analyser = load_analyser(folder)
    threshold = float(analyser.config.get("relevance_threshold", 0.5))
    labels = analyser.analyse([example.text for example in gold])
    kept = [
        (example, SENTIMENTS.index(found.sentiment.label))
        for example, found in zip(gold, labels, strict=True)
        if found.relevance >= threshold and example.sentiment is not None
    ]
    counts = {
        kind: confusion_matrix(
            [example.sentiment for example, _ in kept if example.kind == kind],
            [predicted for example, predicted in kept if example.kind == kind],
            labels=range(len(SENTIMENTS)),
        ).tolist()
        for kind in KINDS
        if any(example.kind == kind for example, _ in kept)
    }
    return {
        "model": f"{analyser.model.name}@{analyser.model.version}",
        "date": day.isoformat(),
        "gold": gold_hash(gold),
        "texts": len(gold),
        "relevance_threshold": threshold,
        "labels": list(SENTIMENTS),
        "counts": counts,
    }


def gold_hash(gold: Sequence[Example]) -> str:
    """The same for the same texts with the same labels, in any order: 16 hex digits of SHA-256."""
    rows = sorted(json.dumps([e.id, e.kind, e.text, e.sentiment], ensure_ascii=False) for e in gold)
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:16]
