"""Measures the index: load rate, day × sentiment × topic over a year, text search, memory, size.

    .venv/bin/python benchmarks/index.py                     100,000 mentions, embedded
    .venv/bin/python benchmarks/index.py --size 1000000 --json

Mentions are synthetic but shaped like ours: some 140 words each from a Zipf vocabulary, stories of 1 to 60 copies
(geometric, as wire stories are), spread over a year with weekly rhythm, 92 sources. Nothing leaves the machine.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np

from citra.documents import SENTIMENTS, TOPICS, Document, Mention, Model, Sentiment, Topic, document_id
from citra.store import EmbeddedStore, Query

START = datetime(2025, 11, 24, tzinfo=UTC)
WORDS = 140
VOCABULARY = 60_000
#: Documents share pre-built texts, so that making them costs little beside indexing them.
TEXTS = 5_000


def mentions(count: int, seed: int = 1) -> Iterator[Mention]:
    """``count`` mentions, the same for the same seed."""
    rng, numbers = random.Random(seed), np.random.default_rng(seed)
    drawn = numbers.zipf(1.15, size=(TEXTS, WORDS)) % VOCABULARY
    texts = [" ".join(f"kata{word}" for word in row) for row in drawn]
    titles = [" ".join(text.split()[:8]) for text in texts]
    number = 0
    model = Model(name="bench", version="1")
    while number < count:
        copies = min(60, 1 + int(rng.expovariate(1 / 0.8)))  # about half of the texts are copies
        first = START + timedelta(seconds=rng.randrange(365 * 86_400))
        label = rng.choices(SENTIMENTS, weights=(25, 55, 20))[0]
        topics = tuple(Topic(id=topic, p=0.9) for topic in rng.sample(TOPICS, rng.choice((0, 1, 1, 1, 2))))
        story, which = f"{number:x}", rng.randrange(TEXTS)
        for copy in range(min(copies, count - number)):
            source = f"sumber-{rng.randrange(92)}"
            published = first + timedelta(minutes=13 * copy)
            yield Mention(
                document=Document(
                    id=document_id(source, str(number)), source=source, kind="news" if number % 3 else "social",
                    url=f"https://{source}.example/{number}", canonical_url=f"https://{source}.example/{number}",
                    title=titles[which], text=texts[which], published=published,
                    fetched=published + timedelta(minutes=30), language="id", section="nasional", content_hash="0" * 16,
                ),
                relevance=rng.random() ** 0.5, topics=topics, offices=(f"kantor-{rng.randrange(300)}",),
                sentiment=Sentiment(label=label, p_negative=0.2, p_neutral=0.6, p_positive=0.2),
                regions=(f"{rng.randrange(11, 94)}.{rng.randrange(1, 30):02d}",), story_id=story, is_first=not copy,
                stems=f"{titles[which]} {texts[which]}", model=model,
            )  # fmt: skip
            number += 1


def timed(question: Callable[[], object], repeat: int) -> dict[str, float]:
    """Milliseconds of single calls."""
    spans = []
    for _ in range(repeat):
        begin = time.perf_counter()
        question()
        spans.append(1000 * (time.perf_counter() - begin))
        own.append(own_memory())
    return {"p50_ms": float(np.percentile(spans, 50)), "p95_ms": float(np.percentile(spans, 95)), "max_ms": max(spans)}


def measure(size: int, repeat: int, folder: Path) -> dict[str, object]:
    store = EmbeddedStore(folder, stem=lambda word: word, create=True)
    begin, busy = time.perf_counter(), time.process_time()
    made = 0.0
    with store.writing() as writer:
        batch: list[Mention] = []
        stream = mentions(size)
        while True:
            making = time.perf_counter()
            batch = [mention for mention, _ in zip(stream, range(20_000), strict=False)]
            made += time.perf_counter() - making
            if not batch:
                break
            writer.upsert(batch, version=1, partition="bench")
            writer.commit()
    loading = time.perf_counter() - begin - made
    cpu = time.process_time() - busy - made
    loaded_rss = memory()
    begin = time.perf_counter()
    stats = store.stats()
    opening = time.perf_counter() - begin
    rng, year = random.Random(2), {"since": date(2025, 11, 24), "until": date(2026, 11, 23)}

    def word() -> str:
        return f"kata{int(np.random.default_rng(rng.randrange(1 << 30)).zipf(1.15)) % VOCABULARY}"

    everything = Query(**year)  # type: ignore[arg-type]
    questions: dict[str, Callable[[], object]] = {
        "day x sentiment": lambda: store.buckets(everything, "day"),
        "day x sentiment x topic": lambda: store.split(everything, "day", "topic"),
        "day x sentiment of a source": lambda: store.buckets(
            Query(sources=(f"sumber-{rng.randrange(92)}",), **year), "day"  # type: ignore[arg-type]
        ),
        "day x sentiment of a word": lambda: store.buckets(Query.of(word(), **year), "day"),
        "search two words, newest 20": lambda: store.search(Query.of(f"{word()} {word()}"), size=20),
        "search two words, best 20": lambda: store.search(Query.of(f"{word()} {word()}"), size=20, sort="relevance"),
        "search a phrase, best 20": lambda: store.search(Query.of(f'"{word()} {word()}"'), size=20, sort="relevance"),
        "count distinct stories": lambda: store.count(everything),
    }  # fmt: skip
    return {
        "engine": "embedded", "size": size, "stories": stats.stories, "python": platform.python_version(),
        "load_per_s": size / loading, "load_s": loading, "load_cpu_s": cpu,
        "first_question_s": opening, "index_mb": stats.bytes / 1e6,
        "rss_after_load_mb": loaded_rss, "answers": {name: timed(ask, repeat) for name, ask in questions.items()},
        "peak_rss_mb": memory(), "own_memory_mb": max(own),
    }  # fmt: skip


own: list[float] = []


def own_memory() -> float:
    """Resident memory that is the process's own, MB; the rest of the peak is the index's files, mapped, reclaimable."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1]) / 1024
    return float("nan")


def memory() -> float:
    """Peak resident memory so far, MB; includes the generator's texts (about 15 MB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=100)
    parser.add_argument("--folder", type=Path, help="keep the index here")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp()) / "index"
    try:
        result = measure(options.size, options.repeat, folder)
    finally:
        if not options.folder:
            shutil.rmtree(folder.parent, ignore_errors=True)
    if options.json:
        print(json.dumps(result))
        return
    answers = result.pop("answers")
    for name, value in result.items():
        print(f"{name:32} {value:,.1f}" if isinstance(value, float) else f"{name:32} {value}")
    for name, spans in answers.items():  # type: ignore[attr-defined]
        print(f"{name:32} " + "  ".join(f"{key} {value:8.1f}" for key, value in spans.items()))


if __name__ == "__main__":
    main()
