"""People: passwords, sessions, throttling, the audit log."""

from __future__ import annotations

import sqlite3
import stat
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from dashboard import NOW, PASSWORD, Visitor
from fastapi import FastAPI

from citra.errors import InputError, StoreError
from citra.web.access import AccessDatabase, Person
from citra.web.access.sessions import IDLE, LONGEST, Sessions
from citra.web.access.throttle import PER_ADDRESS, PER_BOTH, WINDOW, Throttle
from citra.web.access.users import Users


@pytest.fixture
def database(tmp_path: Path) -> AccessDatabase:
    return AccessDatabase(str(tmp_path / "web"))


@pytest.fixture
def users(database: AccessDatabase) -> Users:
    return Users(database)


def test_password_is_kept_as_argon2id_only(users: Users, database: AccessDatabase) -> None:
    users.add("ani", "admin", PASSWORD, NOW)
    with database.transaction() as db:
        (kept,) = db.execute("SELECT password FROM users").fetchone()
    assert kept.startswith("$argon2id$")
    assert PASSWORD.encode() not in database.path.read_bytes()
    assert stat.S_IMODE(database.path.stat().st_mode) == 0o600
    assert users.check("ani", PASSWORD) == Person(name="ani", role="admin")
    assert users.check("ani", PASSWORD + "x") is None
    assert users.check("budi", PASSWORD) is None


@pytest.mark.parametrize(
    ("name", "role", "password", "expected"),
    [
        ("Ani Wati", "reader", PASSWORD, "no user name"),
        ("", "reader", PASSWORD, "no user name"),
        ("<b>", "reader", PASSWORD, "no user name"),
        ("ani", "raja", PASSWORD, "unknown role 'raja'; known: reader, editor, admin"),
        ("ani", "reader", "pendek", "15 to 1,000 characters"),
        ("ani", "reader", "x" * 1001, "15 to 1,000 characters"),
        ("ani", "reader", "aaaaaaaaaaaaaaaaaaaa", "too easy"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    users: Users, name: str, role: str, password: str, expected: str
) -> None:
    with pytest.raises(InputError, match=expected) as caught:
        users.add(name, role, password, NOW)
    assert "\n" not in str(caught.value)
    assert users.all() == []


def test_somebody_can_always_administer(users: Users) -> None:
    users.add("ani", "admin", PASSWORD, NOW)
    users.add("budi", "reader", PASSWORD, NOW)
    for change in (lambda: users.set_role("ani", "editor"), lambda: users.remove("ani")):
        with pytest.raises(InputError, match="only administrator"):
            change()
    users.set_role("budi", "admin")
    users.remove("ani")
    assert [(one.name, one.role) for one in users.all()] == [("budi", "admin")]
    with pytest.raises(InputError, match="no user 'ani'"):
        users.remove("ani")


def test_session_ends_by_idleness_age_and_changes(users: Users, database: AccessDatabase) -> None:
    sessions = Sessions(database)
    users.add("ani", "admin", PASSWORD, NOW)
    users.add("budi", "reader", PASSWORD, NOW)
    budi = Person(name="budi", role="reader")
    token = sessions.begin(budi, NOW)
    assert sessions.person(token, NOW + IDLE - timedelta(seconds=1)) == budi
    assert sessions.person(token, NOW + 2 * IDLE - timedelta(seconds=2)) == budi  # use keeps it
    assert sessions.person(token, NOW + 4 * IDLE) is None
    token, moment = sessions.begin(budi, NOW), NOW
    while moment < NOW + LONGEST:
        moment += IDLE / 2
        sessions.person(token, moment)
    assert sessions.person(token, moment + timedelta(seconds=1)) is None
    for change in (lambda: users.set_role("budi", "editor"), lambda: users.set_password("budi", PASSWORD + "!")):
        token = sessions.begin(budi, NOW)
        change()
        assert sessions.person(token, NOW) is None
    token = sessions.begin(budi, NOW)
    sessions.end(token)
    assert sessions.person(token, NOW) is None


def test_file_alone_lets_nobody_in(users: Users, database: AccessDatabase) -> None:
    users.add("ani", "admin", PASSWORD, NOW)
    token = Sessions(database).begin(Person(name="ani", role="admin"), NOW)
    with database.transaction() as db:
        (kept,) = db.execute("SELECT token FROM sessions").fetchone()
    assert token not in kept
    assert Sessions(database).person(kept, NOW) is None


def test_guessing_is_slowed_down_over_restarts(people: FastAPI) -> None:
    with Visitor(people) as visitor:
        answers = [visitor.log_in("ani", f"salah sekali nomor {n}").status_code for n in range(PER_BOTH + 1)]
        assert answers == [401] * PER_BOTH + [429]
        right = visitor.log_in("ani")
        assert right.status_code == 429
        assert int(right.headers["retry-after"]) == WINDOW.total_seconds() + 1
        assert visitor.log_in("rini").status_code == 303  # nobody else is locked out
    throttle = Throttle(AccessDatabase(people.state.citra.settings.web.data))
    assert throttle.attempt("ani", "testclient", NOW + timedelta(minutes=1)) > 0
    assert throttle.attempt("ani", "testclient", NOW + WINDOW + timedelta(seconds=1)) == 0


def test_one_address_cannot_try_all_names(database: AccessDatabase) -> None:
    throttle = Throttle(database)
    waits = [throttle.attempt(f"nama{n}", "203.0.113.9", NOW) for n in range(PER_ADDRESS + 1)]
    assert [bool(wait) for wait in waits] == [False] * PER_ADDRESS + [True]
    assert throttle.attempt("nama0", "203.0.113.10", NOW) == 0


def test_attempts_at_one_instant_count_one_by_one(database: AccessDatabase) -> None:
    throttle, let_through = Throttle(database), []
    throttle.attempt("x", "y", NOW)  # makes the file

    def knock() -> None:
        if throttle.attempt("ani", "203.0.113.9", NOW) == 0:
            let_through.append(1)

    threads = [threading.Thread(target=knock) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(let_through) == PER_BOTH


def test_what_people_do_is_written_down(people: FastAPI) -> None:
    with Visitor(people) as visitor:
        visitor.log_in("ani", "kata sandi yang salah")
        visitor.log_in("ani")
        visitor.submit("/sumber/pengguna", action="add", name="dewi", role="editor", password=PASSWORD)
        visitor.submit("/sumber/pengguna", action="role", name="dewi", role="reader")
        visitor.submit("/sumber/pengguna", action="remove", name="dewi")
        page = visitor.get("/sumber/pengguna").text
        visitor.submit("/keluar")
        assert visitor.get("/").status_code == 303
    entries = [(one.who, one.what, one.detail) for one in reversed(people.state.citra.audit.newest(50))]
    assert entries == [
        ("ani", "login-failed", ""), ("ani", "login", ""), ("ani", "user-add", "dewi editor"),
        ("ani", "user-role", "dewi reader"), ("ani", "user-remove", "dewi"), ("ani", "logout", ""),
    ]  # fmt: skip
    assert "user-role" in page
    assert PASSWORD.encode() not in people.state.citra.access.path.read_bytes()


def test_login_never_goes_on_under_an_old_token(people: FastAPI) -> None:
    with Visitor(people) as visitor:
        visitor.log_in("ani")
        first = visitor.cookies["citra_session"]
        visitor.log_in("ani")
        assert visitor.cookies["citra_session"] != first
        assert people.state.citra.sessions.person(first, NOW) is None


def test_first_user_closes_the_open_door(visitor: Visitor, app: FastAPI) -> None:
    assert "citra user add" in visitor.get("/").text
    refused = visitor.submit("/sumber/pengguna", action="add", name="rini", role="reader", password=PASSWORD)
    assert refused.status_code == 400  # nobody could administer
    assert (
        visitor.submit("/sumber/pengguna", action="add", name="ani", role="admin", password=PASSWORD).status_code == 200
    )
    assert visitor.get("/").status_code == 303
    assert visitor.log_in("ani").status_code == 303
    assert "citra user add" not in visitor.get("/").text


def test_cookies_are_kept_from_scripts_and_other_sites(people: FastAPI) -> None:
    with Visitor(people) as visitor:
        visitor.get("/masuk")
        answer = visitor.log_in("ani")
    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith("citra_session="))
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie  # loopback speaks no TLS


def test_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "access.db").write_bytes(b"not a database, not at all" * 100)
    with pytest.raises(StoreError, match=r"access\.db"), AccessDatabase(str(tmp_path)).transaction():
        pass
    with pytest.raises(sqlite3.Error), sqlite3.connect(tmp_path / "access.db") as db:
        db.execute("SELECT 1 FROM users")
