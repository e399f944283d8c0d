"""Merges a spool of fresh WARC records into the file of its hour, each record once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from warcio.archiveiterator import ArchiveIterator


def merge(old: IO[bytes] | None, spool: Path, out: IO[bytes]) -> int:
    """Write ``old`` and then the records of ``spool`` that are not in it; returns how many responses were added.

    A response and its request stand together in the spool and stay together.
    """
    known: set[str] = set()
    if old:
        known = {record_id for _, record_id in _units(old)}
        old.seek(0)
        shutil.copyfileobj(old, out)
    added = 0
    with spool.open("rb") as fresh:
        units = list(_units(fresh))
        ends = [start for start, _ in units[1:]] + [spool.stat().st_size]
        for (start, record_id), end in zip(units, ends, strict=True):
            if record_id not in known:
                fresh.seek(start)
                out.write(fresh.read(end - start))
                added += 1
    return added


def _units(stream: IO[bytes]) -> Iterator[tuple[int, str]]:
    """Offset and id of every ``response`` and ``resource`` record."""
    records = ArchiveIterator(stream)
    for record in records:
        if record.rec_type in {"response", "resource"}:
            yield records.offset, record.rec_headers.get_header("WARC-Record-ID")
