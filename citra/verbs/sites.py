"""Sites on loopback that stand in for the web: the demonstration newsroom and folders of saved pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

from crawlers.source import Source, load_sources

#: Pseudonyms of the newsroom's invented people need no secret; real ones do (CITRA_SALT).
DEMO_SALT = "citra demonstration: invented people only"


@contextmanager
def newsroom(end: date, now: datetime) -> Iterator[list[Source]]:
    """Serve the fictional newsroom whose sixty days end with ``end``; yields how to crawl it."""
    from citra.demo.newsroom import Newsroom

    with Newsroom(end, now).start() as room:
        yield room.sources


@contextmanager
def mirror(folder: Path) -> Iterator[list[Source]]:
    """Serve saved sites, a sub-folder for each host; yields how to crawl them.

    :raises InputError: no such folder, or no saved site in it.
    """
    from citra.demo.mirror import Mirror

    with Mirror(folder, load_sources()).start() as sites:
        yield sites.sources
