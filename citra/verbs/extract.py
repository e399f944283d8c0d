"""Extract: WARC records and saved pages → documents and rejects."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from citra.documents import Document, Partition, Reject
from citra.erased import Erased, read_erased
from citra.errors import InputError
from citra.lake import Lake
from crawlers.extract.merge import merge_documents
from crawlers.extract.page import extract_page
from crawlers.extract.posts import extract_posts
from crawlers.extract.record import extract_record, is_payload, source_of
from crawlers.links import normalise
from crawlers.source import Source
from crawlers.warc import read_warc

#: a partition that a crawl keeps adding to is read again at most so often in one call
_TRIES = 3
#: reasons that are no fault of the input: the page was read and is no article
DECISIONS = frozenset({"not-an-article", "blocked", "no-text", "http-error", "erased"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractReport:
    """What one partition gave."""

    partition: str  #: its key
    records: int = 0  #: pages and payloads read
    documents: int = 0
    rejects: int = 0
    at: datetime | None = None  #: when it was done


def extract_partition(lake: Lake, partition: Partition, sources: Mapping[str, Source], now: datetime) -> ExtractReport:
    """Read a partition's raw records and replace its documents and its ``extract`` rejects.

    The same raw file gives the same bytes. Pages of one article become one document. When the raw file
    changes meanwhile, it is read again. A damaged file gives what lies before the damage and a reject.
    """
    report = ExtractReport(partition=partition.key)
    for _ in range(_TRIES):
        before = _identity(lake, partition)
        report = _extract_once(lake, partition, sources, now)
        if _identity(lake, partition) == before:
            break
    return report


def new_partitions(lake: Lake, among: Sequence[Partition] | None = None) -> list[Partition]:
    """Partitions whose raw file is younger than their documents, or that have none yet; oldest first.

    :param among: partitions with a raw file; None: all of the lake.
    """
    return [
        partition
        for partition in (lake.partitions("raw") if among is None else among)
        if not lake.exists("documents", partition) or _age(lake, "raw", partition) >= _age(lake, "documents", partition)
    ]


def extract_files(
    paths: Sequence[str], url: str, sources: Mapping[str, Source], now: datetime
) -> Iterator[Document | Reject]:
    """Documents and rejects of WARC files, HTML files and stored API payloads, told apart by content.

    :param url: address of the page, for a single HTML file; empty: the page's own word is taken.
    :param now: the fetch time of files, which carry none.
    """
    for path in paths:
        yield from _extract_file(path, url, sources, now)


def _extract_once(lake: Lake, partition: Partition, sources: Mapping[str, Source], now: datetime) -> ExtractReport:
    documents: list[Document] = []
    rejects: list[Reject] = []
    records = 0
    name = f"{partition.key}.warc.gz"
    erased = read_erased(lake, normalise)
    with lake.fs.open(lake.path("raw", partition), "rb") as stream:
        for found in _records(stream, name, sources, now):
            records += 1
            for each in found:
                kept = without_erased(each, erased, name, now)
                (documents if isinstance(kept, Document) else rejects).append(kept)  # type: ignore[arg-type]
    merged = merge_documents(documents)
    rejects.sort(key=lambda each: (each.url, each.locator, each.reason))
    lake.write("rejects", partition, rejects, tag="extract")
    lake.write("documents", partition, merged)  # last: it marks the partition as done
    return ExtractReport(partition=partition.key, records=records, documents=len(merged), rejects=len(rejects), at=now)


def without_erased(each: Document | Reject, erased: Erased, name: str, now: datetime) -> Document | Reject:
    """The document or reject, or, where it was erased, a reject that tells nothing of it."""
    if isinstance(each, Document) and not erased.has_document(each):
        return erased.document(each)
    if isinstance(each, Reject) and not erased.has_url(each.url):
        return each
    return Reject(stage="extract", reason="erased", source=each.source, locator=name, at=now)


def _records(
    stream: IO[bytes], name: str, sources: Mapping[str, Source], now: datetime
) -> Iterator[list[Document | Reject]]:
    """What each record gives; the damage of a damaged file is the last."""
    offset = 0
    try:
        for item in read_warc(stream):
            offset = item.offset
            yield extract_record(item, sources, f"{name}@{item.offset}")
    except (InputError, zlib.error, ValueError) as wrong:
        yield [
            Reject(
                stage="extract",
                reason="bad-warc",
                detail=str(wrong)[:300],
                source=name.split("/", 1)[0] if "/" in name and not Path(name).is_absolute() else "",
                locator=f"{name}@{offset}",
                at=now,
            )
        ]


def _identity(lake: Lake, partition: Partition) -> tuple[object, ...]:
    about = lake.fs.info(lake.path("raw", partition))
    return tuple(about.get(key) for key in ("size", "mtime", "LastModified", "ETag", "ino", "created"))


def _age(lake: Lake, area: str, partition: Partition) -> datetime:
    try:
        moment: datetime = lake.fs.modified(lake.path(area, partition))  # type: ignore[arg-type]
    except NotImplementedError:  # a file system without times: extract again, it costs time alone
        return datetime.max.replace(tzinfo=UTC) if area == "raw" else datetime.min.replace(tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _extract_file(path: str, url: str, sources: Mapping[str, Source], now: datetime) -> Iterator[Document | Reject]:
    def refuse(reason: str, detail: str) -> Reject:
        return Reject(stage="extract", reason=reason, detail=detail, url=url, locator=path, at=now)

    try:
        with Path(path).open("rb") as stream:
            if _is_warc(stream):
                documents: list[Document] = []
                for found in _records(stream, path, sources, now):
                    for each in found:
                        if isinstance(each, Document):
                            documents.append(each)
                        else:
                            yield each
                yield from merge_documents(documents)
                return
            body = stream.read()
    except FileNotFoundError:
        yield refuse("missing-file", "no such file")
        return
    except OSError as wrong:
        yield refuse("unreadable-file", wrong.strerror or str(wrong))
        return
    source = source_of(url, sources) if url else None
    if is_payload(body, ""):
        found = extract_posts(body, url, source=source, fetched=now)
    else:
        found = [_extract_saved_page(body, url, source, sources, now)]
    for each in found:
        yield each if isinstance(each, Document) else _located(each, path)


def _extract_saved_page(
    body: bytes, url: str, source: Source | None, sources: Mapping[str, Source], now: datetime
) -> Document | Reject:
    """A page without a known address tells its own, and by it its source's rules."""
    page = extract_page(body, url, source=source, fetched=now)
    if source is None and isinstance(page, Document):
        named = source_of(page.canonical_url, sources)
        if named is not None:
            return extract_page(body, url, source=named, fetched=now)
    return page


def _located(reject: Reject, path: str) -> Reject:
    from dataclasses import replace

    return replace(reject, locator=path)


def _is_warc(stream: IO[bytes]) -> bool:
    """Whether a file holds WARC records, plain or compressed; the stream is rewound."""
    head = stream.read(1 << 16)
    stream.seek(0)
    if head[:2] == b"\x1f\x8b":
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(head)) as packed:
                head = packed.read(16)
        except (OSError, EOFError, zlib.error):
            return False
    return head.startswith(b"WARC/")
