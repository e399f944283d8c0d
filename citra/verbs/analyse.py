"""Understand: documents → mentions, over a JSONL stream or the partitions of a lake."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import sys
import uuid
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, Self

from citra.documents import (
    Document,
    Mention,
    Partition,
    Reject,
    document_from_json,
    to_json,
)
from citra.errors import InputError
from citra.lake import Lake
from citra.verbs.jsonl import parse_line, read_lines, refuse
from nlp.encoder import UNSCORED, Analyser, Labels, load_analyser
from nlp.entities import find_entities
from nlp.language import detect, is_scored
from nlp.stem import stem_text
from nlp.stories import StoryIndex
from nlp.text import clean, first_words, joined

#: Documents labelled together: keeps every core busy, holds little in memory.
CHUNK = 128
#: Name of the story index below a lake's root.
STORIES = "stories.sqlite"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyseReport:
    """What one call did."""

    partition: str = ""  #: its key; empty for a stream
    mentions: int = 0
    rejects: int = 0
    error: str = ""  #: why the partition could not be read at all; empty when it could


def analyse_records(
    records: Iterable[Document | Reject], analyser: Analyser, stories: StoryIndex, chunk: int = CHUNK
) -> Iterator[Mention | Reject]:
    """Mentions of the documents among ``records``, in their order; rejects pass through.

    A text in another language, or without a single letter, is kept but not judged: relevance 0, neutral.
    The stories of a chunk are committed before its mentions are handed out.
    """
    remaining = iter(records)
    while part := list(islice(remaining, chunk)):
        mentions = _mentions([record for record in part if isinstance(record, Document)], analyser, stories)
        for record in part:
            yield record if isinstance(record, Reject) else next(mentions)


def analyse_partition(
    lake: Lake, partition: Partition, analyser: Analyser, stories: StoryIndex, now: datetime
) -> AnalyseReport:
    """Replace the mentions and the analyse-rejects of one partition.

    Run again after a kill at any moment it writes the same bytes: stories are committed first and never change.
    :raises InputError: when the documents file itself is damaged.
    """
    path = lake.path("documents", partition)
    fingerprint = _fingerprint(lake, path)
    documents, rejects = _read_partition(lake, partition, now)
    mentions = [record for record in analyse_records(documents, analyser, stories) if isinstance(record, Mention)]
    if rejects or lake.exists("rejects", partition, "analyse"):
        lake.write("rejects", partition, rejects, "analyse")
    lake.write("mentions", partition, mentions)
    with stories.batch():
        stories.mark(partition.key, fingerprint)
    return AnalyseReport(partition=partition.key, mentions=len(mentions), rejects=len(rejects))


def stale_partitions(lake: Lake, stories: StoryIndex, among: Sequence[Partition] | None = None) -> list[Partition]:
    """Partitions whose documents are new or changed since they were last analysed into this lake.

    :param among: partitions with documents; None: all of the lake.
    """
    return [
        partition
        for partition in (lake.partitions("documents") if among is None else among)
        if not lake.exists("mentions", partition)
        or stories.fingerprint(partition.key) != _fingerprint(lake, lake.path("documents", partition))
    ]


def analyse_lake(
    lake_path: str, analyser: Analyser, stories: StoryIndex, now: datetime, keys: Sequence[str] = ()
) -> Iterator[AnalyseReport]:
    """Analyse the partitions named by ``keys``, or else all new and changed ones.

    A damaged partition is reported and does not stop the rest.
    :raises InputError: for a key that is none or names no partition.
    """
    lake = Lake(lake_path)
    partitions = [lake.find("documents", key) for key in keys] or stale_partitions(lake, stories)
    for partition in partitions:
        try:
            yield analyse_partition(lake, partition, analyser, stories, now)
        except InputError as wrong:
            yield AnalyseReport(partition=partition.key, error=str(wrong))


def analyse_stream(
    source: str,
    target: str,
    rejects: str | None,
    analyser: Analyser,
    stories: StoryIndex,
    now: datetime,
    warn: Callable[[str], None],
) -> AnalyseReport:
    """JSONL in, mentions out, one line each; ``-`` is standard input or output.

    A file appears whole at the end. Every bad line goes to ``warn`` and to the rejects file, with its number.
    :raises InputError: when ``source`` cannot be opened or ``target`` cannot be written.
    """
    name = "stdin" if source == "-" else source
    rejects = rejects or f"{'analyse' if target == '-' else target}.rejects.jsonl"
    counts = {True: 0, False: 0}
    with _reading(source) as lines, _replacing(target) as out, _Rejects(rejects) as refused:
        for record in analyse_records(_parsed(lines, name, now), analyser, stories):
            counts[isinstance(record, Mention)] += 1
            if isinstance(record, Mention):
                out.write(_line(record))
            else:
                refused.write(record)
                warn(f"{record.locator}: {record.reason}: {record.detail}")
    return AnalyseReport(mentions=counts[True], rejects=counts[False])


def require_lake(lake_path: str) -> None:
    """Tell a mistyped path from a lake without news, for a door that was given one by hand.

    :raises InputError: when there is no such lake.
    """
    lake = Lake(lake_path)
    if not lake.fs.exists(lake.root):
        raise InputError(f"{lake_path}: no such lake; citra crawl and citra extract fill one")


@contextmanager
def opened(
    model: str, threads: int, batch: int, lake: str | None, stories: str | None
) -> Iterator[tuple[Analyser, StoryIndex]]:
    """The analyser and the story index that a command needs: ``stories``, else the lake's own, else a passing one.

    :raises ConfigError: when the model cannot be used.
    :raises InputError: for a lake in an object store without ``stories``: no SQLite file can lie there.
    """
    if lake is not None and stories is None:
        if "://" in lake and not lake.startswith("file://"):
            raise InputError(f"{lake}: name a local file for the story index with --stories")
        stories = str(Path(lake.removeprefix("file://")) / STORIES)
    analyser = load_analyser(model, threads=threads, batch=batch)
    index = StoryIndex(stories)
    try:
        yield analyser, index
    finally:
        index.close()


def _read(document: Document) -> tuple[Document, str]:
    """The document with its language, and what can be read of it: title and text, cleaned, as one.

    The words decide: publishers' declarations are often wrong (``lang="en"`` on Indonesian pages), so a foreign one
    counts for nothing.
    """
    readable = joined(clean(document.title), clean(document.text))
    declared = document.language if is_scored(document.language) else None
    return replace(document, language=detect(readable) or declared), readable


def _mentions(documents: Sequence[Document], analyser: Analyser, stories: StoryIndex) -> Iterator[Mention]:
    """Labels first (slow, no lock held), then all stories in one transaction."""
    read = [_read(document) for document in documents]
    labels = _labels(read, analyser)
    with stories.batch():
        assigned = [stories.assign(doc.id, doc.title, doc.text, doc.published or doc.fetched) for doc in documents]
    for (document, readable), label, story in zip(read, labels, assigned, strict=True):
        entities = find_entities(readable)
        yield Mention(
            document=document,
            relevance=label.relevance,
            sentiment=label.sentiment,
            topics=label.topics,
            offices=entities.offices,
            regions=entities.regions,
            story_id=story.story_id,
            is_first=story.is_first,
            stems=stem_text(f"{document.title} {document.text}"),
            model=analyser.model,
        )


def _labels(read: Sequence[tuple[Document, str]], analyser: Analyser) -> list[Labels]:
    asked = [
        place
        for place, (document, readable) in enumerate(read)
        if is_scored(document.language) and any(map(str.isalpha, readable))
    ]
    labels = [UNSCORED] * len(read)
    found = analyser.analyse([first_words(read[place][1]) for place in asked])
    for place, label in zip(asked, found, strict=True):
        labels[place] = label
    return labels


def _fingerprint(lake: Lake, path: str) -> str:
    digest = hashlib.sha256()
    with lake.fs.open(path, "rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _read_partition(lake: Lake, partition: Partition, now: datetime) -> tuple[list[Document], list[Reject]]:
    """Documents by id, the last of each (a page fetched twice within the hour), and what was no document."""
    found: dict[str, Document] = {}
    rejects: list[Reject] = []
    path = lake.path("documents", partition)

    def refuse(reason: str, detail: str, number: int, record: object) -> None:
        rejects.append(
            Reject(
                stage="analyse",
                reason=reason,
                detail=detail,
                source=partition.source,
                at=now,
                locator=f"{path}:{number}",
                record=json.dumps(record, ensure_ascii=False)[:2_000],
            )
        )

    try:
        for number, data in enumerate(lake.read("documents", partition), 1):
            try:
                document = document_from_json(data)
                if not document.text.strip():
                    raise ValueError("text is empty")
            except (KeyError, TypeError, ValueError, AttributeError) as wrong:
                refuse("bad-document", str(wrong), number, data)
                continue
            if document.id in found:
                older = found.pop(document.id)
                refuse("superseded", "a later version of it lies in the same hour", number, to_json(older))
            found[document.id] = document
    except (OSError, EOFError, zlib.error, ValueError, RecursionError) as wrong:
        raise InputError(f"{path}: damaged, extract this partition again: {wrong}") from wrong
    return list(found.values()), rejects


def _parsed(lines: IO[bytes], name: str, now: datetime) -> Iterator[Document | Reject]:
    """Each line as a document or a reject; a second record of an id is refused.

    The ids are kept on disk, so that memory stays bounded however long the stream is.
    """
    seen = sqlite3.connect("")
    seen.execute("CREATE TABLE ids (id TEXT PRIMARY KEY) WITHOUT ROWID")
    try:
        for line in read_lines(lines):
            record = parse_line(line, name, now)
            if isinstance(record, Document):
                try:
                    seen.execute("INSERT INTO ids VALUES (?)", (record.id,))
                except sqlite3.IntegrityError:
                    record = refuse(line, name, now, "duplicate-id", f"id {record.id!r} was there before")
            yield record
    finally:
        seen.close()


def _line(record: Mention | Reject) -> bytes:
    return json.dumps(to_json(record), ensure_ascii=False).encode("utf-8", "replace") + b"\n"


@contextmanager
def _reading(source: str) -> Iterator[IO[bytes]]:
    if source == "-":
        yield sys.stdin.buffer
        return
    try:
        stream = Path(source).open("rb")  # noqa: SIM115  # closed below; opening alone may fail
    except OSError as wrong:
        raise InputError(f"{source}: {wrong.strerror}") from wrong
    with stream:
        yield stream


@contextmanager
def _replacing(target: str) -> Iterator[IO[bytes]]:
    """``target`` appears whole when the block ends, not at all when it raises."""
    if target == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    temporary = Path(f"{target}.{uuid.uuid4().hex}.tmp")
    try:
        with temporary.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(target)
    except OSError as wrong:
        if isinstance(wrong, BrokenPipeError):
            raise
        raise InputError(f"{target}: {wrong.strerror}") from wrong
    finally:
        temporary.unlink(missing_ok=True)


class _Rejects:
    """The rejects file of a stream: made with the first reject; emptied when an earlier one is left over."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._temporary = Path(f"{path}.{uuid.uuid4().hex}.tmp")
        self._stream: IO[bytes] | None = None

    def write(self, reject: Reject) -> None:
        if self._stream is None:
            try:
                self._stream = self._temporary.open("wb")
            except OSError as wrong:
                raise InputError(f"{self._path}: {wrong.strerror}; name another file with --rejects") from wrong
        self._stream.write(_line(reject))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, failed: object, *_: object) -> None:
        if self._stream is not None:
            self._stream.close()
            if failed:
                self._temporary.unlink()
            else:
                self._temporary.replace(self._path)
        elif not failed and self._path.is_file():
            self._path.write_bytes(b"")
