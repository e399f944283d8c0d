"""Errors as problem+json (RFC 9457): every fault of a request is a :class:`ProblemError`, or becomes one."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from citra.api.models import FieldFault, Problem
from citra.errors import CitraError, InputError, QueryError, StoreError, TryAgain

log = logging.getLogger("citra.api")

#: where each kind of problem is explained
PAGE = "https://github.com/citra-asn/citra/blob/main/docs/api.md"
MEDIA_TYPE = "application/problem+json"

#: kind → (status, title)
KINDS: Mapping[str, tuple[int, str]] = {
    "invalid-query": (400, "The query cannot be read"),
    "invalid-input": (400, "The request cannot be fulfilled as it stands"),
    "invalid-cursor": (400, "Not a cursor of this question"),
    "unauthorised": (401, "A valid key is needed"),
    "forbidden": (403, "The key does not open this"),
    "not-found": (404, "There is no such thing"),
    "wrong-method": (405, "The address does not take this method"),
    "conflict": (409, "What is there has changed"),
    "too-large": (413, "The request is too large"),
    "invalid-parameter": (422, "A parameter or field is wrong"),
    "too-many-requests": (429, "Too many requests"),
    "internal": (500, "A fault of the server"),
    "unavailable": (503, "The answer cannot be given now"),
}
_BY_STATUS = {status: kind for kind, (status, _) in reversed(list(KINDS.items()))}


class ProblemError(Exception):
    """A request that is answered by an error of kind ``kind``, see :data:`KINDS`."""

    def __init__(self, kind: str, detail: str, headers: Mapping[str, str] | None = None, **members: Any) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.headers, self.members = kind, detail, dict(headers or {}), members


def respond(path: str, wrong: ProblemError) -> Response:
    """``wrong`` as a response to the request of ``path``."""
    status, title = KINDS[wrong.kind]
    problem = Problem(
        type=f"{PAGE}#{wrong.kind}", title=title, status=status, detail=wrong.detail, instance=path, **wrong.members
    )
    headers = {"Cache-Control": "no-store", **wrong.headers}
    return Response(problem.model_dump_json(exclude_none=True), status, headers, MEDIA_TYPE)


def of_citra(wrong: CitraError) -> ProblemError:
    """The class of the exception says what the caller is to do."""
    if isinstance(wrong, QueryError):
        line = str(wrong).partition("\n")[0]
        if wrong.position is None:
            return ProblemError("invalid-query", line)
        caret = f"{wrong.query}\n{' ' * wrong.position}^"
        return ProblemError("invalid-query", line, query=wrong.query, position=wrong.position, caret=caret)
    if isinstance(wrong, InputError):
        return ProblemError("invalid-input", str(wrong))
    if isinstance(wrong, TryAgain):
        return ProblemError("unavailable", str(wrong), {"Retry-After": "5"})
    if isinstance(wrong, StoreError):
        # the text names folders or hosts of ours: it is for the log, not for strangers
        log.error("index: %s", wrong)
        return ProblemError("unavailable", "the index cannot be read; the server's log says why", {"Retry-After": "60"})
    log.error("%s: %s", type(wrong).__name__, wrong)
    return ProblemError("unavailable", "the server is not set up for this; its log says why", {"Retry-After": "60"})


def of_http(request: Request, wrong: HTTPException) -> Response:
    """What the framework refuses, our way."""
    kind = _BY_STATUS.get(wrong.status_code, "invalid-input" if wrong.status_code < 500 else "internal")
    detail = {
        404: "no such address; /api/v1/openapi.json lists them all",
        405: f"{request.method} is not among what this address takes",
    }.get(wrong.status_code, str(wrong.detail or HTTPStatus(wrong.status_code).phrase))
    return respond(request.url.path, ProblemError(kind, detail, wrong.headers))


def install(app: FastAPI) -> None:
    """Let every error of ``app`` leave as problem+json."""

    async def problem(request: Request, wrong: Exception) -> Response:
        assert isinstance(wrong, ProblemError)
        return respond(request.url.path, wrong)

    async def citra(request: Request, wrong: Exception) -> Response:
        assert isinstance(wrong, CitraError)
        return respond(request.url.path, of_citra(wrong))

    async def invalid(request: Request, wrong: Exception) -> Response:
        assert isinstance(wrong, RequestValidationError)
        faults = [_fault(error) for error in wrong.errors()[:20]]
        detail = "; ".join(f"{fault.at}: {fault.message}" for fault in faults[:3])
        return respond(request.url.path, ProblemError("invalid-parameter", detail, errors=faults))

    async def http(request: Request, wrong: Exception) -> Response:
        assert isinstance(wrong, HTTPException)
        return of_http(request, wrong)

    async def fault(request: Request, wrong: Exception) -> Response:
        log.error("%s %s failed", request.method, request.url.path, exc_info=wrong)
        return respond(request.url.path, ProblemError("internal", "the server's log says more"))

    app.add_exception_handler(ProblemError, problem)
    app.add_exception_handler(CitraError, citra)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, fault)


def _fault(error: Mapping[str, Any]) -> FieldFault:
    message = str(error.get("msg", "not valid"))
    return FieldFault(
        at=".".join(str(part) for part in error.get("loc", ())), message=message[:1].lower() + message[1:]
    )


def documented(*kinds: str) -> dict[int | str, dict[str, Any]]:
    """``responses=`` of a route that may answer these kinds of problem, with an example of each status."""
    found: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        status, title = KINDS[kind]
        example = {
            "type": f"{PAGE}#{kind}",
            "title": title,
            "status": status,
            "detail": _EXAMPLES.get(kind, title),
            "instance": "/api/v1/search",
        }
        entry = found.setdefault(status, {"description": title, "content": {MEDIA_TYPE: {}}})
        entry["content"][MEDIA_TYPE] = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}
    return found


_EXAMPLES = {
    "invalid-query": "this parenthesis is never closed",
    "invalid-cursor": "the cursor belongs to another question; begin without it",
    "unauthorised": "send a key: Authorization: Bearer citra_…",
    "forbidden": "this needs the scope 'label'; the key has: read",
    "not-found": "no document with this id",
    "invalid-parameter": "query.size: input should be less than or equal to 1000",
    "too-many-requests": "120 requests a minute are allowed; try again in 12 s",
}
