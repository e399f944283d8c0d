"""Takes the REST API into the dashboard's server: one index, one audit log, and its people may call it too."""

from __future__ import annotations

from fastapi import FastAPI, Request

from citra.api.access import Caller
from citra.api.keys import SCOPES, Scope
from citra.api.problems import ProblemError
from citra.api.routes import mount
from citra.api.state import ApiState
from citra.web.access.roles import Person, Role
from citra.web.access.sessions import is_forged
from citra.web.gate import SAFE
from citra.web.state import WebState

_SCOPES: dict[Role, frozenset[Scope]] = {
    "reader": frozenset({"read"}),
    "editor": frozenset({"read", "label", "alerts"}),
    "admin": frozenset(SCOPES),
}
#: what a proxy adds; then whoever asks is not known to sit at this machine
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


def join(app: FastAPI, state: WebState) -> None:
    """Serve the API and ``/metrics`` beside the pages of ``app``."""

    def session(request: Request) -> Caller | None:
        person: Person | None = request.state.person
        if person is None or (person.local and any(name in request.headers for name in _FORWARDED)):
            return None
        # a session rides on a cookie that browsers send by themselves; nothing of the kind opens a local server,
        # and the gate has refused what another site's page sent
        if request.method not in SAFE and not person.local:
            token = request.headers.get("x-citra-form", "")
            if is_forged(state.secret, request.state.form_cookie, token):
                raise ProblemError("forbidden", "a session's write needs its page's token in X-Citra-Form")
        return Caller(name=person.name, scopes=_SCOPES[person.role])

    def note(who: str, what: str, detail: str, address: str) -> None:
        state.audit.note(who, what, state.clock(), detail=detail, address=address)

    mount(app, ApiState(state.settings, store=state.index.store, session=session, audit=note, clock=state.clock))
