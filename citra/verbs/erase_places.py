"""Where something may lie that is to be erased, and how each place gives it up. Each step can be repeated."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from warcio.exceptions import ArchiveLoadFailed

from citra.documents import Document, Partition, content_hash
from citra.erased import Erased
from citra.errors import InputError, StoreError
from citra.lake import AREAS, Lake
from citra.store import Query
from citra.verbs.analyse import STORIES
from citra.verbs.index import open_index
from citra.verbs.publish import is_local, only_writer, state_folder, unwanted_by
from crawlers.extract.record import extract_record
from crawlers.removal import filter_warc, forget_urls
from crawlers.source import Source
from crawlers.warc import WarcItem
from nlp.stories import StoryIndex

Line = Callable[[bytes], bytes | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What was taken out of one file or store."""

    place: str  #: ``raw``, ``documents`` … ``index``
    path: str  #: below the lake; of a store its kind
    removed: int = 0  #: records
    redacted: int = 0  #: records that stay, without a person's pseudonym or an address
    before: str = ""  #: SHA-256 of the file
    after: str = ""
    fault: str = ""  #: why a file could not be looked through; nothing was changed in it


class LakeSweep:
    """The files of a lake.

    :param sources: their rules tell which pages are one article. :param dry: count only.
    """

    def __init__(self, lake: Lake, erased: Erased, sources: Mapping[str, Source], *, dry: bool) -> None:
        self.lake, self.erased, self.sources, self.dry = lake, erased, sources, dry

    def partitions(self) -> list[Partition]:
        """All that hold anything."""
        return sorted({partition for area in AREAS for partition in self.lake.partitions(area)})

    def partition(self, partition: Partition) -> Iterator[Change]:
        """One source and hour. Raw records first: their documents tell which pages of an article to look for."""
        documents = self._path("documents", partition)
        is_hit = any(change.removed for change in self.lines("documents", documents, self._record, dry=True))
        yield from self._raw(partition, look_closer=is_hit)
        yield from self.lines("documents", documents, self._record)
        yield from self.lines("mentions", self._path("mentions", partition), self._record)
        for path in sorted(self.lake.fs.glob(f"{self.lake.root}/rejects/{partition.key}.*")):
            yield from self.lines("rejects", path, self._reject)
        yield from self.lines("coverage", self._path("coverage", partition), self._coverage)

    def labels(self) -> Iterator[Change]:
        """What people said of erased texts."""
        for path in sorted(self.lake.fs.glob(f"{self.lake.root}/labels/**/*.jsonl")):
            if is_local(self.lake):
                with only_writer(state_folder(self.lake) / "locks", "labels"):
                    yield from self.lines("labels", path, self._label)
            else:
                yield from self.lines("labels", path, self._label)

    def _path(self, area: Any, partition: Partition) -> str:
        return self.lake.path(area, partition)

    def _raw(self, partition: Partition, *, look_closer: bool) -> Iterator[Change]:
        path = self._path("raw", partition)
        if not self.lake.fs.exists(path):
            return
        is_erased = unwanted_by(self.erased)

        def unwanted(item: WarcItem) -> bool:
            if is_erased(item) or not look_closer:
                return is_erased(item)
            found = extract_record(item, self.sources)
            return any(isinstance(each, Document) and self.erased.has_document(each) for each in found)

        with only_writer(state_folder(self.lake) / "crawl" / "locks", partition.source):
            content, out = self.lake.fs.cat_file(path), io.BytesIO()
            try:
                _check(content)
                done = filter_warc(io.BytesIO(content), len(content), out, unwanted, self._redact)
            except (ArchiveLoadFailed, OSError, EOFError, zlib.error, InputError) as wrong:
                yield self._damaged("raw", path, wrong)
                return
            if done.removed or done.redacted:
                yield self._replace("raw", path, content, out.getvalue(), done.removed, done.redacted)

    def _redact(self, body: bytes) -> bytes:
        return self.erased.redacted(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")

    def lines(self, place: str, path: str, keep: Line, *, dry: bool | None = None) -> Iterator[Change]:
        """Rewrite a file of lines that are kept (as they are or changed) or not (None)."""
        if not self.lake.fs.exists(path):
            return
        content = self.lake.fs.cat_file(path)
        try:
            lines = (gzip.decompress(content) if path.endswith(".gz") else content).splitlines(keepends=True)
        except (OSError, EOFError, zlib.error) as wrong:
            yield self._damaged(place, path, wrong)
            return
        kept = [(line, keep(line)) for line in lines]
        removed = sum(new is None for _, new in kept)
        redacted = sum(new is not None and new != line for line, new in kept)
        if removed or redacted:
            plain = b"".join(new for _, new in kept if new is not None)
            packed = _gzipped(plain) if path.endswith(".gz") else plain
            yield self._replace(place, path, content, packed, removed, redacted, dry=dry)

    def _damaged(self, place: str, path: str, wrong: Exception) -> Change:
        why = " ".join(f"damaged, nothing was removed from it: {wrong}".split())[:300]
        return Change(place=place, path=path.removeprefix(f"{self.lake.root}/"), fault=why)

    def _replace(
        self, place: str, path: str, old: bytes, new: bytes, removed: int, redacted: int, *, dry: bool | None = None
    ) -> Change:
        if not (self.dry if dry is None else dry):
            with self.lake.replacing(path) as out:
                out.write(new)
        return Change(
            place=place, path=path.removeprefix(f"{self.lake.root}/"), removed=removed, redacted=redacted,
            before=hashlib.sha256(old).hexdigest(), after=hashlib.sha256(new).hexdigest(),
        )  # fmt: skip

    # --- lines -------------------------------------------------------------------------------------------

    def _record(self, line: bytes) -> bytes | None:
        """A document or mention."""
        try:
            data = orjson.loads(line)
            if self.erased.has(data):
                return None
            names = ("title", "text", "stems") if "stems" in data else ("title", "text")
            clean = {name: self.erased.redacted(data[name]) for name in names}
            if all(data[name] == clean[name] for name in names):
                return line
            data |= clean | {"content_hash": content_hash(clean["title"], clean["text"])}
            return json.dumps(data, ensure_ascii=False).encode() + b"\n"
        except (ValueError, TypeError, AttributeError, KeyError):
            return self._reject(line)

    def _reject(self, line: bytes) -> bytes | None:
        """A refused record: gone as a whole where it tells an erased address, id or author anywhere."""
        return None if self.erased.touches(line.decode("utf-8", "replace")) else line

    def _coverage(self, line: bytes) -> bytes:
        """How a crawl went: its numbers stay, an erased address among its errors goes."""
        return self.erased.without_urls(line.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")

    def _label(self, line: bytes) -> bytes | None:
        try:
            return None if self.erased.has_id(orjson.loads(line)["mention_id"]) else line
        except (ValueError, TypeError, KeyError):
            return self._reject(line)


def sweep_stories(lake: Lake, erased: Erased, changes: list[Change], *, dry: bool) -> Iterator[Change]:
    """The story index of a local lake: hashed words of erased texts go; what changed counts as analysed."""
    path = Path(lake.root) / STORIES
    if not is_local(lake) or not path.exists():
        return
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        ids = [id_ for (id_,) in db.execute("SELECT id FROM texts") if erased.has_id(id_)]
    if ids:
        yield Change(place="stories", path=STORIES, removed=len(ids))
    if dry:
        return
    with closing(StoryIndex(path)) as stories:
        stories.forget(ids)
        for change in changes:
            if change.place == "documents":
                key = change.path.removeprefix("documents/").partition(".")[0]
                if stories.fingerprint(key) == change.before:
                    with stories.batch():
                        stories.mark(key, change.after)


def sweep_states(lake: Lake, erased: Erased, *, dry: bool) -> Iterator[Change]:
    """What crawls remember: addresses, refused records; and damage found by backfills."""
    base = state_folder(lake)
    files = [*sorted((base / "crawl").glob("*/state.sqlite")), base / "backfill" / "ledger.sqlite"]
    for file in files:
        if file.exists():
            removed = forget_urls(file, erased.has_url, erased.touches, dry=dry)
            if removed:
                yield Change(place="state", path=f"state/{file.relative_to(base)}", removed=removed)


def sweep_index(
    location: str, erased: Erased, now: datetime, reload: Callable[[], object], *, dry: bool
) -> Iterator[Change]:
    """The index. Mentions that only name an erased person stay, without the pseudonym.

    :param reload: loads the partitions of the lake that were changed; called after erased mentions are gone.
    """
    gone: list[str] = []
    named: list[str] = []
    try:
        with open_index(location) as store:
            for mention in store.iterate(Query(min_relevance=None)):
                if erased.has_document(mention.document):
                    gone.append(mention.id)
                elif erased.mention(mention) is not mention:
                    named.append(mention.id)
            if gone and not dry:
                with store.writing() as writer:
                    writer.delete(gone)
    except StoreError as wrong:
        if "no index yet" not in str(wrong):
            raise
        return
    if not dry:
        reload()
        with open_index(location) as store:  # what came from files, not from the lake, the load left as it was
            left = [mention for mention in map(store.get, named) if mention and erased.mention(mention) is not mention]
            if left:
                with store.writing() as writer:
                    writer.upsert(map(erased.mention, left), version=int(now.timestamp() * 1e6))
    if gone or named:
        yield Change(place="index", path="index", removed=len(gone), redacted=len(named))


def sweep_alerts(path: str, erased: Erased, *, dry: bool) -> Iterator[Change]:
    """Evidence and messages of alerts: the lines about erased texts."""
    if not path or not Path(path).exists():
        return
    removed = 0
    with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as db:
        db.execute("PRAGMA secure_delete=ON")
        db.execute("BEGIN IMMEDIATE")
        titles: set[str] = set()
        for number, text in db.execute("SELECT id, evidence FROM incidents").fetchall():
            clean = _pruned(json.loads(text), erased, titles)
            if clean != json.loads(text):
                removed += 1
                values = (json.dumps(clean, ensure_ascii=False), number)
                db.execute("UPDATE incidents SET evidence = ? WHERE id = ?", values)
        for number, body, payload in db.execute("SELECT id, body, payload FROM messages").fetchall():
            value = json.loads(payload)
            lines = [line for line in body.split("\n") if not _is_about(line, erased, titles)]
            clean = _pruned(value, erased, titles)
            if clean != value or len(lines) != body.count("\n") + 1:
                removed += 1
                told = ("\n".join(lines), json.dumps(clean, ensure_ascii=False), number)
                db.execute("UPDATE messages SET body = ?, payload = ? WHERE id = ?", told)
        db.execute("ROLLBACK" if dry else "COMMIT")
        if not dry:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if removed:
        yield Change(place="alerts", path="alerts", removed=removed)


def _pruned(value: Any, erased: Erased, titles: set[str]) -> Any:
    """JSON without the objects that are about erased texts; their titles are noted."""
    if isinstance(value, dict):
        if erased.has(value):
            titles.add(str(value.get("title") or ""))
            return None
        return {key: _pruned(each, erased, titles) for key, each in value.items()}
    if isinstance(value, list):
        return [clean for each in value if (clean := _pruned(each, erased, titles)) is not None or each is None]
    if isinstance(value, str):
        return erased.redacted(erased.without_urls(value))
    return value


def _is_about(line: str, erased: Erased, titles: set[str]) -> bool:
    return erased.touches(line) or any(title and title in line for title in titles)


def _check(content: bytes) -> None:
    """The WARC reader passes over damage in silence. :raises OSError, EOFError, zlib.error: not whole gzip members."""
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
        while stream.read(1 << 20):
            pass


def _gzipped(content: bytes) -> bytes:
    """As :meth:`citra.lake.Lake.write` packs it: equal records, equal bytes."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=0, filename="") as packed:
        packed.write(content)
    return out.getvalue()
