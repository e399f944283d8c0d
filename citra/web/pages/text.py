"""One text: all of it, why it has its labels, and a human's word on them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from citra.documents import SENTIMENTS, TOPICS, Mention
from citra.errors import InputError
from citra.verbs.explain import explain_mention
from citra.verbs.label import label
from citra.web.pages.entry import address_of
from citra.web.view import View, local_path, needs, view_of
from citra.web.why import Reason, reasons

ThisView = Annotated[View, Depends(view_of)]


def build() -> APIRouter:
    router = APIRouter()

    @router.get("/teks/{mention_id}")
    def text(view: ThisView, mention_id: str) -> Response:
        return view.page("teks.html", page="telusur", done=None, fault="", **_values(view, mention_id))

    @router.get("/teks/{mention_id}/mengapa")
    def why(view: ThisView, mention_id: str) -> Response:
        mention = _mention(view, mention_id)
        state = view.state
        key = ("why", mention.id, mention.document.content_hash, mention.corrected_by, state.settings.analyse.model)
        found: list[Reason] = state.answers.get(key, lambda: _why(view, mention))
        return view.page("bagian/mengapa.html" if view.is_fragment else "mengapa.html", page="telusur",
                         reasons=found, mention=mention)  # fmt: skip

    @router.get("/teks/{mention_id}/koreksi", dependencies=[needs("editor")])
    def form(view: ThisView, mention_id: str, kembali: str = "/telusur") -> Response:
        return view.page("bagian/koreksi.html", back=local_path(kembali), **_values(view, mention_id))

    @router.post("/teks/{mention_id}/koreksi", dependencies=[needs("editor")])
    def correct(
        request: Request, view: ThisView, mention_id: str, sentiment: Annotated[str, Form()] = "",
        topics: Annotated[list[str] | None, Form()] = None, relevant: Annotated[str, Form()] = "",
        note: Annotated[str, Form()] = "", retract: Annotated[str, Form()] = "", back: Annotated[str, Form()] = "",
    ) -> Response:  # fmt: skip
        said = {"retract": True} if retract else {
            "sentiment": sentiment or None, "topics": topics or [], "relevant": relevant != "no", "note": note[:2_000],
        }  # fmt: skip
        return _correct(request, view, mention_id, said, local_path(back) if back else "")

    return router


def _values(view: View, mention_id: str) -> dict[str, Any]:
    return {"mention": _mention(view, mention_id), "sentiments": SENTIMENTS, "topics": TOPICS}


def _mention(view: View, mention_id: str) -> Mention:
    found = view.state.index.store().get(mention_id[:100])
    if found is None:
        raise HTTPException(404, "missing")
    return found


def _why(view: View, mention: Mention) -> list[Reason]:
    with view.state.analyser() as analyser:
        return reasons(explain_mention(mention, analyser))


def _correct(request: Request, view: View, mention_id: str, said: dict[str, Any], back: str) -> Response:
    state = view.state
    assert view.person is not None  # `needs` has seen to it
    try:
        done = label(
            state.settings.lake.path, state.settings.index.location, mention_id,
            who=view.person.name, now=state.clock(), **said,
        )  # fmt: skip
    except InputError as wrong:
        return view.page(
            "teks.html", status_code=400, page="telusur", done=None, fault=str(wrong), **_values(view, mention_id)
        )
    labels = done.mention.sentiment.label, *(topic.id for topic in done.mention.topics)
    what = "label-retract" if said.get("retract") else "label"
    state.audit.note(view.person.name, what, state.clock(), detail=f"{mention_id} {' '.join(labels)}",
                     address=address_of(request))  # fmt: skip
    if back and not view.is_fragment:
        return RedirectResponse(back, 303)
    values = _values(view, mention_id) | {"mention": done.mention}
    if view.is_fragment:
        return view.page("bagian/terkoreksi.html", done=done, **values)
    return view.page("teks.html", page="telusur", done=done, fault="", **values)
