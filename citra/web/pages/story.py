"""Cerita: one story, who had it first, how it spread, all its copies."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import Response

from citra.documents import JAKARTA
from citra.errors import InputError
from citra.verbs.story import StoryAnswer, story_in
from citra.web.asked import Asked
from citra.web.tables import csv_answer
from citra.web.view import View, view_of

#: Copies shown on the page; the file has all.
SHOWN = 200

ThisView = Annotated[View, Depends(view_of)]


def build() -> APIRouter:
    router = APIRouter()

    @router.get("/cerita/{story_id}")
    def page(view: ThisView, story_id: str) -> Response:
        found = told(view, story_id)
        return view.page(
            "cerita.html", page="telusur", found=found, asked=question(found), chart=chart(view, found), shown=SHOWN,
            took=lambda length: took(view, length),
        )  # fmt: skip

    @router.get("/cerita/{story_id}/salinan.csv")
    def table(view: ThisView, story_id: str) -> Response:
        names = ("id", "published", "source", "kind", "sentiment", "title", "url")
        copies = told(view, story_id).copies
        return csv_answer("citra-cerita.csv", [{name: getattr(one, name) for name in names} for one in copies])

    return router


def told(view: View, story_id: str) -> StoryAnswer:
    """Remembered for each snapshot; a page that is missing where there is neither story nor text of this id."""
    store, wanted = view.state.index.store(), story_id[:100]
    try:
        return view.state.answers.get(("story", store.snapshot(), wanted), lambda: story_in(store, wanted))
    except InputError:
        raise HTTPException(404, "missing") from None


def question(found: StoryAnswer) -> Asked:
    """All texts of the story."""
    return Asked(text=f'story:"{found.id}"', filters={}, everything=True)


def took(view: View, length: timedelta) -> str:
    """A stretch of time in words."""
    minutes = round(length.total_seconds() / 60)
    if minutes < 60:
        return view.words.t("cerita.minutes", n=view.words.number(minutes))
    if minutes < 48 * 60:
        return view.words.t("cerita.hours", n=view.words.number(minutes / 60, 0 if minutes % 60 == 0 else 1))
    return view.words.t("cerita.days", n=view.words.number(minutes / 1440, 1))


def chart(view: View, found: StoryAnswer) -> dict[str, Any] | None:
    """Texts and sources out by each moment; None where it did not spread."""
    steps = found.spread.steps
    if len(steps) < 2:
        return None
    local = [step.at.astimezone(JAKARTA) for step in steps]
    return {
        "type": "spread",
        "times": [f"{at:%Y-%m-%dT%H:%M:%S}" for at in local],  # no zone: drawn as clocks in Jakarta show it
        "titles": [view.words.moment(at) for at in local],
        "texts": [step.texts for step in steps],
        "sources": [step.sources for step in steps],
        "words": {"texts": view.words.t("unit.texts"), "sources": view.words.t("cerita.sources")},
    }
