"""CSV and JSON Lines as rows of text: encoding, delimiter and header are found out; a bad row is a value."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

import fsspec

from citra.errors import InputError
from crawlers.exports.column_map import column_key

#: longest cell and longest line, characters
LONGEST = 10_000_000
#: a header is looked for in so many rows: some tools write about the export before it
_MOST_PREAMBLE = 30
_HEAD = 200_000
_DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True)
class Row:
    number: int  #: from 1, header and blank rows counted, as a spreadsheet shows it
    values: Mapping[str, str]  #: by column key


@dataclass(frozen=True, slots=True)
class BadRow:
    number: int
    reason: str  #: ``bad-csv``, ``bad-json``, ``bad-row`` or ``bad-encoding``
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """How a file is to be read."""

    path: str
    digest: str  #: SHA-256 of the (uncompressed) content
    encoding: str
    is_mixed: bool  #: some bytes are not of that encoding: rows that hold them are refused
    is_json: bool
    delimiter: str = ","
    header: tuple[str, ...] = ()  #: column keys
    start: int = 0  #: rows up to and with the header


def look(path: str, known: Collection[str], encoding: str = "") -> Table:
    """Find out how to read ``path``: a local file or fsspec URL, ``.gz`` and ``.zip`` unpacked.

    :param known: column keys that mean something; the header is the row that has most of them.
    :param encoding: if the file's own word is not to be trusted.
    :raises InputError: no such file, empty, a spreadsheet, or no row has any of the columns.
    """
    try:
        with _open(path) as stream:
            digest, found, is_mixed, head = _scan(stream, encoding)
    except LookupError as wrong:
        raise InputError(f"--encoding {encoding!r}: no such encoding") from wrong
    except (OSError, ValueError, ImportError) as wrong:
        raise InputError(f"{path}: cannot be read: {wrong}") from wrong
    if not head.strip():
        raise InputError(f"{path}: is empty")
    if head.lstrip("\ufeff \r\n\t").startswith("{"):
        return Table(path=path, digest=digest, encoding=found, is_mixed=is_mixed, is_json=True)
    if head.lstrip("\ufeff \r\n\t").startswith(("[{", "[\n", "[\r")):
        raise InputError(f"{path}: a JSON array; write one object a line: jq -c '.[]' {path} > rows.jsonl")
    delimiter, header, start = _find_header(path, head, known)
    return Table(
        path=path, digest=digest, encoding=found, is_mixed=is_mixed, is_json=False,
        delimiter=delimiter, header=header, start=start,
    )  # fmt: skip


def read_rows(table: Table) -> Iterator[Row | BadRow]:
    """Every row behind the header, as it comes; blank ones are passed over."""
    with _open(table.path) as raw:
        text = io.TextIOWrapper(raw, encoding=table.encoding, errors="replace", newline="")
        for row in _json_rows(text) if table.is_json else _csv_rows(text, table):
            if table.is_mixed and isinstance(row, Row) and any("\ufffd" in value for value in row.values.values()):
                yield BadRow(row.number, "bad-encoding", f"holds bytes that are not {table.encoding}")
            else:
                yield row


def _open(path: str) -> IO[bytes]:
    opened: IO[bytes] = fsspec.open(path, "rb", compression="infer").open()
    return opened


# --- finding out -------------------------------------------------------------------------------------------------


def _scan(stream: IO[bytes], encoding: str) -> tuple[str, str, bool, str]:
    """Digest, encoding, whether some bytes do not fit it, and the beginning as text."""
    first = stream.read(1 << 20)
    if first[:4] == b"PK\x03\x04" or first[:4] == b"\xd0\xcf\x11\xe0":
        raise ValueError("a spreadsheet; save it as CSV (UTF-8) and import that")
    name = encoding or _encoding_of(first)
    decoder = codecs.getincrementaldecoder(name or "utf-8")(errors="replace")
    digest, bad, good, block = hashlib.sha256(), 0, 0, first
    while block:
        digest.update(block)
        text = decoder.decode(block)
        if not text.isascii():
            bad += text.count("\ufffd")
            good += sum(1 for char in text if char > "\x7f") if bad else 1
        block = stream.read(1 << 20)
    if not name:
        # a few bad bytes in UTF-8 stay UTF-8; a table of Windows-1252 has more bad bytes than good sequences
        name = "utf-8" if bad <= good - bad else "cp1252"
        if name == "cp1252":
            bad = 0
    head = first[:_HEAD].decode(name, errors="replace")
    return digest.hexdigest(), name, bad > 0, head


def _encoding_of(head: bytes) -> str:
    """By its byte order mark or its zero bytes; empty: UTF-8 or a Windows code page."""
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    part = head[:4096]
    if part.count(0) > len(part) // 4:
        return "utf-16-le" if part[1::2].count(0) >= part[::2].count(0) else "utf-16-be"
    return ""


def _find_header(path: str, head: str, known: Collection[str]) -> tuple[str, tuple[str, ...], int]:
    best: tuple[int, int, str, tuple[str, ...]] = (0, 0, ",", ())
    for delimiter in _DELIMITERS:
        lines = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
        for number in range(1, _MOST_PREAMBLE + 1):
            try:
                cells = next(lines, None)
            except csv.Error:
                continue
            if cells is None:
                break
            keys = tuple(column_key(cell) for cell in cells)
            score = len(set(keys) & set(known))
            if score > best[0]:
                best = (score, number, delimiter, keys)
    if not best[0]:
        first = " | ".join(head.lstrip("\ufeff").splitlines()[0].split(",")[:12])[:200]
        raise InputError(f"{path}: none of the map's columns is there; the first row is: {first}")
    return best[2], best[3], best[1]


# --- reading -----------------------------------------------------------------------------------------------------


def _csv_rows(text: IO[str], table: Table) -> Iterator[Row | BadRow]:
    csv.field_size_limit(LONGEST)
    lines = csv.reader(text, delimiter=table.delimiter)
    number = 0
    while True:
        number += 1
        try:
            cells = next(lines)
        except StopIteration:
            return
        except csv.Error as wrong:
            yield BadRow(number, "bad-csv", str(wrong))
            continue
        if number <= table.start or not any(cell.strip() for cell in cells):
            continue
        extra = [cell for cell in cells[len(table.header) :] if cell.strip()]
        if extra:
            yield BadRow(number, "bad-row", f"{len(cells)} cells where the header has {len(table.header)}")
            continue
        values: dict[str, str] = {}
        for key, cell in zip(table.header, cells, strict=False):
            if cell and not values.get(key):  # the first of two columns of one name that holds something
                values[key] = cell
        yield Row(number, values)


def _json_rows(text: IO[str]) -> Iterator[Row | BadRow]:
    number = 0
    while line := text.readline(LONGEST + 1):
        number += 1
        if len(line) > LONGEST:
            while line and not line.endswith("\n"):
                line = text.readline(LONGEST)
            yield BadRow(number, "bad-json", f"more than {LONGEST:,} characters in one line")
            continue
        line = line.strip("\ufeff \r\n\t")
        if not line:
            continue
        try:
            # numbers stay as they are written: a long id is no float
            value = json.loads(line, parse_float=str, parse_int=str, parse_constant=str)
        except (ValueError, RecursionError) as wrong:
            yield BadRow(number, "bad-json", str(wrong)[:200])
            continue
        if not isinstance(value, dict):
            yield BadRow(number, "bad-json", f"an object was expected, not {type(value).__name__}")
            continue
        yield Row(number, dict(_flat(value)))


def _flat(value: Mapping[str, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Nested objects as ``author username``; lists of plain values joined by blanks."""
    for name, inner in value.items():
        key = f"{prefix} {column_key(name)}".strip()
        if isinstance(inner, dict):
            if depth < 8:
                yield from _flat(inner, key, depth + 1)
        elif isinstance(inner, list):
            yield key, " ".join(each for each in inner if isinstance(each, str))
        elif inner is not None:
            yield key, inner if isinstance(inner, str) else str(inner).lower()
