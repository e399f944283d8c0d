"""What a page says of itself to machines: JSON-LD, OpenGraph and other meta tags, microdata. Reads, decides nothing."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml.html import HtmlElement

from crawlers.extract.dom import text_of

#: schema.org types that say "this page is an article" (Article and what is below it)
ARTICLE_TYPES = frozenset(
    [
        "Article",
        "NewsArticle",
        "ReportageNewsArticle",
        "AnalysisNewsArticle",
        "BackgroundNewsArticle",
        "OpinionNewsArticle",
        "ReviewNewsArticle",
        "AskPublicNewsArticle",
        "BlogPosting",
        "LiveBlogPosting",
        "SocialMediaPosting",
        "Report",
        "AdvertiserContentArticle",
        "SatiricalArticle",
    ]
)
#: types that say "this page lists or presents something else"
OTHER_TYPES = frozenset(
    [
        "CollectionPage",
        "SearchResultsPage",
        "ProfilePage",
        "AboutPage",
        "ContactPage",
        "FAQPage",
        "ImageGallery",
        "QAPage",
    ]
)

_TRAILING_COMMA = re.compile(r",\s*([}\]])")
_MISSING_COMMA = re.compile(r'(["}\]])\s*\n\s*(")')
_FIELD = re.compile(
    r'"(@type|headline|datePublished|dateCreated|dateModified|articleSection|articleBody|name)"\s*:\s*"((?:[^"\\\n]|\\.)*)"'
)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
#: a page with more than this of it is hostile
_MOST_BLOCKS, _MOST_DEPTH, _LONGEST = 60, 12, 3_000_000


@dataclass(slots=True)
class Structured:
    """Everything found, unchecked; strings are stripped and unescaped."""

    articles: list[dict[str, Any]] = field(default_factory=list)  #: JSON-LD objects of an article type
    pages: list[dict[str, Any]] = field(default_factory=list)  #: JSON-LD ``WebPage`` objects
    types: set[str] = field(default_factory=set)  #: every ``@type`` at the top or in a ``@graph``
    crumbs: list[str] = field(default_factory=list)  #: names of the breadcrumb, outermost first
    meta: dict[str, list[str]] = field(default_factory=dict)  #: lower-case name, property or itemprop → contents
    canonical_link: str = ""
    title: str = ""  #: of ``<title>``
    language: str = ""  #: of ``<html lang>``

    def first(self, *names: str) -> str:
        """The first non-empty content of the named meta tags."""
        return next((text for name in names for text in self.meta.get(name, ()) if text), "")

    def value(self, *keys: str) -> Any:
        """The first non-empty value of ``keys`` in the article's JSON-LD."""
        return next((article[key] for article in self.articles for key in keys if article.get(key)), None)


def read_structured(root: HtmlElement) -> Structured:
    """Collect meta tags, links and JSON-LD; broken JSON gives what can be saved of it."""
    found = Structured(language=(root.get("lang") or "").strip().lower()[:2])
    for node in root.iter("meta"):
        content = clean(node.get("content"))
        if not content:
            continue
        for attribute in ("property", "name", "itemprop"):
            name = (node.get(attribute) or "").strip().lower()
            if name:
                found.meta.setdefault(name, []).append(content)
    for node in root.iter("link"):
        rel = (node.get("rel") or "").lower().split()
        if "canonical" in rel and not found.canonical_link:
            found.canonical_link = (node.get("href") or "").strip()
    title = next(root.iter("title"), None)
    found.title = clean(text_of(title)) if title is not None else ""
    for number, node in enumerate(root.iter("script")):
        if number > 2000 or "ld+json" not in (node.get("type") or "").lower():
            continue
        for item in _objects(load_json_ld(node.text or "")):
            _sort_in(item, found)
    return found


def load_json_ld(text: str) -> Any:
    """The value of a JSON-LD script; of broken JSON, an object of the fields that can be told; None of nothing."""
    text = text.strip().removeprefix("<![CDATA[").removesuffix("]]>").strip().rstrip(";")
    text = re.sub(r"^\s*(<!--|//\s*<!\[CDATA\[)|(-->|//\s*\]\]>)\s*$", "", text)[:_LONGEST]
    if not text:
        return None
    for attempt in (text, _MISSING_COMMA.sub(r"\1,\2", _TRAILING_COMMA.sub(r"\1", text))):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return _salvage(text)


def _salvage(text: str) -> dict[str, Any] | None:
    fields: dict[str, Any] = {}
    for name, value in _FIELD.findall(text):
        if name == "@type" and "@type" in fields and fields["@type"] in ARTICLE_TYPES:
            continue  # of an inner object: author, publisher
        if name == "@type" or name not in fields:
            fields[name] = value.replace("\\/", "/").replace('\\"', '"')
    fields.pop("name", None)
    return fields or None


def _objects(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    if depth > _MOST_DEPTH:
        return
    if isinstance(value, list):
        for item in value[:_MOST_BLOCKS]:
            yield from _objects(item, depth + 1)
    elif isinstance(value, dict):
        yield value
        yield from _objects(value.get("@graph"), depth + 1)
        main = value.get("mainEntity")
        if isinstance(main, dict) and types_of(main) & ARTICLE_TYPES:
            yield main


def types_of(item: dict[str, Any]) -> set[str]:
    kinds = item.get("@type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return {kind.rsplit("/", 1)[-1] for kind in kinds if isinstance(kind, str)}


def _sort_in(item: dict[str, Any], found: Structured) -> None:
    kinds = types_of(item)
    found.types |= kinds
    if kinds & ARTICLE_TYPES:
        found.articles.append(item)
    elif "WebPage" in kinds or "ItemPage" in kinds:
        found.pages.append(item)
    elif "BreadcrumbList" in kinds and not found.crumbs:
        found.crumbs = _crumbs(item)


def _crumbs(item: dict[str, Any]) -> list[str]:
    names = []
    elements = item.get("itemListElement")
    for element in elements[:20] if isinstance(elements, list) else []:
        if isinstance(element, dict):
            inner = element.get("item")
            name = element.get("name") or (inner.get("name") if isinstance(inner, dict) else "")
            names.append(clean(name))
    return [name for name in names if name]


def clean(value: Any) -> str:
    """A value as one line of plain text; entities are resolved twice, for they are often escaped twice."""
    if not isinstance(value, str):
        return ""
    text = value
    for _ in range(2):
        if "&" not in text:
            break
        text = html.unescape(text)
    if "<" in text:
        text = _TAG.sub(" " if "<br" in text.lower() else "", text)
    return " ".join(text.replace("\x00", "").split())
