"""A WARC record to documents and rejects: which reader it goes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from citra.documents import Document, Reject, document_id
from crawlers.extract.page import extract_page
from crawlers.extract.posts import extract_posts
from crawlers.extract.urls import unwrap
from crawlers.source import Source
from crawlers.warc import WarcItem


def source_of(url: str, sources: Mapping[str, Source]) -> Source | None:
    """The source whose hosts ``url`` is on; the one with the longest host name when several claim it."""
    url = unwrap(url)
    claims = [source for source in sources.values() if source.allows(url)]
    host = (urlsplit(url).hostname or "") if claims else ""

    def nearness(source: Source) -> tuple[int, str]:
        names = [name.partition(":")[0] for name in source.allowed_hosts]
        return max((len(name) for name in names if host == name or host.endswith(f".{name}")), default=0), source.name

    return max(claims, key=nearness, default=None)


def extract_record(item: WarcItem, sources: Mapping[str, Source], locator: str = "") -> list[Document | Reject]:
    """Everything one WARC record gives: a page one document or reject, an API payload any number of them.

    :param locator: where the record lies, written into rejects.
    """
    source = sources.get(item.source) or source_of(item.url, sources)
    found: list[Document | Reject]
    if is_payload(item.body, item.content_type, source):
        found = extract_posts(item.body, item.url, source=source, fetched=item.fetched)
    else:
        page = extract_page(
            item.body,
            item.url,
            source=source,
            fetched=item.fetched,
            content_type=item.content_type,
            status=item.status or 200,
        )
        found = [page]
    named = item.source if source is None else ""
    return [_placed(each, named, locator) for each in found]


def is_payload(body: bytes, content_type: str, source: Source | None = None) -> bool:
    """Whether a body is an API's JSON rather than a page."""
    if "json" in content_type.lower() or (source is not None and source.spider == "mastodon"):
        return True
    return body[:200].lstrip()[:1] in (b"[", b"{") and "html" not in content_type.lower()


def _placed(record: Document | Reject, named: str, locator: str) -> Document | Reject:
    """With its place, and the source that the WARC names where no definition of it is at hand."""
    if isinstance(record, Reject):
        return replace(record, locator=locator, source=named or record.source)
    if not named:
        return record
    key = document_id(named, record.canonical_url) if record.kind == "news" else record.id
    return replace(record, source=named, id=key)
