"""Temperatures and thresholds from a part of the gold that training did not see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from sklearn.metrics import f1_score

from citra.documents import TOPICS
from nlp.train.data import Example

Array = NDArray[np.float64]


def heads(logits: Sequence[Mapping[str, Sequence[float]]]) -> dict[str, Array]:
    """Logits of all texts by head: relevance ``[n]``, sentiment and tone ``[n, 3]``, topics ``[n, 7]``."""
    arrays = {name: np.array([row[name] for row in logits], dtype=np.float64) for name in logits[0]}
    arrays["relevance"] = arrays["relevance"].reshape(-1)
    return arrays


def softmax(x: Array) -> Array:
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


def sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)))


def truth(examples: Sequence[Example], name: str) -> NDArray[np.int64]:
    """Labels of fully labelled examples as integers: ``[n]``, or ``[n, 7]`` for topics."""
    attribute = {"relevance": "relevant"}.get(name, name)
    return np.array([getattr(example, attribute) for example in examples], dtype=np.int64)


def scale(logits: Mapping[str, Array], config: Mapping[str, Any]) -> dict[str, Array]:
    """Probabilities of relevance, sentiment and topics at the temperatures of a model's configuration."""
    temperature = config["temperature"]
    return {
        "relevance": sigmoid(logits["relevance"] / temperature["relevance"]),
        "sentiment": softmax(logits["sentiment"] / temperature["sentiment"]),
        "topics": sigmoid(logits["topics"] / temperature["topics"]),
    }


def join(deep: Mapping[str, Array], wide: Mapping[str, Array], share: float) -> dict[str, Array]:
    """Logits of encoder and wide part together."""
    return {name: deep[name] + share * wide[name] for name in deep}


def wide_share(deep: Mapping[str, Array], wide: Mapping[str, Array], examples: Sequence[Example]) -> float:
    """How much the wide part counts: the share of least log loss, each head at its best temperature."""

    def cost(share: float) -> float:
        logits = join(deep, wide, share)
        return (
            _least(lambda t: _nll_classes(logits["sentiment"] / t, truth(examples, "sentiment")))
            + _least(lambda t: _nll_binary(logits["relevance"] / t, truth(examples, "relevance")))
            + _least(lambda t: _nll_binary(logits["topics"] / t, truth(examples, "topics"))) * len(TOPICS)
        )

    return round(float(min(np.arange(0.0, 1.51, 0.05), key=cost)), 2)


def calibrate(logits: Mapping[str, Array], examples: Sequence[Example]) -> dict[str, Any]:
    """``temperature`` by head, ``topic_thresholds`` and ``relevance_threshold`` for the model's configuration.

    Temperature scaling: Guo et al. 2017, On Calibration of Modern Neural Networks. A threshold is the one that
    gives the best F1 on these texts, looked for between .2 and .8 so that a thin topic cannot run to an extreme.
    """
    labels = {name: truth(examples, name) for name in ("relevance", "sentiment", "topics")}
    temperature = {
        "sentiment": _scale(lambda t: _nll_classes(logits["sentiment"] / t, labels["sentiment"])),
        "relevance": _scale(lambda t: _nll_binary(logits["relevance"] / t, labels["relevance"])),
        "topics": _scale(lambda t: _nll_binary(logits["topics"] / t, labels["topics"])),
    }
    chances = scale(logits, {"temperature": temperature})
    topics, relevance = chances["topics"], chances["relevance"]
    return {
        "temperature": {name: round(value, 4) for name, value in temperature.items()},
        "topic_thresholds": {id_: _threshold(topics[:, i], labels["topics"][:, i], 1) for i, id_ in enumerate(TOPICS)},
        "relevance_threshold": _threshold(relevance, labels["relevance"], 0),
    }


def _scale(cost: Any) -> float:
    return float(minimize_scalar(cost, bounds=(0.2, 8.0), method="bounded").x)


def _least(cost: Any) -> float:
    return float(minimize_scalar(cost, bounds=(0.2, 8.0), method="bounded").fun)


def _nll_classes(x: Array, y: NDArray[np.int64]) -> float:
    return float(-np.log(softmax(x)[np.arange(len(y)), y] + 1e-12).mean())


def _nll_binary(x: Array, y: NDArray[np.int64]) -> float:
    return float((np.logaddexp(0, x) - x * y).mean())


def _threshold(p: Array, y: NDArray[np.int64], positive: int) -> float:
    grid = np.arange(0.20, 0.801, 0.02)
    scores = [f1_score(y, p >= t, pos_label=positive, zero_division=0) for t in grid]
    # the middle of the plateau is steadier than its first point
    best = np.flatnonzero(np.array(scores) >= max(scores) - 1e-9)
    return round(float(grid[best[len(best) // 2]]), 2)
