"""What an effect is to machines: the same for the command line and the REST API."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from citra.verbs.effect import Effect, sentence


def as_json(found: Effect) -> dict[str, Any]:
    """The answer with its daily values; days are dates."""
    course = found.counterfactual
    days = [date.fromordinal(int(day)) for day in found.observed.day]
    return {
        "verdict": found.verdict,
        "reason": found.reason,
        "sentence_id": sentence(found),
        "measure": found.measure,
        "unit": "difference of shares" if found.measure == "share" else "difference of natural logarithms",
        "since": found.since,
        "at": found.at,
        "until": found.until,
        "step": asdict(found.step) if found.step else None,
        "own": asdict(found.own) if found.own else None,
        "detectable": found.detectable,
        "placebos": asdict(found.placebos) if found.placebos else None,
        "controls": [
            {"query_id": one.query.id, "moved": one.moved, "step": asdict(one.step) if one.step else None}
            for one in found.controls
        ],
        "observed": [
            {"day": day, "value": value} for day, value in zip(days, found.observed.value.tolist(), strict=True)
        ],
        "counterfactual": [
            {"day": date.fromordinal(day), "value": value, "low": low, "high": high}
            for day, value, low, high in zip(
                course.day.tolist(), course.value.tolist(), course.low.tolist(), course.high.tolist(), strict=True
            )
        ]
        if course
        else [],
        "corrected": found.confusion is not None,
        "query_id": found.query.id,
        "index_version": found.index_version,
        "model_version": found.model_version,
        "notes": list(found.notes),
    }
