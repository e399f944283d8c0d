"""The gate: headers on everything, only our names, only our forms, only those who may."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from dashboard import NOW, PASSWORD, Visitor, settings_for
from fastapi import FastAPI

from citra.web.app import create_app
from citra.web.view import local_path

ROUTES = ("/", "/telusur", "/sumber", "/masuk", "/static/citra.css", "/tidak-ada", "/api/v1/health", "/sehat")


@pytest.mark.parametrize("path", ROUTES)
def test_every_answer_has_the_headers(visitor: Visitor, path: str) -> None:
    headers = visitor.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert path.startswith(("/static/", "/api/")) or headers["cache-control"] == "no-store"


def test_pages_hold_no_inline_script_or_style(visitor: Visitor) -> None:
    for path in ("/", "/telusur?q=layanan", "/sumber", "/sumber/pengguna", "/ringkasan/sebab", "/telusur/saring"):
        page = visitor.get(path).text
        scripts = re.findall(r"<script([^>]*)>", page)
        assert all("src=" in attributes or 'type="application/json"' in attributes for attributes in scripts), path
        assert not re.search(r"<style|\sstyle=|<[^>]+\son\w+=|href=.javascript:", page), path


@pytest.mark.parametrize("host", ["jahat.example", "127.0.0.1.jahat.example", "jahat.example:8000", ""])
def test_a_name_that_is_not_ours_is_refused(visitor: Visitor, host: str) -> None:
    assert visitor.get("/", headers={"Host": host}).status_code == 421


def test_what_a_proxy_hands_on_is_not_this_machine(visitor: Visitor) -> None:
    assert visitor.get("/").status_code == 200
    answer = visitor.get("/", headers={"X-Forwarded-For": "203.0.113.7"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/masuk?next=%2F")


def test_a_name_in_hosts_is_answered_and_needs_users(made_up: Path, tmp_path: Path) -> None:
    app = create_app(settings_for(made_up, tmp_path, hosts=["citra.example"]), clock=lambda: NOW)
    with Visitor(app) as visitor:
        assert visitor.get("/sehat", headers={"Host": "citra.example:443"}).status_code == 200
        assert visitor.get("/", headers={"Host": "citra.example"}).status_code == 303
        assert visitor.get("/sehat", headers={"Host": "other.example"}).status_code == 421


def test_form_without_its_token_changes_nothing(visitor: Visitor) -> None:
    for fields in ({}, {"form_token": ""}, {"form_token": "0" * 64}):
        answer = visitor.post("/pilihan", data={"bahasa": "en", **fields})
        assert answer.status_code == 403
        assert "citra_bahasa" not in visitor.cookies
    assert visitor.submit("/pilihan", bahasa="en").status_code == 303
    assert visitor.cookies["citra_bahasa"] == "en"


def test_token_of_another_browser_is_none(app: FastAPI) -> None:
    with Visitor(app) as one, Visitor(app) as other:
        other.get("/masuk")
        assert other.post("/pilihan", data={"bahasa": "en", "form_token": one.token()}).status_code == 403


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://jahat.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_form_of_another_site_is_refused_even_with_a_token(visitor: Visitor, headers: dict[str, str]) -> None:
    token = visitor.token()
    answer = visitor.post("/pilihan", data={"bahasa": "en", "form_token": token}, headers=headers)
    assert answer.status_code == 403


def test_every_route_that_changes_something_needs_the_token(people: FastAPI) -> None:
    posts = {
        route.path.replace("{mention_id}", "x").replace("{number:int}", "1")
        for route in _routes(people)
        if "POST" in (getattr(route, "methods", None) or ()) and not route.path.startswith("/api")
    }
    assert {
        "/masuk",
        "/keluar",
        "/pilihan",
        "/sumber/ulang",
        "/sumber/pengguna",
        "/teks/x/koreksi",
        "/peringatan/1",
    } <= posts
    with Visitor(people) as visitor:
        visitor.log_in("ani")
        for path in posts:
            assert visitor.post(path, data={"form_token": "1" * 64}).status_code == 403, path


def _routes(app: FastAPI) -> list[object]:
    found: list[object] = []
    rest = list(app.routes)
    while rest:
        route = rest.pop()
        if hasattr(route, "path"):
            found.append(route)
        else:
            rest.extend(getattr(getattr(route, "original_router", None), "routes", ()))
    return found


def test_large_bodies_are_refused(visitor: Visitor) -> None:
    assert visitor.post("/pilihan", data={"bahasa": "x" * 1_100_000}).status_code == 413

    def pieces():  # type: ignore[no-untyped-def]
        for _ in range(20):
            yield b"x" * 100_000

    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert visitor.post("/pilihan", content=pieces(), headers=kind).status_code in {400, 413}  # without a length


def test_no_redirect_leads_elsewhere(people: FastAPI) -> None:
    elsewhere = (
        "//jahat.example",
        "https://jahat.example",
        "/\\jahat.example",
        "javascript:alert(1)",
        "/\tx",
        "\\\\x",
        "",
    )
    with Visitor(people) as visitor:
        assert visitor.log_in("ani", next=elsewhere[0]).headers["location"] == "/"
        for target in elsewhere:
            assert local_path(target) == "/"
            assert visitor.submit("/pilihan", bahasa="id", next=target).headers["location"] == "/"
            assert visitor.get("/masuk", params={"next": target}).headers["location"] == "/"


def test_login_leads_back_to_what_was_asked_for(people: FastAPI) -> None:
    with Visitor(people) as visitor:
        asked = visitor.get("/telusur?q=suap&from=2026-11-01")
        assert asked.headers["location"] == "/masuk?next=%2Ftelusur%3Fq%3Dsuap%26from%3D2026-11-01"
        answer = visitor.log_in("rini", next="/telusur?q=suap&from=2026-11-01")
        assert answer.headers["location"] == "/telusur?q=suap&from=2026-11-01"


def test_part_of_a_page_without_session_leads_to_the_login(people: FastAPI) -> None:
    with Visitor(people) as visitor:
        answer = visitor.get("/ringkasan/sebab", headers={"HX-Request": "true"})
        assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/masuk")


def test_roles_open_what_they_should(people: FastAPI) -> None:
    for name, may in (("rini", 403), ("eko", 403), ("ani", 200)):
        with Visitor(people) as visitor:
            visitor.log_in(name)
            for path in ("/", "/telusur", "/sumber", "/sumber/model", "/sumber/tolakan"):
                assert visitor.get(path).status_code == 200, (name, path)
            for path in ("/sumber/pengguna", "/sumber/setelan"):
                assert visitor.get(path).status_code == may, (name, path)


def test_readers_change_nothing(people: FastAPI) -> None:
    with Visitor(people) as visitor:
        visitor.log_in("rini")
        assert visitor.submit("/sumber/ulang", stage="load").status_code == 403
        assert visitor.submit("/teks/x/koreksi", sentiment="positive").status_code == 403
        added = visitor.submit("/sumber/pengguna", action="add", name="x", role="admin", password=PASSWORD)
        assert added.status_code == 403
    assert [user.name for user in people.state.citra.users.all()] == ["ani", "eko", "rini"]


def test_settings_show_no_secret(made_up: Path, tmp_path: Path) -> None:
    settings = settings_for(made_up, tmp_path).model_copy(update={"salt": "sangat rahasia"})
    settings = type(settings).model_validate(settings.model_dump() | {"salt": "sangat rahasia"})
    with Visitor(create_app(settings, clock=lambda: NOW)) as visitor:
        page = visitor.get("/sumber/setelan").text
    assert "CITRA_SALT" in page
    assert "rahasia" not in page.replace("dari rahasia hanya", "")
