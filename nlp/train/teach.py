"""A teacher's answers to the texts that nobody labelled, for a smaller network to learn from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from nlp.encoder import load_analyser
from nlp.text import model_input
from nlp.train.calibrate import heads, scale
from nlp.train.data import TEXTS, domain_texts

#: Texts that are answered together; has no influence on the answers.
PART = 512


def teach(folder: Path, model: str, out: Path) -> Iterator[int]:
    """Write ``{key, relevance, sentiment, topics}`` for all texts of ``folder`` to ``out``; yields how many are done.

    The probabilities are those of the model at its own temperatures. ``out`` appears when all are written.
    """
    analyser = load_analyser(model)
    texts, done = domain_texts(folder / TEXTS), 0
    part = out.with_name(f"{out.name}.part")
    with part.open("w", encoding="utf-8") as lines:
        while rows := list(islice(texts, PART)):
            chances = scale(heads(analyser.logits([model_input("", text) for _, text in rows])), analyser.config)
            for i, (key, _) in enumerate(rows):
                answer = {name: np.round(chances[name][i], 4).tolist() for name in ("relevance", "sentiment", "topics")}
                lines.write(json.dumps({"key": key, **answer}) + "\n")
            done += len(rows)
            yield done
    part.replace(out)
