"""The pages. To add one: a module with ``build() -> APIRouter``, a template, its words in ``messages.toml``, a line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter

from citra.web.pages import entry, overview


@dataclass(frozen=True, slots=True)
class Page:
    """One page and the routes that belong to it."""

    name: str  #: ``nav.<name>`` in messages.toml is what the navigation calls it
    path: str
    build: Callable[[], APIRouter]
    in_navigation: bool = True


PAGES: tuple[Page, ...] = (
    Page("ringkasan", "/", overview.build),
    Page("masuk", "/masuk", entry.build, in_navigation=False),
)
NAVIGATION = tuple(page for page in PAGES if page.in_navigation)
