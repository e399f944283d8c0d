"""Tasks of ``citra_understand`` and ``citra_backfill``: which partitions are undone; extract, analyse and load them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from citra.app import analyse_options
from citra.config import Settings
from citra.documents import JAKARTA, Partition
from citra.errors import CitraError, InputError
from citra.lake import Area, Lake
from citra.verbs.analyse import STORIES, analyse_lake, opened, stale_partitions
from citra.verbs.backfill import backfill
from citra.verbs.extract import extract_partition, new_partitions
from citra.verbs.load import load
from citra.verbs.publish import is_local, state_folder
from citra.verbs.source_days import partitions_since, sources_in
from crawlers.source import load_sources
from nlp.stories import StoryIndex

#: partitions that one task takes at least: starting one costs some seconds, and so does loading the model
SIZE = 24
#: and how many tasks there are at most
MOST = 200


def stories_path(settings: Settings) -> str | None:
    """Where the story index lies: None in a local lake; beside the crawl's state for one in an object store."""
    lake = Lake(settings.lake.path)
    return None if is_local(lake) else str(state_folder(lake) / STORIES)


def partitions(lake: Lake, area: Area, since: date | None) -> list[Partition]:
    """All partitions of an area, or those from the day ``since`` (UTC) on, imports and backfills included."""
    if since is None:
        return lake.partitions(area)
    names = sorted({*sources_in(lake), *_folders(lake, area)})
    return sorted(found for name in names for found in partitions_since(lake, area, name, since))


def _folders(lake: Lake, area: Area) -> list[str]:
    try:
        return [str(path).rstrip("/").rsplit("/", 1)[-1] for path in lake.fs.ls(f"{lake.root}/{area}", detail=False)]
    except FileNotFoundError:
        return []


def pending(settings: Settings, *, since: date | None, keys: Sequence[str] = ()) -> list[str]:
    """Keys of the partitions to do: those named, and those left undone from the day ``since`` on (None: of all).

    :raises InputError: a key that is none, or whose partition the lake does not have.
    """
    lake = Lake(settings.lake.path)
    named = {_existing(lake, key) for key in keys}
    fresh = new_partitions(lake, partitions(lake, "raw", since))
    with _stories(settings) as stories:
        stale = stale_partitions(lake, stories, partitions(lake, "documents", since))
    return [partition.key for partition in sorted({*named, *fresh, *stale})]


def within(settings: Settings, since: date, until: date, sources: Sequence[str] = ()) -> list[str]:
    """Keys of all partitions fetched on the days ``since`` to ``until`` (Asia/Jakarta).

    :raises InputError: the days are the wrong way round.
    """
    if since > until:
        raise InputError(f"since {since} is after until {until}")
    lake = Lake(settings.lake.path)
    first = since - timedelta(days=1)
    found = {*partitions(lake, "raw", first), *partitions(lake, "documents", first)}
    return [
        one.key
        for one in sorted(found)
        if since <= one.hour.astimezone(JAKARTA).date() <= until and (not sources or one.source in sources)
    ]


def groups(keys: Sequence[str], size: int = SIZE, most: int = MOST) -> list[list[str]]:
    """``keys`` in order, in groups that one task each takes; larger groups rather than more than ``most``."""
    ordered = sorted(set(keys))
    step = max(size, -(-len(ordered) // most))
    return [ordered[start : start + step] for start in range(0, len(ordered), step)]


def extract(settings: Settings, keys: Sequence[str], *, now: datetime) -> dict[str, Any]:
    """Replace the documents of these partitions, as far as they have raw records (imports have none)."""
    lake, sources = Lake(settings.lake.path), load_sources(settings.crawl.sources or None)
    chosen = [one for one in map(Partition.from_key, keys) if lake.exists("raw", one)]
    reports = [extract_partition(lake, partition, sources, now) for partition in chosen]
    return {
        "partitions": len(reports),
        "records": sum(report.records for report in reports),
        "documents": sum(report.documents for report in reports),
        "rejects": sum(report.rejects for report in reports),
    }


def analyse(settings: Settings, keys: Sequence[str], *, now: datetime) -> dict[str, Any]:
    """Replace the mentions of these partitions.

    :raises CitraError: some could not be read; all others are done.
    """
    lake = Lake(settings.lake.path)
    chosen = [key for key in keys if lake.exists("documents", Partition.from_key(key))]
    if not chosen:
        return {"partitions": 0, "mentions": 0, "rejects": 0}
    options = analyse_options(settings)
    with opened(**options, lake=settings.lake.path, stories=stories_path(settings)) as (analyser, stories):
        reports = list(analyse_lake(settings.lake.path, analyser, stories, now, chosen))
    if errors := [report.error for report in reports if report.error]:
        raise CitraError(
            f"{len(errors)} of {len(chosen)} partitions could not be analysed, the others are: {errors[0]}"
        )
    return {
        "partitions": len(reports),
        "mentions": sum(report.mentions for report in reports),
        "rejects": sum(report.rejects for report in reports),
    }


def load_keys(settings: Settings, keys: Sequence[str], *, since: date | None, now: datetime) -> dict[str, Any]:
    """Load these partitions and all others of the days since ``since`` that the index does not hold as they are.

    :param since: None: those named alone.
    """
    lake = Lake(settings.lake.path)
    named = {key for key in keys if lake.exists("mentions", Partition.from_key(key))}
    recent = {one.key for one in partitions(lake, "mentions", since)} if since else set()
    inputs = sorted(named | recent)
    if not inputs:
        return {"partitions": 0, "added": 0, "replaced": 0, "removed": 0, "rejects": 0, "snapshot": ""}
    report = load(settings.index.location, settings.lake.path, inputs, now=now)
    return {
        "partitions": report.loaded,
        "added": report.result.added,
        "replaced": report.result.replaced,
        "removed": report.result.removed,
        "rejects": len(report.rejects),
        "snapshot": report.snapshot,
    }


def copy_warcs(
    settings: Settings, patterns: Sequence[str], *, hosts: Sequence[str], workers: int, now: datetime
) -> dict[str, Any]:
    """Copy pages out of WARC files into the lake and extract them; goes on where a killed call was.

    :raises CitraError: a file could not be read to its end.
    """
    report = backfill(
        patterns,
        load_sources(settings.crawl.sources or None),
        settings.lake.path,
        now=now,
        hosts=hosts,
        workers=workers,
        max_bytes=settings.crawl.max_bytes,
    )
    if not report.succeeded:
        broken = next(file for file in report.files if not file.finished)
        raise CitraError(f"{broken.path}: {broken.error or 'not read to its end'}; a retry goes on there")
    return {
        "files": len(report.files),
        "done_before": report.done_before,
        "added": sum(file.added for file in report.files),
        "documents": report.documents,
        "rejects": report.rejects,
    }


def _existing(lake: Lake, key: str) -> Partition:
    try:
        partition = Partition.from_key(key)
    except ValueError as wrong:
        raise InputError(f"{key!r} is no partition; write it as kompas/2026-11-24/07") from wrong
    if not lake.exists("raw", partition) and not lake.exists("documents", partition):
        raise InputError(f"{key}: the lake has nothing of this partition")
    return partition


@contextmanager
def _stories(settings: Settings) -> Iterator[StoryIndex]:
    lake = Lake(settings.lake.path)
    found = StoryIndex(stories_path(settings) or f"{lake.root}/{STORIES}")
    try:
        yield found
    finally:
        found.close()
