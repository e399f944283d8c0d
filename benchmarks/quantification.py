"""Shares corrected for classifier error next to counting labels, SLD/EM and prediction-powered inference.

    .venv/bin/python benchmarks/quantification.py [--data LABELLED] [--rounds 300]

Two parts: a simulation with the shipped model's confusion, and real gold texts (``--data``), where one half measures
the confusion and texts of the other half are drawn at another prevalence. Each says for every prevalence of negative
how often the 95 % interval covers it, and the mean absolute error of each method.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from citra.documents import SENTIMENTS
from citra.store import Tally
from citra.trends.quantify import Confusion, Corrector
from citra.verbs.correction import read_confusion

MODEL = "citra-asn-small"
PREVALENCES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
SIZES = (50, 200, 1000, 5000)
SEED = 20261124

Array = NDArray[np.float64]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with the labelled texts (asn_gold.jsonl and others)")
    parser.add_argument("--rounds", type=int, default=300)
    asked = parser.parse_args()
    sys.path = [path for path in sys.path if Path(path) != Path(__file__).parent]  # nlp.py here is not nlp
    confusion = read_confusion(MODEL)
    assert confusion is not None, f"{MODEL} has no confusion.json"
    _speed(confusion)
    _simulation(confusion, asked.rounds)
    if asked.data:
        _real(asked.data, asked.rounds)
    else:
        print("real gold: left out, no --data")


# --- simulation -----------------------------------------------------------------------------------------------


def _simulation(confusion: Confusion, rounds: int) -> None:
    """Gold, texts and labels are drawn anew each round from the shipped model's rates: half news, half posts."""
    rng = np.random.default_rng(SEED)
    tables = {kind: np.array(rows, dtype=float) for kind, rows in confusion.counts if kind in {"news", "social"}}
    rates = {kind: table / table.sum(axis=1, keepdims=True) for kind, table in tables.items()}
    print(f"\nsimulation, {rounds} rounds each; mean absolute error in points, cover of 95 % intervals")
    print(f"{'texts':>6} " + " ".join(f"{p:>16.0%}" for p in PREVALENCES) + "   mean: counted, corrected, ratio, cover")
    for size in SIZES:
        cells = [_round(rng, tables, rates, size, prevalence, rounds) for prevalence in PREVALENCES]
        _line(f"{size:>6}", cells)


def _round(
    rng: Any, tables: dict[str, Array], rates: dict[str, Array], size: int, prevalence: float, rounds: int
) -> tuple[float, float, float]:
    counted, corrected, covered = [], [], 0
    for number in range(rounds):
        gold = {
            kind: tuple(tuple(map(int, rng.multinomial(int(table[t].sum()), rates[kind][t]))) for t in range(3))
            for kind, table in tables.items()
        }
        corrector = Corrector(_confusion(gold))
        truth, parts = _mix(rng, prevalence), {}
        for kind, table in rates.items():
            true = rng.multinomial(size // 2, truth)
            parts[kind] = _tally(sum(rng.multinomial(n, row) for n, row in zip(true, table, strict=True)))
        found = corrector.correct(parts, stream=number)
        assert found is not None
        counted.append(abs(sum(part.negative for part in parts.values()) / (size // 2 * 2) - prevalence))
        corrected.append(abs(found.negative.value - prevalence))
        covered += found.negative.low <= prevalence <= found.negative.high
    return float(np.mean(counted)), float(np.mean(corrected)), covered / rounds


# --- real gold ------------------------------------------------------------------------------------------------


def _real(data: Path, rounds: int) -> None:
    """The gold that training did not see, cut in halves anew each round; 200 texts of one half stand for a bucket."""
    gold = _labelled(data)
    print(f"\nreal gold: {len(gold['true'])} texts, half of them measure the confusion, 200 of the others are counted")
    rng = np.random.default_rng(SEED)
    names = ("counted", "corrected", "SLD/EM", "prediction-powered")
    for prevalence in PREVALENCES:
        errors: dict[str, list[float]] = {name: [] for name in names}
        covered = {"corrected": 0, "prediction-powered": 0}
        for number in range(rounds):
            for name, (value, low, high) in _methods(rng, gold, prevalence, number).items():
                errors[name].append(abs(value - prevalence))
                if name in covered:
                    covered[name] += low <= prevalence <= high
        told = ", ".join(f"{name} {100 * np.mean(errors[name]):.1f}" for name in names)
        cover = ", ".join(f"{name} {count / rounds:.1%}" for name, count in covered.items())
        print(f"  {prevalence:4.0%}: error in points {told}; cover {cover}")


def _methods(rng: Any, gold: dict[str, Any], prevalence: float, number: int) -> dict[str, tuple[float, float, float]]:
    order = rng.permutation(len(gold["true"]))
    one, two = order[: len(order) // 2], order[len(order) // 2 :]
    labels = rng.multinomial(200, _mix(rng, prevalence))
    drawn = np.concatenate([rng.choice(two[gold["true"][two] == t], n, replace=False) for t, n in enumerate(labels)])
    tables = {kind: np.zeros((3, 3), dtype=int) for kind in set(gold["kind"])}
    for kind, table in tables.items():
        here = one[gold["kind"][one] == kind]
        np.add.at(table, (gold["true"][here], gold["label"][here]), 1)
    corrector = Corrector(_confusion({k: tuple(tuple(map(int, row)) for row in t) for k, t in tables.items()}))
    parts = {
        kind: _tally(np.bincount(gold["label"][drawn[gold["kind"][drawn] == kind]], minlength=3)) for kind in tables
    }
    found = corrector.correct(parts, stream=number)
    assert found is not None
    counted = float(np.mean(gold["label"][drawn] == 0))
    prior = np.bincount(gold["true"][one], minlength=3) / len(one)
    sld = float(_sld(gold["p"][drawn], prior)[0])
    return {
        "counted": (counted, 0.0, 1.0),
        "corrected": (found.negative.value, found.negative.low, found.negative.high),
        "SLD/EM": (sld, 0.0, 1.0),
        "prediction-powered": _powered(gold["label"][drawn] == 0, gold["label"][one] == 0, gold["true"][one] == 0),
    }


def _sld(p: Array, prior: Array, steps: int = 200) -> Array:
    """Saerens, Latinne & Decaestecker 2002: EM for the prior that makes the calibrated probabilities fit."""
    now = prior
    for _ in range(steps):
        weighted = p * (now / prior)
        after = (weighted / weighted.sum(axis=1, keepdims=True)).mean(axis=0)
        if np.abs(after - now).max() < 1e-6:
            break
        now = after
    return np.asarray(now)


def _powered(labels: Any, gold_labels: Any, gold_true: Any) -> tuple[float, float, float]:
    """Angelopoulos et al. 2023, *Prediction-powered inference*, Science 382, 669-674: the mean."""
    rectifier = gold_true.astype(float) - gold_labels
    value = float(labels.mean() + rectifier.mean())
    half = float(norm.ppf(0.975) * np.sqrt(labels.var() / len(labels) + rectifier.var() / len(rectifier)))
    return value, value - half, value + half


def _labelled(data: Path) -> dict[str, Any]:
    from nlp.encoder import load_analyser
    from nlp.train.data import load_splits
    from nlp.train.fit import Recipe

    splits = load_splits(data, Recipe().seed)
    gold, analyser = [*splits.tune, *splits.test], load_analyser(MODEL)
    found = analyser.analyse([example.text for example in gold])
    keep = [f.relevance >= analyser.config["relevance_threshold"] for f in found]
    p = np.array([[f.sentiment.p_negative, f.sentiment.p_neutral, f.sentiment.p_positive] for f in found])[keep]
    return {
        "true": np.array([example.sentiment for example in gold])[keep],
        "kind": np.array([example.kind for example in gold])[keep],
        "label": p.argmax(axis=1),
        "p": np.maximum(p, 1e-4),
    }


# --- both -----------------------------------------------------------------------------------------------------


def _speed(confusion: Confusion) -> None:
    corrector = Corrector(confusion)
    for kinds in (("news",), ("news", "social"), ("news", "social", "complaint", "review")):
        parts = {kind: _tally(np.array([30, 60, 10])) for kind in kinds}
        corrector.correct(parts)
        start = time.perf_counter()
        for number in range(300):
            corrector.correct(parts, stream=number)
        print(f"{len(kinds)} kinds in a bucket: {(time.perf_counter() - start) / 300 * 1000:.2f} ms")


def _mix(rng: Any, prevalence: float) -> Array:
    """Three shares: the given one of negative, the rest between neutral and positive by chance."""
    neutral = rng.uniform(0.6, 0.95)
    return np.array([prevalence, (1 - prevalence) * neutral, (1 - prevalence) * (1 - neutral)])


def _confusion(counts: dict[str, Any]) -> Confusion:
    return Confusion(model="m", date="", gold="", relevance_threshold=0.6, counts=tuple(sorted(counts.items())))


def _tally(labels: Any) -> Tally:
    counts = {name: int(count) for name, count in zip(SENTIMENTS, labels, strict=True)}
    total = sum(counts.values())
    return Tally(placements=total, stories=total, sum_mm=total, **counts)


def _line(head: str, cells: Sequence[tuple[float, float, float]]) -> None:
    told = " ".join(f"{100 * c:5.1f} {100 * k:4.1f} {v:5.1%}".rjust(16) for c, k, v in cells)
    counted, corrected, cover = (float(np.mean([cell[i] for cell in cells])) for i in range(3))
    print(
        f"{head} {told}   {100 * counted:.2f}, {100 * corrected:.2f}, {corrected / counted:.2f}, {cover:.1%}",
        flush=True,
    )


if __name__ == "__main__":
    main()
