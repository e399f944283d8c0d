"""One invented outlet as a site: which address shows what."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from urllib.parse import urlencode

from citra.demo import feeds, pages
from citra.demo.content import Outlet
from citra.demo.plan import PlannedItem
from citra.demo.reply import Query, Reply, natural, not_found
from citra.documents import JAKARTA

XML = "application/xml; charset=utf-8"
#: teasers on a page of the index of one day, of the whole index, and of fronts
PER_DAY_PAGE, PER_INDEX_PAGE, PER_FRONT = 3, 20, 24


class OutletSite:
    """Serves an outlet's planned articles in the ways that the outlet has."""

    def __init__(self, outlet: Outlet, items: Sequence[PlannedItem]) -> None:
        self.outlet, self.name = outlet, outlet.name
        self.items = sorted(items, key=lambda item: item.published, reverse=True)
        self._by_path = {item.key: number for number, item in enumerate(self.items)}
        self._newest = self.items[0].published if self.items else None

    def reply(self, path: str, query: Query, base: str) -> Reply:
        if path in self._by_path:
            return self._article(self._by_path[path], query)
        if path.startswith("/admin/"):
            return self._html(pages.admin(self.outlet))
        if path.startswith("/amp/") and path[4:] in self._by_path and self.outlet.body == "br":
            item = self.items[self._by_path[path[4:]]]
            return Reply(body=pages.amp(self.outlet, item).encode(), modified=item.published)
        machine = self._machine(path, base)
        return machine or self._human(path, query)

    def _article(self, number: int, query: Query) -> Reply:
        item = self.items[number]
        page = query.get("page", "")
        if page not in {"", "all"} and natural(page) not in range(1, pages.page_count(self.outlet, item) + 1):
            return not_found()
        others = [self.items[(number + step) % len(self.items)] for step in (3, 7, 12, 20)]
        related = [other for other in dict.fromkeys(others) if other is not item]
        return Reply(body=pages.article(self.outlet, item, related, page).encode(), modified=item.published)

    def _machine(self, path: str, base: str) -> Reply | None:
        way = self.outlet.way
        if path == "/robots.txt":
            return Reply(body=feeds.robots(base).encode(), content_type="text/plain; charset=utf-8")
        if path == "/rss.xml" and way == "rss":
            return self._xml(feeds.rss(self.outlet, self.items, base), "application/rss+xml; charset=utf-8")
        if path == "/atom.xml" and way == "atom":
            return self._xml(feeds.atom(self.outlet, self.items, base), "application/atom+xml; charset=utf-8")
        if path == "/sitemap.xml" and way == "sitemap":
            months = sorted({f"{item.day:%Y-%m}" for item in self.items}, reverse=True)
            return self._xml(feeds.sitemap_index(months, base), XML)
        if (found := re.fullmatch(r"/sitemap-berita-(\d{4}-\d{2})\.xml", path)) and way == "sitemap":
            chosen = [item for item in self.items if f"{item.day:%Y-%m}" == found[1]]
            return self._xml(feeds.news_sitemap(self.outlet, chosen, base), XML) if chosen else not_found()
        return None

    def _human(self, path: str, query: Query) -> Reply:
        if path == "/":
            return self._html(pages.listing(self.outlet, "Berita Terkini", self.items[:PER_FRONT]))
        if path == "/indeks":
            return self._index(query)
        folder, _, name = path.strip("/").partition("/")
        if folder == "rubrik":
            chosen = [item for item in self.items if item.section == name]
        elif folder == "tag":
            chosen = [item for item in self.items if name in item.topics]
        else:
            return not_found()
        if not chosen:
            return not_found()
        return self._html(pages.listing(self.outlet, f"Berita {name.title()}", chosen[:PER_FRONT]))

    def _index(self, query: Query) -> Reply:
        """``/indeks?date=2026-11-23&page=2``; without a date, everything newest first."""
        number = natural(query.get("page", "1"))
        if not number:
            return not_found()
        chosen, size, fixed = list(self.items), PER_INDEX_PAGE, {}
        links: list[tuple[str, str]] = []
        if "date" in query:
            try:
                day = date.fromisoformat(query["date"])
                before = day - timedelta(days=1)
            except (ValueError, OverflowError):
                return not_found("Tanggal tidak dikenal")
            chosen = [item for item in self.items if item.published.astimezone(JAKARTA).date() == day]
            size, fixed = PER_DAY_PAGE, {"date": query["date"]}
            links.append((f"/indeks?date={before}", "Hari sebelumnya"))
        start = (number - 1) * size
        if start + size < len(chosen):
            links.append((f"/indeks?{urlencode({**fixed, 'page': number + 1})}", "Berikutnya"))
        shown = chosen[start : start + size]
        return self._html(pages.listing(self.outlet, "Indeks Berita", shown, links or [("/", "Beranda")]))

    def _html(self, text: str) -> Reply:
        return Reply(body=text.encode(), modified=self._newest)

    def _xml(self, text: str, content_type: str) -> Reply:
        return Reply(body=text.encode(), content_type=content_type, modified=self._newest)
