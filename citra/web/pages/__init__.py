"""The pages. To add one: a module with ``build()``, a template, its words in ``messages.toml``, a line in ``PAGES``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter

from citra.web.pages import (
    brief,
    comparing,
    effects,
    entry,
    erasure,
    incidents,
    indicators,
    overview,
    search,
    sources,
    story,
    text,
    watching,
)


@dataclass(frozen=True, slots=True)
class Page:
    """One page and the routes that belong to it."""

    name: str  #: ``nav.<name>`` in messages.toml is what the navigation calls it
    path: str
    build: Callable[[], APIRouter]
    in_navigation: bool = True


PAGES: tuple[Page, ...] = (
    Page("ringkasan", "/", overview.build),
    Page("telusur", "/telusur", search.build),
    Page("bandingkan", "/bandingkan", comparing.build),
    Page("dampak", "/dampak", effects.build),
    Page("peringatan", "/peringatan", incidents.build),
    Page("sumber", "/sumber", sources.build),
    Page("pantauan", "/peringatan/pantauan", watching.build, in_navigation=False),
    Page("indikator", "/ringkasan/indikator", indicators.build, in_navigation=False),
    Page("laporan", "/laporan", brief.build, in_navigation=False),
    Page("cerita", "/cerita", story.build, in_navigation=False),
    Page("hapus", "/sumber/hapus", erasure.build, in_navigation=False),
    Page("teks", "/teks", text.build, in_navigation=False),
    Page("masuk", "/masuk", entry.build, in_navigation=False),
)
NAVIGATION = tuple(page for page in PAGES if page.in_navigation)
