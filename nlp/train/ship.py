"""From a finished training to a model folder: export, wide part, calibration on ``tune``, configuration."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path

from nlp.encoder import load_analyser
from nlp.train.calibrate import calibrate, heads, join, wide_share
from nlp.train.confusion import write_confusion
from nlp.train.data import Splits
from nlp.train.export import export
from nlp.train.fit import trained
from nlp.train.widen import widen
from nlp.wide import Wide


def ship(encoder: Path, run: Path, splits: Splits, target: Path, version: str, day: date) -> None:
    """Export ``run/checkpoint.pt`` into ``target``; the int8 model is what gets calibrated, as it is what answers.

    :param day: stands in ``confusion.json`` as the day it was measured.
    """
    network, recipe = trained(encoder, run)
    config = {
        "name": target.name,
        "version": version,
        "max_tokens": recipe.max_tokens,
        "prefix": recipe.prefix,
        "languages": ["id", "jv", "su", "ban", "min", "mad"],
    }
    export(network, encoder / "tokenizer.json", config, target)
    widen(splits.fit, target / "wide.npz")
    texts = [example.text for example in splits.tune]
    deep, wide = (heads(rows) for rows in (load_analyser(target).logits(texts), _wide(target, texts)))
    share = wide_share(deep, wide, splits.tune)
    path = target / "config.json"
    exported = json.loads(path.read_text(encoding="utf-8"))
    exported["sha256"]["wide.npz"] = hashlib.sha256((target / "wide.npz").read_bytes()).hexdigest()
    full = {**exported, "wide": share, **calibrate(join(deep, wide, share), splits.tune)}
    part = path.with_suffix(".part")
    part.write_text(json.dumps(full, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    part.replace(path)
    write_confusion(target, splits, day)


def _wide(folder: Path, texts: list[str]) -> list[dict[str, list[float]]]:
    wide = Wide(folder / "wide.npz")
    return [{name: logits.tolist() for name, logits in wide.logits(text).items()} for text in texts]
