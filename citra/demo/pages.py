"""HTML of the invented outlets: articles in the manner of each, their fronts, sections, tags and dated indices."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from html import escape
from typing import Any

from citra.demo.content import Outlet
from citra.demo.plan import DAY_NAMES, MONTHS, PlannedItem
from citra.demo.reply import natural
from citra.documents import JAKARTA

FOOTER = "Redaksi fiktif untuk peragaan Citra. Semua tempat, kantor, nama, dan kejadian di situs ini rekaan."
#: paragraphs on one page of the outlet that cuts its articles up; ``?page=all`` shows them together
PARAGRAPHS_PER_PAGE = 2
SHORT_MONTHS = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agt", "Sep", "Okt", "Nov", "Des")


def is_paged(outlet: Outlet) -> bool:
    return outlet.stamp == "time"


def page_count(outlet: Outlet, item: PlannedItem) -> int:
    return -(-len(item.paragraphs) // PARAGRAPHS_PER_PAGE) if is_paged(outlet) else 1


def dateline(outlet: Outlet, item: PlannedItem) -> str:
    """What the outlet puts before the first paragraph, e.g. ``TIRTAKARSA, WARTANUSA.EXAMPLE - ``."""
    return outlet.dateline.replace("{PLACE}", item.place.upper()).replace("{Place}", item.place)


def article(outlet: Outlet, item: PlannedItem, related: Sequence[PlannedItem], page: str = "") -> str:
    """An article's page.

    :param related: other articles of the outlet; the first is set into the text as “Baca juga”.
    :param page: ``2`` or ``all`` for an outlet that cuts its articles up; empty is the first page.
    """
    scope = ' itemscope itemtype="https://schema.org/NewsArticle"' if outlet.stamp == "microdata" else ""
    main = f"""<article{scope}>
<div class="jejak"><a href="/">Beranda</a> &rsaquo; <a href="/rubrik/{item.section}">{item.section.title()}</a></div>
<h1{' itemprop="headline"' if outlet.stamp == "microdata" else ""}>{escape(item.title)}</h1>
{_byline(outlet, item)}
<figure><img src="/foto/{item.story}.jpg" alt=""><figcaption>Ilustrasi. Foto: Dok. {outlet.title}</figcaption></figure>
<div class="isi">
{_body(outlet, item, related, page)}
</div>
<p class="editor">Editor: {outlet.editor}</p>
<div class="tag">Tag: {" ".join(f'<a href="/tag/{topic}">{topic}</a>' for topic in item.topics)}</div>
</article>
<div class="bagikan"><a href="#">Bagikan ke Facebook</a> <a href="#">Salin Tautan</a></div>"""
    head = _meta(outlet, item)
    if outlet.stamp == "jsonld":
        head += f'\n<script type="application/ld+json">{_json_ld(outlet, item)}</script>'
    if outlet.body == "br":
        head += f'\n<link rel="amphtml" href="/amp{item.key}">'
    return _frame(outlet, f"{item.title} - {outlet.title}", head, main, related)


def amp(outlet: Outlet, item: PlannedItem) -> str:
    """The accelerated twin; its canonical address is the desktop page's."""
    text = "\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in item.paragraphs)
    return f"""<!doctype html><html amp lang="id"><head><meta charset="utf-8">
<title>{escape(item.title)}</title><link rel="canonical" href="https://{outlet.host}{item.key}">
<script type="application/ld+json">{_json_ld(outlet, item)}</script></head>
<body><h1>{escape(item.title)}</h1><time datetime="{_local(item).isoformat()}">{prose(item)}</time>
{text}<footer>{FOOTER}</footer></body></html>"""


def listing(outlet: Outlet, heading: str, items: Sequence[PlannedItem], links: Sequence[tuple[str, str]] = ()) -> str:
    """A front, section, tag or index page: teasers, and ``links`` (address, text) to other pages."""
    teasers = "\n".join(
        f'<li><a href="{item.key}">{escape(item.title)}</a> <span>{prose(item)}</span></li>' for item in items
    )
    paging = " ".join(f'<a href="{escape(address)}">{escape(text)}</a>' for address, text in links)
    main = f'<h1>{escape(heading)}</h1><ul class="daftar">{teasers}</ul><nav class="halaman">{paging}</nav>'
    head = '<meta property="og:type" content="website">'
    return _frame(outlet, f"{heading} - {outlet.title}", head, main, ())


def admin(outlet: Outlet) -> str:
    """The page behind robots.txt: whoever stores it has not obeyed."""
    return _frame(outlet, "Ruang redaksi", "", "<h1>Ruang redaksi</h1><p>Khusus staf.</p>", ())


def prose(item: PlannedItem) -> str:
    """``Senin, 23 November 2026 | 09:15 WIB``"""
    at = _local(item)
    return f"{DAY_NAMES[at.weekday()]}, {at.day} {MONTHS[at.month - 1]} {at.year} | {at:%H:%M} WIB"


def _local(item: PlannedItem) -> Any:
    return item.published.astimezone(JAKARTA)


def _frame(outlet: Outlet, title: str, head: str, main: str, related: Sequence[PlannedItem]) -> str:
    sections = ("nasional", "daerah", "hukum", "kepegawaian", "olahraga", "hiburan", "gaya")
    menu = " ".join(f'<a href="/rubrik/{name}">{name.title()}</a>' for name in sections)
    popular = "\n".join(f'<li><a href="{item.key}">{escape(item.title)}</a></li>' for item in related)
    return f"""<!DOCTYPE html>
<html lang="id">
<head>
<meta charset="utf-8">
<title>{escape(title)}</title>
<meta name="generator" content="citra demo">
{head}
</head>
<body>
<header><a href="/">{outlet.title}</a>
<nav>{menu} <a href="/indeks">Indeks</a> <a href="/admin/masuk">Masuk</a></nav>
</header>
<main>
{main}
</main>
<aside><h3>Terpopuler</h3><ol>{popular}</ol><div class="iklan">ADVERTISEMENT</div></aside>
<footer><p>{FOOTER}</p><p>&copy; {outlet.title}. <a href="/admin/draf/17">Draf</a></p></footer>
</body>
</html>
"""


def _meta(outlet: Outlet, item: PlannedItem) -> str:
    address = f"https://{outlet.host}{item.key}"
    lines = [
        f'<link rel="canonical" href="{address}">',
        '<meta property="og:type" content="article">',
        f'<meta property="og:url" content="{address}">',
        f'<meta property="og:title" content="{escape(item.title)}">',
        f'<meta property="og:site_name" content="{outlet.title}">',
        f'<meta name="description" content="{escape(item.paragraphs[0][:150])}">',
    ]
    if outlet.stamp == "meta":
        lines += [
            f'<meta property="article:published_time" content="{_local(item).isoformat()}">',
            f'<meta property="article:section" content="{item.section.title()}">',
            f'<meta name="author" content="{escape(item.author)}">',
        ]
    return "\n".join(lines)


def _json_ld(outlet: Outlet, item: PlannedItem) -> str:
    # the wire writes UTC, which is the day before for what appears before seven in the morning
    stamp = f"{item.published:%Y-%m-%dT%H:%M:%SZ}" if outlet.way == "atom" else _local(item).isoformat()
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "mainEntityOfPage": f"https://{outlet.host}{item.key}",
        "headline": item.title,
        "datePublished": stamp,
        "dateModified": stamp,
        "articleSection": item.section.title(),
        "author": {"@type": "Person", "name": item.author},
        "publisher": {"@type": "Organization", "name": outlet.title},
        "description": item.paragraphs[0],
    }
    return json.dumps(data, ensure_ascii=False).replace("</", "<\\/")


def _byline(outlet: Outlet, item: PlannedItem) -> str:
    at, author = _local(item), escape(item.author)
    match outlet.stamp:
        case "prose":
            return f'<div class="tanggal">{prose(item)}</div><div class="penulis">Penulis: {author}</div>'
        case "time":
            short = f"{at.day} {SHORT_MONTHS[at.month - 1]} {at.year}, {at:%H.%M} WIB"
            return f'<span class="penulis">{author}</span> <time datetime="{at:%Y-%m-%dT%H:%M:%S%z}">{short}</time>'
        case "microdata":
            return (
                f'<span itemprop="author">{author}</span> '
                f'<meta itemprop="datePublished" content="{at.isoformat()}"><span>{at:%d/%m/%Y %H:%M} WIB</span>'
            )
        case _:
            return f'<div class="info"><span class="penulis">{author}</span> - {prose(item)}</div>'


def _body(outlet: Outlet, item: PlannedItem, related: Sequence[PlannedItem], page: str) -> str:
    paragraphs = [escape(paragraph) for paragraph in item.paragraphs]
    paragraphs[0] = f"<strong>{escape(dateline(outlet, item))}</strong>{paragraphs[0]}".replace("<strong></strong>", "")
    paging = ""
    if is_paged(outlet) and page != "all":
        number = natural(page) or 1
        paragraphs = paragraphs[(number - 1) * PARAGRAPHS_PER_PAGE : number * PARAGRAPHS_PER_PAGE]
        numbers = [f'<a href="?page={n}">{n}</a>' for n in range(1, page_count(outlet, item) + 1)]
        paging = f'\n<div class="halaman">Halaman: {" ".join(numbers)} <a href="?page=all">Tampilkan Semua</a></div>'
    # a copy has its own line already
    has_own = any(paragraph.startswith("Baca juga:") for paragraph in paragraphs)
    if related and not has_own and len(paragraphs) > 1:
        link = f'Baca juga: <a href="{related[0].key}">{escape(related[0].title)}</a>'
        paragraphs.insert(len(paragraphs) - 1, link)
    if outlet.body == "br":
        return "<br><br>\n".join(paragraphs)
    lines = [f'<p class="baca-juga">{p}</p>' if re.match("Baca juga:", p) else f"<p>{p}</p>" for p in paragraphs]
    return "\n".join(lines) + paging
