"""What ``citra sources check`` says, in Indonesian and English: for people who do not program."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from citra.documents import JAKARTA
from citra.verbs.sources import SourceCheck, Way

Language = Literal["id", "en"]

_KINDS = {
    "id": {"feed": "umpan RSS", "listing": "halaman indeks", "sitemap": "peta situs", "timeline": "linimasa"},
    "en": {"feed": "feed", "listing": "index page", "sitemap": "sitemap", "timeline": "timeline"},
}
_ROBOTS = {
    "id": {
        "allowed": "robots.txt mengizinkan kita.",
        "forbidden": "robots.txt MELARANG sebagian alamat; larangan itu kita patuhi.",
        "unreadable": "robots.txt tidak dapat dibaca; selama itu tidak ada yang kita ambil.",
        "unknown": "robots.txt belum dapat diperiksa karena situs tidak terjangkau.",
    },
    "en": {
        "allowed": "robots.txt allows us.",
        "forbidden": "robots.txt FORBIDS some addresses; we obey.",
        "unreadable": "robots.txt cannot be read; until it can, nothing is fetched.",
        "unknown": "robots.txt could not be looked at, because the site was not reached.",
    },
}
_VERDICT = {
    "id": {
        "ok": "BAIK: semua jalan masuk berfungsi. Ubah menjadi `verified = true` dalam berkas sumber.",
        "part": "SEBAGIAN: sumber dapat dipakai, tetapi ada yang perlu diperbaiki.",
        "bad": "TIDAK BERFUNGSI: sumber ini belum dapat dipakai.",
    },
    "en": {
        "ok": "GOOD: every way in works. Set `verified = true` in the source's file.",
        "part": "IN PART: the source can be used, but something should be repaired.",
        "bad": "DOES NOT WORK: this source cannot be used yet.",
    },
}
#: reason code → what it means and what to do
_REASONS = {
    "id": {
        "timeout": "situs terlalu lama menjawab. Coba lagi nanti.",
        "unreachable": "situs tidak dapat dihubungi. Periksa sambungan internet dan ejaan alamatnya.",
        "broken-transfer": "sambungan putus di tengah jalan. Coba lagi nanti.",
        "fetch-failed": "pengambilan gagal. Coba lagi nanti.",
        "server-error": "server situs sedang rusak. Coba lagi nanti.",
        "robots-unavailable": "robots.txt tidak dapat dibaca. Coba lagi nanti.",
        "rate-limited": "situs meminta kita lebih pelan. Perbesar `delay` dan coba lagi nanti.",
        "blocked": "situs menolak program seperti kita. Mintalah izin kepada redaksi; jangan mengakalinya.",
        "robots": "robots.txt melarang alamat ini. Pakai jalan masuk lain atau mintalah izin.",
        "gone": "alamat ini tidak ada (lagi). Buka situsnya, cari alamat yang baru, perbaiki berkas sumber.",
        "http-status": "situs menjawab dengan galat. Buka alamatnya di peramban dan periksa.",
        "not-a-feed": "yang datang bukan umpan RSS. Cari alamat RSS yang benar di situsnya.",
        "not-a-sitemap": "yang datang bukan peta situs. Lihat baris Sitemap di robots.txt.",
        "layout-changed": "tidak ada tautan artikel di halaman ini. Periksa `links` dan pola `article`.",
        "forbidden-address": "alamat ini berada di jaringan dalam, bukan internet umum; tidak pernah kita hubungi.",
        "off-site": "situs mengalihkan ke host lain. Tambahkan host itu pada `hosts` bila memang miliknya.",
        "redirected-away": "artikel dialihkan ke halaman lain yang bukan artikel. Periksa pola `article`.",
        "no-way-in": "belum dicoba, karena tidak ada jalan masuk yang berfungsi.",
        "no-articles": "tidak ada satu pun tautan yang cocok. Bandingkan pola `article` dengan alamat berita di situs.",
        "too-old": "jalan masuknya berfungsi, tetapi tidak ada artikel baru. Periksa apakah situs masih diperbarui.",
        "no-text": "halaman artikel hampir tanpa teks. Isi mungkin dibuat oleh peramban; atur `selectors.text`.",
        "not-an-article": "halaman yang diambil bukan artikel. Persempit pola `article`.",
        "not-html": "yang datang bukan halaman web. Persempit pola `article`.",
        "not-configured": "ada yang belum disetel; buka penyedia layanannya, mintalah kunci, lalu setel.",
        "empty": "halaman kosong. Periksa alamatnya di peramban.",
        "too-large": "halaman terlalu besar.",
        "too-many-redirects": "situs mengalihkan tanpa henti. Periksa alamatnya di peramban.",
    },
    "en": {
        "timeout": "the site takes too long to answer. Try again later.",
        "unreachable": "the site cannot be reached. Look at the connection and at the spelling of the address.",
        "broken-transfer": "the connection broke off. Try again later.",
        "fetch-failed": "fetching failed. Try again later.",
        "server-error": "the site's server is out of order. Try again later.",
        "robots-unavailable": "robots.txt cannot be read. Try again later.",
        "rate-limited": "the site asks us to go slower. Raise `delay` and try again later.",
        "blocked": "the site turns programs like ours away. Ask the publisher for permission; do not get around it.",
        "robots": "robots.txt forbids this address. Use another way in, or ask for permission.",
        "gone": "this address does not exist (any more). Find the new one on the site and correct the source's file.",
        "http-status": "the site answers with an error. Open the address in a browser and look.",
        "not-a-feed": "what came is no RSS feed. Look for the right address on the site.",
        "not-a-sitemap": "what came is no sitemap. Look at the Sitemap lines of robots.txt.",
        "layout-changed": "there are no links to articles on this page. Look at `links` and at the `article` pattern.",
        "forbidden-address": "this address lies inside a network, not on the public internet; we never connect to it.",
        "off-site": "the site leads to another host. Add that host to `hosts` if it belongs to it.",
        "redirected-away": "the article leads to a page that is none. Look at the `article` pattern.",
        "no-way-in": "not tried, because no way in works.",
        "no-articles": "no link fits. Compare the `article` pattern with addresses of news on the site.",
        "too-old": "the way in works, but there is no new article. See whether the site is still kept up.",
        "no-text": "an article's page has hardly any text. A browser may draw it; set `selectors.text`.",
        "not-an-article": "the page fetched is no article. Narrow the `article` pattern.",
        "not-html": "what came is no web page. Narrow the `article` pattern.",
        "not-configured": "something is not set up: ask the platform for a key and set it.",
        "empty": "the page is empty. Look at the address in a browser.",
        "too-large": "the page is too large.",
        "too-many-redirects": "the site redirects without end. Look at the address in a browser.",
    },
}


def sentences(check: SourceCheck, language: Language) -> list[str]:
    """The findings about one source, a line each."""
    verdict = "ok" if check.ok else "part" if check.usable else "bad"
    lines = [f"{check.title} ({check.source})", f"  {_ROBOTS[language][check.robots]}"]
    lines += [f"  {_way(way, language)}" for way in check.ways]
    lines.append(f"  {_sample(check, language)}")
    lines.append(f"  => {_VERDICT[language][verdict]}")
    return lines


def explain(reason: str, detail: str, language: Language) -> str:
    """What a reason code means; an unknown one is told as it is."""
    words = _REASONS[language].get(reason)
    code = f"{reason}: {detail}" if detail else reason
    return f"{words} [{code}]" if words else code


def _way(way: Way, language: Language) -> str:
    kind = _KINDS[language][way.kind]
    if not way.works:
        mark = "GAGAL" if language == "id" else "FAILED"
        return f"[{mark}] {kind} {way.url}: {explain(way.reason, way.detail, language)}"
    mark = "ok" if way.links else "?"
    if way.kind == "timeline":
        counted = f"{way.links} kiriman" if language == "id" else f"{way.links} posts"
    elif language == "id":
        counted = f"{way.links} tautan artikel, {way.others} tautan lain"
    else:
        counted = f"{way.links} links to articles, {way.others} others"
    hint = "" if way.links else f": {explain('no-articles', '', language)}"
    return f"[{mark}] {kind} {way.url}: {counted}{hint}"


def _sample(check: SourceCheck, language: Language) -> str:
    sample = check.sample
    if sample is None:
        lead = "Artikel contoh tidak terbaca: " if language == "id" else "No article could be read: "
        return lead + explain(check.reason, check.detail, language)
    day = _day(sample.published, language)
    title = sample.title or ("(tanpa judul)" if language == "id" else "(no title)")
    if language == "id":
        return f"Artikel contoh terbaca: “{title}”, {day}, {sample.characters} huruf, {sample.url}"
    return f"An article was read: “{title}”, {day}, {sample.characters} characters, {sample.url}"


def _day(published: datetime | None, language: Language) -> str:
    if published is None:
        return "TANGGAL TIDAK DITEMUKAN" if language == "id" else "NO DATE FOUND"
    return f"{published.astimezone(JAKARTA):%Y-%m-%d %H:%M} WIB"
