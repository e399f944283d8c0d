"""Logging in and out, language and colours."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from citra.web.access.roles import Person
from citra.web.access.sessions import IDLE
from citra.web.gate import SESSION, cookie
from citra.web.state import WebState, is_loopback
from citra.web.view import LANGUAGE_COOKIE, THEME_COOKIE, View, local_path, view_of
from citra.web.words import LANGUAGES

#: A choice of language or colours is kept for a year.
YEAR = 365 * 24 * 3600

ThisView = Annotated[View, Depends(view_of)]


def build() -> APIRouter:
    router = APIRouter()

    @router.get("/masuk")
    def login_page(view: ThisView, next: str = "/") -> Response:
        if view.person is not None:
            return RedirectResponse(local_path(next), 303)
        return view.page("masuk.html", next=local_path(next), fault="", wait=0, name="")

    @router.post("/masuk")
    def login(
        request: Request, view: ThisView, name: Annotated[str, Form()] = "", password: Annotated[str, Form()] = "",
        next: Annotated[str, Form()] = "/",
    ) -> Response:  # fmt: skip
        return _login(request, view, name.strip().lower()[:100], password, local_path(next))

    @router.post("/keluar")
    def logout(request: Request, view: ThisView) -> Response:
        view.state.sessions.end(request.cookies.get(SESSION, ""))
        if view.person is not None:
            view.state.audit.note(view.person.name, "logout", view.state.clock(), address=address_of(request))
        answer = RedirectResponse("/masuk", 303)
        answer.headers.append("Set-Cookie", cookie(SESSION, "", secure=_is_secure(request, view.state), max_age=0))
        return answer

    @router.post("/pilihan")
    def choose(
        request: Request, view: ThisView, bahasa: Annotated[str, Form()] = "", tema: Annotated[str, Form()] = "",
        next: Annotated[str, Form()] = "/",
    ) -> Response:  # fmt: skip
        answer = RedirectResponse(local_path(next), 303)
        is_secure = _is_secure(request, view.state)
        if bahasa in LANGUAGES:
            answer.headers.append("Set-Cookie", cookie(LANGUAGE_COOKIE, bahasa, secure=is_secure, max_age=YEAR))
        if tema in {"auto", "light", "dark"}:
            answer.headers.append("Set-Cookie", cookie(THEME_COOKIE, tema, secure=is_secure, max_age=YEAR))
        return answer

    return router


def address_of(request: Request) -> str:
    return request.client.host if request.client else ""


def _login(request: Request, view: View, name: str, password: str, target: str) -> Response:
    state, now, address = view.state, view.state.clock(), address_of(request)
    if wait := state.throttle.attempt(name, address, now):
        state.audit.note(name, "login-throttled", now, address=address)
        answer: Response = view.page(
            "masuk.html", status_code=429, next=target, fault="wait", wait=-(-wait // 60), name=name
        )
        answer.headers["Retry-After"] = str(wait)
        return answer
    person = state.users.check(name, password)
    if person is None:
        state.audit.note(name, "login-failed", now, address=address)
        return view.page("masuk.html", status_code=401, next=target, fault="wrong", wait=0, name=name)
    state.throttle.succeeded(name, address, now)
    return _begin(request, state, person, target, address)


def _begin(request: Request, state: WebState, person: Person, target: str, address: str) -> Response:
    state.sessions.end(request.cookies.get(SESSION, ""))  # never goes on under a token that was there before
    token = state.sessions.begin(person, state.clock())
    state.audit.note(person.name, "login", state.clock(), address=address)
    answer = RedirectResponse(target, 303)
    seconds = int(IDLE.total_seconds())
    answer.headers.append("Set-Cookie", cookie(SESSION, token, secure=_is_secure(request, state), max_age=seconds))
    return answer


def _is_secure(request: Request, state: WebState) -> bool:
    return request.url.scheme == "https" or not is_loopback(state.settings.web.host)
