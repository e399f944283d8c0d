# ruff: noqa: E501  (markup and example lines are easier to read unbroken)
"""A fictional outlet's pages, built from parts; every sentence here was written for these tests."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

NOW = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
URL = "https://www.wartanusa.co.id/daerah/read/2023/11/02/4711/bupati-lantik-pejabat-baru-di-tiga-dinas"
TITLE = "Bupati Lantik Pejabat Baru di Tiga Dinas"
PARAGRAPHS = (
    "WARTANUSA, Kotabaru - Bupati Kotabaru melantik dua belas pejabat baru di tiga dinas pada Kamis pagi di pendopo.",
    "Pelantikan itu, menurut panitia, menutup seleksi terbuka yang berlangsung selama dua bulan dan diikuti 48 pegawai.",
    '"Kami ingin layanan perizinan selesai dalam satu hari," kata bupati, yang meminta para pegawai bekerja jujur.',
    "Seorang warga yang hadir berharap antrean di kantor dinas tidak lagi mengular sampai ke halaman parkir setiap pagi.",
    "Pemerintah kabupaten akan menilai kinerja pejabat baru itu setiap tiga bulan dan mengumumkan hasilnya kepada warga.",
)
SHARED = Path(__file__).parents[4] / "shared" / "pages"


def page_html(
    *,
    title: str = TITLE,
    head: str = "",
    body: str | None = None,
    byline: str = "",
    stamp: str = "",
    after: str = "",
    ld: object = None,
) -> bytes:
    text = "".join(f"<p>{each}</p>" for each in PARAGRAPHS) if body is None else body
    data = (
        ""
        if ld is None
        else f'<script type="application/ld+json">{ld if isinstance(ld, str) else json.dumps(ld)}</script>'
    )
    return f"""<!doctype html><html lang="id"><head><meta charset="utf-8"><title>{title} - Warta Nusa</title>
<meta property="og:type" content="article"><meta property="og:title" content="{title}">{head}{data}</head>
<body><nav><ul><li><a href="/">Beranda</a></li><li><a href="/daerah">Daerah</a></li></ul></nav>
<main><h1>{title}</h1><div class="byline">{byline}</div><div class="tanggal">{stamp}</div>
<div class="isi-teks">{text}</div></main>{after}<footer>Hak cipta Warta Nusa</footer></body></html>""".encode()
