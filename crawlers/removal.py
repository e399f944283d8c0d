"""Takes single records out of a WARC file; what stays, stays byte for byte."""

from __future__ import annotations

import io
import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from warcio.archiveiterator import ArchiveIterator
from warcio.warcwriter import WARCWriter

from crawlers.warc import WarcItem, read_item

_DIGESTS = frozenset({"warc-block-digest", "warc-payload-digest", "content-length", "warc-type", "warc-target-uri",
                      "content-type"})  # fmt: skip


@dataclass(slots=True)
class Filtered:
    removed: int = 0  #: records, with the requests that belong to them
    redacted: int = 0  #: payloads of which a part was replaced


def filter_warc(
    stream: IO[bytes],
    size: int,
    out: IO[bytes],
    unwanted: Callable[[WarcItem], bool],
    redact: Callable[[bytes], bytes] = lambda body: body,
) -> Filtered:
    """Copy the records of ``stream`` (gzip, a member for each) that are not ``unwanted`` to ``out``.

    A request goes with the response it belongs to. ``redact`` may change the body of an API payload (``resource``),
    whose record is then written anew.

    :param size: bytes of ``stream``. :raises OSError, ArchiveLoadFailed: the file is damaged.
    """
    done, gone = Filtered(), set[str]()
    units: list[tuple[int, bytes | None]] = []  # offset; None: removed, b"": as it is, else the new member
    requests: dict[int, str] = {}
    records = ArchiveIterator(stream)
    for record in records:
        place, about = len(units), record.rec_headers
        offset = records.offset
        if record.rec_type in {"response", "resource"}:
            item = read_item(record, offset)
            if unwanted(item):
                gone.add(item.record_id)
                units.append((offset, None))
                continue
            clean = redact(item.body) if record.rec_type == "resource" else item.body
            units.append((offset, b"" if clean == item.body else _packed(about, item, clean)))
        else:
            requests[place] = about.get_header("WARC-Concurrent-To") or ""
            units.append((offset, b""))
    for place, belongs_to in requests.items():
        if belongs_to in gone:
            units[place] = (units[place][0], None)
    ends = [*(offset for offset, _ in units[1:]), size][: len(units)]
    for (start, new), end in zip(units, ends, strict=True):
        if new is None:
            done.removed += 1
        elif new:
            done.redacted += 1
            out.write(new)
        else:
            stream.seek(start)
            out.write(stream.read(end - start))
    return done


def all_posts(body: bytes, fits: Callable[[dict[str, Any]], bool]) -> bool:
    """Whether an API payload is a post that ``fits``, or a list of nothing but such."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return False
    posts = value if isinstance(value, list) else [value]
    return bool(posts) and all(isinstance(post, dict) and fits(post) for post in posts)


def author_of_post(post: dict[str, Any]) -> str:
    """The pseudonym that a stored payload gives for its author; empty when it gives none."""
    who = post.get("account") or post.get("author")
    name = who.get("id") if isinstance(who, dict) else None
    return name if isinstance(name, str) and re.fullmatch(r"anon:[0-9a-f]{16}", name) else ""


def _packed(about: Any, item: WarcItem, body: bytes) -> bytes:
    kept = {name: value for name, value in about.headers if name.lower() not in _DIGESTS}
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True)
    writer.write_record(
        writer.create_warc_record(
            item.url, "resource", io.BytesIO(body), warc_content_type=item.content_type, warc_headers_dict=kept
        )
    )
    return out.getvalue()


def forget_urls(
    database: Path, is_gone: Callable[[str], bool], touches: Callable[[str], bool], *, dry: bool = False
) -> int:
    """Take addresses out of a crawl's or backfill's memory, overwriting what is deleted; returns the number of rows.

    :param is_gone: tells addresses. :param touches: tells rejects that hold such an address.
    """
    removed = 0
    with closing(sqlite3.connect(database, timeout=30, isolation_level=None)) as db:
        db.execute("PRAGMA secure_delete=ON")
        db.execute("BEGIN IMMEDIATE")
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        for table in sorted({"urls", "visits"} & tables):
            rows = [row for row in db.execute(f"SELECT url FROM {table}") if is_gone(row[0])]  # noqa: S608
            db.executemany(f"DELETE FROM {table} WHERE url = ?", rows)  # noqa: S608
            removed += len(rows)
        if "rejects" in tables:
            key = "locator" if any(row[1] == "locator" for row in db.execute("PRAGMA table_info(rejects)")) else "id"
            found = db.execute(f"SELECT {key}, record FROM rejects").fetchall()  # noqa: S608
            rows = [(value,) for value, record in found if touches(record)]
            db.executemany(f"DELETE FROM rejects WHERE {key} = ?", rows)  # noqa: S608
            removed += len(rows)
        db.execute("ROLLBACK" if dry else "COMMIT")
        if not dry:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return removed
