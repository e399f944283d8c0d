"""Messages into a loopback world: signed, escaped, cut to size, tried again, never twice, and silent about secrets."""

from __future__ import annotations

import email
import json
import logging
import socket
import socketserver
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import policy
from typing import Any

import pytest

from citra.alerts import outbox
from citra.alerts.channels import redacted
from citra.alerts.incident import Judged, begin
from citra.alerts.outbox import Quiet
from citra.alerts.state import Message, State
from citra.alerts.webhook import signature
from citra.documents import JAKARTA
from citra.errors import ConfigError, InputError
from citra.verbs.notify import channels_of, notify, probe

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
SECRET = "a-long-enough-shared-key"


def put(path: str, number: int = 1, **changes: object) -> None:
    values = {
        "key": f"incident:{number}:opened", "kind": "opened", "incident": None, "created": NOW, "urgent": False,
        "subject": f"[Citra] Korupsi {number}", "body": f"Isi {number}.\n\nRincian.", "payload": {"incident": number},
    }  # fmt: skip
    with State(path) as state:
        assert state.enqueue(Message(**(values | changes)))


def deliveries(path: str) -> list[tuple[str, int, str]]:
    with sqlite3.connect(path) as db:
        return db.execute("SELECT status, attempts, error FROM deliveries ORDER BY message").fetchall()


def send(path: str, channels: list, at: datetime = NOW, **options: object):
    return notify(path, channels, clock=lambda: at, **options)


def test_webhook_is_signed_and_sent_once(state_path: str, web: Any) -> None:
    put(state_path)
    channels = channels_of("", f"http://{web.address}/masuk", SECRET, allow_loopback=True)
    assert send(state_path, channels).sent == 1
    assert send(state_path, channels, NOW + timedelta(hours=1)).sent == 0
    assert len(web.bodies) == 1
    headers, body = web.headers[0], web.bodies[0]
    assert headers["X-Citra-Timestamp"] == str(int(NOW.timestamp()))
    assert headers["X-Citra-Signature"] == signature(SECRET, headers["X-Citra-Timestamp"], body)
    assert signature(SECRET, headers["X-Citra-Timestamp"], body + b" ") != headers["X-Citra-Signature"]
    assert json.loads(body)["subject"] == "[Citra] Korupsi 1"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "169.254.169.254", "10.0.0.7", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_webhook_never_reaches_into_the_house(state_path: str, web: Any, host: str) -> None:
    put(state_path)
    port = web.address.rpartition(":")[2]
    done = send(state_path, channels_of("", f"http://{host}:{port}/", SECRET))
    assert done.failed == 1
    assert "refused" in done.errors[0]
    assert not web.bodies


def test_webhook_follows_no_redirect(state_path: str, web: Any) -> None:
    web.statuses = [302]
    put(state_path)
    done = send(state_path, channels_of("", f"http://{web.address}/", SECRET, allow_loopback=True))
    assert done.errors[0].endswith("HTTP 302")


@pytest.mark.parametrize(
    ("urls", "webhook", "secret", "expected"),
    [
        ("json://a.example ??://geheim", "", "", "address 2"),
        ("", "ftp://x.example/geheim", SECRET, "http"),
        ("", "https://x.example/geheim", "short", "16 characters"),
    ],
)
def test_wrong_addresses_are_refused_without_being_shown(urls: str, webhook: str, secret: str, expected: str) -> None:
    with pytest.raises(ConfigError, match=expected) as caught:
        channels_of(urls, webhook, secret)
    assert "geheim" not in str(caught.value)


def test_fault_then_fine_is_one_message(state_path: str, web: Any) -> None:
    web.statuses = [500, 503, 200]
    put(state_path)
    channels = channels_of(f"json://u:kuncirahasia@{web.address}/jalan?rto=2")
    first = send(state_path, channels)
    assert (first.sent, first.failed) == (0, 1)
    assert deliveries(state_path)[0][:2] == ("failing", 1)
    assert "kuncirahasia" not in deliveries(state_path)[0][2] + first.errors[0]
    assert send(state_path, channels, NOW + timedelta(seconds=30)).failed == 0  # backing off
    assert send(state_path, channels, NOW + timedelta(minutes=2)).failed == 1
    assert send(state_path, channels, NOW + timedelta(minutes=3)).failed == 0  # for longer
    assert send(state_path, channels, NOW + timedelta(minutes=5)).sent == 1
    assert [status for status, *_ in deliveries(state_path)] == ["sent"]
    assert len(web.bodies) == 3


def test_channel_that_hangs_does_not_hold_up_the_others(state_path: str, web: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections, never answers
        put(state_path)
        hanging = f"json://127.0.0.1:{silent.getsockname()[1]}/?rto=20&cto=20"
        done = send(state_path, channels_of(f"{hanging} json://{web.address}/"), patience=0.5)
    assert (done.sent, done.failed) == (1, 1)
    assert "no answer" in done.errors[0]


def test_channel_that_refuses_is_given_up_after_a_day_and_stays_visible(state_path: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    put(state_path)
    channels = channels_of("", f"http://127.0.0.1:{port}/", SECRET, allow_loopback=True)
    at = NOW
    for _ in range(outbox.MOST_ATTEMPTS + 3):
        send(state_path, channels, at)
        at += timedelta(hours=1)
    status, attempts, error = deliveries(state_path)[0]
    assert (status, attempts) == ("failed", outbox.MOST_ATTEMPTS)
    assert "ConnectError" in error


def test_mail_is_cut_escaped_and_one_subject(state_path: str, mail: socketserver.ThreadingTCPServer) -> None:
    put(
        state_path,
        subject="[Citra] {{7*7}} ${x} %s",
        body="{{config}} <script>alert(1)</script> &amp; {0}\n" + "panjang " * 9000,
    )
    url = f"mailto://127.0.0.1:{mail.server_address[1]}/?from=citra@kota.example&to=humas@kota.example"
    assert send(state_path, channels_of(url)).errors == ()
    letter = email.message_from_bytes(mail.letters[0], policy=policy.default)  # type: ignore[attr-defined]
    assert letter["Subject"] == "[Citra] {{7*7}} ${x} %s"
    html = letter.get_body(("html",)).get_content()
    assert "{{config}}" in html
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "dipotong" in html


def test_many_messages_become_one(state_path: str, web: Any) -> None:
    for number in range(8):
        put(state_path, number)
    done = send(state_path, channels_of(f"json://{web.address}/"), bundle=5)
    assert done.sent == 8
    assert len(web.bodies) == 1
    sent = json.loads(web.bodies[0])
    assert sent["title"] == "[Citra] 8 peringatan sekaligus"
    assert all(f"Isi {number}." in sent["message"] for number in range(8))


def test_quiet_hours_wait_unless_urgent(state_path: str, web: Any) -> None:
    night = datetime(2026, 11, 24, 23, 0, tzinfo=JAKARTA)
    put(state_path, 1, created=night)
    put(state_path, 2, created=night, urgent=True)
    channels = channels_of(f"json://{web.address}/")
    assert send(state_path, channels, night, quiet="21:00-06:00").sent == 1
    assert "Korupsi 2" in web.bodies[0].decode()
    assert send(state_path, channels, night + timedelta(hours=6), quiet="21:00-06:00").sent == 0
    assert send(state_path, channels, night + timedelta(hours=7), quiet="21:00-06:00").sent == 1


def test_quiet_hours_are_read_or_refused() -> None:
    noon = Quiet.read("12:00-13:30")
    assert noon is not None
    at = datetime(2026, 11, 24, 12, 15, tzinfo=JAKARTA)
    assert noon.over(at) == datetime(2026, 11, 24, 13, 30, tzinfo=JAKARTA)
    assert noon.over(at - timedelta(hours=1)) == at - timedelta(hours=1)
    assert Quiet.read("") is None
    for wrong in ("21-6", "21:00", "25:00-06:00", "malam"):
        with pytest.raises(InputError, match="21:00-06:00"):
            Quiet.read(wrong)


def test_killed_worker_leaves_a_message_that_goes_out_again(state_path: str, web: Any) -> None:
    put(state_path)
    channels = channels_of(f"json://{web.address}/")
    with State(state_path) as state:  # a worker that claims and dies
        outbox.plan(state, [channels[0].name], NOW, quiet=None)
        assert len(outbox.claim(state, channels[0].name, NOW)) == 1
    assert send(state_path, channels, NOW + timedelta(minutes=1)).sent == 0  # somebody seems to be on it
    assert send(state_path, channels, NOW + outbox.LEASE + timedelta(minutes=1)).sent == 1


def test_what_nobody_took_up_is_escalated_once(state_path: str, web: Any) -> None:
    window = Judged(
        start=NOW, count=30, size=None, expected=5, deviation=2, p=1e-9, complete=True, covered=True
    )  # fmt: skip
    with State(state_path) as state:
        first = state.save(begin("w", "W", "day", window, NOW))
        other = state.save(begin("v", "V", "day", window, NOW))
        state.save(replace(other, acknowledged_by="humas", acknowledged_at=NOW))
    put(state_path, first.id, incident=first.id)
    put(state_path, other.id, incident=other.id)
    usual, chief = channels_of(f"json://{web.address}/"), channels_of(f"json://{web.address}/kepala")
    options = {"escalation": chief, "escalate_hours": 2.0}
    assert send(state_path, usual, NOW + timedelta(hours=1), **options).sent == 2
    assert send(state_path, usual, NOW + timedelta(hours=3), **options).sent == 1
    assert send(state_path, usual, NOW + timedelta(hours=5), **options).sent == 0
    sent = json.loads(web.bodies[-1])
    assert sent["title"] == f"[Citra] BELUM DITANGANI – Korupsi {first.id}"
    assert "Belum ada yang menangani" in sent["message"]


def test_new_channel_is_not_told_old_news(state_path: str, web: Any) -> None:
    put(state_path, created=NOW - timedelta(days=3))
    assert send(state_path, channels_of(f"json://{web.address}/")).sent == 0


def test_probe_says_how_each_channel_fares(web: Any, caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with caplog.at_level(logging.DEBUG):
        found = probe(channels_of(f"json://{web.address}/ json://u:kuncirahasia@127.0.0.1:{port}/tokenpanjang"), NOW)
    assert next(iter(found.values())) is None
    assert list(found.values())[1]
    assert "uji coba" in web.bodies[0].decode().lower()
    everything = str(found) + caplog.text
    assert "kuncirahasia" not in everything
    assert "tokenpanjang" not in everything


def test_redaction_cuts_every_part_of_an_address() -> None:
    said = "Failed to send to bot 123456:AbCdEf chat 99887766\nat host"
    assert redacted(said, "tgram://123456:AbCdEf/99887766/") == "Failed to send to bot ***:*** chat *** at host"
