"""Training of the wide part: logistic regressions over hashed words and character n-grams, seconds on a CPU."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from citra.documents import TOPICS
from nlp.train.calibrate import Array, truth
from nlp.train.data import Example
from nlp.wide import COLUMNS, SIZE, indices, weigh

#: Inverse strength of the L2 penalty; chosen on ``tune``.
STRENGTH = 8.0


def widen(examples: Sequence[Example], path: Path) -> None:
    """Fit all columns on the texts whose label is known by hand and write ``path`` (``.npz``) whole."""
    domain = [e for e in examples if isinstance(e.sentiment, int)]
    general = [e for e in examples if e.tone is not None]
    idf = _idf([indices(e.text) for e in domain + general])
    x, tone_x = matrix([e.text for e in domain], idf), matrix([e.text for e in general], idf)
    topics = truth(domain, "topics")
    fits = [_fit(x, truth(domain, "relevance"), None), _fit(x, truth(domain, "sentiment"), "balanced")]
    fits += [_fit(x, topics[:, i], "balanced") for i in range(len(TOPICS))]
    fits.append(_fit(tone_x, truth(general, "tone"), "balanced"))
    weights = np.concatenate([weights for weights, _ in fits]).T
    bias = np.concatenate([bias for _, bias in fits])
    scale = np.maximum(np.abs(weights).max(axis=0), 1e-9) / 127
    part = path.with_suffix(".part")
    with part.open("wb") as stream:
        np.savez_compressed(
            stream, weights=np.round(weights / scale).astype(np.int8), scale=scale.astype(np.float32),
            bias=bias.astype(np.float32), idf=idf.astype(np.float16),
        )  # fmt: skip
    assert weights.shape == (SIZE, sum(COLUMNS.values()))
    part.replace(path)


def matrix(texts: Sequence[str], idf: NDArray[np.float32]) -> csr_matrix:
    """tf-idf rows ``[len(texts), SIZE]``."""
    rows = [weigh(indices(text), idf) for text in texts]
    ends = np.cumsum([0] + [len(distinct) for distinct, _ in rows])
    return csr_matrix(
        (np.concatenate([v for _, v in rows]), np.concatenate([d for d, _ in rows]), ends), shape=(len(texts), SIZE)
    )


def _idf(rows: Sequence[NDArray[np.int64]]) -> NDArray[np.float32]:
    """Smoothed inverse document frequency; 0 for features of a single text, which only memorise it."""
    frequency = np.zeros(SIZE)
    for row in rows:
        frequency[np.unique(row)] += 1
    idf = np.log((1 + len(rows)) / (1 + frequency)) + 1
    idf[frequency < 2] = 0
    # as stored, so that training and use weigh alike
    return idf.astype(np.float16).astype(np.float32)


def _fit(x: Any, y: NDArray[np.int64], class_weight: str | None) -> tuple[Array, Array]:
    """Weights ``[columns, SIZE]`` and biases ``[columns]``; a topic that no text has stays at its prior (Laplace)."""
    if len(set(y.tolist())) == 1:
        ones = int(y.sum())
        return np.zeros((1, SIZE)), np.array([np.log((ones + 1) / (len(y) - ones + 1))])
    fit = LogisticRegression(C=STRENGTH, max_iter=300, class_weight=class_weight).fit(x, y)
    return fit.coef_, fit.intercept_
