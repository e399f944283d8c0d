# ruff: noqa: E501  (markup is easier to read unbroken)
"""Pages of the wild that are no articles: archives, hubs, results, profiles, tables; address → page, each hard in another way."""

from __future__ import annotations

import json

from wild_offices import LONG, MENU, OTHERS, TEXT

SITE = "https://www.kabarkota.id"
NAMES = (
    "Bupati Resmikan Jembatan Gantung di Desa Seberang",
    "Guru Honorer Antre Surat Keputusan Sejak Pagi",
    "Harga Cabai Turun Menjelang Panen Raya Kedua",
    "Puskesmas Baru Dibuka untuk Warga Lereng Gunung",
    "Lelang Jabatan Kepala Dinas Diikuti Dua Belas Orang",
    "Nelayan Temukan Kapal yang Hilang Tiga Hari",
)
STORIES = list(enumerate(zip(NAMES, (*TEXT, LONG), strict=True), 1))
AGO = "".join(
    f"<div class='card'><a href='/d/{n}'><h2>{name}</h2></a><span>{n} jam lalu</span><p>{text}</p></div>"
    for n, (name, text) in STORIES
)
CARDS = "".join(
    f"<a class='c' href='/d/{n}'><img src=x><h3>{name}</h3><p>{text}</p><time>0{n} Mar 2024</time></a>"
    for n, (name, text) in STORIES
)
FULL = "".join(
    f"<div class='post'><h2>{name}</h2><p>0{n} Maret 2024 14:20 WIB</p>{''.join(f'<p>{each}</p>' for each in TEXT)}</div>"
    for n, (name, _) in STORIES[:3]
)
INTRO = "".join(
    f"<div class='items-row'><h2 itemprop='name'><a href='/berita/{n}-x'>{name}</a></h2><dl class='article-info'><dd class='published'>0{n} Maret 2024</dd></dl><p>{text}</p><p class='readmore'><a href='/berita/{n}-x'>Baca selengkapnya ...</a></p></div>"
    for n, (name, text) in STORIES
)
VIEWS = "".join(
    f"<div class='views-row'><div class='views-field-title'><a href='/berita/{n}'>{name}</a></div><div class='views-field-body'>{text}</div><div class='views-field-created'>0{n}/03/2024</div></div>"
    for n, (name, text) in STORIES
)
ROWS = "".join(
    f"<tr><td>{n}</td><td>{name}</td><td>0{n}-03-2024</td><td><a href=/unduh/{n}.pdf>Unduh</a></td></tr>"
    for n, (name, _) in STORIES
)
ITEMS = json.dumps(
    {
        "@type": "ItemList",
        "itemListElement": [{"@type": "ListItem", "position": n, "url": f"{SITE}/d/{n}"} for n, _ in STORIES],
    }
)
ABOUT = "".join(f"<p>{LONG} Demikian isi bagian {n} dari keterangan panjang ini.</p>" for n in range(1, 5))

LISTS = {
    f"{SITE}/berita": f"<title>Berita</title>{MENU}<h1>Berita</h1>{FULL}",
    f"{SITE}/terbaru/": f"<title>Berita Terbaru Hari Ini | Kabar Kota</title><h1>Terbaru</h1>{AGO}",
    f"{SITE}/daerah": f"<title>Berita Daerah Terkini - Kabar Kota</title><meta property='og:type' content='article'><script type='application/ld+json'>{ITEMS}</script>{CARDS}",
    f"{SITE}/topik/guru-honorer-diangkat-pppk": f"<title>Guru Honorer Diangkat PPPK - Topik</title><h1>Guru Honorer Diangkat PPPK</h1><p>{TEXT[3]}</p><p>{TEXT[4]}</p>{CARDS}",
    f"{SITE}/tag/asn?page=2": f"<title>Berita dan Informasi ASN Terkini</title><h1>ASN</h1>{AGO}",
    f"{SITE}/search?q=guru+honorer": f"<title>Cari: guru honorer</title><h2>6 hasil untuk guru honorer</h2>{CARDS}",
    f"{SITE}/penulis/rina-marlina": f"<title>Rina Marlina | Kabar Kota</title><h1>Rina Marlina</h1><p>Rina meliput pemerintahan daerah sejak 2010 dan pernah tinggal di tiga pulau untuk liputan panjangnya.</p>{CARDS}",
    f"{SITE}/index.php/berita-daerah": f"<title>Berita Daerah - Sukamaju</title><div class='blog' itemscope><div class='page-header'><h1>Berita Daerah</h1></div>{INTRO}</div>",
    f"{SITE}/berita?page=3": f"<title>Berita | Kabupaten Sukamaju</title><h1 class='page-header'>Berita</h1><div class='view-content'>{VIEWS}</div>",
    f"{SITE}/index.php": f"<title>Kabar Kota - Portal Berita</title><h1>Kabar Kota</h1>{CARDS}<p>{TEXT[0]}</p>",
    f"{SITE}/ppid/informasi-berkala": f"<title>Informasi Berkala</title><h1>Informasi Berkala</h1><table>{ROWS}</table>",
    f"{SITE}/video": f"<title>Video Terbaru</title><h1>Video</h1>{''.join(f'<figure><a href=/v/{n}><img></a><figcaption>{name}: {text}</figcaption></figure>' for n, (name, text) in STORIES)}",
    f"{SITE}/indeks?tanggal=2024-03-05&kanal=daerah": f"<title>Indeks Berita Daerah 5 Maret 2024</title><h1>Indeks</h1><ul>{OTHERS}</ul>{AGO}",
    f"{SITE}/tentang-kami": f"<title>Tentang Kami - Kabar Kota</title><h1>Tentang Kami</h1>{ABOUT}",
    f"{SITE}/kebijakan-privasi": f"<title>Kebijakan Privasi</title><h1>Kebijakan Privasi</h1><p>Terakhir diperbarui: 5 Maret 2024</p>{ABOUT}",
    f"{SITE}/profil/sejarah-singkat-kabupaten": f"<title>Sejarah Singkat Kabupaten</title><h1>Sejarah Singkat Kabupaten</h1>{ABOUT}",
}
