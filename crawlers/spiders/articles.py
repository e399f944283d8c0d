"""Fetches articles: all pages of one together, once; and once more while they are recent, for they are edited."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from crawlers.blocks import why_blocked
from crawlers.links import normalise
from crawlers.pagination import next_page
from crawlers.politeness import PASSING, reason_of
from crawlers.revisit import Visit, text_digest
from crawlers.spiders.base import SourceSpider, headers_of, lower_headers, reason_of_status, text_of
from crawlers.warc import pack_page

_HTML = ("text/html", "application/xhtml+xml")
#: priority of what may fail again, or may not have changed: what is new comes first
LAST = -10
#: recent pages asked again in one run
MOST_REVISITS = 500


class Part(NamedTuple):
    """One page of an article, fetched and not stored yet."""

    packed: bytes
    urls: tuple[str, ...]  #: as asked and as answered
    size: int
    digest: str
    etag: str
    modified: str


class ArticleSpider(SourceSpider):
    """What becomes of the address of an article; sub-classes find the addresses."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._asked = 0

    def article(self, url: str, *, is_failing: bool = False) -> Iterator[Request]:
        """The request of an article not fetched yet, within the job's limit; one that failed before waits."""
        if self.job.limit is None or self._asked < self.job.limit:
            self._asked += 1
            yield self._part_request(url, url, (), priority=LAST if is_failing else 0)

    def revisits(self) -> Iterator[Request]:
        """Requests of stored articles that are old enough to have been edited, and recent enough to be."""
        if self.job.recheck:
            due = self.state.due_visits(self.clock.now(), timedelta(hours=self.job.recheck))
            for visit in due[:MOST_REVISITS]:
                yield self.revisit(visit)

    def revisit(self, visit: Visit) -> Request:
        """The request of a stored article: the site need not send it if it did not change."""
        headers = {"If-None-Match": visit.etag, "If-Modified-Since": visit.modified}
        told = {name: value for name, value in headers.items() if value}
        return self._part_request(visit.url, visit.url, (), visit, headers=told, priority=LAST)

    def _part_request(
        self, url: str, key: str, parts: tuple[Part, ...], visit: Visit | None = None, **options: Any
    ) -> Request:
        meta = {"key": key, "parts": parts, "visit": visit}
        return self.request(url, self.parse_article, errback=self.article_failed, meta=meta, **options)

    def parse_article(self, response: Response) -> Iterator[Request]:
        key, parts, visit = (response.meta[name] for name in ("key", "parts", "visit"))
        if response.status == 304 and visit and not parts:
            self._unchanged(visit)
            return
        if refusal := self._why_refused(response):
            self._refuse(*refusal, url=response.url, meta=response.meta, record=text_of(response))
            return
        final = normalise(response.url)
        if any(final in part.urls for part in parts):  # the last page leads back to one before
            self._keep(key, parts, visit)
            return
        if not visit and not parts and self.is_seen(final):  # another address of a page that we have
            self.store(b"", [key], 0, records=0)
            self.tally.unchanged += 1
            return
        part = self._part(response, normalise(response.request.url), final)
        following = self._following(response)
        if visit and not parts and visit.digest == part.digest:
            self._unchanged(visit)
        elif following:
            yield self._part_request(following, key, (*parts, part), visit)
        else:
            self._keep(key, (*parts, part), visit)

    def article_failed(self, failure: Failure) -> None:
        reason, detail = reason_of(failure.value)
        self._refuse(reason, detail, url=failure.request.url, meta=failure.request.meta)

    def _refuse(self, reason: str, detail: str, *, url: str, meta: Any, record: str = "") -> None:
        """An article is not to be had, or not again, or not all of its pages: then those that came are kept."""
        parts, visit = meta["parts"], meta["visit"]
        if not parts and not visit:
            self.reject(reason, detail, url=url, key=meta["key"], record=record)
            return
        self.reject(reason, detail, url=url, record=record)
        if parts:
            self._keep(meta["key"], parts, visit, is_whole=False)
        elif reason not in PASSING:
            self._unchanged(visit)

    def _following(self, response: Response) -> str | None:
        """The article's next page, where the site has no page with all of it."""
        rule = self.source.whole_article
        if rule.query or rule.path:
            return None
        following = next_page(text_of(response), response.url)
        return following if following and self.source.is_article(normalise(following)) else None

    def _part(self, response: Response, asked: str, final: str) -> Part:
        told = lower_headers(response)
        packed = pack_page(
            source=self.source.name,
            url=response.url,
            fetched=self.clock.now(),
            status=response.status,
            headers=headers_of(response),
            body=response.body,
            request_headers=headers_of(response.request),
        )
        validators = (told.get("etag", ""), told.get("last-modified", ""))
        return Part(packed, (asked, final), len(response.body), text_digest(text_of(response)), *validators)

    def _keep(self, key: str, parts: tuple[Part, ...], visit: Visit | None, *, is_whole: bool = True) -> None:
        """Store the pages of an article together, so that they lie in one partition and become one document.

        Killed before, its address is still pending and all of it is fetched again.
        """
        now, first = self.clock.now(), parts[0]
        # of an article in pages only the first is compared; a missing page is looked for again
        made = Visit(
            url=key, fetched=visit.fetched if visit else now, checked=now, checks=visit.checks + 1 if visit else 0,
            digest=first.digest if is_whole else "", etag=first.etag if is_whole else "",
            modified=first.modified if is_whole else "",
        )  # fmt: skip
        urls = [key, *dict.fromkeys(url for part in parts for url in part.urls)]
        self.tally.edited += len(parts) if visit else 0
        self.store(b"".join(part.packed for part in parts), urls, sum(p.size for p in parts), len(parts), made)

    def _unchanged(self, visit: Visit) -> None:
        self.tally.unchanged += 1
        self.state.checked(replace(visit, checked=self.clock.now(), checks=visit.checks + 1))

    def _why_refused(self, response: Response) -> tuple[str, str] | None:
        """Reason and detail when a response is not the article asked for."""
        told = lower_headers(response)
        if response.status != 200:
            return reason_of_status(response.status), f"HTTP {response.status}"
        if not response.body.strip():
            return "empty", "the page has no content"
        content_type = told.get("content-type", _HTML[0]).partition(";")[0].strip().lower()
        if content_type not in _HTML:
            return "not-html", content_type
        if why := why_blocked(response.status, told, text_of(response)):
            return "blocked", why
        if not self.source.is_article(normalise(response.url)):
            return "redirected-away", f"leads to {response.url}, which is no article"
        return None
