"""A trend as the API says it; the fields are those of ``citra trend --json``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from citra.documents import Bucket, to_json
from citra.trends.series import VERDICT_ID, Change
from citra.verbs.trend import Trend


def trend_json(found: Trend) -> dict[str, Any]:
    """All of a trend as JSON-ready values, the series' own at the top."""
    plain = to_json(found.series)
    for bucket, flat in zip(found.series.buckets, plain["buckets"], strict=True):
        start = bucket.start.date()
        flat |= {"partial": start in found.partial, "flags": list(found.flags.get(start, ()))}
    how, uneven = found.confusion, found.uneven
    return plain | {
        "since": found.since.isoformat(),
        "until": found.until.isoformat(),
        "count_by": found.by,
        "total": _bucket(found.total),
        "before": _bucket(found.before),
        "change": {**_change(found.change), "basis": found.basis},
        "raw_change": _change(found.raw_change),
        "same_weekdays": _bucket(found.weekdays),
        "same_weekdays_change": _change(found.weekdays_change) if found.weekdays_change else None,
        "uneven_sources": {
            "compared": list(uneven.sources),
            "left_out": dict(uneven.left_out),
            "change_over_all": _change(uneven.change),
        }
        if uneven
        else None,
        "correction": {"model": how.model, "gold": how.gold, "measured": how.date} if how else None,
        "notes": list(found.notes),
    }


def _bucket(bucket: Bucket | None) -> dict[str, Any] | None:
    return asdict(bucket) | {"start": bucket.start.isoformat()} if bucket else None


def _change(change: Change) -> dict[str, Any]:
    return asdict(change) | {"label_id": VERDICT_ID[change.verdict]}
