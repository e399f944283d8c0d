"""From a finished training to a model folder: export, calibrate on ``tune``, write the configuration."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import torch

from nlp.encoder import load_analyser
from nlp.train.calibrate import calibrate, heads
from nlp.train.confusion import write_confusion
from nlp.train.data import Splits
from nlp.train.export import export
from nlp.train.fit import Recipe
from nlp.train.network import Network


def ship(encoder: Path, run: Path, splits: Splits, recipe: Recipe, target: Path, version: str, day: date) -> None:
    """Export ``run/checkpoint.pt`` into ``target``; the int8 model is what gets calibrated, as it is what answers.

    :param day: stands in ``confusion.json`` as the day it was measured.
    """
    network = Network(encoder, recipe.layers)
    network.load_state_dict(torch.load(run / "checkpoint.pt", map_location="cpu", weights_only=True)["network"])
    config = {
        "name": target.name,
        "version": version,
        "max_tokens": recipe.max_tokens,
        "prefix": recipe.prefix,
        "languages": ["id", "jv", "su", "ban", "min", "mad"],
    }
    export(network, encoder / "tokenizer.json", config, target)
    logits = heads(load_analyser(target).logits([example.text for example in splits.tune]))
    path = target / "config.json"
    full = {**json.loads(path.read_text(encoding="utf-8")), **calibrate(logits, splits.tune)}
    part = path.with_suffix(".part")
    part.write_text(json.dumps(full, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    part.replace(path)
    write_confusion(target, splits, day)
