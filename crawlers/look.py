"""Looks at single addresses of a site through the guard, robots.txt and patience of a crawl, and stores nothing.

The looking is done in a process of its own, ``python -m crawlers.look``, because a reactor runs once in a process.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from pydantic import Base64Bytes, BaseModel, ConfigDict
from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.http import Response
from scrapy.settings import Settings
from twisted.python.failure import Failure

from crawlers.job import Job
from crawlers.politeness import reason_of
from crawlers.safety import guard
from crawlers.worker import notify, settings_for


class Seen(BaseModel):
    """What came of one address."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    asked: str
    url: str = ""  #: after redirects
    status: int = 0  #: HTTP status; 0: no answer
    body: Base64Bytes = b""  #: decoded of its transfer; base64 in JSON
    reason: str = ""  #: code of a reject when there is no answer, else empty
    detail: str = ""


def look(job: Job, urls: Sequence[str]) -> list[Seen]:
    """Fetch ``urls`` one after the other, ``job.delay`` apart, from the hosts of ``job.source`` only.

    What robots.txt forbids, what is not on a public address and what does not answer comes back with a
    ``reason``; there is one answer for each address, in order.
    """
    asked = list(dict.fromkeys(urls))
    if not asked:
        return []
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "crawlers.look"],
        input=json.dumps({"job": job.model_dump(mode="json"), "urls": asked}).encode(),
        stdout=subprocess.PIPE,
        env=environment,
        check=False,
    )
    answers = {seen.asked: seen for seen in map(Seen.model_validate_json, done.stdout.splitlines())}
    lost = "its time is used up" if done.returncode == 0 else f"the process ended with code {done.returncode}"
    return [answers.get(url) or Seen(asked=url, reason="fetch-failed", detail=lost) for url in asked]


class LookSpider(Spider):  # type: ignore[misc]
    """Fetches what it is told and says what came."""

    name = "citra.look"

    def __init__(self, job: Job, urls: Sequence[str]) -> None:
        super().__init__(name=self.name)
        self.job, self.urls = job, urls

    async def start(self) -> AsyncIterator[Request]:
        for url in self.urls:
            meta: dict[str, Any] = {"download_slot": self.job.source.name, "asked": url}
            if urlsplit(url).path == "/robots.txt":  # it is no subject of its own rules
                meta["is_robots"] = True
            yield Request(url, callback=self.came, errback=self.failed, meta=meta, dont_filter=True)

    def came(self, response: Response) -> None:
        _tell(asked=response.meta["asked"], url=response.url, status=response.status, body=response.body)

    def failed(self, failure: Failure) -> None:
        reason, detail = reason_of(failure.value)
        request: Request = failure.request
        _tell(asked=request.meta["asked"], reason=reason, detail=detail)


def _tell(*, body: bytes = b"", **values: Any) -> None:
    notify({**values, "body": base64.b64encode(body).decode()})


def main() -> None:
    order = json.load(sys.stdin)
    job = Job.model_validate(order["job"])
    process = AsyncCrawlerProcess({"LOG_LEVEL": "CRITICAL"})
    from twisted.internet import reactor

    guard(reactor, allow_loopback=job.allow_loopback)
    process.crawl(Crawler(LookSpider, Settings(settings_for(job))), job=job, urls=order["urls"])
    process.start()


if __name__ == "__main__":
    main()
