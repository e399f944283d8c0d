"""The gate before every page: hosts, sizes, sessions, other sites' requests; and the headers behind it."""

from __future__ import annotations

import secrets
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from citra.web.state import WebState, is_loopback

SESSION, FORM = "citra_session", "citra_form"  #: cookies
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
#: Largest body of a form.
MAX_BODY = 1_000_000
#: Paths that need no session: they decide themselves (the API), or there is nothing to protect.
OPEN = ("/masuk", "/static/", "/api/", "/metrics", "/sehat")

#: What a proxy adds.
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


class Gate:
    """ASGI middleware. Leaves ``person`` and ``form_cookie`` in the request's state."""

    def __init__(self, app: ASGIApp, state: WebState) -> None:
        self.app, self.state = app, state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return  # no web sockets here
        headers, path = Headers(scope=scope), scope["path"]
        cookies = _cookies(headers)
        token, form = cookies.get(SESSION, ""), cookies.get(FORM, "")
        fresh = "" if _is_sound(form) else secrets.token_urlsafe(24)
        person = None
        if not path.startswith("/static/"):
            person = await run_in_threadpool(self.state.person, token)
            if person is not None and person.local and any(name in headers for name in FORWARDED):
                person = None  # something before us speaks for others: nobody is known to sit at this machine
        scope.setdefault("state", {}).update(person=person, form_cookie=fresh or form)
        guarded = _Guarded(scope, receive, send, fresh, self.is_secure(scope))
        refusal = self._refusal(scope, headers, person is not None)
        if refusal is not None:
            await refusal(scope, receive, guarded.send)
            return
        await self.app(scope, guarded.receive, guarded.send)

    def is_secure(self, scope: Scope) -> bool:
        """Whether cookies travel over TLS only: everywhere but on this machine."""
        return scope.get("scheme") == "https" or not is_loopback(self.state.settings.web.host)

    def _refusal(self, scope: Scope, headers: Headers, is_known: bool) -> Response | None:
        path, method = scope["path"], scope["method"]
        if not self._is_our_name(headers.get("host", "")):
            return PlainTextResponse("unknown host", 421)
        length = headers.get("content-length", "0")
        if not path.startswith("/api/") and (not length.isdigit() or int(length) > MAX_BODY):  # the API says it its way
            return PlainTextResponse("too large", 413)
        if method not in SAFE and not _is_own_site(headers):
            return PlainTextResponse("a request from another site", 403)
        if not is_known and not path.startswith(OPEN):
            if method in SAFE and "hx-request" not in headers:
                query = scope.get("query_string", b"").decode("latin-1")
                target = f"{path}?{query}" if query else path
                return RedirectResponse(f"/masuk?next={quote(target, safe='')}", 303)
            return PlainTextResponse("masuk dulu / log in first", 401, headers={"HX-Redirect": "/masuk"})
        return None

    def _is_our_name(self, host: str) -> bool:
        """A page elsewhere can point its own name at 127.0.0.1 (DNS rebinding): only our names are answered."""
        name = host.rsplit(":", 1)[0] if host.count(":") == 1 or "]:" in host else host
        web = self.state.settings.web
        if is_loopback(name) and is_loopback(web.host):
            return True
        if web.hosts:
            return name.lower() in web.hosts
        return not is_loopback(web.host)


class _Guarded:
    """Counts what comes in, and adds headers and the form's cookie to what goes out."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, fresh: str, secure: bool) -> None:
        self._path, self._receive, self._send = scope["path"], receive, send
        self._fresh, self._secure, self._taken = fresh, secure, 0

    async def receive(self) -> Message:
        message = await self._receive()
        self._taken += len(message.get("body", b""))
        if self._taken > MAX_BODY:
            raise HTTPException(413, "too large")
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if not self._path.startswith("/static/"):
                headers.setdefault("Cache-Control", "no-store")
                if self._fresh and not self._path.startswith(("/api/", "/metrics")):
                    headers.append("Set-Cookie", cookie(FORM, self._fresh, secure=self._secure))
        await self._send(message)


def cookie(name: str, value: str, *, secure: bool, max_age: int | None = None) -> str:
    """A ``Set-Cookie`` value that scripts cannot read and other sites cannot send along with a form."""
    parts = [f"{name}={value}", "Path=/", "HttpOnly", "SameSite=Lax"]
    if secure:
        parts.append("Secure")
    if max_age is not None:
        parts.append(f"Max-Age={max_age}")
    return "; ".join(parts)


def _cookies(headers: Headers) -> dict[str, str]:
    try:
        jar: SimpleCookie = SimpleCookie(headers.get("cookie", "")[:8_000])
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in jar.items()}


def _is_sound(value: str) -> bool:
    return 20 <= len(value) <= 64 and value.replace("-", "").replace("_", "").isalnum()


def _is_own_site(headers: Headers) -> bool:
    """What the browser itself says of where a request comes from; those that say nothing still need the token."""
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin: Any = headers.get("origin")
    return origin is None or origin.partition("://")[2] == headers.get("host")
