"""The newest records that were refused, for a reader to see why."""

from __future__ import annotations

from typing import Any

from citra.lake import Lake
from citra.verbs.retry import STAGES

#: Rows of one list.
SHOWN = 100


def newest_rejects(lake: Lake, *, stage: str = "", reason: str = "", source: str = "") -> list[dict[str, Any]]:
    """Up to ``SHOWN`` of them, newest partition first; empty parameters do not restrict."""
    found: list[dict[str, Any]] = []
    partitions = lake.partitions("rejects")
    for partition in sorted(partitions, key=lambda one: one.hour, reverse=True):
        if source and partition.source != source:
            continue
        for one in STAGES:
            if stage in {"", one}:
                found += [record for record in lake.read("rejects", partition, one) if reason in {"", record["reason"]}]
        if len(found) >= SHOWN:
            break
    return found[:SHOWN]
