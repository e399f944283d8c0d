"""Tasks of ``citra_care``: what has to be looked at, or cleared away, once a week."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from citra.app import alerts_path, analyse_options, crawl_options, crawlable
from citra.config import Settings
from citra.documents import JAKARTA, Kind
from citra.errors import CitraError
from citra.lake import Lake
from citra.tasks.understand import stories_path
from citra.tasks.watch import beside, write_whole
from crawlers.source import load_sources


def coverage_report(settings: Settings, since: date, until: date, now: datetime) -> dict[str, Any]:
    """Which sources were silent, flooded or changed their layout; whole in ``reports``, counted here."""
    from citra.verbs.coverage import coverage, notes, rows

    found = coverage(Lake(settings.lake.path), since=since, until=until, now=now)
    flagged = found.flagged()
    _report(settings, until, "coverage", {"days": rows(found), "notes": notes(found)})
    return {
        "sources": len({day.source for day in found.days}),
        "days": len(found.days),
        "flagged": len(flagged),
        "sources_flagged": len({day.source for day in flagged}),
    }


def drift(settings: Settings, until: date) -> dict[str, Any]:
    """Whether labels are spread differently from what is usual, or by more than one model."""
    from citra.verbs.drift import drift as run

    found = run(settings.index.location, until=until, relevance=settings.trend.relevance)
    _report(settings, until, "drift", found.to_json())
    return {"moved": ", ".join(found.moved) or "nothing", "models": len(found.models)}


def retain(settings: Settings, now: datetime) -> dict[str, Any]:
    """Remove texts whose time has passed.

    :raises CitraError: a partition is damaged; all others are done.
    """
    from citra.verbs.retain import retain as run

    kept = settings.retention
    days: dict[Kind, int] = {
        "news": kept.news, "social": kept.social, "complaint": kept.complaint, "review": kept.review,
    }  # fmt: skip
    sources = load_sources(settings.crawl.sources or None)
    done = run(settings.lake.path, settings.index.location, sources, days, now=now, dry=False)
    if done.faults:
        raise CitraError(f"{len(done.faults)} partitions could not be cleared: {done.faults[0]}")
    return {"partitions": done.partitions, **done.files, **{f"records_{k}": n for k, n in done.records.items()}}


def erase_again(settings: Settings, now: datetime) -> dict[str, Any]:
    """Prove that what was erased is still gone; remove it where a restored backup brought it back.

    :raises CitraError: something of it remains.
    """
    from citra.verbs.erase import Places
    from citra.verbs.erase import erase_again as run

    places = Places(
        lake=settings.lake.path,
        index=settings.index.location,
        sources=load_sources(settings.crawl.sources or None),
        alerts=alerts_path(settings),
    )
    done = run(places, now=now, dry=False)
    if not done.done:
        raise CitraError("what was erased is not gone: run `citra erase --again --yes`; it says where it remains")
    return {"removed": sum(done.removed.values())}


def retry(settings: Settings, now: datetime) -> dict[str, Any]:
    """Drive all rejects again; what succeeds is done by the next `citra_understand`."""
    from citra.verbs.retry import retry as run

    report = run(
        settings.lake.path,
        settings.index.location,
        now=now,
        crawlable=crawlable(settings),
        sources=load_sources(settings.crawl.sources or None),
        crawl_options=crawl_options(settings),
        analyse_options=analyse_options(settings),
        stages=["crawl", "extract", "load"] if stories_path(settings) else ["crawl", "extract", "analyse", "load"],
    )
    return {f"{stage.stage}_{name}": getattr(stage, name) for stage in report.stages for name in ("found", "fixed")}


def sweep(settings: Settings, now: datetime) -> dict[str, Any]:
    """Load what the whole lake holds and the index lacks, however old; days that hourly runs no longer look at."""
    from citra.verbs.load import load

    report = load(settings.index.location, settings.lake.path, now=now)
    return {"loaded": report.loaded, "skipped": report.skipped, "added": report.result.added}


def snapshot(settings: Settings, day: date, keep: int, repository: str) -> dict[str, Any]:
    """A copy of the index, named after the day; the newest ``keep`` stay."""
    from citra.verbs.snapshot import snapshot as run

    done = run(
        settings.index.location, beside(settings, "snapshots"), name=f"{day:%Y-%m-%d}", keep=keep, repository=repository
    )
    return {"name": done.name, "mentions": done.mentions, "removed": len(done.removed)}


def week(end: datetime) -> tuple[date, date]:
    """First and last day (Asia/Jakarta) of the seven that are over at ``end``."""
    last = end.astimezone(JAKARTA).date() - timedelta(days=1)
    return last - timedelta(days=6), last


def _report(settings: Settings, day: date, name: str, content: Any) -> Path:
    folder = beside(settings, "reports") / day.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    write_whole(path, json.dumps(content, ensure_ascii=False, indent=1, default=str).encode())
    return path


def as_report(settings: Settings, day: date, name: str, content: Any) -> None:
    """Keep ``content`` in ``reports/<day>/<name>.json``."""
    _report(settings, day, name, asdict(content) if hasattr(content, "__dataclass_fields__") else content)
