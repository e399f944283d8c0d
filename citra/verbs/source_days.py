"""Texts and pages of each source and day, counted from the lake; counts are kept, so that only news is read."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

from citra.documents import JAKARTA, Partition, document_from_json
from citra.lake import SUFFIX, Area, Lake
from crawlers.health import SourceDay

#: rejects of the extraction that stand for a page whose text was not found
TEXTLESS = frozenset({"no-text", "not-an-article"})
#: of what is counted; another version counts anew
VERSION = 1


def source_days(lake: Lake, source: str, first: date = date.min) -> dict[date, SourceDay]:
    """The days (Asia/Jakarta) on which ``source`` published something or pages of it were fetched.

    A text fetched twice counts once, on the day that its last fetch tells. Where the lake can be written, the counts of
    each partition are kept in ``state/health`` and taken from there while its documents stay as they are.

    :param first: what was fetched on earlier days (UTC) is taken as it was counted before, or not at all.
    """
    path = f"{lake.root}/state/health/{source}.json.gz"
    known = _load(lake, path)
    start = f"{source}/{first.isoformat()}"
    counted: dict[str, Any] = {key: kept for key, kept in known.items() if key < start}
    for partition in partitions_since(lake, "documents", source, first):
        identity = _identity(lake, partition)
        kept = known.get(partition.key)
        counted[partition.key] = kept if kept and kept["identity"] == identity else _count(lake, partition, identity)
    if counted != known:
        _save(lake, path, counted)
    return _by_day(counted)


def _count(lake: Lake, partition: Partition, identity: str) -> dict[str, Any]:
    published: dict[str, str | None] = {}
    missing: Counter[str] = Counter()
    for record in lake.read("documents", partition):
        document = document_from_json(record)
        day = document.published.astimezone(JAKARTA).date().isoformat() if document.published else None
        published[document.id] = day
        missing["date"] += document.published is None
        if document.kind == "news":
            missing["title"] += not document.title
            missing["byline"] += document.author is None
    textless = sum(one["reason"] in TEXTLESS for one in lake.read("rejects", partition, "extract"))
    missing["text"] = textless
    return {
        "identity": identity,
        "published": published,
        "pages": len(published) + textless,
        "missing": {name: count for name, count in sorted(missing.items()) if count},
    }


def _by_day(counted: Mapping[str, Any]) -> dict[date, SourceDay]:
    published: dict[str, str | None] = {}
    pages: Counter[date] = Counter()
    missing: dict[date, Counter[str]] = {}
    for key, partition in sorted(counted.items()):
        published |= partition["published"]
        fetched = Partition.from_key(key).hour.astimezone(JAKARTA).date()
        pages[fetched] += partition["pages"]
        missing.setdefault(fetched, Counter()).update(partition["missing"])
    documents = Counter(date.fromisoformat(day) for day in published.values() if day)
    return {
        day: SourceDay(day=day, documents=documents[day], pages=pages[day], missing=dict(missing.get(day, {})))
        for day in sorted(documents.keys() | pages.keys())
    }


def partitions_since(lake: Lake, area: Area, source: str, first: date) -> list[Partition]:
    """The partitions of ``source`` from the day ``first`` (UTC) on; the folders of earlier days are not looked into."""
    found = []
    for folder in _names(lake, f"{lake.root}/{area}/{source}"):
        if folder >= first.isoformat():
            files = _names(lake, f"{lake.root}/{area}/{source}/{folder}")
            hours = {file[:2] for file in files if file.endswith(SUFFIX[area]) and not file.startswith(".")}
            found += [Partition.from_key(f"{source}/{folder}/{hour}") for hour in hours]
    return sorted(found)


def _names(lake: Lake, folder: str) -> list[str]:
    try:
        return [str(path).rstrip("/").rsplit("/", 1)[-1] for path in lake.fs.ls(folder, detail=False)]
    except (FileNotFoundError, NotADirectoryError):
        return []


def whole(days: Mapping[date, SourceDay], first: date, last: date) -> list[SourceDay]:
    """Every day of ``first`` to ``last``, those without anything as well."""
    span = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [days.get(day) or SourceDay(day=day) for day in span]


def sources_in(lake: Lake) -> list[str]:
    """Names of the sources that were crawled."""
    return sorted(_names(lake, f"{lake.root}/coverage"))


def _identity(lake: Lake, partition: Partition) -> str:
    about = lake.fs.info(lake.path("documents", partition))
    return " ".join(str(about.get(key)) for key in ("size", "mtime", "LastModified", "ETag", "ino", "created"))


def _load(lake: Lake, path: str) -> dict[str, Any]:
    with suppress(OSError, ValueError, KeyError, AttributeError, EOFError):  # none yet, or not ours: count anew
        kept = json.loads(gzip.decompress(lake.fs.cat_file(path)))
        if kept["version"] == VERSION:
            found: dict[str, Any] = kept["partitions"]
            return found
    return {}


def _save(lake: Lake, path: str, counted: Mapping[str, Any]) -> None:
    with suppress(OSError), lake.replacing(path) as out:  # a lake that is only read is counted each time
        out.write(gzip.compress(json.dumps({"version": VERSION, "partitions": counted}).encode(), mtime=0))
