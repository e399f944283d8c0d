"""Results that can be asked for again: each has an id over all that it stands on, and a file beside the index.

Files are only ever added: the id is a hash of the question, the index's content, the model, the gold set and the code,
so the same result is the same file.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from citra.documents import Bucket
from citra.errors import InputError
from citra.store import Query, Store, nodes
from citra.verbs.covered_trend import Common, evened
from citra.verbs.trend import Trend, measure

#: What the numbers of a trend come from; a change of any of them is another code version.
_CODE = ("trends/series.py", "trends/quantify.py", "verbs/trend.py", "verbs/correction.py", "verbs/covered_trend.py",
         "store/columns.py", "store/protocol.py")  # fmt: skip
_NODES = {
    name: getattr(nodes, name) for name in ("Word", "Phrase", "Wildcard", "Equals", "Between", "And", "Or", "Not")
}
#: Numbers that differ by less are the same: the last bits of a sum depend on the processor.
CLOSE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """A result asked for again."""

    found: Trend  #: measured now
    made: str  #: when the result was first given, ISO
    changed: tuple[str, ...]  #: what it stands on that is not as it was, one sentence each
    differs: tuple[str, ...]  #: numbers that are not as they were, one sentence each; empty: the same numbers

    @property
    def same(self) -> bool:
        return not self.differs


def keep(folder: str | Path, store: Store, query: Query, found: Trend, now: datetime, *, whole: bool = False) -> str:
    """Write the result ``found`` of ``query`` down and return its id, 16 hex digits; the same result is written once.

    :param whole: the trend was restricted to common sources as a whole.
    :raises OSError: the folder cannot be written.
    """
    ask = {
        "query": _plain(replace(query, since=found.since, until=found.until)),
        "by": found.series.interval,
        "compared": list(found.uneven.sources) if found.uneven else None,
        "left_out": dict(found.uneven.left_out) if found.uneven else {},
        "whole": whole,
    }
    stands_on = _stands_on(store, found)
    identity = json.dumps([ask, {k: v for k, v in stands_on.items() if k != "mentions"}], sort_keys=True)
    id_ = hashlib.sha256(identity.encode()).hexdigest()[:16]
    path = Path(folder) / f"{id_}.json"
    if not path.exists():
        record = {
            "id": id_, "made": now.isoformat(timespec="seconds"), "ask": ask, "stands_on": stands_on,
            "numbers": numbers(found),
        }  # fmt: skip
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
        part.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        part.replace(path)
    return id_


def again(folder: str | Path, store: Store, id_: str, *, model: str | None = None, human: Sequence[str] = ()) -> Again:
    """Measure the result ``id_`` again, and say what changed.

    :param human: ids of texts labelled by hand, see :func:`citra.verbs.correction.human_ids`.

    :raises InputError: no such id, or its file is damaged.
    """
    record = _read(Path(folder), id_)
    try:
        query, ask, then = _query(record["ask"]["query"]), record["ask"], record["stands_on"]
        found = measure(store, query, by=ask["by"], model=model, human=human)
        if ask["compared"] is not None:
            common = Common(sources=tuple(ask["compared"]), left_out=ask["left_out"])
            found = evened(store, query, found, common, whole=ask["whole"], model=model, human=human)
        changed = tuple(_changes(then, _stands_on(store, found)))
        differs = tuple(_differences(record["numbers"], numbers(found)))
        return Again(found=found, made=str(record["made"]), changed=changed, differs=differs)
    except (KeyError, TypeError, AttributeError) as wrong:
        raise InputError(f"{Path(folder) / id_}.json: not a result of ours ({wrong!r})") from wrong


def numbers(found: Trend) -> dict[str, Any]:
    """All numbers of a trend that come from the index: what must be the same when it is asked for again."""
    whole = {"total": found.total, "before": found.before, "same weekdays before": found.weekdays}
    changes = {"change": found.change, "raw change": found.raw_change, "weekdays change": found.weekdays_change}
    buckets = {bucket.start.date().isoformat(): _bucket(bucket) for bucket in found.series.buckets}
    return {
        **buckets,
        **{name: _bucket(bucket) for name, bucket in whole.items() if bucket},
        **{
            name: {"difference": c.difference, "low": c.low, "high": c.high, "verdict": c.verdict}
            for name, c in changes.items()
            if c
        },
    }


def _bucket(bucket: Bucket) -> dict[str, Any]:
    plain = dataclasses.asdict(bucket)
    return {name: value for name, value in plain.items() if name not in {"start", "coverage"}}


def _stands_on(store: Store, found: Trend) -> dict[str, Any]:
    return {
        "index": found.series.index_version,
        "mentions": store.stats().mentions,
        "model": found.series.model_version,
        "gold": found.confusion.gold if found.confusion else "",
        "confusion": found.confusion.model if found.confusion else "",
        "by_hand": found.by_hand,
        "code": code_version(),
    }


@lru_cache(maxsize=1)
def code_version() -> str:
    """Version of the package, and a hash of the code that makes the numbers."""
    base = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for name in _CODE:
        digest.update((base / name).read_bytes())
    return f"{version('citra')}+{digest.hexdigest()[:8]}"


_WORDS = {
    "index": "the index: content {} then, {} now",
    "model": "the model that set the labels: {} then, {} now",
    "gold": "the gold set behind the correction: {} then, {} now",
    "confusion": "the model whose errors are corrected: {} then, {} now",
    "by_hand": "the texts labelled by hand: {} then, {} now",
    "code": "the code: {} then, {} now",
}


def _changes(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for name, words in _WORDS.items():
        if then[name] != now[name]:
            told = words.format(then[name] or "none", now[name] or "none")
            more = now["mentions"] - then["mentions"]
            yield f"{told} ({then['mentions']:,} texts then, {more:+,})" if name == "index" else told


def _differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for name in dict.fromkeys((*then, *now)):
        one, two = then.get(name) or {}, now.get(name) or {}
        told = [
            f"{field} {_short(one.get(field))} → {_short(two.get(field))}"
            for field in dict.fromkeys((*one, *two))
            if not _alike(one.get(field), two.get(field))
        ]
        if told:
            yield f"{name}: {', '.join(told)}"


def _alike(one: Any, two: Any) -> bool:
    if isinstance(one, float) and isinstance(two, float):
        return abs(one - two) <= CLOSE
    return bool(one == two)


def _short(value: Any) -> str:
    return "none" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def _read(folder: Path, id_: str) -> dict[str, Any]:
    if not re.fullmatch(r"[0-9a-f]{16}", id_):
        raise InputError(f"{id_[:60]!r} is no id of a result: it has 16 digits 0-9 and a-f")
    path = folder / f"{id_}.json"
    if not path.is_file():
        raise InputError(f"no result {id_} in {folder}")
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as wrong:
        raise InputError(f"{path}: cannot be read ({wrong})") from wrong
    return found


def _plain(value: Any) -> Any:
    """A query as JSON: its tree's nodes carry their names, days are ISO."""
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return fields if isinstance(value, Query) else {"node": type(value).__name__, **fields}
    return value


def _value(plain: Any) -> Any:
    if isinstance(plain, list):
        return tuple(_value(each) for each in plain)
    if isinstance(plain, dict) and "day" in plain:
        return date.fromisoformat(plain["day"])
    if isinstance(plain, dict):
        return _NODES[plain["node"]](**{name: _value(each) for name, each in plain.items() if name != "node"})
    return plain


def _query(plain: Mapping[str, Any]) -> Query:
    return Query(**{name: _value(value) for name, value in plain.items()})
