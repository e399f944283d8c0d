"""Ringkasan: did our image move, is it real, why, and which texts show it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from citra.web.view import View, view_of


def build() -> APIRouter:
    router = APIRouter()

    @router.get("/")
    def overview(view: Annotated[View, Depends(view_of)]) -> Response:
        return view.page("ringkasan.html", page="ringkasan", stats=view.state.index.store().stats())

    return router
