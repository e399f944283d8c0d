# ruff: noqa: E501  (markup and example lines are easier to read unbroken)
"""Pages that are no articles, in the layouts of outlets and offices; with and without their address."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from citra.documents import Document, Reject

SITE = "https://www.kabarpulau.id"
LONG = (
    "Pemerintah kabupaten memperbaiki jembatan yang putus di pulau seberang setelah warga mengeluh selama tiga bulan.",
    "Para guru di pulau itu menerima pelatihan daring yang diselenggarakan dinas pendidikan bersama sebuah kampus negeri.",
    "Harga ikan di pasar pagi turun karena tangkapan nelayan melimpah sejak cuaca membaik pada awal pekan ini.",
    "Tim penyelamat menemukan kapal nelayan yang hilang kontak di perairan selatan, dan semua awak selamat.",
    "Rumah sakit daerah membuka layanan baru untuk warga lanjut usia yang tidak lagi perlu mengantre di loket.",
    "Panitia seleksi pegawai mengumumkan jadwal ujian yang digelar serentak di lima kecamatan pada bulan depan.",
    "Petani di lereng gunung mulai menanam kopi jenis baru yang lebih tahan penyakit dan cepat berbuah.",
    "Dinas perhubungan menambah dua kapal penyeberangan agar antrean kendaraan tidak mengular sampai jalan raya.",
)


def teaser(number: int, text: str, tag: str = "h2") -> str:
    title = " ".join(text.split()[:8])
    return f"""<article class="post hentry"><{tag} class="entry-title"><a href="/{number}-{"-".join(title.lower().split())}">{title}</a></{tag}>
<time datetime="2023-11-0{number + 1}T08:15:00+07:00">{number + 1} November 2023 08:15 WIB</time><div class="entry-summary"><p>{text}</p></div></article>"""


TEASERS = "".join(teaser(number, text) for number, text in enumerate(LONG))
ROWS = "".join(
    f"<tr><td>{n + 1}</td><td><a href='/berita/detail/{n}'>{text}</a></td><td>0{n + 1}-11-2023</td></tr>"
    for n, text in enumerate(LONG)
)

LISTS = {
    f"{SITE}/category/daerah/": f"<title>Daerah Archives - Kabar Pulau</title><h1 class='page-title'>Kategori: Daerah</h1><main>{TEASERS}</main>",
    f"{SITE}/category/daerah/page/2/": f"<title>Daerah - Laman 2 dari 40 - Kabar Pulau</title><h1 class='page-title'>Daerah</h1><main>{TEASERS}</main>",
    f"{SITE}/author/rina-marlina/": f"<title>Rina Marlina, Penulis di Kabar Pulau</title><h1>Rina Marlina</h1><p>{LONG[1]}</p><main>{TEASERS}</main>",
    f"{SITE}/?s=bupati": f"<title>Anda mencari bupati - Kabar Pulau</title><h1>Hasil pencarian untuk: bupati</h1><main>{TEASERS}</main>",
    f"{SITE}/tag/asn": f"<title>Berita ASN Terbaru Hari Ini</title><h1>#asn</h1><div class='list'>{TEASERS}</div>",
    f"{SITE}/": f"<title>Kabar Pulau - Berita Terkini</title><meta property='og:type' content='article'><h1><a href='/1-x'>{LONG[0]}</a></h1><p>{LONG[1]}</p><main>{TEASERS}</main>",
    f"{SITE}/berita": f"<title>Berita | Pemerintah Kabupaten</title><h2>Berita</h2><table>{ROWS}</table>",
    f"{SITE}/indeks/2023/11/02": f"<title>Indeks 2 November 2023</title><h1>Indeks</h1><ul>{''.join(f'<li><a href=/{n}>{text}</a> 08:1{n} WIB</li>' for n, text in enumerate(LONG))}</ul>",
    f"{SITE}/foto": f"<title>Galeri Foto</title><h1>Galeri Foto</h1>{''.join(f'<figure><a href=/{n}><img src=x></a><figcaption>{text}</figcaption></figure>' for n, text in enumerate(LONG))}",
}
STATIC = {
    f"{SITE}/profil/visi-dan-misi": f"<title>Visi dan Misi - Pemerintah Kabupaten</title><h1>Visi dan Misi</h1>{''.join(f'<p>{text}</p>' for text in LONG)}",
    f"{SITE}/tugas-pokok-dan-fungsi-dinas": f"<title>Tugas Pokok dan Fungsi Dinas</title><h1>Tugas Pokok dan Fungsi Dinas</h1>{''.join(f'<p>{text}</p>' for text in LONG)}",
    f"{SITE}/pedoman-media-siber": f"<title>Pedoman Media Siber</title><h1>Pedoman Media Siber</h1>{''.join(f'<p>{text}</p>' for text in LONG)}",
    f"{SITE}/login": "<title>Masuk</title><form><input name=user></form>",
    f"{SITE}/kontak": "<title>Kontak</title><h1>Hubungi Kami</h1><p>Jalan Merdeka 1, Kotabaru. Telepon 0511.</p>",
}


@pytest.mark.parametrize("url", sorted(LISTS))
@pytest.mark.parametrize("known", [True, False])
def test_list_is_no_article(url: str, known: bool, read: Callable[..., Document | Reject]) -> None:
    found = read(f"<html><body>{LISTS[url]}</body></html>".encode(), url if known else "")
    assert isinstance(found, Reject), (found.title, found.text)
    assert found.reason == "not-an-article"


@pytest.mark.parametrize("url", sorted(STATIC))
def test_standing_page_is_no_article(url: str, read: Callable[..., Document | Reject]) -> None:
    found = read(f"<html><body>{STATIC[url]}</body></html>".encode(), url)
    assert isinstance(found, Reject), found.title
    assert found.reason == "not-an-article"
