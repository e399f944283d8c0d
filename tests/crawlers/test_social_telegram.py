"""Preview pages of Telegram channels on loopback."""

from __future__ import annotations

from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from loopback_outlet import NOW, Answer, Site, collect, coverage, rejects
from loopback_platforms import PEOPLE, documents, find_on_disk, query_of, shipped

from citra.documents import document_id
from citra.lake import Lake

CHANNEL = "kabarasn"
HEAD = '<html><head><title>Kabar ASN</title></head><body><div class="tgme_channel_info">3 subscribers</div>'


def message(number: int, text: str, *, extra: str = "", foot: str = "", kind: str = "") -> str:
    when = (NOW - timedelta(hours=100 - number)).isoformat()
    body = f'<div class="tgme_widget_message_text js-message_text" dir="auto">{text}</div>' if text else ""
    return (
        f'<div class="tgme_widget_message_wrap"><div class="tgme_widget_message js-widget_message {kind}" '
        f'data-post="{CHANNEL}/{number}"><div class="tgme_widget_message_author"><a class='
        f'"tgme_widget_message_owner_name" href="https://t.me/{CHANNEL}"><span>Kabar ASN</span></a></div>{extra}{body}'
        f'<div class="tgme_widget_message_footer"><span class="tgme_widget_message_views">1.2K</span>'
        f'<span class="tgme_widget_message_from_author">Siti Rahma</span><span class="tgme_widget_message_meta">{foot}'
        f'<a class="tgme_widget_message_date" href="https://t.me/{CHANNEL}/{number}"><time datetime="{when}">07:00'
        "</time></a></span></div></div></div>"
    )


class Channel:
    """Twenty messages a page, oldest first, ``before`` exclusive."""

    def __init__(self, site: Site, messages: dict[int, str]) -> None:
        self.messages = messages
        site.routes[f"/s/{CHANNEL}"] = self

    def __call__(self, handler: BaseHTTPRequestHandler) -> Answer:
        before = int(query_of(handler).get("before", 10**9))
        shown = [number for number in sorted(self.messages) if number < before][-20:]
        return 200, {}, (HEAD + "".join(self.messages[number] for number in shown)).encode()


def test_messages_are_kept_and_people_are_not(site: Site, lake: Lake, tmp_path: Path) -> None:
    messages = {number: message(number, f"Pengumuman CPNS nomor {number}") for number in range(1, 51)}
    user = '<div class="tgme_widget_message_forwarded_from">Forwarded from <a class="tgme_widget_message_forwarded_from_name" href="https://t.me/budisantoso">Siti Rahma</a></div>'  # noqa: E501
    messages[48] = message(48, "Gaji PNS<br/>hubungi @budisantoso, wa.me/62812345 atau @kabarasn", extra=user)
    reply = f'<a class="tgme_widget_message_reply" href="https://t.me/{CHANNEL}/48"><div class="tgme_widget_message_text">dikutip</div></a>'  # noqa: E501
    messages[49] = message(49, "Ralat: besok", extra=reply, foot="edited ")
    preview = '<a class="tgme_widget_message_link_preview"><div class="link_preview_title">Judul orang</div></a>'
    messages[50] = message(50, "Lihat tautan", extra=preview)
    messages[47] = message(47, "", extra="<div class='tgme_widget_message_photo'></div>")
    messages[46] = message(46, "Channel photo updated", kind="service_message")
    server = Channel(site, messages)
    source = shipped("telegram", site, channels=(CHANNEL,))
    report = collect([source], lake).sources[0]
    assert (report.new, report.error) == (48, None)
    assert coverage(lake)[0]["skipped"] == {"no-text": 1, "service-message": 1}
    assert find_on_disk(tmp_path, (*PEOPLE, "62812345")) == []
    newest, edited, forwarded = documents(lake, source)[:3]
    assert (newest.text, newest.author, newest.engagement) == ("Lihat tautan", "Kabar ASN", {"views": 1200})
    assert newest.canonical_url == f"https://t.me/{CHANNEL}/50"
    assert (edited.text, edited.thread_id) == ("Ralat: besok", document_id("telegram:", f"{CHANNEL}/48"))
    assert forwarded.id == edited.thread_id
    assert forwarded.text.endswith("atau @kabarasn")

    server.messages[50] = message(50, "Lihat tautan baru", foot="edited ")
    server.messages[51] = message(51, "Formasi PPPK")
    site.asked.clear()
    assert collect([source], lake, now=NOW + timedelta(minutes=5)).sources[0].new == 2  # the edit, too
    assert site.asked[f"/s/{CHANNEL}"] == 1
    assert sum(site.asked.values()) <= 3


def test_closed_channels_and_other_layouts(site: Site, lake: Lake) -> None:
    site.routes["/s/tertutup"] = (302, {"Location": f"{site.url}/tertutup"}, b"")
    site.routes["/s/berubah"] = (200, {}, b"<html><body><p>Selamat datang</p></body></html>")
    site.routes["/s/baru1"] = (200, {}, HEAD.encode())
    report = collect([shipped("telegram", site, channels=("tertutup", "berubah", "baru1"))], lake).sources[0]
    assert report.succeeded
    assert {one["reason"] for one in rejects(lake)} == {"not-public", "layout-changed"}
