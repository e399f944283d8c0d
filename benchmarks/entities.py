"""Precision, recall and speed of offices and regions: ``python benchmarks/entities.py [--misses] [--json]``.

Scores are over the 200 texts of ``tests/nlp/entity_gold.tsv`` (their texts lie beside the checkout), speed over all
texts of that set, in seconds of one process.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from nlp.entities import find_entities
from nlp.text import clean

ROOT = Path(__file__).resolve().parents[1]
TEXTS = ROOT.parent / "shared/data/asn_gold.jsonl"
GOLD = ROOT / "tests/nlp/entity_gold.tsv"
KINDS = ("offices", "regions")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--misses", action="store_true", help="show what was missed and what was wrong")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long speed is measured")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not TEXTS.exists():
        sys.exit(f"{TEXTS}: the labelled texts are not here")
    with TEXTS.open(encoding="utf-8") as lines:
        texts = {row["id"]: clean(row["text"]) for row in map(json.loads, lines)}
    found = scores(texts, show=options.misses) | {"texts_a_second": speed(list(texts.values()), options.seconds)}
    if options.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:20} {value:,.3f}" if value <= 1 else f"{name:20} {value:,.0f}")


def scores(texts: dict[str, str], *, show: bool) -> dict[str, float]:
    """Micro-averaged over texts, of offices, of regions and of both."""
    counts: Counter[tuple[str, str]] = Counter()
    for line in GOLD.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        id_, *columns = [*line.split("\t"), "", ""][:3]
        entities = find_entities(texts[id_])
        for kind, expected, got in zip(KINDS, columns, (entities.offices, entities.regions), strict=True):
            true, said = set(expected.split()), set(got)
            for part in (kind, "all"):
                counts[part, "right"] += len(true & said)
                counts[part, "wrong"] += len(said - true)
                counts[part, "missed"] += len(true - said)
            if show and true != said:
                print(f"{id_} {kind}: missed {sorted(true - said)} wrong {sorted(said - true)}")
    found = {}
    for part in (*KINDS, "all"):
        right, wrong, missed = (counts[part, name] for name in ("right", "wrong", "missed"))
        found[f"{part} precision"] = right / (right + wrong)
        found[f"{part} recall"] = right / (right + missed)
    return found


def speed(texts: list[str], seconds: float) -> float:
    """Texts a second of process time, so that other work on the machine does not count."""
    find_entities(texts[0])
    start, done = time.process_time(), 0
    while time.process_time() - start < seconds:
        for text in texts[done % len(texts) :][:200]:
            find_entities(text)
            done += 1
    return done / (time.process_time() - start)


if __name__ == "__main__":
    main()
