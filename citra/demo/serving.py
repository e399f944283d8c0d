"""Several sites being served at once, each on its own loopback port: what newsroom and mirror share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from citra.demo.definitions import write_source
from citra.demo.reply import Site
from citra.demo.server import LoopbackServer
from crawlers.source import Source


@dataclass(slots=True, kw_only=True)
class Serving(ABC):
    """Running servers. A context manager: leaving it stops them."""

    servers: dict[str, LoopbackServer]  #: by source name
    stack: ExitStack = field(default_factory=ExitStack)  #: what stops them

    @property
    def ports(self) -> dict[str, int]:
        return {name: server.port for name, server in self.servers.items()}

    @property
    @abstractmethod
    def sources(self) -> list[Source]:
        """How to crawl what is served."""

    def write_sources(self, folder: Path) -> list[Path]:
        """Write a source definition for each site into ``folder``."""
        return [write_source(source, folder) for source in self.sources]

    def stop(self) -> None:
        self.stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, wrong: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start_servers(sites: Mapping[str, Site], port: int) -> tuple[dict[str, LoopbackServer], ExitStack]:
    """Serve each site on its own port: ``port``, ``port + 1`` … in their order, or free ones for 0.

    :raises InputError: a port is taken or out of range; what was started is stopped again.
    """
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(LoopbackServer(site, port + number if port else 0))
            for number, (name, site) in enumerate(sites.items())
        }
        return servers, stack.pop_all()
