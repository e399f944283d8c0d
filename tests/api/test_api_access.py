"""Who gets in: keys and scopes, sessions, the open machine; limits; errors as problem+json."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from api_server import NOW, settings_for, visitor
from fastapi import FastAPI
from starlette.testclient import TestClient

from citra.api.keys import Keys
from citra.api.problems import KINDS
from citra.errors import ConfigError, InputError
from citra.web.access import AccessDatabase
from citra.web.access.users import Users
from citra.web.app import create_app

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "kalimat yang cukup panjang"
READING = ("documents", "documents/x", "search", "facets", "trend", "coverage", "sources")


@dataclass(frozen=True)
class Locked:
    """A server with a user of each role; argon2 is slow on purpose, so there is one for all tests."""

    app: FastAPI
    keys: Keys

    def key(self, *scopes: str) -> str:
        return self.keys.create("uji", scopes, now=NOW)[1]


@pytest.fixture(scope="module")
def locked(index: str, tmp_path_factory: pytest.TempPathFactory) -> Locked:
    settings = settings_for(index, tmp_path_factory.mktemp("locked"))
    users = Users(AccessDatabase(settings.web.data))
    users.add("pembaca", "reader", PASSWORD, NOW)
    users.add("kepala", "admin", PASSWORD, NOW)
    return Locked(create_app(settings, clock=lambda: NOW), Keys(settings.api.keys))


@pytest.mark.parametrize("path", READING)
def test_without_a_key_nothing_is_read(locked: Locked, path: str) -> None:
    with visitor(locked.app) as nobody:
        answer = nobody.get(f"/api/v1/{path}")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("scopes", [("read",), ("admin",), ("label",), ("alerts",)])
@pytest.mark.parametrize("path", READING)
def test_what_each_scope_reads(locked: Locked, path: str, scopes: tuple[str, ...]) -> None:
    with visitor(locked.app, locked.key(*scopes)) as caller:
        status = caller.get(f"/api/v1/{path}").status_code
    may = "read" in scopes or "admin" in scopes
    assert status == ((404 if path == "documents/x" else 200) if may else 403)


@pytest.mark.parametrize(
    "header",
    [
        "Bearer ", "Bearer x", "Basic eDp4", "bearer citra_000000000000_" + "a" * 43, "Bearer \u00fc", "nonsense",
        "Bearer citra_ffffffffffff_" + "A" * 100_000,
    ],
)  # fmt: skip
def test_a_wrong_key_opens_nothing_even_on_an_open_server(app: FastAPI, header: str) -> None:
    with visitor(app) as caller:
        assert caller.get("/api/v1/health").status_code == 200
        answer = caller.get("/api/v1/sources", headers={"Authorization": header.encode()})  # type: ignore[dict-item]
    assert answer.status_code in {401, 431}


def test_a_key_with_a_wrong_secret_a_revoked_and_an_ended_one(locked: Locked) -> None:
    keys = locked.keys
    made, good = keys.create("baik", ["read"], now=NOW)
    _, ended = keys.create("usang", ["read"], now=NOW - timedelta(days=2), expires=NOW - timedelta(days=1))
    gone, revoked = keys.create("dicabut", ["admin"], now=NOW)
    keys.revoke(gone.id, now=NOW)
    forged = good[:-1] + ("A" if good[-1] != "A" else "B")
    statuses = {}
    for name, token in {"good": good, "ended": ended, "revoked": revoked, "forged": forged}.items():
        with visitor(locked.app, token) as caller:
            statuses[name] = caller.get("/api/v1/facets").status_code
    assert statuses == {"good": 200, "ended": 401, "revoked": 401, "forged": 401}
    used = {key.name: key.used for key in keys.all()}
    assert [used[name] is None for name in ("baik", "usang", "dicabut")] == [False, True, True]
    assert made.id in good


def test_the_file_holds_no_key_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "sub" / "keys.sqlite")
    _, token = keys.create("rahasia", ["read"], now=NOW)
    held = b"".join(file.read_bytes() for file in keys.path.parent.iterdir())
    assert token.rsplit("_", 1)[1].encode() not in held
    assert b"rahasia" in held
    assert keys.path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("name", "scopes", "says"),
    [
        ("", ["read"], "needs a name"),
        ("a\nb", ["read"], "needs a name"),
        ("x", [], "needs a scope"),
        ("x", ["reed"], "did you mean 'read'"),
    ],
)
def test_keys_that_cannot_be(tmp_path: Path, name: str, scopes: list[str], says: str) -> None:
    with pytest.raises(InputError, match=says):
        Keys(tmp_path / "keys").create(name, scopes, now=NOW)
    with pytest.raises(InputError, match="there are none"):
        Keys(tmp_path / "keys").revoke("nix", now=NOW)


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("not a database" * 100)
    with pytest.raises(ConfigError, match="cannot read or write the keys"):
        Keys(tmp_path / "keys").all()


def test_every_change_of_keys_is_in_the_log(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys")
    made, _ = keys.create("uji", ["read", "label"], now=NOW)
    keys.revoke(made.id, now=NOW)
    assert [entry.what for entry in keys.audit()] == ["key.revoke", "key.create"]


# --- sessions ------------------------------------------------------------------------------------------------


def _login(server: FastAPI, name: str) -> TestClient:
    browser = visitor(server)
    form = browser.get("/masuk").text.partition('name="form_token" value="')[2].partition('"')[0]
    given = {"name": name, "password": PASSWORD, "form_token": form}
    assert browser.post("/masuk", data=given, follow_redirects=False).status_code == 303
    return browser


def test_who_is_logged_in_may_read(locked: Locked) -> None:
    browser = _login(locked.app, "pembaca")
    assert browser.get("/api/v1/sources").status_code == 200
    assert visitor(locked.app).get("/api/v1/sources").status_code == 401


def test_an_open_server_behind_a_proxy_does_not_take_strangers_for_its_owner(app: FastAPI) -> None:
    with visitor(app) as caller:
        assert caller.get("/api/v1/sources").status_code == 200
        assert caller.get("/api/v1/sources", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 401
        assert caller.get("/api/v1/sources", headers={"Host": "evil.example"}).status_code == 421


def test_metrics_are_open_on_an_open_server(client: TestClient) -> None:
    assert client.get("/metrics").status_code == 200


def test_metrics_need_a_key_where_the_pages_need_a_login(locked: Locked) -> None:
    assert visitor(locked.app).get("/metrics").status_code == 401
    assert visitor(locked.app, locked.key("label")).get("/metrics").status_code == 403
    scraper = visitor(locked.app, locked.key("read"))
    for path in ("facets", "documents/a", "documents/b", "nowhere/at/all"):
        scraper.get(f"/api/v1/{path}")
    text = scraper.get("/metrics").text
    assert 'citra_http_requests_total{method="GET",route="/api/v1/documents/{id}",status="404"}' in text
    assert "nowhere" not in text
    assert "citra_index_mentions 3" in text
    assert 'citra_sources{status="silent"} 0.0' in text


# --- limits --------------------------------------------------------------------------------------------------


def test_each_key_has_its_own_minute(index: str, tmp_path: Path, key: Callable[..., str]) -> None:
    app = create_app(settings_for(index, tmp_path, CITRA_API_RATE="3"), clock=lambda: NOW)
    one, other = visitor(app, key("read")), visitor(app, key("read"))
    assert [one.get("/api/v1/documents/x").status_code for _ in range(5)] == [404, 404, 404, 429, 429]
    refused = one.get("/api/v1/documents/x")
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.json()["type"].endswith("#too-many-requests")
    assert other.get("/api/v1/documents/x").status_code == 404


def test_guessing_keys_is_slowed_down(index: str, tmp_path: Path) -> None:
    app = create_app(settings_for(index, tmp_path, CITRA_API_RATE="3"), clock=lambda: NOW)
    guesser = visitor(app, "citra_000000000000_" + "a" * 43)
    assert [guesser.get("/api/v1/facets").status_code for _ in range(4)] == [401, 401, 401, 429]


def test_large_bodies_are_refused_told_or_not(index: str, tmp_path: Path) -> None:
    app = create_app(settings_for(index, tmp_path, CITRA_API_MAX_BYTES="1000"), clock=lambda: NOW)
    caller = visitor(app)

    def pieces() -> object:
        yield from [b"[" + b" " * 600] * 3

    for content in (b" " * 1001, pieces()):
        answer = caller.post("/api/v1/facets", content=content, headers={"Content-Type": "application/json"})  # type: ignore[arg-type]
        assert answer.status_code in {413, 405}
    assert caller.request("GET", "/api/v1/facets", content=b" " * 1001).status_code == 413


# --- errors --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status", "kind", "says"),
    [
        ("search?q=(dana", 400, "invalid-query", "never closed"),
        ("search?q=topic:korupsi", 400, "invalid-query", "corruption"),
        ("search?kind=koran", 400, "invalid-query", "unknown kind"),
        ("search?since=2026-11-02&until=2026-11-01", 400, "invalid-query", "ends"),
        ("search?since=2026-11-02&last=3d", 400, "invalid-query", "exclude"),
        ("search?cursor=abc", 400, "invalid-cursor", "another question"),
        ("search?size=0", 422, "invalid-parameter", "query.size"),
        ("search?size=ten", 422, "invalid-parameter", "query.size"),
        ("search?quary=x", 422, "invalid-parameter", "query.quary"),
        ("trend?since=yesterday", 422, "invalid-parameter", "query.since"),
        ("trend?by=hour", 422, "invalid-parameter", "query.by"),
        ("trend?since=0001-01-01&until=9999-12-31", 400, "invalid-input", "too long"),
        ("coverage?since=2020-01-01", 400, "invalid-input", "days"),
        ("documents/nix", 404, "not-found", "no document"),
        ("nix", 404, "not-found", "no such address"),
    ],
)
def test_errors_say_what_and_where(client: TestClient, path: str, status: int, kind: str, says: str) -> None:
    answer = client.get(f"/api/v1/{path}")
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert problem["type"].endswith(f"#{kind}")
    assert problem["status"] == status
    assert problem["instance"] == f"/api/v1/{path.partition('?')[0]}"
    assert says in problem["detail"]


def test_a_query_that_cannot_be_read_has_a_caret(client: TestClient) -> None:
    problem = client.get("/api/v1/search", params={"q": 'dana OR "desa'}).json()
    assert problem["position"] == 8
    assert problem["caret"] == 'dana OR "desa\n        ^'


@pytest.mark.parametrize("change", [lambda c: c[:-2], lambda c: c + "AA", lambda c: "A" + c[1:], lambda c: "💥" * 5])
def test_a_cursor_that_was_tampered_with_is_refused(client: TestClient, change: Callable[[str], str]) -> None:
    cursor = client.get("/api/v1/documents", params={"size": 2}).json()["next"]
    assert client.get("/api/v1/documents", params={"size": 2, "cursor": change(cursor)}).status_code == 400
    other = client.get("/api/v1/documents", params={"size": 2, "cursor": cursor, "sentiment": "negative"})
    assert other.json()["type"].endswith("#invalid-cursor")


def test_only_what_reads_is_taken_where_there_is_nothing_to_write(client: TestClient) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = client.request(method, "/api/v1/search")
        assert answer.status_code == 405
        assert answer.headers["allow"] == "GET"
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_fault_of_ours_tells_nothing_of_us(app: FastAPI) -> None:
    def broken() -> None:
        raise RuntimeError("secret path /srv/citra")

    app.state.citra_api.store = broken
    answer = visitor(app).get("/api/v1/search")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.json()["type"].endswith("#internal")


def test_every_kind_of_problem_is_explained() -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert [kind for kind in KINDS if f"### {kind}" not in page] == []
