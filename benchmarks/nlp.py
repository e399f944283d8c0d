"""Texts a second of each part of understanding: ``python benchmarks/nlp.py [--model NAME] [--texts N] [--json]``.

Reads the labelled texts beside the checkout when they are there, else texts made up here. Reports wall-clock rates of
one process; the analyser uses ``--threads`` (default: all cores), everything else one.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from citra.documents import Document, content_hash
from citra.errors import ConfigError
from citra.verbs.analyse import analyse_records
from nlp.encoder import OnnxAnalyser, load_analyser
from nlp.entities import find_entities
from nlp.language import detect
from nlp.stem import stem_text, stem_word
from nlp.stories import StoryIndex
from nlp.text import clean, model_input

NOW = datetime(2026, 1, 1, tzinfo=UTC)
GOLD = Path(__file__).resolve().parents[2] / "shared/data/asn_gold.jsonl"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="citra-asn-small")
    parser.add_argument("--texts", type=int, default=2_000)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    source, texts = sample(options.texts)
    rows = list(measure(texts))
    try:
        rows += measure_model(load_analyser(options.model, threads=options.threads), texts[:400])
    except ConfigError as wrong:
        print(f"no model measured: {wrong}", file=sys.stderr)
    result = {
        "texts": len(texts),
        "source": source,
        "words_per_text": round(sum(len(text.split()) for text in texts) / len(texts), 1),
        "cores": len(os.sched_getaffinity(0)),
        "rates": dict(rows),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    if options.json:
        print(json.dumps(result))
        return
    print(f"{result['texts']} texts ({source}), {result['words_per_text']} words on average, {result['cores']} cores")
    for name, rate in rows:
        print(f"  {name:<44}{rate:>12,.0f} /s")
    print(f"  peak memory {result['peak_mb']} MB")


def sample(count: int) -> tuple[str, list[str]]:
    """``count`` texts, always the same, and where they are from."""
    rng = random.Random(0)
    if GOLD.is_file():
        with GOLD.open(encoding="utf-8") as lines:
            texts = [json.loads(line)["text"] for line in lines]
        return GOLD.name, rng.sample(texts, min(count, len(texts)))
    words = ["warga", "Kota Bogor", "mengeluhkan", "pelayanan", "Disdukcapil", "lambat", "bupati", "berjanji", "jalan"]
    return "generated", [" ".join(rng.choices(words, k=rng.randrange(10, 130))) for _ in range(count)]


def measure(texts: Sequence[str]) -> list[tuple[str, float]]:
    cleaned = [clean(text) for text in texts]
    find_entities(cleaned[0])  # the automaton is built once, outside the clock
    detect("the government announced new rules for civil servants today")
    stem_word.cache_clear()
    words = sum(len(text.split()) for text in texts)
    return [
        ("normalisation, texts", rate(lambda: [model_input("", text) for text in texts], len(texts))),
        ("language, texts", rate(lambda: [detect(text) for text in cleaned], len(texts))),
        ("offices and regions, texts", rate(lambda: [find_entities(text) for text in cleaned], len(texts))),
        ("stems with an empty cache, words", rate(lambda: [stem_text(text) for text in texts], words)),
        ("stems with a warm cache, words", rate(lambda: [stem_text(text) for text in texts], words)),
        ("stories, texts", rate(lambda: assign(texts), len(texts))),
    ]


def assign(texts: Sequence[str]) -> None:
    index = StoryIndex()
    with index.batch():
        for number, text in enumerate(texts):
            index.assign(str(number), "", text, NOW)
    index.close()


def measure_model(analyser: OnnxAnalyser, texts: Sequence[str]) -> list[tuple[str, float]]:
    inputs = [model_input("", text) for text in texts]
    tokens = [len(ids) for ids in (encoding.ids for encoding in analyser._tokenizer.encode_batch_fast(inputs))]
    long = [text for text, count in zip(inputs, tokens, strict=True) if count >= 100]
    analyser.analyse(inputs[:8])
    documents = [
        Document(
            id=str(number), source="bench", kind="news", url="", canonical_url="", text=text, fetched=NOW,
            content_hash=content_hash("", text),
        )
        for number, text in enumerate(texts)
    ]  # fmt: skip
    label = f"analyser, texts of {sum(tokens) / len(tokens):.0f} tokens on average"
    index = StoryIndex()
    rows = [
        (label, rate(lambda: analyser.analyse(inputs), len(inputs))),
        (
            "whole of analyse (labels to stems), texts",
            rate(lambda: list(analyse_records(documents, analyser, index)), len(documents)),
        ),
    ]
    if long:
        rows.insert(1, ("analyser, texts of 100 to 128 tokens", rate(lambda: analyser.analyse(long), len(long))))
    return rows


def rate(work: Callable[[], object], count: int) -> float:
    start = time.perf_counter()
    work()
    return count / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
