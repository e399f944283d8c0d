"""Adds raw records to the lake's file of their hour, one writer at a time; where local state lies beside a lake."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from citra.documents import Partition
from citra.erased import Erased, read_erased
from citra.lake import Lake
from crawlers.links import normalise
from crawlers.removal import all_posts, author_of_post
from crawlers.spool import merge
from crawlers.warc import WarcItem


def is_local(lake: Lake) -> bool:
    protocol = lake.fs.protocol
    return "file" in (protocol if isinstance(protocol, tuple | list) else (protocol,))


def state_folder(lake: Lake) -> Path:
    """``state`` of a local lake; for a remote one a folder of its own in the user's home."""
    if is_local(lake):
        return Path(lake.root) / "state"
    name = hashlib.sha256(f"{lake.fs.protocol} {lake.root}".encode()).hexdigest()[:16]
    return Path.home() / ".local" / "state" / "citra" / name


def add_records(lake: Lake, partition: Partition, spool: Path, locks: Path) -> int:
    """Merge the WARC records of ``spool`` into a partition's raw file, each record id once; returns how many are new.

    What was erased from the lake is passed over. When it returns, the records are durable. A crawl and a backfill may
    add to one partition at the same time.

    :param locks: folder of the lock files of this lake.
    """
    path = lake.path("raw", partition)
    with only_writer(locks, partition.source), ExitStack() as stack:
        old = stack.enter_context(lake.fs.open(path, "rb")) if lake.fs.exists(path) else None
        erased = read_erased(lake, normalise)
        unwanted = unwanted_by(erased) if erased else None
        added = merge(old, spool, stack.enter_context(lake.replacing(path)), unwanted)
        stack.close()  # the file is renamed here, under the lock
        _settle(lake, path)
    return added


def unwanted_by(erased: Erased) -> Callable[[WarcItem], bool]:
    """Tells raw records of erased addresses, and posts of erased people."""

    def is_unwanted(item: WarcItem) -> bool:
        if erased.has_url(item.url):
            return True
        return item.record_type == "resource" and all_posts(
            item.body, lambda post: erased.has_author(author_of_post(post))
        )

    return is_unwanted


@contextmanager
def only_writer(locks: Path, name: str) -> Iterator[None]:
    """Wait until no other process holds the lock ``name``; held for the time of one file at most."""
    locks.mkdir(parents=True, exist_ok=True)
    handle = os.open(locks / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _settle(lake: Lake, path: str) -> None:
    """See to it that a power cut does not take a local file whose spool is about to be forgotten."""
    if is_local(lake):
        for place in (path, path.rsplit("/", 1)[0]):
            handle = os.open(place, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
