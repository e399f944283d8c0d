"""Import: tables exported by other tools → documents in the lake, the same file always to the same partitions."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from citra.documents import Document, Kind, Partition, Reject
from citra.erased import Erased, read_erased
from citra.errors import ConfigError, InputError
from citra.lake import Lake
from citra.verbs.extract import without_erased
from citra.verbs.publish import only_writer, state_folder
from crawlers.exports.column_map import ColumnMap, column_key
from crawlers.exports.convert import Converter
from crawlers.exports.rows import Table, look, read_rows
from crawlers.links import normalise

#: documents and rejects of one partition: what analysis takes up in one step
CHUNK = 10_000

#: called with the rows done so far
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    file: str
    rows: int  #: behind the header, blank ones aside
    documents: int
    repeated: int  #: rows that say again what an earlier row said
    undated: int  #: documents without a date: found by search, but in no trend
    rejects: Mapping[str, int]  #: rows refused, by reason
    unused: tuple[str, ...]  #: columns that the map does not name (CSV only)
    encoding: str
    partitions: tuple[str, ...]
    is_repeat: bool  #: this very file was imported before; its documents were replaced

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def import_file(
    path: str,
    lake_path: str,
    columns: ColumnMap,
    *,
    source: str,
    now: datetime,
    kind: Kind | None = None,
    salt: str | None = None,
    encoding: str = "",
    crawled: frozenset[str] = frozenset(),
    chunk: int = CHUNK,
    progress: Progress = lambda _: None,
) -> ImportReport:
    """Read a CSV or JSON Lines export into the lake's documents.

    Its partitions are hours that nothing else of ``source`` lies in: the hour of ``now`` and those before, one for
    each ``chunk`` rows. Which file (by its content) has which is kept in ``imports/<source>/`` in the lake: imported
    again, a file replaces its own documents, also with another map, and a killed import is completed.

    :param source: name of the imported documents' source, and their folder in the lake.
    :param kind: overrides the map's. :param encoding: overrides what the file seems to have.
    :param crawled: names that a source definition has; extraction would replace documents put there.
    :raises ConfigError: no salt although there may be posts of private persons; a name of a crawled source.
    :raises InputError: the file cannot be read as a table, or has no column of text.
    """
    if not salt:
        _need_no_salt(columns, kind)
    lake = Lake(lake_path)
    _check_name(lake, source, crawled)
    known = columns.names()
    table = look(path, known, encoding)
    _check_columns(table, columns)
    converter = Converter(columns, source=source, file=Path(path).name, kind=kind, salt=salt or "", now=now)
    with only_writer(state_folder(lake) / "imports", source):
        places = _Places(lake, source, table.digest, Path(path).name, now)
        counts = _write(lake, places, _convert(table, converter, progress, read_erased(lake, normalise)), chunk)
        places.close(counts)
    return ImportReport(
        file=path,
        rows=counts["rows"],
        documents=counts["documents"],
        repeated=counts["repeated"],
        undated=counts["undated"],
        rejects={name[7:]: n for name, n in sorted(counts.items()) if name.startswith("reject ")},
        unused=tuple(dict.fromkeys(name for name in table.header if name and name not in known)),
        encoding=table.encoding,
        partitions=tuple(partition.key for partition in places.used),
        is_repeat=places.is_repeat,
    )


def _need_no_salt(columns: ColumnMap, kind: Kind | None) -> None:
    if kind != "news" and (kind or columns.has_posts):
        raise ConfigError(
            "posts of private persons are pseudonymised before they are stored: set CITRA_SALT to a long random text "
            "and keep it (or say --kind news when the rows are news)"
        )


def _check_name(lake: Lake, source: str, crawled: frozenset[str]) -> None:
    if not source or not all(char.isascii() and (char.isalnum() or char in "_-") for char in source):
        raise ConfigError(f"--source {source!r}: use letters, digits, - and _")
    if source != source.lower() or len(source) > 41 or source[0] in "_-":
        raise ConfigError(f"--source {source!r}: lower case, at most 41 characters, a letter or digit first")
    if source in crawled or lake.partitions("raw", source):
        raise ConfigError(f"--source {source}: that source is crawled; name the import otherwise: {source}-import")


def _check_columns(table: Table, columns: ColumnMap) -> None:
    if table.is_json:
        return
    if not {column_key(name) for name in columns.columns.text} & set(table.header):
        raise InputError(
            f"{table.path}: no column for text ({', '.join(columns.columns.text)}); "
            f"its columns: {', '.join(name for name in table.header if name)[:300]}"
        )


class _Repeated:
    """A row that said the same as an earlier one."""


def _convert(
    table: Table, converter: Converter, progress: Progress, erased: Erased
) -> Iterator[Document | Reject | _Repeated]:
    """What each row gives. Ids are kept on disk, so that memory stays bounded however long the file is."""
    with closing(sqlite3.connect("")) as seen:
        seen.execute("CREATE TABLE ids (id TEXT PRIMARY KEY, content TEXT, row INTEGER) WITHOUT ROWID")
        for done, row in enumerate(read_rows(table), 1):
            found = without_erased(converter.convert(row), erased, table.path, converter.now)
            if isinstance(found, Document):
                earlier = seen.execute("SELECT content, row FROM ids WHERE id = ?", (found.id,)).fetchone()
                if earlier is None:
                    seen.execute("INSERT INTO ids VALUES (?, ?, ?)", (found.id, found.content_hash, row.number))
                    yield found
                elif earlier[0] == found.content_hash:
                    yield _Repeated()
                else:
                    detail = f"row {earlier[1]} has the same id and another text"
                    yield converter.refuse(row.number, "duplicate-id", detail)
            else:
                yield found
            if done % 1000 == 0:
                progress(done)


def _write(lake: Lake, places: _Places, records: Iterator[Document | Reject | _Repeated], chunk: int) -> Counter[str]:
    """Put records into partition after partition; the rejects of each before its documents."""
    counts: Counter[str] = Counter()
    documents: list[Document] = []
    rejects: list[Reject] = []

    def flush() -> None:
        partition = places.next()
        if rejects or lake.exists("rejects", partition, "extract"):
            lake.write("rejects", partition, rejects, "extract")
        lake.write("documents", partition, documents)
        documents.clear()
        rejects.clear()

    for record in records:
        counts["rows"] += 1
        if isinstance(record, Document):
            counts["documents"] += 1
            counts["undated"] += record.published is None
            documents.append(record)
        elif isinstance(record, Reject):
            counts[f"reject {record.reason}"] += 1
            rejects.append(record)
        else:
            counts["repeated"] += 1
        if len(documents) + len(rejects) >= chunk:
            flush()
    if documents or rejects or not places.used:
        flush()
    while places.has_more():  # a map of before took more rows
        flush()
    return counts


class _Places:
    """The partitions of one file's content, in order; written down before anything is put there."""

    def __init__(self, lake: Lake, source: str, digest: str, file: str, now: datetime) -> None:
        self._lake, self._source, self._now = lake, source, now
        self._path = f"{lake.root}/imports/{source}/{digest[:24]}.json"
        self._record: dict[str, Any] = {"sha256": digest, "file": file, "partitions": []}
        self.is_repeat = bool(lake.fs.exists(self._path))
        if self.is_repeat:
            with lake.fs.open(self._path, "rb") as stream:
                self._record = json.load(stream)
        self._known = [Partition.from_key(key) for key in self._record["partitions"]]
        self.used: list[Partition] = []

    def next(self) -> Partition:
        if len(self.used) == len(self._known):
            self._known.append(self._free())
            self._record["partitions"] = [partition.key for partition in self._known]
            self._save()
        self.used.append(self._known[len(self.used)])
        return self.used[-1]

    def has_more(self) -> bool:
        return len(self.used) < len(self._known)

    def close(self, counts: Mapping[str, int]) -> None:
        self._record |= {"imported": self._now.isoformat(), "counts": dict(counts)}
        self._save()

    def _free(self) -> Partition:
        """The newest hour up to now that nothing of the source lies in."""
        hour = self._known[-1].hour - timedelta(hours=1) if self._known else Partition.of(self._source, self._now).hour
        lake, source = self._lake, self._source
        taken = {*lake.partitions("documents", source), *lake.partitions("mentions", source), *self._others()}
        while (found := Partition(source=self._source, hour=hour)) in taken:
            hour -= timedelta(hours=1)
        return found

    def _others(self) -> set[Partition]:
        """Partitions of other files, also of those whose import was killed before it wrote there."""
        found: set[Partition] = set()
        for path in self._lake.fs.glob(f"{self._lake.root}/imports/{self._source}/*.json"):
            with self._lake.fs.open(path, "rb") as stream:
                found |= {Partition.from_key(key) for key in json.load(stream)["partitions"]}
        return found

    def _save(self) -> None:
        with self._lake.replacing(self._path) as stream:
            stream.write(json.dumps(self._record, ensure_ascii=False, indent=1).encode())
