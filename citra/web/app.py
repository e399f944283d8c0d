"""The application: the gate, the pages, the static files, the API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

from fastapi import Depends, FastAPI, Request
from fastapi.responses import PlainTextResponse, Response
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from citra.api.problems import of_http
from citra.config import Settings
from citra.errors import CitraError
from citra.web import rest
from citra.web.gate import Gate
from citra.web.pages import PAGES
from citra.web.state import WebState
from citra.web.view import View, genuine


def create_app(settings: Settings, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> FastAPI:
    """The dashboard over the lake and the index of ``settings``; ``app.state.citra`` is its state.

    :param clock: the present, aware; tests give another.
    """
    state = WebState(settings, clock)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        state.close()

    app = FastAPI(title="Citra", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.state.citra = state
    app.add_middleware(Gate, state=state)
    for page in PAGES:
        app.include_router(page.build(), dependencies=[Depends(genuine)], include_in_schema=False)
    static = Path(str(resources.files("citra.web").joinpath("static")))
    app.mount("/static", _Packed(GZipMiddleware(StaticFiles(directory=static), minimum_size=1_000)))
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(CitraError, _failed)

    rest.join(app, state)

    @app.get("/sehat", include_in_schema=False)
    def healthy() -> PlainTextResponse:
        """For a watchdog: the process answers."""
        return PlainTextResponse("ok\n")

    return app


class _Packed:
    """Static files compressed, and kept by browsers for a day."""

    def __init__(self, app: GZipMiddleware) -> None:
        self.app = app

    async def __call__(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        async def cached(message) -> None:  # type: ignore[no-untyped-def]
            if message["type"] == "http.response.start" and message["status"] == 200:
                message["headers"] = [*message["headers"], (b"cache-control", b"public, max-age=86400")]
            await send(message)

        await self.app(scope, receive, cached)


async def _refused(request: Request, wrong: Exception) -> Response:
    """Pages of refusal; the API answers for itself."""
    assert isinstance(wrong, HTTPException)
    if request.url.path.startswith("/api/"):
        return of_http(request, wrong)
    known = {403: "forged" if wrong.detail == "forged" else "forbidden", 404: "missing"}
    code = known.get(wrong.status_code, "refused")
    return View.of(request).page("galat.html", status_code=wrong.status_code, code=code, detail="")


async def _failed(request: Request, wrong: Exception) -> Response:
    """A fault that Citra knows, in its own words."""
    return View.of(request).page("galat.html", status_code=503, code="failed", detail=str(wrong))
