"""Machine-readable ways into the invented outlets: RSS, Atom, sitemaps, robots.txt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from email.utils import format_datetime
from xml.sax.saxutils import escape

from citra.demo.content import Outlet
from citra.demo.plan import PlannedItem
from citra.documents import JAKARTA

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def robots(base: str) -> str:
    """Everything may be fetched but the editors' room."""
    return f"User-agent: *\nDisallow: /admin/\nDisallow: /cari\n\nSitemap: {base}/sitemap.xml\n"


def rss(outlet: Outlet, items: Sequence[PlannedItem], base: str) -> str:
    """RSS 2.0, newest first, times at +07:00."""
    entries = "\n".join(
        f"""<item><title>{escape(item.title)}</title><link>{base}{item.key}</link>
<guid isPermaLink="true">{base}{item.key}</guid><category>{item.section.title()}</category>
<pubDate>{format_datetime(item.published.astimezone(JAKARTA))}</pubDate>
<description>{escape(item.paragraphs[0][:160])}</description></item>"""
        for item in items
    )
    return (
        f'{_HEAD}<rss version="2.0"><channel><title>{outlet.title}</title><link>{base}/</link>'
        f"<description>Berita {outlet.title} (fiktif)</description><language>id</language>\n"
        f"{entries}\n</channel></rss>\n"
    )


def atom(outlet: Outlet, items: Sequence[PlannedItem], base: str) -> str:
    """Atom 1.0, newest first, times in UTC."""
    newest = items[0].published if items else None
    entries = "\n".join(
        f"""<entry><title>{escape(item.title)}</title><id>{base}{item.key}</id><link href="{base}{item.key}"/>
<published>{_utc(item)}</published><updated>{_utc(item)}</updated>
<author><name>{escape(item.author)}</name></author><summary>{escape(item.paragraphs[0][:160])}</summary></entry>"""
        for item in items
    )
    updated = f"{newest.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if newest else "1970-01-01T00:00:00Z"
    return (
        f'{_HEAD}<feed xmlns="http://www.w3.org/2005/Atom"><title>{outlet.title}</title><id>{base}/</id>'
        f"<updated>{updated}</updated>\n{entries}\n</feed>\n"
    )


def sitemap_index(months: Sequence[str], base: str) -> str:
    """One news sitemap for each month, ``2026-11``."""
    entries = "\n".join(f"<sitemap><loc>{base}/sitemap-berita-{month}.xml</loc></sitemap>" for month in months)
    return f'{_HEAD}<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}\n</sitemapindex>\n'


def news_sitemap(outlet: Outlet, items: Sequence[PlannedItem], base: str) -> str:
    """A Google News sitemap."""
    entries = "\n".join(
        f"""<url><loc>{base}{item.key}</loc><news:news><news:publication><news:name>{outlet.title}</news:name>
<news:language>id</news:language></news:publication>
<news:publication_date>{item.published.astimezone(JAKARTA).isoformat()}</news:publication_date>
<news:title>{escape(item.title)}</news:title></news:news></url>"""
        for item in items
    )
    return (
        f'{_HEAD}<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">\n{entries}\n</urlset>\n'
    )


def _utc(item: PlannedItem) -> str:
    return f"{item.published.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
