"""Hapus data: a person's or an address's texts are counted, then removed everywhere, with a receipt."""

from __future__ import annotations

import json
from typing import Annotated, cast, get_args

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import Response

from citra.app import alerts_path
from citra.errors import InputError
from citra.verbs.erase import Places, Receipt, TargetKind, erase
from citra.web.pages.entry import address_of
from citra.web.view import View, needs, view_of
from crawlers.source import load_sources

ThisView = Annotated[View, Depends(view_of)]


def build() -> APIRouter:
    router = APIRouter(dependencies=[needs("admin")])

    @router.get("/sumber/hapus")
    def form(view: ThisView) -> Response:
        return _page(view)

    @router.post("/sumber/hapus")
    def begin(
        request: Request, view: ThisView, kind: Annotated[str, Form()] = "", target: Annotated[str, Form()] = "",
        sure: Annotated[str, Form()] = "",
    ) -> Response:  # fmt: skip
        if kind not in get_args(TargetKind) or not target.strip():
            return _page(view, status_code=400, fault=view.words.t("hapus.nothing"))
        return _begin(request, view, cast(TargetKind, kind), target.strip()[:2_000], dry=sure != "1")

    @router.get("/sumber/hapus/bukti.json")
    def receipt(view: ThisView) -> Response:
        job = view.state.jobs.newest
        if job is None or not isinstance(job.result, Receipt):
            raise HTTPException(404, "missing")
        text = json.dumps(job.result.to_json(), ensure_ascii=False, indent=1)
        headers = {"Content-Disposition": f'attachment; filename="citra-bukti-{job.result.id}.json"'}
        return Response(text, media_type="application/json", headers=headers)

    return router


def _page(view: View, *, status_code: int = 200, fault: str = "") -> Response:
    return view.page(
        "hapus.html", status_code=status_code, page="sumber", kinds=get_args(TargetKind), fault=fault,
        job=view.state.jobs.newest,
    )  # fmt: skip


def _begin(request: Request, view: View, kind: TargetKind, target: str, *, dry: bool) -> Response:
    state, settings = view.state, view.state.settings
    assert view.person is not None  # `needs` has seen to it

    def work() -> Receipt:
        places = Places(
            lake=settings.lake.path, index=settings.index.location, alerts=alerts_path(settings),
            sources=load_sources(settings.crawl.sources or None),
        )  # fmt: skip
        salt = settings.salt.get_secret_value() if settings.salt else None
        try:
            return erase(places, kind, target, now=state.clock(), salt=salt, dry=dry)
        finally:
            if not dry:
                state.answers.forget()  # nothing of it stays in memory

    # neither job nor log says whom it was about
    name = f"erase {kind}{' (count)' if dry else ''}"
    if not state.jobs.start(name, view.person.name, work):
        raise InputError("another job is going on; wait until it is done")
    state.audit.note(view.person.name, "erase-count" if dry else "erase", state.clock(), detail=kind,
                     address=address_of(request))  # fmt: skip
    return _page(view)
