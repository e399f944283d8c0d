"""What every page shares: who asks, in which language and colours, and how templates are filled."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any, Literal, cast
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from citra.documents import JAKARTA
from citra.store.protocol import Snippet
from citra.web.access.roles import Person, Role, at_least
from citra.web.access.sessions import forgery_token, is_forged
from citra.web.gate import SAFE
from citra.web.sentences import said
from citra.web.state import WebState
from citra.web.words import LANGUAGES, Words
from nlp.gazetteer import office_name, region_name

Theme = Literal["auto", "light", "dark"]
LANGUAGE_COOKIE, THEME_COOKIE = "citra_bahasa", "citra_tema"

#: Characters that reorder or hide what stands around them; a hostile title could make a page lie.
_BIDI = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C], None)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One request's surroundings; templates know it as ``view``."""

    state: WebState
    person: Person | None
    words: Words
    theme: Theme
    form_token: str
    here: str  #: path and query of this page, to come back to
    is_fragment: bool  #: htmx asks for a part of the page

    @classmethod
    def of(cls, request: Request) -> View:
        state = state_of(request)
        language = request.cookies.get(LANGUAGE_COOKIE, "id")
        theme = request.cookies.get(THEME_COOKIE, "auto")
        query = request.url.query
        return cls(
            state=state,
            person=request.state.person,
            words=Words(language if language in LANGUAGES else "id"),
            theme=cast(Theme, theme) if theme in {"light", "dark"} else "auto",
            form_token=forgery_token(state.secret, request.state.form_cookie),
            here=f"{request.url.path}?{query}" if query else request.url.path,
            is_fragment="hx-request" in request.headers,
        )

    @property
    def today(self) -> date:
        """The day it is in Jakarta."""
        return self.state.today

    def said(self, text: str) -> Markup:
        """A verb's sentence in the reader's language."""
        return said(text, self.words)

    def named(self, name: str, value: str) -> str:
        """What a filter's value is called."""
        if name == "office":
            return office_name(value)
        if name == "region":
            return region_name(value)
        return value if name == "source" else self.words.label(value)

    def may(self, role: Role) -> bool:
        return at_least(self.person, role)

    def page(self, template: str, *, status_code: int = 200, **values: Any) -> HTMLResponse:
        """``template`` filled with ``values``, the words and this view."""
        from citra.web.pages import NAVIGATION

        words = self.words
        text = (
            templates()
            .get_template(template)
            .render(
                view=self,
                t=words.t,
                words=words,
                navigation=NAVIGATION,
                now=self.state.clock(),
                day=timedelta(days=1),
                jakarta=JAKARTA,
                **values,
            )
        )
        return HTMLResponse(text, status_code)


def state_of(request: Request) -> WebState:
    return cast(WebState, request.app.state.citra)


def view_of(request: Request) -> View:
    return View.of(request)


def needs(role: Role) -> Any:
    """Dependency of a route that only people with ``role`` may use."""

    def check(request: Request) -> None:
        if not at_least(request.state.person, role):
            raise HTTPException(403, "forbidden")

    return Depends(check)


async def genuine(request: Request) -> None:
    """Dependency of every router: a form must bring the token of the page it stood on."""
    if request.method in SAFE:
        return
    token = request.headers.get("x-citra-form") or str((await request.form()).get("form_token", ""))
    if is_forged(state_of(request).secret, request.state.form_cookie, token):
        raise HTTPException(403, "forged")


def local_path(target: str) -> str:
    """``target`` when it is a path on this server, else ``/``: no redirect leads elsewhere."""
    parts = urlsplit(target)
    is_local = target.startswith("/") and not parts.scheme and not parts.netloc
    if not is_local or target[1:2] in {"/", "\\"} or not target.isascii() or not target.isprintable():
        return "/"
    return target


def plain(text: str) -> str:
    """``text`` without the marks that change the direction of what follows."""
    return text.translate(_BIDI)


def marked(snippet: Snippet) -> Markup:
    """The snippet's text, escaped, its matches in ``<mark>``."""
    parts, at = [], 0
    for start, end in snippet.marks:
        parts += [escape(plain(snippet.text[at:start])), Markup("<mark>"), escape(plain(snippet.text[start:end]))]
        parts.append(Markup("</mark>"))
        at = end
    return Markup("").join([*parts, escape(plain(snippet.text[at:]))])


def json_block(value: Any) -> Markup:
    """JSON that can stand inside ``<script type="application/json">``, whatever is in it."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - nothing that HTML would read is left


def web_link(address: str) -> str:
    """``address`` when it is one of the web; nothing for ``javascript:`` and the like."""
    return address if address.startswith(("http://", "https://")) else ""


def changed(record: Any, **values: Any) -> Any:
    """A copy of a record with other values: what a link to a neighbouring question needs."""
    return replace(record, **values)


@cache
def templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("citra.web"), autoescape=select_autoescape(default=True), undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {
        "marked": marked,
        "json_block": json_block,
        "web_link": web_link,
        "plain": plain,
        "with": changed,
    }
    return environment
