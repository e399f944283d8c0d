"""Laporan: the morning brief as a page, and as files to hand on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, cast, get_args

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response
from markdown_it import MarkdownIt
from markupsafe import Markup

from citra.app import alerts_path
from citra.brief.charts import pictures
from citra.brief.render import html, markdown
from citra.brief.shapes import Brief, Period, Span, newest_whole
from citra.errors import InputError
from citra.verbs.brief import brief
from citra.web.view import View, plain, view_of

#: Commands of the numbers: for those who read the file; here every number is a link.
_COMMANDS = re.compile(r"^\[\^\d+\]:.*$|\[\^\d+\]", re.MULTILINE)
#: Seconds after which incidents and coverage are looked at anew.
AGE = 60
TYPES = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "md": "text/markdown; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}

ThisView = Annotated[View, Depends(view_of)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which brief an address asks for."""

    span: Span
    day: date

    @classmethod
    def read(cls, view: View, given: Any) -> Wanted:
        """What cannot be read is as if not said: then the newest period that is over."""
        span = cast(Span, given.get("span")) if given.get("span") in get_args(Span) else "day"
        newest = newest_whole(span, view.today)
        try:
            day = date.fromisoformat(given.get("date", ""))
            Period.of(span, day)
        except (ValueError, InputError):
            return cls(span=span, day=newest)
        return cls(span=span, day=min(day, view.today))


def build() -> APIRouter:
    router = APIRouter()

    @router.get("/laporan")
    def page(request: Request, view: ThisView) -> Response:
        wanted = Wanted.read(view, request.query_params)
        return view.page("laporan.html", page="ringkasan", wanted=wanted, spans=get_args(Span), types=TYPES)

    @router.get("/laporan/isi")
    def content(request: Request, view: ThisView) -> Response:
        made = _made(request, view)
        return view.page("bagian/laporan.html", text=as_html(markdown(made)), has_picture=bool(made.buckets),
                         wanted=Wanted.read(view, request.query_params))  # fmt: skip

    @router.get("/laporan/gambar.png")
    def picture(request: Request, view: ThisView) -> Response:
        drawn = pictures(_made(request, view))
        if "trend" not in drawn:
            raise HTTPException(404, "missing")
        return Response(drawn["trend"], media_type="image/png")

    @router.get("/laporan/unduh.{kind}")
    def file(request: Request, view: ThisView, kind: str) -> Response:
        if kind not in TYPES:
            raise HTTPException(404, "missing")
        made = _made(request, view)
        name = f"citra-{made.period.span}-{made.period.since}.{kind}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(_written(kind, made), media_type=TYPES[kind], headers=headers)

    return router


def _made(request: Request, view: View) -> Brief:
    """The same as ``citra brief``; its numbers lead to this dashboard."""
    state, wanted = view.state, Wanted.read(view, request.query_params)
    settings, here = state.settings, str(request.base_url).rstrip("/")
    public = settings.web.public_url or here
    return state.answers.get(
        ("brief", state.index.store().snapshot(), wanted, public, view.today),
        lambda: brief(
            settings.index.location, settings.lake.path, wanted.day, now=state.clock(), span=wanted.span,
            relevance=settings.trend.relevance, alerts=alerts_path(settings), model=settings.analyse.model,
            public_url=public,
        ),
        age=AGE,
    )  # fmt: skip


def as_html(text: str) -> Markup:
    """The brief's Markdown; raw HTML in it stays text, pictures are not fetched, links leave without a trace."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    rendered = reader.render(_COMMANDS.sub("", plain(text))).replace("<a href=", '<a rel="noopener noreferrer" href=')
    rendered = rendered.replace("<h1>", "<h2>").replace("</h1>", "</h2>")
    region = '<div class="scroll" tabindex="0" role="region" aria-label="{}"><table>'
    for number in range(1, rendered.count("<table>") + 1):  # each can be scrolled by the keyboard
        rendered = rendered.replace("<table>\n", region.format(f"{number}") + "\n", 1)
    return Markup(rendered.replace("</table>", "</table></div>"))  # noqa: S704 - rendered with HTML switched off


def _written(kind: str, made: Brief) -> str | bytes:
    if kind == "pdf":
        from citra.brief.pdf import pdf

        return pdf(made, pictures(made))
    if kind == "xlsx":
        from citra.brief.sheets import workbook

        return workbook(made)
    if kind == "pptx":
        from citra.brief.slides import presentation

        return presentation(made)
    return html(made, pictures(made)) if kind == "html" else markdown(made)
