"""The evaluation report of a model folder: every figure on texts that no choice was made on, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, f1_score

from citra.documents import SENTIMENTS, TOPICS
from nlp.encoder import load_analyser
from nlp.train.calibrate import Array, heads, scale, truth
from nlp.train.data import Example

Ints = NDArray[np.int64]


def evaluate(
    folder: Path, test: Sequence[Example], tone_test: Sequence[Example], resamples: int = 1000
) -> dict[str, Any]:
    """Scores of the int8 model as shipped: ``{name: {value, low, high, n}}``, confusion matrices, scores by kind.

    Intervals are 95 % percentile bootstrap over texts (Efron & Tibshirani 1993) of a fixed seed.
    """
    interval = partial(_interval, resamples=resamples)
    analyser = load_analyser(folder)
    predicted = _predict(heads(analyser.logits([e.text for e in test])), analyser.config)
    labels = {name: truth(test, name) for name in ("relevance", "sentiment", "topics")}
    relevant = labels["relevance"] == 1
    scores = {
        "sentiment macro-F1": interval(_macro, labels["sentiment"], predicted["sentiment"]),
        "sentiment macro-F1, relevant texts": interval(
            _macro, labels["sentiment"][relevant], predicted["sentiment"][relevant]
        ),
        "relevance F1 of the rarer class": interval(_rare, labels["relevance"], predicted["relevance"]),
        "topics micro-F1": interval(_micro, labels["topics"], predicted["topics"]),
        "topics macro-F1": interval(_macro, labels["topics"], predicted["topics"]),
        "sentiment expected calibration error (15 bins)": interval(
            expected_calibration_error, labels["sentiment"], predicted["p_sentiment"]
        ),
    }
    tone = np.argmax(heads(analyser.logits([e.text for e in tone_test]))["tone"], axis=1)
    sources = np.array([e.source for e in tone_test])
    for source in sorted(set(sources)):
        here = sources == source
        scores[f"general tone macro-F1, {source}"] = interval(_macro, truth(tone_test, "tone")[here], tone[here])
    kinds = np.array([e.kind for e in test])
    return {
        "model": {"name": analyser.model.name, "version": analyser.model.version},
        "scores": scores,
        "topics F1": {
            id_: interval(_binary, labels["topics"][:, i], predicted["topics"][:, i]) for i, id_ in enumerate(TOPICS)
        },
        "sentiment macro-F1 by kind": {
            kind: interval(_macro, labels["sentiment"][kinds == kind], predicted["sentiment"][kinds == kind])
            for kind in sorted(set(kinds))
        },
        "sentiment confusion": confusion_matrix(labels["sentiment"], predicted["sentiment"]).tolist(),
        "relevance confusion": confusion_matrix(labels["relevance"], predicted["relevance"]).tolist(),
    }


def expected_calibration_error(labels: Ints, p: Array, bins: int = 15) -> float:
    """Mean gap of confidence and accuracy over equal-width bins (Naeini et al. 2015); ``p`` is ``[n, classes]``."""
    confidence, right = p.max(axis=1), p.argmax(axis=1) == labels
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(confidence[index == b].mean() - right[index == b].mean()) * (index == b).sum() for b in set(index)]
    return float(sum(gaps) / len(labels))


def model_card(report: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    """The report as the tables of ``MODEL_CARD.md`` between its two marks."""
    lines = [
        f"Model `{config['name']}` version `{config['version']}`; int8 as shipped; 95 % bootstrap intervals.",
        "",
        "| score | value | 95 % interval | texts |",
        "|---|---|---|---|",
    ]
    lines += [_row(name, score) for name, score in report["scores"].items()]
    lines += [_row(f"topic {name}: F1", score) for name, score in report["topics F1"].items()]
    lines += [_row(f"sentiment macro-F1, {kind} texts", s) for kind, s in report["sentiment macro-F1 by kind"].items()]
    lines += [
        "",
        "Sentiment, rows true, columns predicted:",
        "",
        f"| | {' | '.join(SENTIMENTS)} |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {' | '.join(map(str, row))} |"
        for name, row in zip(SENTIMENTS, report["sentiment confusion"], strict=True)
    ]
    lines += ["", "Relevance, rows true, columns predicted:", "", "| | not relevant | relevant |", "|---|---|---|"]
    lines += [
        f"| {name} | {' | '.join(map(str, row))} |"
        for name, row in zip(("not relevant", "relevant"), report["relevance confusion"], strict=True)
    ]
    return "\n".join(lines) + "\n"


def _predict(logits: Mapping[str, Array], config: Mapping[str, Any]) -> dict[str, Any]:
    thresholds = np.array([config["topic_thresholds"][id_] for id_ in TOPICS])
    chances = scale(logits, config)
    return {
        "p_sentiment": chances["sentiment"],
        "sentiment": chances["sentiment"].argmax(axis=1),
        "relevance": (chances["relevance"] >= config["relevance_threshold"]).astype(np.int64),
        "topics": (chances["topics"] >= thresholds).astype(np.int64),
    }


def _interval(score: Callable[[Any, Any], float], labels: Any, predicted: Any, resamples: int) -> dict[str, float]:
    rng = np.random.default_rng(0)
    draws = [
        score(labels[i], predicted[i]) for i in (rng.integers(0, len(labels), len(labels)) for _ in range(resamples))
    ]
    low, high = np.percentile(draws, [2.5, 97.5])
    return {"value": score(labels, predicted), "low": float(low), "high": float(high), "n": len(labels)}


def _row(name: str, score: Mapping[str, float]) -> str:
    return f"| {name} | {score['value']:.3f} | {score['low']:.3f} to {score['high']:.3f} | {score['n']} |"


def _macro(y: Any, p: Any) -> float:
    return float(f1_score(y, p, average="macro", zero_division=0))


def _micro(y: Any, p: Any) -> float:
    return float(f1_score(y, p, average="micro", zero_division=0))


def _binary(y: Any, p: Any) -> float:
    return float(f1_score(y, p, zero_division=0))


def _rare(y: Any, p: Any) -> float:
    """F1 of ``not relevant``, the rarer class of the gold."""
    return float(f1_score(y, p, pos_label=0, zero_division=0))
