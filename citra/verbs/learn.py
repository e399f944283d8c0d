"""Learn: people's labels join what a model is trained on; a trained model is a candidate until a person promotes it."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from citra.errors import ConfigError, InputError
from citra.verbs.corrected import export_rows

#: the file of the labelled texts that labels by hand are added to
GOLD = "asn_gold.jsonl"
#: the link that ``[analyse] model`` may name
CURRENT = "current"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The labels by hand, ready to train on."""

    folder: str  #: labelled texts of ``data`` with the labels by hand
    added: int
    incomplete: int  #: labelled in part only
    gone: int  #: their text is no longer in the index as it was read


def gather(lake: str, index: str, data: Path, target: Path) -> Gathered:
    """A folder like ``data`` whose gold set has the labels by hand too, as texts to train on, never to test on.

    :raises InputError: ``data`` lacks its gold set.
    """
    gold = data / GOLD
    if not gold.is_file():
        raise InputError(f"{gold}: no such file; give the folder of the labelled texts")
    from nlp.train.data import text_key

    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        labels, texts = Path(place) / "labels.jsonl", Path(place) / "texts.jsonl"
        done = export_rows(lake, labels, texts=texts, index=index)
        by_key = {text_key(row["text"]): row for row in _rows(texts)}
        added = [
            {**row, **by_key[row["key"]], "id": f"hand-{row['key']}", "split": "train"}
            for row in _rows(labels)
            if row["key"] in by_key
        ]
    lines = gold.read_text(encoding="utf-8").rstrip("\n").split("\n")
    lines += [json.dumps(row, ensure_ascii=False) for row in added]
    _write(target / GOLD, "\n".join(lines) + "\n")
    for file in data.iterdir():
        link = target / file.name
        if file.name != GOLD and not link.is_symlink():
            link.symlink_to(file.resolve())
    return Gathered(folder=str(target), added=len(added), incomplete=done.incomplete, gone=done.gone)


def judge(model: str | Path, data: Path) -> dict[str, dict[str, float]]:
    """The scores of a model on the held-out texts of ``data``: name → value, low, high, n.

    :raises ConfigError: what training needs is not installed.
    """
    from nlp.encoder import find_model

    load_splits, recipe = _training()
    from nlp.train.evaluate import evaluate

    splits = load_splits(data, recipe().seed)
    scores: dict[str, dict[str, float]] = evaluate(find_model(model), splits.test, splits.tone_test)["scores"]
    return scores


def train(
    data: Path, encoder: Path, work: Path, target: Path, *, version: str, day: date, epochs: int,
    report: Callable[[str], None],
) -> None:  # fmt: skip
    """Fine-tune ``encoder`` on ``data`` and write the model into ``target``; a killed training goes on in ``work``."""
    load_splits, recipe = _training()
    from nlp.train.fit import fit
    from nlp.train.ship import ship

    chosen = recipe(epochs=epochs)
    splits = load_splits(data, chosen.seed)
    fit(encoder, splits, chosen, work, report)
    ship(encoder, work, splits, target, version, day)


def promote(candidate: Path, models: Path) -> Path:
    """Make ``models/current`` point at ``candidate``, at once or not at all; analyses from now on use it.

    :raises InputError: the candidate is no model.
    """
    if not (candidate / "config.json").is_file():
        raise InputError(f"{candidate}: no model there")
    models.mkdir(parents=True, exist_ok=True)
    link, fresh = models / CURRENT, models / f".{CURRENT}.{os.getpid()}.new"
    if link.exists() and not link.is_symlink():
        raise InputError(f"{link} is in the way: it is no link of ours")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(candidate.resolve())
    fresh.replace(link)
    return link


def _training() -> tuple[Any, Any]:
    try:
        from nlp.train.data import load_splits
        from nlp.train.fit import Recipe
    except ImportError as missing:
        raise ConfigError(f"training needs an extra: pip install 'citra[train]' ({missing})") from missing
    return load_splits, Recipe


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def _write(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
