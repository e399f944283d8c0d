# ruff: noqa: E501  (markup and example lines are easier to read unbroken)
"""Layouts that Indonesian outlets and offices use, each told by its own markup; none has a source definition."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from fictional_pages import PARAGRAPHS, TITLE

from citra.documents import JAKARTA, Document, Reject

URL = "https://www.kabarpulau.id/bupati-lantik-pejabat-baru-di-tiga-dinas"
P = "".join(f"<p>{each}</p>" for each in PARAGRAPHS)
TEASERS = "".join(
    f"<div class='td-block'><h3><a href='/{n}-kabar-lain-dari-pulau'>Kabar lain dari pulau nomor {n} yang juga panjang</a></h3><span>{n} Oktober 2023</span></div>"
    for n in range(1, 9)
)

LAYOUTS = {
    "wordpress": f"""<html lang="id-ID"><head><title>{TITLE} - Kabar Pulau</title><link rel="canonical" href="{URL}/"><meta property="og:title" content="{TITLE} - Kabar Pulau">
<meta property="og:type" content="article"><meta property="og:site_name" content="Kabar Pulau"><meta property="article:published_time" content="2023-11-02T01:15:00+00:00">
<script type="application/ld+json">{{"@context":"https://schema.org","@graph":[{{"@type":"Article","headline":"{TITLE}","datePublished":"2023-11-02T01:15:00+00:00","author":{{"name":"admin"}}}},{{"@type":"WebSite","name":"Kabar Pulau"}}]}}</script></head>
<body class="post-template-default single single-post right-sidebar"><div id="page" class="has-sidebar"><header><h1 class="site-title">Kabar Pulau</h1></header><div class="content-area"><article class="post-1 post tag-asn category-daerah"><h1 class="entry-title">{TITLE}</h1>
<div class="entry-meta"><span class="posted-on"><time class="entry-date published" datetime="2023-11-02T08:15:00+07:00">November 2, 2023</time></span> <span class="byline">oleh <a rel="author">admin</a></span></div>
<div class="entry-content">{P}<div class="sharedaddy"><h3>Bagikan ini:</h3><ul><li>Twitter</li></ul></div><div id="jp-relatedposts"><h3>Terkait</h3><p>Kabar lain yang juga cukup panjang untuk menipu pembaca mesin di sini.</p></div></div></article></div>
<aside class="widget-area">{TEASERS}</aside></div><footer>Copyright 2023 Kabar Pulau</footer></body></html>""",
    "newspaper theme": f"""<html><head><title>{TITLE} | Kabar Pulau</title><meta property="og:title" content="{TITLE}"></head><body><div class="td-container overflow-hidden"><div class="td-post-header"><h1 class="entry-title">{TITLE}</h1><span class="td-post-date"><time datetime="2023-11-02T08:15:00+07:00">2 November 2023</time></span></div>
<div class="td-post-content tagdiv-type"><p>{PARAGRAPHS[0]}</p><div class="td-a-rec td-a-rec-id-content_inline"><span class="td-adspot-title">- Advertisement -</span></div>{"".join(f"<p>{each}</p>" for each in PARAGRAPHS[1:])}</div><div class="td_block_related_posts">{TEASERS}</div></div></body></html>""",
    "blogger": f"""<html><head><title>Kabar Pulau: {TITLE}</title></head><body><div class="blog-posts"><h2 class="date-header"><span>Kamis, 02 November 2023</span></h2><div class="post"><h3 class="post-title entry-title">{TITLE}</h3><div class="post-body entry-content">{"<br /><br />".join(PARAGRAPHS)}</div>
<div class="post-footer">Diposting oleh <span class="fn">Kabar Pulau</span> di <abbr class="published" itemprop="datePublished" title="2023-11-02T08:15:00+07:00">08.15</abbr></div></div></div><div class="sidebar">{TEASERS}</div></body></html>""",
    "tables of an old office": f"""<html><head><title>Pemerintah Kabupaten Kotabaru</title></head><body><table width=100%><tr><td><table><tr><td><a href=/>Beranda</a></td></tr><tr><td><a href=/berita>Berita</a></td></tr></table></td>
<td><h2>{TITLE}</h2><font size=1>Kamis, 02-11-2023 | 08:15 WIB | dibaca: 120 kali</font><div align=justify>{"<br><br>".join(PARAGRAPHS)}</div></td><td><b>Agenda</b><br>Rapat</td></tr></table></body></html>""",
    "react app": f"""<html lang="id"><head><title>{TITLE}</title><meta property="og:title" content="{TITLE}"></head><body><div id="__next"><div class="flex flex-col overflow-hidden md:flex-row"><div class="hidden md:block w-full"><h1 class="text-3xl font-bold">{TITLE}</h1><div class="flex text-sm"><span>Kamis, 2 Nov 2023, 08:15 WIB</span></div>
<div class="mt-4">{"".join(f'<div class="mb-4"><div>{each}</div></div>' for each in PARAGRAPHS)}</div></div></div></div><script id="__NEXT_DATA__" type="application/json">{json.dumps({"text": "x" * 500})}</script></body></html>""",
    "paragraph by paragraph with advertisements": f"""<html><head><title>{TITLE} - Kabar Pulau</title></head><body><main><h1>{TITLE}</h1><div class="info"><span>Redaksi</span><span>02/11/2023 08:15 WIB</span></div><section class="body">
{"".join(f'<div class="block-wrap"><div class="inner"><p>{each}</p></div></div><div class="ad-slot"><span>ADVERTISEMENT</span></div>' for each in PARAGRAPHS)}</section><section class="rekomendasi">{TEASERS}</section></main></body></html>""",
    "amp": f"""<!doctype html><html amp lang="id"><head><title>{TITLE}</title><link rel="canonical" href="{URL}"><script type="application/ld+json">{{"@type":"NewsArticle","headline":"{TITLE}","datePublished":"2023-11-02T08:15:00+07:00"}}</script></head><body><header><amp-img src=x></amp-img></header><h1>{TITLE}</h1>{P}<amp-ad></amp-ad><p>Baca juga: <a href="/x">Kabar lain</a></p></body></html>""",
    "microdata": f"""<html><head><title>{TITLE}</title></head><body itemscope itemtype="https://schema.org/NewsArticle"><h1 itemprop="headline">{TITLE}</h1><meta itemprop="datePublished" content="2023-11-02 08:15:00"><span itemprop="author"><span itemprop="name">Rina Marlina</span></span><div itemprop="articleBody">{P}</div><div class="list">{TEASERS}</div></body></html>""",
    "bare": f"<h1>{TITLE}</h1><p>2 November 2023 08:15 WIB</p>{P}",
}
WITHOUT_TIME: set[str] = set()


@pytest.mark.parametrize("name", sorted(LAYOUTS))
def test_layout(name: str, read: Callable[..., Document | Reject]) -> None:
    found = read(LAYOUTS[name].encode(), URL)
    assert isinstance(found, Document), found
    assert found.title == TITLE
    assert found.text == "\n".join(PARAGRAPHS)
    assert found.canonical_url.rstrip("/") == URL
    assert found.published is not None
    expected = "2023-11-02T00:00" if name in WITHOUT_TIME else "2023-11-02T08:15"
    assert found.published.astimezone(JAKARTA).isoformat()[:16] == expected
    assert found.author == ("Rina Marlina" if name == "microdata" else None)
