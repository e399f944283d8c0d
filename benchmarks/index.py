"""Measures the index: load rate, day × sentiment × topic over a year, text search, memory, size.

    .venv/bin/python benchmarks/index.py                                   100,000 mentions, embedded
    .venv/bin/python benchmarks/index.py --elasticsearch http://127.0.0.1:9200 --size 100000 1000000 --json

Mentions are synthetic but shaped like ours: some 140 words each from a Zipf vocabulary, stories of 1 to 60 copies
(geometric, as wire stories are), spread over a year with weekly rhythm, 92 sources. Nothing leaves the machine.
"""

from __future__ import annotations

import argparse
import json
import os
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
from citra.store import EmbeddedStore, Query, Store
from citra.store.elasticsearch import Address, Credentials, ElasticsearchStore
from citra.store.elasticsearch.sources import ordinal_of, to_source
from citra.store.encoding import encode

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


def fill(store: Store, size: int) -> dict[str, float]:
    """Load in commits of 20,000; making the mentions is not counted."""
    begin, busy, made, made_cpu = time.perf_counter(), time.process_time(), 0.0, 0.0
    with store.writing() as writer:
        stream = mentions(size)
        while True:
            making, making_cpu = time.perf_counter(), time.process_time()
            batch = [mention for mention, _ in zip(stream, range(20_000), strict=False)]
            made, made_cpu = made + time.perf_counter() - making, made_cpu + time.process_time() - making_cpu
            if not batch:
                break
            writer.upsert(batch, version=1, partition="bench")
            writer.commit()
    loading = time.perf_counter() - begin - made
    return {"load_per_s": size / loading, "load_s": loading, "load_cpu_s": time.process_time() - busy - made_cpu}


def questions(store: Store) -> dict[str, Callable[[], object]]:
    rng, year = random.Random(2), {"since": date(2025, 11, 24), "until": date(2026, 11, 23)}

    def word() -> str:
        return f"kata{int(np.random.default_rng(rng.randrange(1 << 30)).zipf(1.15)) % VOCABULARY}"

    everything = Query(**year)  # type: ignore[arg-type]
    return {
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


def measure(
    engine: str, opened: Callable[[], Store], size: int, repeat: int, cost: Callable[[], dict[str, float]] = dict
) -> dict[str, object]:
    store = opened()
    loaded = fill(store, size) | cost()
    loaded_rss = memory()
    store.close()
    fresh = opened()  # a process that knows nothing yet
    year = Query(since=date(2025, 11, 24), until=date(2026, 11, 23))
    begin = time.perf_counter()
    fresh.split(year, "day", "topic")
    first = 1000 * (time.perf_counter() - begin)
    stats = fresh.stats()
    answers = {name: timed(ask, repeat) for name, ask in questions(fresh).items()}
    fresh.close()
    return {
        "engine": engine, "size": size, "stories": stats.stories, "python": platform.python_version(), **loaded,
        "first_day_sentiment_topic_ms": first, "index_mb": stats.bytes / 1e6, "rss_after_load_mb": loaded_rss,
        "answers": answers, "peak_rss_mb": memory(), "own_memory_mb": max(own),
    }  # fmt: skip


def server_cpu(url: str) -> float:
    """Seconds of CPU that the server has used: tells two ways of loading apart even on a busy machine."""
    from elasticsearch import Elasticsearch

    nodes = Elasticsearch(url).nodes.stats(metric="process")["nodes"].values()
    return sum(node["process"]["cpu"]["total_in_millis"] for node in nodes) / 1000


def plain_bulk(url: str, size: int) -> dict[str, float]:
    """What `helpers.bulk` does by default with the same mentions in the same shape, into an index of defaults."""
    from elasticsearch import Elasticsearch, helpers

    from citra.store.elasticsearch.layout import Layout

    client, layout = Elasticsearch(url, request_timeout=60), Layout(Address.parse(f"{url}/plain?replicas=0"))
    body = layout.template_body()["template"]
    client.options(ignore_status=404).indices.delete(index="plain")
    client.indices.create(index="plain", mappings=body["mappings"], settings={"number_of_replicas": 0})
    spent, spent_cpu = [0.0], [0.0]

    def actions() -> Iterator[dict[str, object]]:
        stream = mentions(size)
        while True:
            making, making_cpu = time.perf_counter(), time.process_time()
            mention = next(stream, None)
            spent[0] += time.perf_counter() - making
            spent_cpu[0] += time.process_time() - making_cpu
            if mention is None:
                return
            ordinal, encoded = ordinal_of(mention), encode(mention)
            source = to_source(encoded, ordinal=ordinal, stems=mention.stems, version=1, partition="bench")
            yield {"_index": "plain", "_id": mention.id, "_source": json.loads(source)}

    begin, busy = time.perf_counter(), time.process_time()
    helpers.bulk(client, actions())
    client.indices.refresh(index="plain")
    loading = time.perf_counter() - begin - spent[0]
    client.indices.delete(index="plain")
    return {"load_per_s": size / loading, "load_cpu_s": time.process_time() - busy - spent_cpu[0]}


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


def show(result: dict[str, object]) -> None:
    answers: dict[str, dict[str, float]] = result.pop("answers", {})  # type: ignore[assignment]
    for name, value in result.items():
        print(f"{name:32} {value:,.1f}" if isinstance(value, float) else f"{name:32} {value}")
    for name, spans in answers.items():
        print(f"{name:32} " + "  ".join(f"{key} {value:8.1f}" for key, value in spans.items()))
    print(flush=True)


def embedded(size: int, repeat: int, folder: Path | None) -> dict[str, object]:
    where = folder or Path(tempfile.mkdtemp()) / "index"
    try:
        return measure("embedded", lambda: EmbeddedStore(where, stem=str, create=True), size, repeat)
    finally:
        if not folder:
            shutil.rmtree(where.parent, ignore_errors=True)


def elasticsearch(url: str, size: int, repeat: int) -> Iterator[dict[str, object]]:
    """Ours and the plain way, one after the other, on the same server."""
    before = server_cpu(url)
    plain = plain_bulk(url, size)
    yield {"engine": "helpers.bulk with defaults", "size": size, **plain, "server_cpu_s": server_cpu(url) - before}
    address = Address.parse(f"{url}/bench{size}?replicas=0")

    def opened() -> Store:
        return ElasticsearchStore(address, Credentials.from_environment(), stem=str, create=True)

    before = server_cpu(url)
    yield measure("elasticsearch", opened, size, repeat, lambda: {"server_cpu_s": server_cpu(url) - before})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, nargs="+", default=[100_000], help="mentions; several show how it grows")
    parser.add_argument("--repeat", type=int, default=100)
    parser.add_argument("--folder", type=Path, help="keep the embedded index here")
    parser.add_argument("--elasticsearch", metavar="URL", default=os.environ.get("CITRA_ELASTICSEARCH_URL"),
                        help="an empty server; without one only the embedded engine is measured")  # fmt: skip
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    for size in options.size:
        results = [embedded(size, options.repeat, options.folder)]
        if options.elasticsearch:
            results += elasticsearch(options.elasticsearch, size, options.repeat)
        for result in results:
            print(json.dumps(result)) if options.json else show(result)


if __name__ == "__main__":
    main()
