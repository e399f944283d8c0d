"""The lake: partitions of raw, documents, mentions and rejects below one root (a folder or any fsspec URL).

Every file is written under a temporary name and renamed, so a reader never sees half a file and a killed
writer leaves the old one in place.
"""

from __future__ import annotations

import gzip
import io
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any, Literal, cast, get_args

import fsspec

from citra.documents import Document, Mention, Partition, Reject, to_json
from citra.errors import ConfigError, InputError

Area = Literal["raw", "documents", "mentions", "rejects", "coverage"]
AREAS: tuple[Area, ...] = get_args(Area)
SUFFIX: Mapping[str, str] = {
    "raw": ".warc.gz",
    "documents": ".jsonl.gz",
    "mentions": ".jsonl.gz",
    "rejects": ".jsonl",
    "coverage": ".json",
}


_MADE_BY: Mapping[Area, str] = {
    "raw": "; `citra crawl` fetches it",
    "documents": "; `citra extract` makes them",
    "mentions": "; `citra analyse` makes them",
}


class Lake:
    """Where everything collected lives; ``root`` is a local path or an fsspec URL (``s3://bucket/lake``)."""

    def __init__(self, root: str) -> None:
        """:raises ConfigError: the package for such a URL is not installed."""
        try:
            self.fs, self.root = fsspec.core.url_to_fs(root)
        except ImportError as wrong:
            hint = "; for s3:// it comes with `pip install 'citra[s3]'`" if root.startswith("s3") else ""
            raise ConfigError(f"{root}: {wrong}{hint}") from wrong

    def path(self, area: Area, partition: Partition, tag: str = "") -> str:
        """``<root>/<area>/<source>/<YYYY-MM-DD>/<HH>[.tag]<suffix>``.

        ``tag`` keeps the rejects of each stage apart (``extract``, ``analyse`` …).
        """
        name = f"{partition.key}.{tag}" if tag else partition.key
        return f"{self.root}/{area}/{name}{SUFFIX[area]}"

    def exists(self, area: Area, partition: Partition, tag: str = "") -> bool:
        return bool(self.fs.exists(self.path(area, partition, tag)))

    def partitions(self, area: Area, source: str | None = None) -> list[Partition]:
        """All partitions that have a file in ``area``, oldest first within each source."""
        found = set()
        for path in self.fs.glob(f"{self.root}/{area}/{source or '*'}/*/*{SUFFIX[area]}"):
            *_, name, day, file = path.split("/")
            found.add(Partition.from_key(f"{name}/{day}/{file[:2]}"))
        return sorted(found)

    def find(self, area: Area, key: str) -> Partition:
        """The partition that ``key`` (``kompas/2026-11-24/07``) names and that has a file in ``area``.

        :raises InputError: the key is none, or there is no such file; in one line, with what makes it.
        """
        try:
            partition = Partition.from_key(key)
        except ValueError:
            raise InputError(f"{key!r} is no partition; write it as kompas/2026-11-24/07") from None
        if not self.exists(area, partition):
            raise InputError(f"{key}: no {area} of this partition in {self.root}{_MADE_BY.get(area, '')}")
        return partition

    @contextmanager
    def replacing(self, path: str) -> Iterator[IO[bytes]]:
        """Open ``path`` for writing; it appears whole when the block ends and not at all when it raises."""
        parent, name = path.rsplit("/", 1)
        self.fs.makedirs(parent, exist_ok=True)
        temporary = f"{parent}/.{name}.{uuid.uuid4().hex}.tmp"
        try:
            with self.fs.open(temporary, "wb") as stream:
                yield stream
            self.fs.mv(temporary, path)
        except BaseException:
            if self.fs.exists(temporary):
                self.fs.rm(temporary)
            raise

    def write(
        self,
        area: Area,
        partition: Partition,
        records: Iterable[Document | Mention | Reject],
        tag: str = "",
    ) -> int:
        """Replace a partition's file by ``records``, one JSON object per line; returns their number.

        The bytes depend on the records alone, so the same input gives the same file.
        """
        path = self.path(area, partition, tag)
        count = 0
        with self.replacing(path) as raw, _packing(raw, path) as text:
            for record in records:
                text.write(json.dumps(to_json(record), ensure_ascii=False) + "\n")
                count += 1
        return count

    def read(self, area: Area, partition: Partition, tag: str = "") -> Iterator[dict[str, Any]]:
        """The records of a partition as JSON objects; nothing when the file does not exist."""
        path = self.path(area, partition, tag)
        if not self.fs.exists(path):
            return
        with self.fs.open(path, "rb", compression="gzip" if path.endswith(".gz") else None) as stream:
            for line in io.TextIOWrapper(stream, encoding="utf-8"):
                yield json.loads(line)

    def size(self, area: Area) -> int:
        """Bytes below ``area``."""
        base = f"{self.root}/{area}"
        return int(self.fs.du(base)) if self.fs.exists(base) else 0


@contextmanager
def _packing(raw: IO[bytes], path: str) -> Iterator[IO[str]]:
    """Text over ``raw``, gzipped by suffix with no time stamp inside: equal records, equal bytes."""
    if not path.endswith(".gz"):
        text = io.TextIOWrapper(raw, encoding="utf-8")
        yield text
        text.detach()
        return
    with gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as packed:
        text = io.TextIOWrapper(cast(IO[bytes], packed), encoding="utf-8")
        yield text
        text.detach()
