"""robots.txt, delays and retries: downloader middlewares that keep a crawl welcome."""

from __future__ import annotations

import asyncio
import email.utils
import random
import re
import time
from datetime import UTC, datetime
from typing import Any, Self

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.httpobj import urlparse_cached

from crawlers.safety import ForbiddenAddress, Refused

#: longest time a site may make us wait within one run, seconds; what asks for more is left for the next run
LONGEST_WAIT = 300.0
#: longest delay between two requests that robots.txt or slowing down can lead to, seconds
LONGEST_DELAY = 60.0
RETRIED = frozenset({408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
SLOW_DOWN = frozenset({429, 503})

_GLUED = re.compile(r"(?<=[^\s#])(?=(?:User-agent|Disallow|Allow|Crawl-delay)\s*:|Sitemap\s*:\s*https?://)")
_SPACED = re.compile(r"^[ \t\ufeff]*([A-Za-z-]+)[ \t]*:[ \t]*", re.MULTILINE)


def read_robots(body: bytes) -> Protego:
    """robots.txt as its author meant it: BOM, ``Disallow : /x``, CR line ends and glued lines are put right."""
    text = body[:512_000].decode("utf-8", errors="replace").lstrip("\ufeff")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return Protego.parse(_SPACED.sub(r"\1: ", _GLUED.sub("\n", text)))


class Robots:
    """Obeys robots.txt; while it cannot be read (5xx, no answer) nothing of the host is fetched, 4xx allows all."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._agent: str = crawler.settings["USER_AGENT"]
        self._rules: dict[str, asyncio.Task[Protego | Refused | None]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        if request.meta.get("is_robots") or request.meta.get("by_key"):
            return  # robots.txt speaks to strangers; an API that gave us a key has its own terms
        place = urlparse_cached(request)
        site = f"{place.scheme}://{place.netloc}"
        if site not in self._rules:
            self._rules[site] = asyncio.ensure_future(self._fetch(site, request.meta["download_slot"]))
        rules = await self._rules[site]
        if isinstance(rules, Refused):
            raise Refused(rules.reason, rules.detail)
        if rules is not None and not rules.can_fetch(request.url, self._agent):
            raise Refused("robots", f"robots.txt of {place.netloc} forbids it")

    async def _fetch(self, site: str, slot: str) -> Protego | Refused | None:
        """Rules of a host, None when everything is allowed, or why nothing is for now."""
        meta = {"is_robots": True, "download_slot": slot}
        request = Request(f"{site}/robots.txt", callback=NO_CALLBACK, meta=meta, dont_filter=True)
        assert self._crawler.engine
        try:
            response = await self._crawler.engine.download_async(request)
        except Refused as refused:
            return Refused("robots-unavailable", f"{site}/robots.txt: {refused.detail}")
        except Exception as wrong:
            reason, detail = reason_of(wrong)
            return Refused(reason, f"{site}/robots.txt: {detail}")
        if response.status >= 500 or response.status == 429:
            return Refused("robots-unavailable", f"{site}/robots.txt answered {response.status}")
        if response.status >= 300:
            return None
        rules = read_robots(response.body)
        wanted = rules.crawl_delay(self._agent)
        if wanted:
            place = self._crawler.engine.downloader.slots[slot]
            place.delay = max(place.delay, min(float(wanted), LONGEST_DELAY))
        return rules


class Patience:
    """Tries again after passing faults, ever later, and slows down for good when a site asks for it."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._retries: int = crawler.settings.getint("CITRA_RETRIES")
        self._backoff: float = crawler.settings.getfloat("CITRA_BACKOFF")
        self._not_before = 0.0  # monotonic time

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:  # noqa: ARG002 (name set by Scrapy)
        pause = self._not_before - time.monotonic()
        if pause > LONGEST_WAIT:
            raise Refused("rate-limited", f"the site asks to wait {pause:.0f} s")
        if pause > 0:
            await asyncio.sleep(pause)

    async def process_response(self, request: Request, response: Response) -> Response | Request:
        for prefix in (b"X-RateLimit-", b"RateLimit-"):
            if _is_zero(response.headers.get(prefix + b"Remaining")):
                reset = _seconds(response.headers.get(prefix + b"Reset"), response)
                self._not_before = max(self._not_before, time.monotonic() + (reset or 0))
        if response.status not in RETRIED:
            return response
        asked = _seconds(response.headers.get(b"Retry-After"), response)
        if response.status in SLOW_DOWN:
            self._slow_down(request)
            if asked and asked > LONGEST_WAIT:
                self._not_before = time.monotonic() + asked
                return response
        return await self._again(request, asked) or response

    async def process_exception(self, request: Request, exception: Exception) -> Request | None:
        if isinstance(exception, IgnoreRequest) or _is_forbidden(exception) or _is_too_large(exception):
            return None
        return await self._again(request, None)

    async def _again(self, request: Request, asked: float | None) -> Request | None:
        tries = request.meta.get("tries", 0)
        if tries >= self._retries:
            return None
        pause = asked if asked is not None else self._backoff * 2**tries
        await asyncio.sleep(pause * random.uniform(1.0, 1.25))
        return request.replace(meta={**request.meta, "tries": tries + 1}, dont_filter=True)

    def _slow_down(self, request: Request) -> None:
        assert self._crawler.engine
        slot = self._crawler.engine.downloader.slots.get(request.meta.get("download_slot"))
        if slot:
            slot.delay = min(LONGEST_DELAY, max(2 * slot.delay, self._backoff))


def _is_zero(value: bytes | None) -> bool:
    """Whether nothing is left of an allowance; Reddit counts with a fraction, ``0.0``."""
    return re.fullmatch(rb"\s*0+(\.0*)?\s*", value or b"") is not None


def _seconds(value: bytes | None, response: Response) -> float | None:
    """Seconds to wait by a header that holds a number, an HTTP date or an ISO time, seen from the server's clock."""
    text = (value or b"").decode("latin-1").strip()
    if not text:
        return None
    if text.isdigit():
        number = float(text)
        if number < 1e9:
            return number
        until = datetime.fromtimestamp(number, UTC)
    else:
        try:
            until = datetime.fromisoformat(text) if "-" in text else email.utils.parsedate_to_datetime(text)
        except ValueError:
            return None
    try:
        clock = email.utils.parsedate_to_datetime((response.headers.get(b"Date") or b"").decode("latin-1"))
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - clock.astimezone(UTC)).total_seconds())


def _causes(wrong: BaseException | None) -> list[Any]:
    """An exception and what it was made from, including the reasons that Twisted carries along."""
    found: list[Any] = []
    queue: list[Any] = [wrong]
    while queue:
        one = queue.pop()
        if one is None or one in found:
            continue
        found.append(one)
        queue += [one.__cause__, one.__context__]
        queue += [getattr(reason, "value", reason) for reason in getattr(one, "reasons", None) or ()]
    return found


def _is_forbidden(wrong: BaseException) -> bool:
    return any(isinstance(cause, ForbiddenAddress) for cause in _causes(wrong))


def _is_too_large(wrong: BaseException) -> bool:
    return any(type(cause).__name__ in {"DownloadCancelledError", "CancelledError"} for cause in _causes(wrong))


def reason_of(wrong: BaseException) -> tuple[str, str]:
    """Reject code and one line for what a request failed with."""
    detail = " ".join(str(wrong).split())[:300] or type(wrong).__name__
    if isinstance(wrong, Refused):
        return wrong.reason, wrong.detail
    for cause in _causes(wrong):
        name = type(cause).__name__
        if isinstance(cause, ForbiddenAddress):
            return "forbidden-address", str(cause)
        if "max redirections" in str(cause):
            return "too-many-redirects", detail
        if _is_too_large(cause) or "MAXSIZE" in str(cause):
            return "too-large", detail
        if "Timeout" in name:
            return "timeout", detail
        if "DataLoss" in name or "ResponseFailed" in name or "PotentialDataLoss" in name:
            return "broken-transfer", detail
        if "Connect" in name or "DNS" in name or "ResponseNeverReceived" in name:
            return "unreachable", detail
    return "fetch-failed", f"{type(wrong).__name__}: {detail}"


#: reasons that may have passed by the next run
PASSING = frozenset(
    {"timeout", "unreachable", "broken-transfer", "fetch-failed", "server-error", "robots-unavailable", "rate-limited"}
)
