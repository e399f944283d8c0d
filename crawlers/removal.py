"""Takes single records out of a WARC file; what stays, stays byte for byte."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
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
    ends = [offset for offset, _ in units[1:]] + [size]
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
