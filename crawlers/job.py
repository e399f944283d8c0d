"""What a crawl of one source needs to know, what it counts, and its clock."""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from crawlers.source import Source

#: addresses passed over that are kept in a coverage record
MOST_PASSED = 50


class Job(BaseModel):
    """One source's crawl; travels as JSON to the process that does it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)  # it holds the salt

    source: Source
    folder: str  #: of the source's state and spool
    since: AwareDatetime | None = None  #: older items are passed over; None: as far as the site shows
    now: AwareDatetime  #: instant at which the crawl begins
    user_agent: str
    delay: float = 2.0  #: seconds between two requests
    timeout: float = 30.0  #: seconds for one request, body included
    max_bytes: int = 10_000_000  #: largest body, also after decompression
    allow_loopback: bool = False
    salt: str = Field(default="", repr=False)  #: for pseudonyms; news sources need none
    secrets: dict[str, str] = Field(default_factory=dict, repr=False)  #: keys of the platform's API, by variable
    topic_words: tuple[str, ...] = ()  #: replace the shipped ones
    retries: int = 2  #: further tries of a request after a passing fault
    recheck: float = 6.0  #: hours after which a recent page is asked once more whether it was edited; 0: never
    force: bool = False  #: ask also the places that are left alone because they rarely bring something new
    concurrency: int = 1  #: requests to a site at a time; more only for sites of one's own
    budget: float = 3300.0  #: seconds after which the crawl ends; what is left waits for the next run
    limit: int | None = None  #: most articles asked for in this run; what is left waits for the next
    backoff: float = 2.0  #: seconds before the first of them, doubled for each next


class Clock:
    """Time of day that starts at a given instant and goes on with the machine's steady clock."""

    def __init__(self, start: datetime) -> None:
        self._start = start.astimezone(UTC)
        self._zero = time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=time.monotonic() - self._zero)


@dataclass(slots=True)
class Tally:
    """What a crawl of one source did."""

    requests: int = 0  #: responses received, robots.txt aside
    new: int = 0  #: records stored
    edited: int = 0  #: pages among them that were stored before and have changed
    unchanged: int = 0  #: links seen in an earlier run, and places that answered 304
    rejected: int = 0
    bytes: int = 0  #: of decoded bodies
    found: int = 0  #: links and posts offered by the source, old ones included
    ways_in: int = 0  #: feeds, sitemaps, listings, hashtags asked
    ways_open: int = 0  #: those that answered as declared
    statuses: Counter[int] = field(default_factory=Counter)  #: by HTTP status
    skipped: Counter[str] = field(default_factory=Counter)  #: passed over on purpose, by reason
    passed: deque[dict[str, str]] = field(default_factory=lambda: deque(maxlen=MOST_PASSED))  #: the last of them
    errors: list[str] = field(default_factory=list)  #: faults of the source, one line each

    def fault(self, line: str) -> None:
        """Note a fault once, and no more than twenty."""
        if line not in self.errors and len(self.errors) < 20:
            self.errors.append(line)

    def skip(self, reason: str, url: str) -> None:
        """Count a link that is passed over on purpose, and keep its address among the last ones."""
        self.skipped[reason] += 1
        self.passed.append({"reason": reason, "url": url[:500]})

    def to_json(self) -> dict[str, Any]:
        return {
            "requests": self.requests,
            "new": self.new,
            "edited": self.edited,
            "unchanged": self.unchanged,
            "rejected": self.rejected,
            "bytes": self.bytes,
            "found": self.found,
            "ways_in": self.ways_in,
            "ways_open": self.ways_open,
            "statuses": {str(status): count for status, count in sorted(self.statuses.items())},
            "skipped": dict(sorted(self.skipped.items())),
            "passed": list(self.passed),
            "errors": self.errors,
        }
