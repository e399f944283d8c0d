"""Merges a spool of fresh WARC records into the file of its hour, each record once."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from warcio.archiveiterator import ArchiveIterator

from crawlers.warc import WarcItem, read_item


def merge(
    old: IO[bytes] | None, spool: Path, out: IO[bytes], unwanted: Callable[[WarcItem], bool] | None = None
) -> int:
    """Write ``old`` and then the records of ``spool`` that are not in it; returns how many responses were added.

    A response and its request stand together in the spool and stay together.

    :param unwanted: tells records of ``spool`` that are passed over.
    """
    known: set[str] = set()
    if old:
        known = {record_id for _, record_id in _units(old)}
        old.seek(0)
        shutil.copyfileobj(old, out)
    added = 0
    with spool.open("rb") as fresh:
        units = list(_units(fresh, unwanted))
        ends = [start for start, _ in units[1:]] + [spool.stat().st_size]
        for (start, record_id), end in zip(units, ends, strict=True):
            if record_id and record_id not in known:
                fresh.seek(start)
                out.write(fresh.read(end - start))
                added += 1
    return added


def _units(stream: IO[bytes], unwanted: Callable[[WarcItem], bool] | None = None) -> Iterator[tuple[int, str]]:
    """Offset and id of every ``response`` and ``resource`` record; those unwanted have an empty id."""
    records = ArchiveIterator(stream)
    for record in records:
        if record.rec_type in {"response", "resource"}:
            offset, record_id = records.offset, record.rec_headers.get_header("WARC-Record-ID")
            yield offset, "" if unwanted and unwanted(read_item(record, offset)) else record_id
