"""Who asks, and what that opens: keys, or whom the dashboard lets in (sessions; whoever is at an open machine)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from fastapi import Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from citra.api.keys import Scope
from citra.api.problems import ProblemError
from citra.api.state import address_of, state_of

#: sent with every 401
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="citra"'}
#: only described by it in the OpenAPI document; :func:`identify` reads the header
_BEARER = HTTPBearer(auto_error=False, scheme_name="key", description="`citra key create NAME --scope read`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Somebody who may ask."""

    name: str  #: for the audit log: ``key:<id> <name>``, or a user's name
    scopes: frozenset[Scope] = field(default_factory=frozenset)


def identify(request: Request) -> Caller | None:
    """The caller of ``request``: by key, else whom the dashboard knows.

    :raises ProblemError: a key that opens nothing; a session's write without the session's token.
    """
    state = state_of(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme:
        key = state.keys.check(token.strip(), state.now()) if scheme.lower() == "bearer" else None
        if key is None:
            state.spend(f"ip:{address_of(request)}")
            raise ProblemError("unauthorised", "this key is unknown, revoked or has ended", CHALLENGE)
        return Caller(name=f"key:{key.id} {key.name}", scopes=key.scopes)
    return state.session(request)


def needs(scope: Scope) -> Callable[[Request], Caller]:
    """The dependency of a route: its caller, who has ``scope`` (``admin`` has all)."""

    described = Security(_BEARER, scopes=[scope])

    def caller(request: Request, _: HTTPAuthorizationCredentials | None = described) -> Caller:
        state = state_of(request)
        found = identify(request)
        if found is None:
            raise ProblemError("unauthorised", "send a key: Authorization: Bearer citra_…", CHALLENGE)
        state.spend(found.name)
        if scope not in found.scopes and "admin" not in found.scopes:
            has = ", ".join(sorted(found.scopes)) or "none"
            raise ProblemError("forbidden", f"this needs the scope {scope!r}; you have: {has}")
        request.state.caller = found
        return found

    return caller
