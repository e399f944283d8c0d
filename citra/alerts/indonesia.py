"""Sentences of messages in Bahasa Indonesia."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from citra import indonesian
from citra.documents import JAKARTA

WORDS: Mapping[str, str] = {
    "day": "hari",
    "hour": "jam",
    "subject-opened": "[Citra] {name}: {amount}, {ratio} kali biasanya",
    "subject-doubled": "[Citra] {name} membesar dua kali lipat: {amount}",
    "subject-closed": "[Citra] {name}: sudah kembali seperti biasa",
    "head-opened": "{name}: {amount} pada {when}; biasanya {usual}. Itu {ratio} kali biasanya. Sejak {since}.",
    "head-doubled": (
        "{name}: sejak pemberitahuan pertama ({opening}) jumlahnya berlipat dua: {amount} pada {when}; "
        "biasanya {usual}. Sejak {since}."
    ),
    "head-closed": (
        "{name}: sudah kembali seperti biasa. Lonjakan berlangsung {period}: {total} seluruhnya, biasanya "
        "{usual_total}; puncaknya {amount} pada {when}."
    ),
    "escalated-subject": "[Citra] BELUM DITANGANI – {subject}",
    "escalated": "Belum ada yang menangani peringatan ini.",
    "running": "Jangka waktu ini belum selesai; jumlahnya masih dapat bertambah.",
    "stories": "Berita dan unggahan yang membawanya ({stories} cerita, {texts} teks):",
    "first": "Pertama kali terbit: {source} {at}",
    "sources": "Sumber",
    "words": "Kata yang menonjol",
    "offices": "Instansi",
    "regions": "Wilayah",
    "sure": "Seberapa yakin: tanpa kejadian khusus, {unit} seperti ini muncul kira-kira sekali dalam {once} {unit}.",
    "sure-more": (
        "Seberapa yakin: tanpa kejadian khusus, {unit} seperti ini muncul kurang dari sekali dalam {once} {unit}."
    ),
    "how-volume": "Cara menghitung: jumlah teks tiap {unit}, dibandingkan dengan {history} hari riwayat Anda sendiri",
    "how-negative-stories": (
        "Cara menghitung: jumlah cerita negatif tiap {unit} (salinan berita yang sama dihitung sekali), dibandingkan "
        "dengan {history} hari riwayat Anda sendiri"
    ),
    "how-negative-share": (
        "Cara menghitung: bagian cerita negatif tiap {unit}, dibandingkan dengan {history} hari riwayat Anda sendiri"
    ),
    "budget": (
        " (pola mingguan, hari libur, sebaran binomial negatif). Ambangnya diatur agar peringatan palsu paling banyak "
        "{budget} sebulan untuk seluruh {watches} pantauan."
    ),
    "look": (
        "Rincian: citra alerts show {number}. Sudah ditangani: citra alerts ack {number}. "
        "Keliru: citra alerts false {number}."
    ),
    "revised": "Data yang terlambat masuk mengubah jumlah pada pemberitahuan pertama: {change}.",
    "amount-volume": "{count} teks",
    "amount-negative-stories": "{count} cerita negatif",
    "amount-share": "{share} cerita negatif ({count} dari {size})",
    "usual": "sekitar {expected} (jarang lebih dari {high})",
    "bundle": "[Citra] {count} peringatan sekaligus",
    "bundle-head": "{count} pemberitahuan dalam satu pesan, supaya kotak masuk tidak penuh:",
    "cut": "… (dipotong karena terlalu panjang untuk saluran ini)",
    "source-subject": "[Citra] Sumber {source}: {status}",
    "source-silent": (
        "Sumber {source} tidak memberi teks seperti biasa sejak {when} ({reason}). Angka yang turun pada hari-hari itu "
        "belum tentu berarti keadaan tenang."
    ),
    "source-flood": (
        "Sumber {source} membanjiri data sejak {when} ({reason}). Angka yang naik pada hari itu belum tentu kejadian."
    ),
    "source-layout": (
        "Tata letak sumber {source} tampaknya berubah sejak {when} ({reason}); sebagian teksnya tidak terbaca."
    ),
    "status-silent": "diam",
    "status-flood": "banjir teks",
    "status-layout": "tata letak berubah",
    "suspect": "{count} teks dari {sources} tidak dihitung: sumber baru atau sedang membanjiri data",
    "test-subject": "[Citra] Uji coba pemberitahuan",
    "test-body": "Ini pesan uji coba dari Citra, dikirim {when}. Tidak ada yang perlu dilakukan.",
}

number = indonesian.number
percent = indonesian.percent


def moment(start: datetime, window: str) -> str:
    """``Senin, 23 November 2026``, and for an hour ``… pukul 14.00–15.00 WIB``."""
    local = start.astimezone(JAKARTA)
    day = indonesian.date_words(local.date())
    return day if window == "day" else f"{day} pukul {local:%H}.00–{(local.hour + 1) % 24:02}.00 WIB"
