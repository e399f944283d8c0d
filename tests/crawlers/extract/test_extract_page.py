# ruff: noqa: E501  (markup and example lines are easier to read unbroken)
from __future__ import annotations

from collections.abc import Callable

import pytest
from fictional_pages import NOW, PARAGRAPHS, TITLE, URL

from citra.documents import Document, Reject, content_hash, document_id
from crawlers.source import Selectors, Source

Build = Callable[..., bytes]
Doc = Callable[..., Document]
Read = Callable[..., Document | Reject]
CANONICAL = URL


def test_all_fields(build: Build, document: Doc) -> None:
    ld = {
        "@type": "NewsArticle",
        "headline": TITLE,
        "datePublished": "2023-11-02T08:15:42+07:00",
        "articleSection": "Daerah",
        "author": {"@type": "Person", "name": "Sari Utami"},
        "publisher": {"@type": "Organization", "name": "Warta Nusa"},
    }
    found = document(
        build(ld=ld, head=f'<link rel="canonical" href="{URL}?page=all">', stamp="Kamis, 2/11/2023 08.15 WIB")
    )
    assert found.title == TITLE
    assert found.text == "\n".join(PARAGRAPHS)
    assert found.author == "Sari Utami"
    assert found.published_raw == "2023-11-02T08:15:42+07:00"
    assert found.published is not None
    assert found.published.isoformat() == "2023-11-02T01:15:42+00:00"
    assert found.canonical_url == CANONICAL
    assert found.section == "Daerah"
    assert found.source == "wartanusa.co.id"
    assert found.language == "id"
    assert found.fetched == NOW
    assert found.id == document_id("wartanusa.co.id", CANONICAL)
    assert found.content_hash == content_hash(found.title, found.text)


def test_br_body(build: Build, document: Doc) -> None:
    found = document(build(body="<br/><br/>".join(PARAGRAPHS)))
    assert found.text == "\n".join(PARAGRAPHS)


def test_selectors_of_the_source_win(build: Build, document: Doc, outlet: Callable[..., Source]) -> None:
    selectors = Selectors(
        title="h2.judul",
        text="div.naskah",
        author="b.penulis",
        published="i.waktu",
        section="u.rubrik",
        remove=("div.sisip",),
    )
    body = (
        "<h2 class=judul>Judul yang Dipilih Redaktur</h2><b class=penulis>Budi Hartono</b><i class=waktu>1 Mei 2022 10:00 WITA</i>"
        f"<u class=rubrik>Hukum</u><div class=naskah><p>{PARAGRAPHS[3]}</p><div class=sisip>sisipan</div><p>{PARAGRAPHS[4]}</p></div>"
        + "".join(f"<p>{each}</p>" for each in PARAGRAPHS[:3])
    )
    found = document(build(body=body, stamp="2 November 2023 09:00 WIB"), source=outlet(selectors=selectors))
    assert (found.title, found.author, found.section) == ("Judul yang Dipilih Redaktur", "Budi Hartono", "Hukum")
    assert found.text == "\n".join(PARAGRAPHS[3:])
    assert found.published is not None
    assert found.published.isoformat() == "2022-05-01T02:00:00+00:00"
    assert found.source == "wartanusa"


@pytest.mark.parametrize("byline", ["Admin", "Redaksi", "Warta Nusa", "wartanusa.co.id", "Tim Redaksi", "Reporter"])
def test_outlet_is_no_byline(build: Build, document: Doc, byline: str) -> None:
    ld = {"@type": "NewsArticle", "author": [{"@type": "Person", "name": byline}], "publisher": {"name": "Warta Nusa"}}
    assert document(build(ld=ld, byline=f'<span class="author">{byline}</span>')).author is None


def test_editor_stands_in_for_a_missing_author(build: Build, document: Doc) -> None:
    body = "".join(f"<p>{each}</p>" for each in PARAGRAPHS) + "<p>Editor: Dewi Lestari</p>"
    found = document(build(body=body, ld={"@type": "NewsArticle", "author": {"name": "Redaksi"}}))
    assert found.author == "Dewi Lestari"
    assert "Editor" not in found.text


def test_author_at_the_end_of_the_text(build: Build, document: Doc) -> None:
    body = "".join(f"<p>{each}</p>" for each in PARAGRAPHS) + "<p>Penulis: Agus Salim | Editor: Dewi Lestari</p>"
    found = document(build(body=body))
    assert found.author == "Agus Salim"
    assert found.text == "\n".join(PARAGRAPHS)


BETWEEN = [
    '<p><strong>Baca juga: <a href="/x">Gubernur Tinjau Jalan Rusak di Kecamatan Seberang</a></strong></p>',
    '<p>Baca Juga:</p><ul><li><a href="/x">Gubernur Tinjau Jalan Rusak di Kecamatan Seberang</a></li></ul>',
    '<div class="baca-juga"><p>Gubernur Tinjau Jalan Rusak di Kecamatan Seberang</p></div>',
    '<p>Simak juga video berikut: <a href="/x">Banjir</a></p>',
    "<p>Lihat juga: Foto-foto Pelantikan</p>",
    "<p>ADVERTISEMENT</p><p>SCROLL TO CONTINUE WITH CONTENT</p>",
    "<p>Foto: Humas Pemkab Kotabaru</p>",
    "<figure><img src=x><figcaption>Bupati memberi selamat kepada pejabat baru di pendopo. (Foto: Humas)</figcaption></figure>",
    "<p>[Gambas:Video 20detik]</p>",
    "<script>var a = 'kode';</script><style>p { color: red }</style><noscript>aktifkan</noscript>",
    '<div class="share-button">Bagikan ke WhatsApp</div>',
    "<p>Gabung WhatsApp Channel kami untuk kabar terbaru setiap hari</p>",
    "<p>Halaman 2 dari 3</p>",
    '<iframe src="https://iklan"></iframe><div id="div-gpt-ad-123"><p>Belanja murah sekarang juga di toko kami, gratis ongkir.</p></div>',
]


@pytest.mark.parametrize("between", BETWEEN)
def test_boilerplate_within_the_text_is_taken_out(build: Build, document: Doc, between: str) -> None:
    body = f"<p>{PARAGRAPHS[0]}</p><p>{PARAGRAPHS[1]}</p>{between}" + "".join(
        f"<p>{each}</p>" for each in PARAGRAPHS[2:]
    )
    assert document(build(body=body)).text == "\n".join(PARAGRAPHS)


def test_boilerplate_after_the_text_is_taken_out(build: Build, document: Doc) -> None:
    end = (
        "<p>Copyright &copy; Warta Nusa 2023</p><p>Tags: bupati, pelantikan</p><h3>Berita Terkait</h3>"
        "<p>Kepala desa di pulau seberang mengeluhkan jembatan yang putus sejak awal bulan lalu karena banjir.</p>"
    )
    body = "".join(f"<p>{each}</p>" for each in PARAGRAPHS) + end
    assert document(build(body=body)).text == "\n".join(PARAGRAPHS)


def test_second_story_is_not_mixed_in(build: Build, document: Doc) -> None:
    other = "".join(
        f"<p>Cerita lain nomor {number} tentang pertandingan bola di lapangan kota yang ditonton ribuan warga.</p>"
        for number in range(9)
    )
    for second in (
        f'<main><h1>Tim Kota Menang Tiga Gol</h1><div class="isi-teks">{other}</div></main>',
        f'<article class="infinite"><h1>Tim Kota Menang Tiga Gol</h1><div class="entry-content">{other}</div></article>',
    ):
        found = document(build(after=second))
        assert found.title == TITLE
        assert found.text == "\n".join(PARAGRAPHS)


def test_dateline_on_its_own_line_is_joined(build: Build, document: Doc) -> None:
    body = f"<strong>Kotabaru</strong> - <br>{PARAGRAPHS[1]}<br><br>{PARAGRAPHS[2]}<br><br>{PARAGRAPHS[3]}<br>{PARAGRAPHS[4]}"
    assert document(build(body=body)).text.startswith(f"Kotabaru - {PARAGRAPHS[1]}\n")


@pytest.mark.parametrize(
    ("declared", "shown"),
    [
        (f"{TITLE} | Warta Nusa", f"<h1>{TITLE}</h1>"),
        (f"WartaNusa.co.id: {TITLE}", f"<h2>{TITLE}</h2>"),
        (f"{TITLE} - Halaman 2", f"<h1>{TITLE} - Halaman 2</h1>"),
        (f"{TITLE} - Wartanusa Daerah", ""),
        (f"{TITLE} | wartanusa.co.id", ""),
        ("Bupati &amp;quot;Lantik&amp;quot; Pejabat", '<h1>Bupati "Lantik" Pejabat</h1>'),
    ],
)
def test_title_is_bare(read: Read, declared: str, shown: str) -> None:
    text = "".join(f"<p>{each}</p>" for each in PARAGRAPHS)
    html = f'<html><head><title>{declared}</title><meta property="og:title" content="{declared}"></head><body>{shown}<div>{text}</div></body>'
    found = read(html.encode())
    assert isinstance(found, Document), found
    assert found.title == ('Bupati "Lantik" Pejabat' if "quot" in declared else TITLE)


def test_script_in_the_title_is_text(build: Build, document: Doc) -> None:
    title = "Bupati Lantik &lt;script&gt;alert(1)&lt;/script&gt; Pejabat Baru"
    found = document(build(title=title))
    assert "<" not in found.title
    assert "alert(1)" in found.title


def test_page_without_address_is_known_by_its_content(build: Build, read: Read) -> None:
    found = read(build(stamp="2 November 2023 09:00 WIB"), url="")
    assert isinstance(found, Document), found
    assert found.canonical_url.startswith("urn:sha256:")


def test_mobile_and_desktop_twins_are_one(build: Build, document: Doc) -> None:
    link = f'<link rel="canonical" href="{URL}">'
    desktop, mobile = document(build(head=link)), document(build(head=link), url=URL.replace("www.", "m.") + "?page=2")
    assert desktop.id == mobile.id


def test_hidden_pages_of_the_text_belong_to_it(build: Build, document: Doc) -> None:
    first, second = (
        "".join(f"<p>{each}</p>" for each in PARAGRAPHS[:2]),
        "".join(f"<p>{each}</p>" for each in PARAGRAPHS[2:]),
    )
    body = f'<div class="article-content"><div>{first}</div><div style="display: none">{second}</div></div>'
    assert document(build(body=body)).text == "\n".join(PARAGRAPHS)


def test_photo_page_has_its_captions_as_text(build: Build, document: Doc) -> None:
    captions = "".join(f"<figure><img src=x><figcaption>{each}</figcaption></figure>" for each in PARAGRAPHS[:3])
    assert document(build(body=captions, ld={"@type": "NewsArticle"}, stamp="2/11/2023 10:00")).text == "\n".join(
        PARAGRAPHS[:3]
    )


def test_gallery_keeps_its_own_captions_and_no_teasers_of_others(build: Build, document: Doc) -> None:
    captions = "".join(f"<figure><img src=x><p class='slide-caption'>{each}</p></figure>" for each in PARAGRAPHS[:3])
    teasers = "".join(
        f"<article><div><a href='/foto/{n}'>FOTO: Galeri lain nomor {n} dari daerah</a></div><div>Keterangan galeri lain nomor {n} yang bercerita tentang hal yang sama sekali berbeda dari berita ini.</div></article>"
        for n in range(9)
    )
    html = build(
        body=captions, ld={"@type": "NewsArticle"}, stamp="2/11/2023 10:00", after=f"<div class='grid'>{teasers}</div>"
    )
    assert document(html).text == "\n".join(PARAGRAPHS[:3])


LIST = "".join(
    f'<article><h2><a href="/daerah/read/{number}/kabar-panjang-dari-daerah-nomor">Kabar panjang dari daerah nomor {number} hari ini</a></h2>'
    f"<span>{number} November 2023 10:0{number} WIB</span><p>Ringkasan kabar nomor {number} dari daerah yang dipotong di tengah kalimat ...</p></article>"
    for number in range(1, 10)
)


@pytest.mark.parametrize(
    ("url", "title"),
    [
        ("https://www.wartanusa.co.id/", "Warta Nusa - Berita Terkini Hari Ini"),
        ("https://www.wartanusa.co.id/tag/bupati", "Kumpulan Berita Bupati Terbaru"),
        ("https://www.wartanusa.co.id/indeks?date=2023-11-02", "Indeks Berita"),
        ("https://www.wartanusa.co.id/search?q=bupati", "Hasil Pencarian bupati"),
        ("https://www.wartanusa.co.id/penulis/sari-utami", "Sari Utami"),
        ("https://www.wartanusa.co.id/daerah", "Berita Daerah Terbaru"),
        ("https://www.wartanusa.co.id/daerah.html", "Daerah"),
        ("http://127.0.0.1:8000/kabar/daerah/index.html", "Daerah"),
        ("", "Indeks Berita"),
    ],
)
def test_lists_are_no_articles(read: Read, url: str, title: str) -> None:
    html = f'<html><head><title>{title}</title><meta property="og:type" content="article"></head><body><h1>{title}</h1>{LIST}</body></html>'
    found = read(html.encode(), url)
    assert isinstance(found, Reject), found
    assert found.reason == "not-an-article"
    assert found.detail


WALLS = [
    "<title>Just a moment...</title><body><h1>www.wartanusa.co.id</h1><p>Checking if the site connection is secure</p></body>",
    "<title>wartanusa.co.id</title><body><p>Please enable JS and disable any ad blocker</p><script src='https://ct.captcha-delivery.com/c.js'></script></body>",
    "<title></title><body><script>var dd={'host':'geo.captcha-delivery.com'}</script></body>",
    "<title>Warta Nusa</title><body>Please enable JavaScript to view this page.</body>",
    "<title>403 Forbidden</title><body><center><h1>403 Forbidden</h1></center><hr><center>nginx</center></body>",
    "<title>Attention Required! | Cloudflare</title><body><h1>Sorry, you have been blocked</h1></body>",
    "<title>Verifikasi</title><body>Selesaikan captcha untuk melanjutkan</body>",
    "<title>Access Denied</title><body>You don't have permission to access this server.</body>",
]


@pytest.mark.parametrize("wall", WALLS)
def test_walls_with_status_200_are_blocks(read: Read, wall: str) -> None:
    found = read(f"<html><head>{wall.replace('<body>', '</head><body>')}</html>".encode())
    assert isinstance(found, Reject)
    assert found.reason == "blocked"


def test_article_about_walls_is_an_article(build: Build, document: Doc) -> None:
    body = "".join(f"<p>{each}</p>" for each in PARAGRAPHS) * 2 + (
        "<p>Situs itu menampilkan pesan 403 Forbidden dan captcha kepada warga, kata kepala dinas yang meminta maaf kemarin.</p>"
    )
    title = "Situs Pemkab Tampilkan 403 Forbidden, Warga Mengeluh karena Captcha yang Tidak Pernah Selesai Diisi"
    assert "captcha" in document(build(title=title, body=body)).text


@pytest.mark.parametrize(
    ("status", "reason"),
    [(403, "blocked"), (429, "blocked"), (404, "http-error"), (500, "http-error"), (301, "http-error")],
)
def test_status_decides_first(build: Build, read: Read, status: int, reason: str) -> None:
    found = read(build(), status=status)
    assert isinstance(found, Reject)
    assert (found.reason, found.stage) == (reason, "extract")


@pytest.mark.parametrize("body", ["<p>Infografis</p>", ""])
def test_article_without_text_is_a_reject_that_says_so(build: Build, read: Read, body: str) -> None:
    ld = {"@type": "NewsArticle", "datePublished": "2023-11-02T08:15:42+07:00"}
    found = read(build(body=body, ld=ld))
    assert isinstance(found, Reject)
    assert found.reason == "no-text"


def test_reject_keeps_the_page_for_another_try(read: Read) -> None:
    found = read(b"<html><title>404 Not Found</title><body>Halaman tidak ditemukan</body></html>")
    assert isinstance(found, Reject)
    assert (found.reason, found.url, found.at) == ("not-an-article", URL, NOW)
    assert "tidak ditemukan" in found.record
