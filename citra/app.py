"""Settings → the parameters of the verbs. The command line and the DAGs share it; stages never see settings."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any

from citra.config import Settings
from citra.lake import Lake
from citra.verbs.crawl import crawl
from citra.verbs.run import process
from crawlers.source import Source, load_sources, pick_sources


def crawl_options(settings: Settings) -> dict[str, Any]:
    """The parameters of :func:`citra.verbs.crawl.crawl` that come from the settings."""
    return {
        "user_agent": f"Citra/{version('citra')} (+{settings.crawl.contact})",
        "delay": settings.crawl.delay,
        "timeout": settings.crawl.timeout,
        "max_bytes": settings.crawl.max_bytes,
        "allow_loopback": settings.crawl.allow_loopback,
        "salt": settings.salt.get_secret_value() if settings.salt else None,
        "topic_words": settings.crawl.topic_words,
    }


def analyse_options(settings: Settings) -> dict[str, Any]:
    """The parameters of :func:`citra.verbs.analyse.opened` that come from the settings."""
    return {"model": settings.analyse.model, "threads": settings.analyse.threads, "batch": settings.analyse.batch}


def crawlable(settings: Settings, names: tuple[str, ...] = ()) -> list[Source]:
    """The sources called ``names``, or those enabled; without a salt, social sources that nobody named wait for one."""
    sources = pick_sources(load_sources(settings.crawl.sources or None), names or settings.crawl.enabled)
    return [source for source in sources if names or settings.salt or source.kind != "social"]


def crawl_one(settings: Settings, name: str, now: datetime) -> dict[str, Any]:
    """Crawl one source and say how it went; for a task that stands for one source."""
    found = crawl(
        crawlable(settings, (name,)),
        Lake(settings.lake.path),
        since=now - timedelta(days=7),
        now=now,
        **crawl_options(settings),
    )
    return found.to_json()


def process_all(settings: Settings, now: datetime) -> dict[str, Any]:
    """Extract, analyse and load what is new; for a task."""
    return process(
        load_sources(settings.crawl.sources or None),
        settings.lake.path,
        settings.index.path,
        now=now,
        analyse_options=analyse_options(settings),
    ).to_json()
