"""Bandingkan: offices, regions, topics or sources beside each other, with what can be known of their ranks."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from citra.corrections import read_corrections
from citra.store import Query
from citra.verbs.compare import DIMENSIONS, TOP, Comparison, Dimension, Level, Line, compare_in
from citra.verbs.correction import human_ids
from citra.web import provinces
from citra.web.asked import Asked, query_fault
from citra.web.pages.overview import CHOICES, question
from citra.web.state import WebState
from citra.web.tables import csv_answer
from citra.web.view import View, view_of

#: How many lines are offered; a map shows every province.
TOPS = (10, TOP, 100)

ThisView = Annotated[View, Depends(view_of)]


class Wanted:
    """What an address asks to compare; unknown words are as if not said."""

    def __init__(self, request: Request) -> None:
        given = request.query_params
        self.by: Dimension = cast(Dimension, given.get("by")) if given.get("by") in DIMENSIONS else "office"
        self.level: Level = "regency" if given.get("level") == "regency" else "province"
        top = given.get("top", "")
        self.top = int(top) if top in map(str, TOPS) else TOP
        self.is_map = self.by == "region" and self.level == "province"

    def values(self, **others: str) -> dict[str, str]:
        """As parameters, those of ``others`` instead."""
        found = {"by": self.by, "level": self.level if self.by == "region" else "", "top": str(self.top)} | others
        usual = {"level": "province", "top": str(TOP)}
        return {name: value for name, value in found.items() if value and value != usual.get(name)}


def build() -> APIRouter:
    router = APIRouter()

    @router.get("/bandingkan")
    def page(request: Request, view: ThisView) -> Response:
        wanted, asked = Wanted(request), _asked(request)
        values: dict[str, Any] = {"page": "bandingkan", "wanted": wanted, "dimensions": DIMENSIONS, "tops": TOPS,
                                  "choices": CHOICES}  # fmt: skip
        if wrong := query_fault(asked, view.state.settings.trend.relevance):
            return view.page("bandingkan.html", status_code=400, asked=asked.within(view.today, 30), found=None,
                             wrong=wrong, **values)  # fmt: skip
        asked, query, _ = question(view.state, asked)
        found = compared(view.state, query, wanted)
        links = {line.id: texts_of(asked, wanted.by, line).url("/telusur") for line in found.lines}
        return view.page(
            "bandingkan.html", asked=asked, found=found, wrong=None, links=links, mean=_mean(found),
            chart=chart(view, found, links), tiles=_tiles(found) if wanted.is_map else (),
            lines={line.id: line for line in found.lines}, drawing=provinces, **values,
        )  # fmt: skip

    @router.get("/unduh/banding.csv")
    def table(request: Request, view: ThisView) -> Response:
        wanted = Wanted(request)
        _, query, _ = question(view.state, _asked(request))
        return csv_answer(f"citra-banding-{wanted.by}.csv", rows(compared(view.state, query, wanted)))

    return router


def _asked(request: Request) -> Asked:
    return replace(Asked.read(request.query_params), by=None, raw=False)


def compared(state: WebState, query: Query, wanted: Wanted) -> Comparison:
    """Remembered for each snapshot; the same numbers as ``citra compare``."""
    store, top = state.index.store(), len(provinces.PLACES) if wanted.is_map else wanted.top

    def make() -> Comparison:
        human = human_ids(read_corrections(state.lake))
        return compare_in(
            store, query, by=wanted.by, level=wanted.level, top=top, model=state.settings.analyse.model, human=human
        )

    return state.answers.get(("compare", store.snapshot(), query.id, wanted.by, wanted.level, top), make)


def texts_of(asked: Asked, by: Dimension, line: Line) -> Asked:
    """The question that finds the texts of one line."""
    return replace(asked, filters={**asked.filters, by: line.members})


def _mean(found: Comparison) -> float | None:
    """Mean of all lines: what a verdict is against."""
    shares = [line.standing.shrunk.value for line in found.lines]
    return sum(shares) / len(shares) if shares else None


def _tiles(found: Comparison) -> list[provinces.Tile]:
    return provinces.tiles({line.id: line.standing.shrunk.value for line in found.lines})


def named(view: View, found: Comparison, line: Line) -> str:
    """A line in the reader's language."""
    return view.words.label(line.id) if found.by in {"topic", "kind"} else line.name


def chart(view: View, found: Comparison, links: dict[str, str]) -> dict[str, Any]:
    """Estimates with intervals on the left, each line's part of all mentions on the right."""
    words, stood = view.words, [line.standing for line in found.lines]
    own = [one.corrected or one.share for one in stood]
    return {
        "type": "standings",
        "height": 90 + 26 * max(3, len(stood)),
        "labels": [named(view, found, line) for line in found.lines],
        "value": [one.shrunk.value for one in stood],
        "low": [one.shrunk.low for one in stood],
        "high": [one.shrunk.high for one in stood],
        "own": [one.value if one else None for one in own],
        "side": [one.verdict for one in stood],
        "voice": [line.voice for line in found.lines],
        "ranks": [words.t("banding.rank_span", low=one.rank_low, high=one.rank_high) for one in stood],
        "mean": _mean(found),
        "links": [links[line.id] for line in found.lines],
        "words": {name: words.t(f"banding.{name}") for name in ("estimate", "own", "voice", "mean", "few")},
    }


def rows(found: Comparison) -> list[dict[str, object]]:
    """For a file: one row for each line."""
    return [
        {
            "id": line.id,
            "name": line.name,
            "placements": line.standing.placements,
            "stories": line.standing.stories,
            "voice": line.voice,
            "share": line.standing.shrunk.value,
            "share_low": line.standing.shrunk.low,
            "share_high": line.standing.shrunk.high,
            "own_share": line.standing.share.value if line.standing.share else None,
            "own_corrected": line.standing.corrected.value if line.standing.corrected else None,
            "borrowed": line.standing.borrowed,
            "rank": line.standing.rank,
            "rank_low": line.standing.rank_low,
            "rank_high": line.standing.rank_high,
            "p_above_mean": line.standing.p_above,
            "verdict": line.standing.verdict,
            "query_id": line.query.id,
            "index_version": found.index_version,
            "model_version": found.model_version,
        }
        for line in found.lines
    ]
