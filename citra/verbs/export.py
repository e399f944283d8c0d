"""Exports for research: every text of a query, or one row for each day and query; never cut, personal data left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from citra.documents import JAKARTA, Mention
from citra.errors import InputError, StoreError
from citra.store import Query, Store
from citra.trends import series as trends
from citra.trends.series import Interval
from citra.verbs.correction import corrected, correction
from citra.verbs.tables import Row, format_of, write_table

_TEXT, _NUMBER, _COUNT, _LIST = pa.string(), pa.float64(), pa.int64(), pa.list_(pa.string())
_TIME = pa.timestamp("us", tz="Asia/Jakarta")
#: Left out unless asked for. Addresses of posts name their authors; ``corrected_by`` is a colleague's name.
PERSONAL = ("author", "url", "corrected_by")

TEXTS = pa.schema([
    ("id", _TEXT), ("source", _TEXT), ("kind", _TEXT), ("canonical_url", _TEXT), ("title", _TEXT), ("text", _TEXT),
    ("published", _TIME), ("fetched", _TIME), ("language", _TEXT), ("section", _TEXT), ("likes", _COUNT),
    ("reposts", _COUNT), ("replies", _COUNT), ("views", _COUNT), ("relevance", _NUMBER), ("sentiment", _TEXT),
    ("p_negative", _NUMBER), ("p_neutral", _NUMBER), ("p_positive", _NUMBER), ("topics", _LIST), ("offices", _LIST),
    ("regions", _LIST), ("story_id", _TEXT), ("is_first", pa.bool_()), ("by_hand", pa.bool_()), ("model", _TEXT),
])  # fmt: skip
DAYS = pa.schema([
    ("query", _TEXT), ("start", pa.date32()), ("match", _COUNT), ("stories", _COUNT), ("negative", _COUNT),
    ("neutral", _COUNT), ("positive", _COUNT), ("total", _COUNT), ("ratio", _NUMBER), ("share", _NUMBER),
    ("share_low", _NUMBER), ("share_high", _NUMBER), ("corrected", _NUMBER), ("corrected_low", _NUMBER),
    ("corrected_high", _NUMBER),
])  # fmt: skip

_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<!\d)(?:\+62|62|0)[\s-]?8\d{1,2}(?:[\s-]?\d{3,4}){2,3}(?!\d)")
_HANDLE = re.compile(r"(?<![\w@])@[\w.]*\w")


#: Wraps the stream of texts to show how far it is.
Progress = Callable[[Iterator[Mention]], Iterator[Mention]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What an export wrote."""

    path: str
    rows: int
    index_version: str
    models: tuple[str, ...]
    gold: str  #: gold set behind corrected shares; empty when none are in it
    notes: tuple[str, ...] = ()


def export_texts(
    store: Store, query: Query, path: str | Path, *, personal: bool = False, progress: Progress = iter
) -> Exported:
    """Every text of ``query``, newest first, one row each.

    :param personal: also authors, addresses of posts, and handles, mail addresses and numbers inside posts.
    :raises InputError: a suffix that is no format, a place that cannot be written.
    :raises StoreError: the index did not give as many texts as it counts; nothing is written then.
    """
    format_of(Path(path))
    snapshot, expected = store.snapshot(), store.count(query).placements
    schema = TEXTS
    if personal:
        schema = pa.schema([*TEXTS, *((name, _TEXT) for name in PERSONAL)])
    models = tuple(sorted(store.facets(query, "model")))
    about = {"citra.index": snapshot, "citra.query": query.id, "citra.models": ",".join(models)}

    def rows() -> Iterator[Row]:
        count = 0
        for count, mention in enumerate(progress(store.iterate(query)), 1):  # noqa: B007
            yield text_row(mention, personal=personal)
        if count != expected and store.snapshot() == snapshot:
            raise StoreError(f"the index counts {expected:,} texts and gave {count:,}; nothing was written")

    written = write_table(path, rows(), schema, about)
    notes = [] if written == expected else [f"the index changed meanwhile: it counted {expected:,} texts before"]
    if not written:
        notes.append("nothing matches: the file has no rows")
    return Exported(path=str(path), rows=written, index_version=snapshot, models=models, gold="", notes=tuple(notes))


def text_row(mention: Mention, *, personal: bool = False) -> Row:
    """A mention as a flat row; times in Asia/Jakarta."""
    document, sentiment = mention.document, mention.sentiment
    private = document.kind != "news" and not personal
    row = {
        "id": document.id, "source": document.source, "kind": document.kind,
        "canonical_url": None if private else document.canonical_url,
        "title": _masked(document.title) if private else document.title,
        "text": _masked(document.text) if private else document.text,
        "published": document.published.astimezone(JAKARTA) if document.published else None,
        "fetched": document.fetched.astimezone(JAKARTA),
        "language": document.language, "section": document.section,
        **{name: document.engagement.get(name) for name in ("likes", "reposts", "replies", "views")},
        "relevance": mention.relevance, "sentiment": sentiment.label, "p_negative": sentiment.p_negative,
        "p_neutral": sentiment.p_neutral, "p_positive": sentiment.p_positive,
        "topics": [topic.id for topic in mention.topics], "offices": list(mention.offices),
        "regions": list(mention.regions), "story_id": mention.story_id, "is_first": mention.is_first,
        "by_hand": mention.corrected_by is not None, "model": f"{mention.model.name}@{mention.model.version}",
    }  # fmt: skip
    own = {"author": document.author, "url": document.url, "corrected_by": mention.corrected_by}
    return row | own if personal else row


def _masked(text: str) -> str:
    """Handles, mail addresses and mobile numbers of a post made unreadable."""
    return _HANDLE.sub("@…", _PHONE.sub("…", _MAIL.sub("…@…", text)))


def export_days(
    store: Store, queries: Mapping[str, Query], path: str | Path, *, by: Interval = "day", model: str | None = None,
    human: Sequence[str] = (),
) -> Exported:  # fmt: skip
    """One row for each bucket and query; see :func:`day_rows`.

    :param queries: name → query; the name stands in the column ``query``.
    """
    format_of(Path(path))
    snapshot = store.snapshot()
    models = tuple(sorted({name for query in queries.values() for name in store.facets(query, "model")}))
    rows: list[Row] = []
    golds: set[str] = set()
    notes: list[str] = []
    for name, query in queries.items():
        found, gold, note = day_rows(store, query, name, by=by, model=model, human=human)
        rows += found
        golds.add(gold)
        notes += [f"{name}: {note}"] if note else []
    gold = ",".join(sorted(golds - {""}))
    about = {"citra.index": snapshot, "citra.models": ",".join(models), "citra.gold": gold}
    written = write_table(path, rows, DAYS, about)
    return Exported(path=str(path), rows=written, index_version=snapshot, models=models, gold=gold, notes=tuple(notes))


def day_rows(
    store: Store, query: Query, name: str, *, by: Interval = "day", model: str | None = None,
    human: Sequence[str] = (),
) -> tuple[list[Row], str, str]:  # fmt: skip
    """Rows of ``DAYS`` for every bucket of the period, empty ones too; the gold set; a note, or nothing.

    ``match`` is how many texts the query finds, ``total`` how many there are of the same sources, kinds and relevance,
    ``ratio`` their quotient. Without a period: that of the index.

    :param human: ids of texts labelled by hand, which the correction takes as they are.
    """
    stats = store.stats()
    since, until = query.since or stats.first_day, query.until or stats.last_day
    if since is None or until is None:
        return [], "", "the index has no dated text"
    if since > until:
        return [], "", f"nothing: the index ends on {stats.last_day} and begins on {stats.first_day}"
    starts = trends.starts(since, until, by)
    inside = replace(query, since=since, until=until)
    every = Query(since=since, until=until, sources=query.sources, kinds=query.kinds, min_relevance=query.min_relevance)
    totals, counts = store.buckets(every, by), store.buckets(inside, by)
    how = correction(store.facets(inside, "model"), query, model, human)
    shares = {day: found.negative for day, found in corrected(store, inside, by, how).items()}
    buckets = trends.build(counts, by, since, until, by=query.count_by, corrected=shares)
    rows: list[Row] = []
    for start, bucket in zip(starts, buckets, strict=True):
        total = totals[start].placements if start in totals else 0
        names = [field for field in DAYS.names if field not in {"query", "start", "match", "total", "ratio"}]
        rows.append({
            "query": name, "start": start, "match": bucket.placements, "total": total,
            "ratio": bucket.placements / total if total else None,
            **{field: getattr(bucket, field) for field in names},
        })  # fmt: skip
    gold = how.confusion.gold if how.confusion else ""
    return rows, gold, how.note if any(row["match"] for row in rows) else f"no match from {since} to {until}"


def named_queries(texts: Sequence[str]) -> dict[str, str]:
    """``NAME=TEXT`` → name and text; a text without a name is its own.

    :raises InputError: the same name twice.
    """
    found: dict[str, str] = {}
    for given in texts:
        match = re.fullmatch(r"\s*([\w-]+)\s*=\s*(.*)", given, re.DOTALL)
        name, text = (match[1], match[2]) if match else (given, given)
        if name in found:
            raise InputError(f"two queries are called {name!r}: their rows could not be told apart")
        found[name] = text
    return found
