"""The demonstration newsroom: six outlets and a Mastodon-like instance, each on its own loopback port."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from citra.demo.content import outlets
from citra.demo.definitions import outlet_source, social_source, write_source
from citra.demo.plan import HANDLES, PlannedItem, plan, within
from citra.demo.press import OutletSite
from citra.demo.reply import Site
from citra.demo.server import LoopbackServer
from citra.demo.social import MastodonSite, display_name
from citra.documents import JAKARTA
from citra.errors import InputError
from crawlers.source import Source


@dataclass(slots=True)
class RunningNewsroom:
    """What is being served. A context manager: leaving it stops the servers."""

    items: tuple[PlannedItem, ...]  #: everything that is served, the planned truth
    servers: dict[str, LoopbackServer]  #: by source name
    _stack: ExitStack = field(default_factory=ExitStack)

    @property
    def ports(self) -> dict[str, int]:
        return {name: server.port for name, server in self.servers.items()}

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

    def write_sources(self, folder: Path) -> list[Path]:
        """Write a source definition for each site into ``folder``."""
        return [write_source(source, folder) for source in self.sources]

    def url_of(self, item: PlannedItem) -> str:
        """Loopback address of an article, or of a post in the API."""
        path = item.key if item.kind == "news" else f"/api/v1/statuses/{item.key}"
        return self.servers[item.outlet].base + path

    def stop(self) -> None:
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, wrong: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


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
        with ExitStack() as stack:
            servers = {
                site.name: stack.enter_context(LoopbackServer(site, port + number if port else 0))
                for number, site in enumerate(sites)
            }
            return RunningNewsroom(self.items, servers, stack.pop_all())
