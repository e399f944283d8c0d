"""Rows into files: Parquet, CSV, JSON Lines. Rows stream, and a file appears whole or not at all."""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from citra.errors import InputError

Row = Mapping[str, Any]
Write = Callable[[list[Row]], None]
#: Rows held in memory at once, and in a group of a Parquet file.
BATCH = 2_000
#: A cell that begins so is run as a formula by spreadsheets (OWASP, *CSV Injection*).
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_table(path: str | Path, rows: Iterable[Row], schema: pa.Schema, about: Mapping[str, str]) -> int:
    """Write ``rows`` to ``path`` in the format of its suffix, replacing what stood there; returns their number.

    :param about: kept in a Parquet file's metadata; the other formats have no place for it.
    :raises InputError: unknown suffix, or a place that cannot be written.
    """
    target = Path(path)
    opener = format_of(target)
    try:
        with _replacing(target) as part, opener(part, schema, about) as write:
            count, stream = 0, iter(rows)
            while batch := list(islice(stream, BATCH)):
                write(batch)
                count += len(batch)
        return count
    except OSError as wrong:
        raise InputError(f"{target}: cannot be written: {wrong.strerror or wrong}") from wrong


def format_of(path: Path) -> Callable[[Path, pa.Schema, Mapping[str, str]], AbstractContextManager[Write]]:
    """The writer for the suffix of ``path``.

    :raises InputError: for another suffix than .parquet, .csv and .jsonl.
    """
    found = {".parquet": _parquet, ".csv": _csv, ".jsonl": _jsonl}.get(path.suffix.lower())
    if found is None:
        raise InputError(f"{path}: the name must end in .parquet, .csv or .jsonl")
    return found


@contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """A name beside ``target`` to write to; renamed when the block ends, removed when it raises.

    What a killed process left is removed by the next one.
    """
    for left in target.parent.glob(f".{target.name}.*.part"):
        pid = left.name.rsplit(".", 2)[1]
        if pid.isdecimal() and not _runs(int(pid)):
            left.unlink(missing_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield part
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _runs(pid: int) -> bool:
    with suppress(OSError):
        os.kill(pid, 0)
        return True
    return False


@contextmanager
def _parquet(path: Path, schema: pa.Schema, about: Mapping[str, str]) -> Iterator[Write]:
    with pq.ParquetWriter(path, schema.with_metadata(dict(about)), compression="zstd") as file:
        yield lambda rows: file.write_table(pa.Table.from_pylist([dict(row) for row in rows], schema))


@contextmanager
def _csv(path: Path, schema: pa.Schema, about: Mapping[str, str]) -> Iterator[Write]:  # noqa: ARG001
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(schema.names)
        yield lambda rows: table.writerows([cell(row[name]) for name in schema.names] for row in rows)


@contextmanager
def _jsonl(path: Path, schema: pa.Schema, about: Mapping[str, str]) -> Iterator[Write]:  # noqa: ARG001
    with path.open("w", encoding="utf-8") as file:
        yield lambda rows: file.writelines(
            json.dumps({name: row[name] for name in schema.names}, ensure_ascii=False, default=_iso) + "\n"
            for row in rows
        )


def cell(value: Any) -> Any:
    """A value as a CSV cell: lists joined by ``;``, times ISO, what spreadsheets would run led by an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        value = ";".join(map(str, value))
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, str):
        value = re.sub("\x00", "", value)
        return f"'{value}" if value.startswith(FORMULA) else value
    return value


def _iso(value: Any) -> str:
    return str(value.isoformat())
