"""Sumber & data: how the sources are, what was refused, what the model can do, settings and people."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from citra.app import analyse_options, crawl_options, crawlable
from citra.errors import InputError
from citra.verbs.coverage import Coverage, DayCoverage, coverage
from citra.verbs.retry import STAGES, RetryReport, Wanted, retry
from citra.verbs.status import Status, status
from citra.web import card, figures
from citra.web.access.roles import ROLES
from citra.web.pages.entry import address_of
from citra.web.rejects import newest_rejects
from citra.web.view import View, needs, view_of
from crawlers.source import load_sources

#: Days of the coverage table.
DAYS = 30
#: Seconds after which status and rejects are counted anew.
AGE = 60
#: Rows of the audit log shown.
ENTRIES = 50

ThisView = Annotated[View, Depends(view_of)]


def build() -> APIRouter:
    router = APIRouter()

    @router.get("/sumber")
    def sources(view: ThisView) -> Response:
        return view.page("sumber.html", page="sumber", **_health(view))

    @router.get("/sumber/tolakan")
    def rejects(view: ThisView, tahap: str = "", alasan: str = "", sumber: str = "") -> Response:
        found = newest_rejects(view.state.lake, stage=tahap, reason=alasan, source=sumber)
        return view.page("tolakan.html", page="sumber", rejects=found, stage=tahap, reason=alasan, source=sumber)

    @router.post("/sumber/ulang", dependencies=[needs("editor")])
    def again(
        request: Request, view: ThisView, stage: Annotated[str, Form()] = "", reason: Annotated[str, Form()] = "",
        source: Annotated[str, Form()] = "",
    ) -> Response:  # fmt: skip
        return _again(request, view, stage, reason[:100], source[:100])

    @router.get("/sumber/pekerjaan")
    def job(view: ThisView) -> Response:
        return view.page("bagian/pekerjaan.html", job=view.state.jobs.newest)

    @router.get("/sumber/model")
    def model(view: ThisView) -> Response:
        return view.page("model.html", page="sumber", card=card.html(view.state.settings.analyse.model))

    @router.get("/sumber/setelan", dependencies=[needs("admin")])
    def settings(view: ThisView) -> Response:
        return view.page("setelan.html", page="sumber", sections=_settings(view))

    @router.get("/sumber/pengguna", dependencies=[needs("admin")])
    def users(view: ThisView) -> Response:
        return _users(view)

    @router.post("/sumber/pengguna", dependencies=[needs("admin")])
    def change(
        request: Request, view: ThisView, action: Annotated[str, Form()] = "", name: Annotated[str, Form()] = "",
        role: Annotated[str, Form()] = "", password: Annotated[str, Form()] = "",
    ) -> Response:  # fmt: skip
        return _change(request, view, action, name.strip().lower()[:100], role, password)

    return router


def _health(view: View) -> dict[str, Any]:
    state, now = view.state, view.state.clock()
    since, until = view.today - timedelta(days=DAYS - 1), view.today
    found: Status = state.answers.get(
        ("status",),
        lambda: status(state.lake, state.settings.index.location, load_sources(state.settings.crawl.sources or None)),
        age=AGE,
    )
    covered = state.answers.get(
        ("coverage-all", since), lambda: coverage(state.lake, since=since, until=until, now=now), age=AGE
    )
    return {
        "status": found, "newest": recent(covered, until), "strips": figures.table(covered),
        "days": figures.stretch(since, until), "job": state.jobs.newest, "stages": STAGES,
    }  # fmt: skip


def recent(found: Coverage, today: date) -> dict[str, DayCoverage]:
    """How each source was yesterday and today."""
    days = tuple(day for day in found.days if day.day >= today - timedelta(days=1))
    return Coverage(days=days).newest()


def _again(request: Request, view: View, stage: str, reason: str, source: str) -> Response:
    state = view.state
    assert view.person is not None  # `needs` has seen to it
    stages = [one for one in STAGES if stage in {"", one}]

    def work() -> RetryReport:
        settings = state.settings
        return retry(
            settings.lake.path,
            settings.index.location,
            now=state.clock(),
            crawlable=crawlable(settings),
            sources=load_sources(settings.crawl.sources or None),
            crawl_options=crawl_options(settings),
            analyse_options=analyse_options(settings),
            stages=stages,
            wanted=Wanted(source=source, reason=reason),
        )

    name = " ".join(filter(None, (stage, reason, source))) or "all"
    if state.jobs.start(f"retry {name}", view.person.name, work):
        state.audit.note(view.person.name, "retry", state.clock(), detail=name, address=address_of(request))
    return RedirectResponse("/sumber#tolakan", 303)


def _settings(view: View) -> dict[str, dict[str, Any]]:
    """What is set; of secrets only whether they are."""
    settings = view.state.settings
    shown: dict[str, dict[str, Any]] = settings.model_dump(mode="json", exclude={"salt", "secrets"})
    keys = {"CITRA_SALT": settings.salt is not None} | dict.fromkeys(sorted(settings.secrets), True)
    return shown | {"environment": {name: "••••" if is_set else "–" for name, is_set in keys.items()}}


def _users(view: View, *, status_code: int = 200, fault: str = "", done: str = "") -> Response:
    state = view.state
    return view.page(
        "pengguna.html", status_code=status_code, page="sumber", users=state.users.all(), roles=ROLES,
        fault=fault, done=done, entries=state.audit.newest(ENTRIES),
    )  # fmt: skip


def _change(request: Request, view: View, action: str, name: str, role: str, password: str) -> Response:
    state, now = view.state, view.state.clock()
    assert view.person is not None  # `needs` has seen to it
    users = state.users
    if action != "add" and view.person.name == name:
        return _users(view, status_code=400, fault=view.words.t("pengguna.self"))
    if action == "add" and not users.all() and role != "admin":
        return _users(view, status_code=400, fault=view.words.t("pengguna.first"))
    try:
        if action == "add":
            users.add(name, role, password, now)
        elif action == "role":
            users.set_role(name, role)
        elif action == "password":
            users.set_password(name, password)
        elif action == "remove":
            users.remove(name)
        else:
            raise InputError(f"unknown action {action[:40]!r}")
    except InputError as wrong:
        return _users(view, status_code=400, fault=str(wrong))
    detail = f"{name} {role}" if action in {"add", "role"} else name
    state.audit.note(view.person.name, f"user-{action}", now, detail=detail, address=address_of(request))
    return _users(view, done=detail)
