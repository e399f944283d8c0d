"""Settings → the parameters of the verbs. The command line and the DAGs share it; stages never see settings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from citra.config import PLATFORM_SECRETS, Settings
from citra.lake import Lake
from crawlers.source import Source, load_sources, pick_sources


def crawl_options(settings: Settings) -> dict[str, Any]:
    """The parameters of :func:`citra.verbs.crawl.crawl` that come from the settings."""
    return {
        "user_agent": f"Citra/{version('citra')} (+{settings.crawl.contact})",
        "delay": settings.crawl.delay,
        "timeout": settings.crawl.timeout,
        "max_bytes": settings.crawl.max_bytes,
        "recheck": settings.crawl.recheck,
        "allow_loopback": settings.crawl.allow_loopback,
        "salt": settings.salt.get_secret_value() if settings.salt else None,
        "secrets": {
            name: secret.get_secret_value() for name, secret in settings.secrets.items() if name in PLATFORM_SECRETS
        },
        "topic_words": settings.crawl.topic_words,
    }


def analyse_options(settings: Settings) -> dict[str, Any]:
    """The parameters of :func:`citra.verbs.analyse.opened` that come from the settings."""
    return {"model": settings.analyse.model, "threads": settings.analyse.threads, "batch": settings.analyse.batch}


def crawlable(settings: Settings, names: tuple[str, ...] = ()) -> list[Source]:
    """The sources called ``names``, or those enabled; such as lack salt or key wait for it unless they are named."""
    sources = pick_sources(load_sources(settings.crawl.sources or None), names or settings.crawl.enabled)
    return [source for source in sources if names or not _lacking(source, settings)]


def left_out(settings: Settings) -> list[str]:
    """What :func:`crawlable` leaves out when nothing is named: a line for each variable that is missing."""
    waiting: dict[str, list[str]] = {}
    for source in pick_sources(load_sources(settings.crawl.sources or None), settings.crawl.enabled):
        if lacking := _lacking(source, settings):
            waiting.setdefault(lacking, []).append(source.name)
    return [f"left out: {', '.join(names)} (set {lacking})" for lacking, names in sorted(waiting.items())]


def _lacking(source: Source, settings: Settings) -> str:
    """The environment variables to be set before a source can be crawled, in words; empty when there are all."""
    salt = [] if settings.salt or source.spider == "news" else ["CITRA_SALT"]
    return " and ".join(salt + [name for name in source.secrets if name not in settings.secrets])


def results_path(settings: Settings) -> str:
    """Folder of the results that carry ids: beside the index's, or the lake's where the index is on a server."""
    if settings.trend.results:
        return settings.trend.results
    beside = settings.index.path if settings.index.engine == "embedded" else settings.lake.path
    return str(Path(beside).parent / "results") if "://" not in beside else "data/results"


def alerts_path(settings: Settings) -> str:
    """The file of watches, incidents and messages."""
    if settings.alerts.path:
        return settings.alerts.path
    folder = Path("data") if "://" in settings.lake.path else Path(settings.lake.path).parent
    return str(folder / "alerts.sqlite")


def collection(settings: Settings, now: datetime, days: int) -> dict[str, Any]:
    """What :func:`citra.verbs.detect.detect` has to know of the collection: coverage, and until when it reaches."""
    from citra.documents import JAKARTA
    from citra.verbs.coverage import coverage
    from citra.verbs.source_warnings import collected_until

    lake, today = Lake(settings.lake.path), now.astimezone(JAKARTA).date()
    collected = collected_until(lake, now)
    if collected is None:  # only imported: nobody knows what should be there
        return {"coverage": None, "collected": None}
    since = today - timedelta(days=days)
    return {"coverage": coverage(lake, since=since, until=today, now=now), "collected": collected}


def detect_all(settings: Settings, now: datetime) -> dict[str, Any]:
    """Judge every watch; for a task."""
    from citra.verbs.detect import detect, detection_json
    from citra.verbs.watch_counts import HISTORY

    found = detect(
        settings.index.location,
        alerts_path(settings),
        now=now,
        budget=settings.alerts.budget,
        **collection(settings, now, HISTORY["day"]),
    )
    return detection_json(found)


def channels(settings: Settings) -> dict[str, Any]:
    """Where messages go: ``channels``, and ``escalation`` for what nobody took up.

    :raises ConfigError: for an address that cannot be used; it is named by its place, never by its text.
    """
    from citra.verbs.notify import channels_of

    secret = {name: value.get_secret_value() for name, value in settings.secrets.items()}
    return {
        "channels": channels_of(
            secret.get("CITRA_NOTIFY_URLS", ""), secret.get("CITRA_WEBHOOK_URL", ""),
            secret.get("CITRA_WEBHOOK_SECRET", ""), allow_loopback=settings.crawl.allow_loopback,
        ),
        "escalation": channels_of(
            secret.get("CITRA_NOTIFY_ESCALATE_URLS", ""), variable="CITRA_NOTIFY_ESCALATE_URLS"
        ),
    }  # fmt: skip


def notify_all(settings: Settings, clock: Callable[[], datetime]) -> dict[str, Any]:
    """Send what is due; for a task."""
    from dataclasses import asdict

    from citra.verbs.notify import notify

    found = notify(
        alerts_path(settings),
        clock=clock,
        quiet=settings.alerts.quiet,
        bundle=settings.alerts.bundle,
        escalate_hours=settings.alerts.escalate_hours,
        **channels(settings),
    )
    return asdict(found)
