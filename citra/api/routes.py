"""The API as an application, and how a server takes it in."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from citra.api import alerts, comparing, effects, exports, labels, metrics, problems, reading
from citra.api.bounds import BodyLimit
from citra.api.models import Problem
from citra.api.state import ApiState

PREFIX = "/api/v1"
_ABOUT = """What news and public posts say about Indonesian civil servants.

Send a key (`citra key create`) as `Authorization: Bearer citra_…`. Errors are `application/problem+json`.
Answers carry an `ETag` over index and question: send it back as `If-None-Match`. Days are days in Jakarta.
See `docs/api.md` for examples."""


def build(state: ApiState) -> FastAPI:
    """The API alone, with errors, limits and an OpenAPI document of its own."""
    api = FastAPI(
        title="Citra",
        version=version("citra"),
        description=_ABOUT,
        docs_url=None,  # their pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_name,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    api.state.citra_api = state
    problems.install(api)
    api.add_middleware(BodyLimit, most=state.settings.api.max_bytes)
    for router in (
        reading.open_router,
        reading.router,
        comparing.router,
        effects.router,
        exports.router,
        labels.router,
        alerts.router,
    ):
        api.include_router(router)
    _describe(api)
    return api


def mount(app: FastAPI, state: ApiState) -> FastAPI:
    """Serve the API at :data:`PREFIX` of ``app``, metrics of the whole at ``/metrics``; returns the API."""
    api = build(state)
    app.state.citra_api = state
    metrics.install(app, state)
    app.mount(PREFIX, api)
    return api


def _name(route: APIRoute) -> str:
    return route.name


def _describe(api: FastAPI) -> None:
    """The document also has the schema that every error refers to."""
    plain = api.openapi

    def openapi() -> dict[str, Any]:
        if not api.openapi_schema:
            schemas = plain().setdefault("components", {}).setdefault("schemas", {})
            made = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(made.pop("$defs", {}))
            schemas["Problem"] = made
        assert api.openapi_schema is not None
        return api.openapi_schema

    api.openapi = openapi  # type: ignore[method-assign]
