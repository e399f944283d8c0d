"""Tasks of ``citra_learn``: from people's labels to a candidate model, and its promotion."""

from __future__ import annotations

import logging
from datetime import date
from pathlib import Path
from typing import Any

from citra.config import Settings
from citra.tasks.care import as_report
from citra.tasks.watch import beside

#: the scores that a person weighs before promoting
WEIGHED = ("sentiment macro-F1", "sentiment macro-F1, relevant texts", "topics macro-F1", "relevance F1")

log = logging.getLogger("citra")


def models_folder(settings: Settings) -> Path:
    """Where candidates and the link ``current`` lie."""
    return beside(settings, "models")


def corrections(settings: Settings, day: date) -> dict[str, Any]:
    """How people's labels on random texts compare with the model's; whole in ``reports``."""
    from citra.verbs.corrected import agreement, as_rows, confusion

    found = confusion(settings.lake.path, threshold=settings.trend.relevance)
    as_report(settings, day, "corrections", {"confusion": found, "agreement": as_rows(agreement(settings.lake.path))})
    return {"texts": found["texts"], "model": found["model"] or "none", "left_out": sum(found["left_out"].values())}


def gather(settings: Settings, data: str, version: str) -> dict[str, Any]:
    """The labelled texts with the labels by hand, in a folder of the version's own."""
    from citra.verbs.learn import gather as run

    done = run(settings.lake.path, settings.index.location, Path(data), models_folder(settings) / f"{version}.data")
    return {"folder": done.folder, "added": done.added, "incomplete": done.incomplete, "gone": done.gone}


def evaluate(settings: Settings, model: str, data: str, day: date) -> dict[str, Any]:
    """Scores of a model on the held-out texts: value, and what 95 % of resamples lie between."""
    from citra.verbs.learn import judge

    scores = judge(model or settings.analyse.model, Path(data))
    as_report(settings, day, f"scores-{Path(model or settings.analyse.model).name}", scores)
    return {name: [round(one[key], 4) for key in ("value", "low", "high")] for name, one in scores.items()}


def train(settings: Settings, folder: str, encoder: str, *, version: str, day: date, epochs: int) -> str:
    """Train and export a candidate; returns its folder. Killed, a retry goes on after the last whole epoch."""
    from citra.verbs.learn import train as run

    models = models_folder(settings)
    target = models / version
    run(
        Path(folder), Path(encoder), models / f"{version}.run", target,
        version=version, day=day, epochs=epochs, report=log.info,
    )  # fmt: skip
    return str(target)


def promote(settings: Settings, candidate: str) -> dict[str, Any]:
    """Let ``models/current`` be the candidate. Settings that name that link use it from the next analysis on."""
    from citra.verbs.learn import promote as run

    link = run(Path(candidate), models_folder(settings))
    if Path(settings.analyse.model).absolute() != link.absolute():
        log.warning("analyses use %r: set [analyse] model = %r for them to follow", settings.analyse.model, str(link))
    return {"current": str(link), "candidate": candidate}
