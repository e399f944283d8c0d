"""Erase: one text, all of one address, or one person, out of everything; with a receipt, and for good (UU 27/2022)."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from citra.documents import mark
from citra.erased import Erased, read_erased, tombstones, write_tombstone
from citra.errors import InputError, StoreError
from citra.lake import Lake
from citra.store import Query
from citra.verbs.crawl import publish_waiting
from citra.verbs.erase_places import Change, LakeSweep, sweep_alerts, sweep_index, sweep_states, sweep_stories
from citra.verbs.index import open_index
from citra.verbs.load import load
from citra.verbs.publish import state_folder
from crawlers.extract.urls import unwrap
from crawlers.links import normalise
from crawlers.pseudonym import Pseudonyms
from crawlers.source import Source
from crawlers.state import locked

TargetKind = Literal["url", "handle", "id"]
Track = Callable[[Iterable[Any], str, int], Iterator[Any]]
#: places that handles without a host may belong to, beside those of the sources
PLACES = ("x", "twitter", "x.com", "twitter.com", "bluesky", "youtube", "reddit", "telegram", "mastodon",
          "instagram.com", "facebook.com", "threads.net", "tiktok.com", "t.me")  # fmt: skip
#: what no receipt of ours can speak for
NOT_COVERED = (
    "backups and copies made elsewhere",
    "exports and briefs already handed out",
    "bytes of deleted texts in segments of the index until the engine merges them or the index is rebuilt",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What was removed where; tells nothing of whom or what it was about."""

    id: str  #: of the erasure: the same target has the same
    kind: str
    begun: str
    done: str | None  #: None: not finished, or a dry run
    is_dry: bool
    documents: int  #: distinct documents that were found
    removed: Mapping[str, int]  #: place → records
    redacted: Mapping[str, int]
    files: tuple[Mapping[str, Any], ...]
    remaining: int | None  #: found by looking again afterwards; None in a dry run
    faults: tuple[str, ...] = ()  #: files that could not be looked through, and why
    not_covered: tuple[str, ...] = NOT_COVERED

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where to look."""

    lake: str
    index: str
    sources: Mapping[str, Source]
    alerts: str = ""  #: file of the alerts; empty: none


def erase(
    places: Places,
    kind: TargetKind,
    target: str,
    *,
    now: datetime,
    salt: str | None = None,
    dry: bool = True,
    track: Track = lambda items, _label, _total: iter(items),
) -> Receipt:
    """Remove what ``target`` names from lake, crawl memories, labels, stories, index and alerts.

    First the marks are written to ``erased/`` in the lake: from then on nothing of it is taken in again. Killed at any
    moment, the same call completes it. ``handle``: the person's posts go; where others name the person, the pseudonym
    becomes ``anon:000…``.

    :param dry: only count. :param salt: that the lake's pseudonyms were made with.
    :raises InputError: nothing found (and nothing was ever erased under this name); no salt.
    :raises TryAgain: a crawl or load is running.
    """
    lake = Lake(places.lake)
    wanted = _wanted(kind, target, places.sources, salt)
    id_ = hashlib.sha256(f"{kind}\n{wanted[0]}".encode()).hexdigest()[:16]
    before = next((each for each in tombstones(lake) if each["id"] == id_), None)
    marks = set(wanted) | set(before["marks"] if before else ())
    found, more = _resolve(lake, places.index, Erased(marks, normalise))
    if not found and before is None and kind != "handle":
        raise InputError(f"nothing in lake or index is known by this {kind}; nothing was erased")
    marks |= more
    begun = str(before["begun"]) if before else now.isoformat(timespec="seconds")
    record = {"id": id_, "kind": kind, "begun": begun, "done": None, "marks": sorted(marks)}
    if not dry:
        write_tombstone(lake, record)
    changes = list(_sweep(places, Erased(marks, normalise), now, track, dry=dry))
    remaining = None if dry else _count(_sweep(places, Erased(marks, normalise), now, track, dry=True))
    is_done = not (dry or remaining or any(change.fault for change in changes))
    done = now.isoformat(timespec="seconds") if is_done else None
    receipt = _receipt(record | {"done": done}, changes, remaining, len(found), dry=dry)
    if not dry:
        history = list(before.get("receipts", [])) if before else []
        write_tombstone(lake, record | {"done": done, "receipts": [*history, receipt.to_json()]})
    return receipt


def erase_again(
    places: Places, *, now: datetime, dry: bool = True, track: Track = lambda items, _label, _total: iter(items)
) -> Receipt:
    """Remove all that was ever erased, should it be there again: after a backup was put back, or a kill."""
    lake = Lake(places.lake)
    erased = read_erased(lake, normalise)
    changes = list(_sweep(places, erased, now, track, dry=dry)) if erased else []
    remaining = None if dry else _count(_sweep(places, erased, now, track, dry=True)) if erased else 0
    record = {"id": "all", "kind": "all", "begun": now.isoformat(timespec="seconds")}
    done = None if dry or remaining or any(change.fault for change in changes) else record["begun"]
    if done:
        for each in tombstones(lake):
            if not each.get("done"):
                write_tombstone(lake, each | {"done": done})
    return _receipt(record | {"done": done}, changes, remaining, 0, dry=dry)


def pending(lake: str) -> list[str]:
    """Ids of erasures that were begun and not finished."""
    return [str(each["id"]) for each in tombstones(Lake(lake)) if not each.get("done")]


def _wanted(kind: TargetKind, target: str, sources: Mapping[str, Source], salt: str | None) -> list[str]:
    """Marks of what was named; the first depends on nothing else."""
    target = target.strip()
    if not target:
        raise InputError("nothing is named: give --url, --handle or --id")
    if kind == "id":
        return [mark("id", target)]
    if kind == "url":
        try:
            return [mark("url", normalise(url)) for url in (target, unwrap(target))]
        except ValueError as wrong:
            raise InputError(f"{target}: no address: {wrong}") from wrong
    if target.startswith("anon:"):
        return [mark("author", target)]
    if not salt:
        raise InputError("handles are kept as salted hashes: set CITRA_SALT to the salt the lake was made with")
    own = [name for source in sources.values() for name in (source.instance, source.spider, source.name)]
    names = [*PLACES, *(f"{place}:" for place in PLACES), *sorted(own)]
    return [mark("author", Pseudonyms(salt, name).of(target)) for name in names]


def _resolve(lake: Lake, index: str, erased: Erased) -> tuple[set[str], set[str]]:
    """Ids of the documents that are meant, and the marks of all their names: id, addresses."""
    ids: set[str] = set()
    marks: set[str] = set()

    def take(record: Mapping[str, Any]) -> None:
        if erased.has(record):
            ids.add(str(record.get("id")))
            marks.add(mark("id", str(record.get("id"))))
            urls = {url for name in ("url", "canonical_url") if isinstance(url := record.get(name), str) and url}
            marks.update(mark("url", normalise(url)) for url in urls)

    for area in ("documents", "mentions"):
        for partition in lake.partitions(area):
            with suppress(OSError, EOFError, ValueError, zlib.error):  # damaged: the sweep tells
                for data in lake.read(area, partition):
                    if isinstance(data, dict):
                        take(data)
    try:
        with open_index(index) as store:
            for mention in store.iterate(Query(min_relevance=None)):
                document = mention.document
                take({"id": document.id, "url": document.url, "canonical_url": document.canonical_url,
                      "author": document.author})  # fmt: skip
    except StoreError as wrong:
        if "no index yet" not in str(wrong):
            raise
    return ids, marks


def _sweep(places: Places, erased: Erased, now: datetime, track: Track, *, dry: bool) -> Iterator[Change]:
    """Every place once, so that a kill in between leaves what the next call finds."""
    lake = Lake(places.lake)
    if not dry:
        _publish_all(lake)
    yield from sweep_states(lake, erased, dry=dry)
    sweep = LakeSweep(lake, erased, places.sources, dry=dry)
    partitions = sweep.partitions()
    changes: list[Change] = []
    for partition in track(partitions, "look" if dry else "erase", len(partitions)):
        changes += sweep.partition(partition)
    yield from changes
    yield from sweep_stories(lake, erased, changes, dry=dry)

    def reload() -> None:
        if keys := _touched(changes):
            load(places.index, places.lake, keys, now=now)

    yield from sweep_index(places.index, erased, now, reload, dry=dry)
    yield from sweep.labels()
    yield from sweep_alerts(places.alerts, erased, dry=dry)


def _publish_all(lake: Lake) -> None:
    """Move what crawls left in their spools into the lake, where it is looked for.

    :raises TryAgain: a crawl is running.
    """
    base = state_folder(lake) / "crawl"
    for folder in sorted(path.parent for path in base.glob("*/state.sqlite")):
        with locked(folder):
            publish_waiting(folder.name, base, lake)


def _touched(changes: Iterable[Change]) -> list[str]:
    return [each.path.removeprefix("mentions/").partition(".")[0] for each in changes if each.place == "mentions"]


def _count(changes: Iterable[Change]) -> int:
    return sum(change.removed + change.redacted for change in changes)


def _receipt(
    record: Mapping[str, Any], changes: Sequence[Change], remaining: int | None, documents: int, *, dry: bool
) -> Receipt:
    removed: Counter[str] = Counter()
    redacted: Counter[str] = Counter()
    for change in changes:
        removed[change.place] += change.removed
        redacted[change.place] += change.redacted
    return Receipt(
        id=record["id"], kind=record["kind"], begun=record["begun"], done=record["done"], is_dry=dry,
        documents=documents, removed=dict(+removed), redacted=dict(+redacted), remaining=remaining,
        files=tuple(asdict(change) for change in changes if change.before),
        faults=tuple(f"{change.path}: {change.fault}" for change in changes if change.fault),
    )  # fmt: skip


def write_receipt(path: str | Path, receipt: Receipt) -> None:
    """As JSON. :raises InputError: the file cannot be written."""
    target = Path(path)
    fresh = target.with_name(f".{target.name}.new")
    try:
        fresh.write_text(json.dumps(receipt.to_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        fresh.replace(target)
    except OSError as wrong:
        raise InputError(f"{target}: cannot be written: {wrong.strerror}") from wrong
