"""What the spiders of all kinds share: they count, store, reject, and stop when a site is away."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sqlite3
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response, TextResponse
from twisted.python.failure import Failure

from citra.documents import Partition, Reject
from crawlers.blocks import BLOCKING, why_blocked
from crawlers.job import Clock, Job, Tally
from crawlers.politeness import PASSING, reason_of
from crawlers.revisit import Visit
from crawlers.state import ASKED_AS, State

#: passing faults in a row after which a site is left alone until the next run
MOST_FAULTS = 5
#: records kept in memory at most, and for how long (seconds): an fsync for each one would halve the speed.
#: A crash in between loses no address, only the bytes: they are fetched again.
FLUSH_RECORDS = 32
FLUSH_AFTER = 0.2
#: seconds between two lines that tell how many responses came
TELL_AFTER = 0.2


class _Kept(NamedTuple):
    """Records of one item that are not durable yet."""

    packed: bytes
    urls: list[str]
    size: int
    records: int
    visit: Visit | None


Notify = Callable[[dict[str, Any]], None]


class SourceSpider(Spider):  # type: ignore[misc]
    """Crawls one source into its state and spool; sub-classes say what to ask for and what to keep."""

    name = "citra"
    state: State

    def __init__(self, job: Job, tally: Tally, notify: Notify) -> None:
        super().__init__(name=f"citra.{job.source.name}")
        self.job, self.tally, self.source = job, tally, job.source
        self.clock = Clock(job.now)
        self._notify = notify
        self._faults = 0
        self._told = 0.0  # monotonic time
        self._stopping: asyncio.Future[None] | None = None
        self._unsaved: list[_Kept] = []
        self._unsaved_urls: set[str] = set()
        self._unsaved_hour = self.hour()
        self._flush_call: asyncio.TimerHandle | None = None
        self.since = job.since.isoformat() if job.since else ""

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> SourceSpider:
        spider: SourceSpider = super().from_crawler(crawler, *args, **kwargs)
        spider.state = State(Path(spider.job.folder))
        crawler.signals.connect(spider._received, signal=signals.response_received)
        crawler.signals.connect(spider._broke, signal=signals.spider_error)
        crawler.signals.connect(spider._closed, signal=signals.spider_closed)
        return spider

    # --- for sub-classes ---------------------------------------------------------------------------------

    def request(self, url: str, callback: Callable[..., Any], **options: Any) -> Request:
        """A request that shares the source's one slot, so that one at a time goes to the site."""
        meta = {"download_slot": self.source.name, **options.pop("meta", {})}
        options.setdefault("errback", self.failed)
        return Request(url, callback=callback, meta=meta, dont_filter=True, **options)

    def scope(self, *rules: object) -> str:
        """Hash of the rules that choose among a place's links: other rules, other memory."""
        return hashlib.sha256(json.dumps([str(rule) for rule in rules]).encode()).hexdigest()[:16]

    def store(self, packed: bytes, urls: list[str], size: int, records: int = 1, visit: Visit | None = None) -> None:
        """Keep records. They become durable together within ``FLUSH_AFTER``; until then their addresses are pending."""
        if self._unsaved and self._unsaved_hour != self.hour():
            self.flush()
        self._unsaved_hour = self.hour()
        self._unsaved.append(_Kept(packed, urls, size, records, visit))
        self._unsaved_urls.update(urls)
        if len(self._unsaved) >= FLUSH_RECORDS:
            self.flush()
        elif self._flush_call is None:
            self._flush_call = asyncio.get_event_loop().call_later(FLUSH_AFTER, self.flush)

    def flush(self) -> None:
        """Make what is kept durable and its addresses seen; a fault of the disk ends the crawl of the source."""
        if self._flush_call:
            self._flush_call.cancel()
            self._flush_call = None
        unsaved, self._unsaved = self._unsaved, []
        self._unsaved_urls.clear()
        if not unsaved:
            return
        urls = [url for kept in unsaved for url in kept.urls]
        visits = [kept.visit for kept in unsaved if kept.visit]
        try:
            self.state.store(self._unsaved_hour, b"".join(kept.packed for kept in unsaved), urls, visits)
        except (OSError, sqlite3.Error) as wrong:  # nothing is marked: all of it stays pending
            self.stop(f"cannot be stored: {wrong}")
            return
        records = sum(kept.records for kept in unsaved)
        self.tally.new += records
        self.tally.bytes += sum(kept.size for kept in unsaved)
        self._notify({"event": "stored", "source": self.source.name, "records": records, "url": urls[-1]})

    def is_seen(self, url: str) -> bool:
        return url in self._unsaved_urls or self.state.progress(url) == "seen"

    def reject(self, reason: str, detail: str, *, url: str, key: str = "", record: str = "") -> None:
        """Write down what could not be used and why; ``key`` is the address to try again later, or never."""
        hour, run = self.hour(), f"run at {self.job.now:%Y-%m-%dT%H:%M:%SZ}"
        self.state.reject(
            hour,
            Reject(
                stage="crawl", reason=reason, detail=detail[:300], source=self.source.name, url=url,
                locator=f"{run}{ASKED_AS}{key}" if key and key != url else run, record=record[:2000],
                at=self.clock.now(),
            ),
            url=key,
            final=reason not in PASSING and reason != "blocked",
        )  # fmt: skip
        self.tally.rejected += 1
        self._count_fault(reason, detail)

    def failed(self, failure: Failure) -> None:
        """An article or payload could not be fetched."""
        reason, detail = reason_of(failure.value)
        request: Request = failure.request
        self.reject(reason, detail, url=request.url, key=request.meta.get("key", ""))

    def way_failed(self, failure: Failure) -> None:
        """A feed, sitemap, listing or timeline could not be fetched."""
        reason, detail = reason_of(failure.value)
        self.way_closed(failure.request.url, reason, detail)

    def way_open(self, response: Response) -> bool:
        """Whether a feed, sitemap, listing or timeline came as asked; if not, it is noted why."""
        if response.status != 200:
            self.way_closed(response.url, reason_of_status(response.status), f"HTTP {response.status}")
            return False
        is_page = b"<html" in response.body[:1000].lower() or b"<title" in response.body[:1000].lower()
        why = why_blocked(200, lower_headers(response), text_of(response)) if is_page else None
        if why:
            self.way_closed(response.url, "blocked", why)
        return why is None

    def way_closed(self, url: str, reason: str, detail: str) -> None:
        self.tally.fault(f"{url}: {reason}: {detail}")
        self.reject(reason, detail, url=url)

    def stop(self, why: str) -> None:
        """End this source's crawl; what is not yet fetched stays pending for the next run."""
        self.tally.fault(why)
        assert self.crawler.engine
        if self._stopping is None:
            self._stopping = asyncio.ensure_future(self.crawler.engine.close_spider_async(reason="stopped"))

    # --- signals -----------------------------------------------------------------------------------------

    def _received(self, response: Response, request: Request) -> None:
        if request.meta.get("is_robots"):
            return
        self.tally.requests += 1
        self.tally.statuses[response.status] += 1
        if response.status < 500 and response.status != 429:
            self._faults = 0
        if time.monotonic() - self._told >= TELL_AFTER:
            self._told = time.monotonic()
            self._notify({"event": "response", "source": self.source.name, "requests": self.tally.requests})

    def _broke(self, failure: Failure, response: Response) -> None:
        line = f"{response.url}: {failure.type.__name__}"
        if self.source.kind != "social":  # there the message could quote a person
            line += f": {failure.getErrorMessage()}"
        self.tally.fault(line)
        self.reject("crawler-fault", line, url=response.url)

    def _closed(self, reason: str) -> None:
        self.flush()
        if reason == "closespider_timeout":
            waiting = len(self.state.pending())
            self.tally.fault(f"its {self.job.budget:.0f} s are used up; {waiting} pages wait for the next run")
        self.state.close()

    def _count_fault(self, reason: str, detail: str) -> None:
        if reason not in PASSING:
            return
        self._faults += 1
        if reason in {"robots-unavailable", "rate-limited"} or self._faults >= MOST_FAULTS:
            self.stop(f"left alone until the next run: {reason}: {detail}")

    def hour(self) -> datetime:
        """Hour of the clock: the partition that a record of now belongs to."""
        return Partition.of(self.source.name, self.clock.now()).hour


def text_of(response: Response) -> str:
    """The body as text, whatever the server called it."""
    if isinstance(response, TextResponse):
        return str(response.text)
    return str(response.body[:200_000].decode("utf-8", errors="replace"))


def lower_headers(response: Response) -> dict[str, str]:
    return {name.lower(): value for name, value in headers_of(response)}


def reason_of_status(status: int) -> str:
    """Reject code for an HTTP status that is no success."""
    if status == 429:
        return "rate-limited"
    if status in BLOCKING:
        return "blocked"
    if status in {404, 410}:
        return "gone"
    return "server-error" if status >= 500 else "http-status"


def headers_of(message: Request | Response) -> list[tuple[str, str]]:
    """Header lines in order; repeated ones stay apart."""
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in message.headers.items()
        for value in values
    ]
