"""The default index: a folder, no server. tantivy holds text and labels, columns of a commit give exact counts."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import tantivy

from citra.errors import StoreError, TryAgain
from citra.store import schema
from citra.store.protocol import Stats
from citra.store.reading import Reading, stats_of
from citra.store.snapshot import Snapshot
from citra.store.writer import EmbeddedWriter

MARKER = "citra-index.json"
FORMAT = "citra-embedded"
#: Bytes the engine gathers before it writes a segment.
HEAP = 128_000_000

_REBUILD = "delete the folder and run `citra load`: the lake holds everything"


class EmbeddedStore(Reading):
    """An index in the folder ``path``; see :class:`citra.store.protocol.Store`.

    :param stem: word or text → stems, the function that also made the mentions' ``stems``.
    :param create: make the folder when it does not exist.
    :raises StoreError: no index there, a folder of something else, of another version, or a damaged one.
    """

    def __init__(self, path: str | os.PathLike[str], *, stem: Callable[[str], str], create: bool = False) -> None:
        self.path = Path(path)
        self._stem = stem
        self._lock = threading.Lock()
        self._seen: tuple[int, ...] = ()
        self._snapshot: Snapshot | None = None
        _check(self.path, create)
        self._schema = schema.build_schema()
        try:
            self._index = tantivy.Index(self._schema, str(self.path))
            self._index.config_reader("manual")
        except (ValueError, OSError) as wrong:
            raise StoreError(f"{self.path}: the index is damaged ({wrong}); {_REBUILD}") from wrong
        self._current()

    @contextmanager
    def writing(self) -> Iterator[EmbeddedWriter]:
        try:
            engine = self._index.writer(HEAP, 1)
        except ValueError as wrong:
            if "LockBusy" in str(wrong):
                raise TryAgain(f"{self.path}: another process is loading; try again when it is done") from None
            raise StoreError(f"{self.path}: cannot write: {wrong}") from wrong
        try:
            state = self._current().state
            writer = EmbeddedWriter(engine, self._schema, lambda: self._current().searcher, replace(state), self._stem)
            yield writer
            writer.commit()
        except BaseException:
            with suppress(ValueError, OSError):  # the fault that brought us here is the one to tell
                engine.rollback()
            raise
        finally:
            with suppress(ValueError, OSError):  # merging only tidies: the commit stands without it
                engine.wait_merging_threads()

    def loaded(self) -> Mapping[str, str]:
        records = self._current().records(schema.PARTITION)
        return {record["key"]: record["fingerprint"] for record in records}

    def stats(self) -> Stats:
        snapshot = self._current()
        size = sum(file.stat().st_size for file in self.path.iterdir() if file.is_file())
        return stats_of(snapshot, partitions=snapshot.number_of(schema.PARTITION), size=size)

    def close(self) -> None:
        with self._lock:
            self._snapshot = None
            self._seen = ()

    def _current(self) -> Snapshot:
        """The last commit; opened anew only when the folder's list of segments has changed."""
        with self._lock:
            try:
                stat = (self.path / "meta.json").stat()
                seen = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
                if self._snapshot is None or seen != self._seen:
                    content = (self.path / "meta.json").read_bytes()
                    self._index.reload()
                    generation = hashlib.sha256(content).hexdigest()[:15]
                    self._snapshot = Snapshot(self._index.searcher(), self._schema, self._stem, generation)
                    self._seen = seen
            except (ValueError, OSError) as wrong:
                raise StoreError(f"{self.path}: the index is damaged ({wrong}); {_REBUILD}") from wrong
            return self._snapshot


def _check(path: Path, create: bool) -> None:
    """Refuse a folder that is not ours before the engine touches it."""
    marker = path / MARKER
    if marker.is_file():
        try:
            found = json.loads(marker.read_text(encoding="utf-8"))
            name, version = found["format"], found["version"]
        except (ValueError, KeyError, TypeError) as wrong:
            raise StoreError(f"{marker}: not readable; {_REBUILD}") from wrong
        if (name, version) != (FORMAT, schema.VERSION):
            raise StoreError(f"{path}: index of version {version}, this Citra reads {schema.VERSION}; {_REBUILD}")
        return
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise StoreError(f"{path}: not a Citra index; choose another index.path in citra.toml")
    if not create:
        raise StoreError(f"{path}: no index yet; run `citra load` first")
    try:
        _create(path)
    except (OSError, ValueError) as wrong:
        raise StoreError(f"{path}: cannot make the index: {wrong}") from wrong


def _create(path: Path) -> None:
    """Make the folder whole under another name, then rename: no crash leaves half an index."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    tantivy.Index(schema.build_schema(), str(fresh))
    marker = {"format": FORMAT, "version": schema.VERSION}
    (fresh / MARKER).write_text(json.dumps(marker), encoding="utf-8")
    if path.is_dir():
        path.rmdir()  # it is empty
    try:
        fresh.rename(path)
    except OSError:  # another process was quicker
        shutil.rmtree(fresh, ignore_errors=True)
        _check(path, create=False)
