"""The demonstration newsroom: six outlets and a Mastodon-like instance, each on its own loopback port."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from citra.demo.content import outlets
from citra.demo.definitions import outlet_source, social_source
from citra.demo.plan import HANDLES, PlannedItem, plan, within
from citra.demo.press import OutletSite
from citra.demo.reply import Site
from citra.demo.serving import Serving, start_servers
from citra.demo.social import MastodonSite, display_name
from citra.documents import JAKARTA
from citra.errors import InputError
from crawlers.source import Source


@dataclass(slots=True, kw_only=True)
class RunningNewsroom(Serving):
    """What is being served."""

    items: tuple[PlannedItem, ...]  #: everything that is served, the planned truth

    @property
    def sources(self) -> list[Source]:
        """How to crawl it."""
        named = {outlet.name: outlet for outlet in outlets()}
        return [
            outlet_source(named[name], server.base) if name in named else social_source(server.base)
            for name, server in self.servers.items()
        ]

    @property
    def handles(self) -> tuple[str, ...]:
        """Handles and display names of the invented private persons: none may be found in a lake."""
        return (*HANDLES, *map(display_name, HANDLES))

    @property
    def trap_hits(self) -> int:
        """Requests for what robots.txt forbids; 0 for a crawler that obeys."""
        return sum(
            count
            for server in self.servers.values()
            for path, count in server.hits.items()
            if path.startswith("/admin/")
        )

    def url_of(self, item: PlannedItem) -> str:
        """Loopback address of an article, or of a post in the API."""
        path = item.key if item.kind == "news" else f"/api/v1/statuses/{item.key}"
        return self.servers[item.outlet].base + path


class Newsroom:
    """Sixty days of invented news and posts that end with ``end``.

    :param now: what is planned for later is not served yet; None serves all of it.
    :raises InputError: ``end`` lies outside of what post ids and calendars can hold.
    """

    def __init__(self, end: date, now: datetime | None = None) -> None:
        if not 1971 <= end.year <= 9998:
            raise InputError(f"{end}: the demonstration needs a last day between 1971 and 9998")
        self.end = end
        self.now = now
        self.items = within(plan(end), now)

    def start(self, port: int = 0) -> RunningNewsroom:
        """Serve each site on its own port: ``port``, ``port + 1`` … in the order of the outlets, or free ones for 0.

        :raises InputError: a port is taken or out of range.
        """
        midnight = datetime.combine(self.end + timedelta(days=1), time(), JAKARTA).astimezone(UTC)
        sites: list[Site] = [
            OutletSite(outlet, [item for item in self.items if item.outlet == outlet.name]) for outlet in outlets()
        ]
        sites.append(MastodonSite([item for item in self.items if item.kind == "social"], self.now or midnight))
        servers, stack = start_servers({site.name: site for site in sites}, port)
        return RunningNewsroom(items=self.items, servers=servers, stack=stack)
