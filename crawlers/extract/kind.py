"""Is a page an article? Evidence for and against is weighed; the patterns are data (``data/refusals.toml``)."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

from crawlers.extract.body import Body, is_list_of_teasers, is_story_link, lines_within
from crawlers.extract.boilerplate import is_date_line
from crawlers.extract.dom import PROSE_LINE, Page
from crawlers.extract.structured import OTHER_TYPES, Structured
from crawlers.extract.urls import split

_FILE = Path(__file__).parent / "data" / "refusals.toml"
#: walls and error pages have few sentences; an article that quotes "403 Forbidden" has more characters of them
LITTLE_PROSE = 450
#: … and a list, which has few sentences too, has more text of other kinds
LITTLE_TEXT = 1500
#: evidence needed to take a page for an article
ENOUGH = 3.0
#: how much more evidence a text can add to a page that seemed to have hardly any
MOST_FOR_TEXT = 3.0
#: letters that may stand beside the stamp of a teaser: section, author
BESIDE_TEASER = 40
_SENTENCE = re.compile(r"[.!?][\"”'’)]*(?:\s|$)")
_SLUG = re.compile(r"[a-z0-9][a-z0-9_.%-]*(?:[-_.][a-z0-9%]+){3,}", re.IGNORECASE)
_NUMBERED = re.compile(r"\d{5,}")
_DATED = re.compile(r"/(?:19|20)\d\d/\d\d?/|/\d\d/\d\d/\d\d/")
_ARTICLE_FOLDERS = frozenset({"read", "berita", "baca", "news", "artikel", "detail"})


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    lists = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {name: re.compile("|".join(f"(?:{each})" for each in given), re.IGNORECASE) for name, given in lists.items()}


def refusal(found: Structured, page: Page, html: bytes) -> tuple[str, str] | None:
    """``(reason, detail)`` of a wall or an error page; None for any other.

    :param html: the page, searched only when it shows little text.
    """
    prose = sum(line.prose for line in page.lines if line.prose >= PROSE_LINE)
    title = found.title or (page.lines[0].text if page.lines else "")
    shown = sum(len(line.text) for line in page.lines)
    text = " ".join(line.text for line in page.lines) if prose < LITTLE_PROSE and shown < LITTLE_TEXT else ""
    for name, reason in (("blocked", "blocked"), ("missing", "not-an-article")):
        pattern = _patterns()[name]
        in_title = pattern.search(title) if len(title) < 80 and prose < 2 * LITTLE_PROSE else None
        match = in_title or (pattern.search(text) if text else None)
        if match:
            return reason, f"the page says {match[0]!r}"
    if prose < LITTLE_PROSE // 3 and shown < LITTLE_TEXT:
        match = _patterns()["wall_sources"].search(html[:200_000].decode("utf-8", "replace"))
        if match:
            return "blocked", f"the page loads {match[0]!r}"
    return None


@dataclass(slots=True)
class Verdict:
    score: float = 0.0
    reasons: list[str] = field(default_factory=list)  #: the evidence, each with its weight

    def add(self, weight: float, why: str) -> None:
        self.score += weight
        self.reasons.append(f"{why} {weight:+g}")

    @property
    def is_article(self) -> bool:
        return self.score >= ENOUGH


def judge(
    *, url: str, found: Structured, page: Page, title: str, title_at: int, body: Body, published: datetime | None
) -> Verdict:
    """Weigh what speaks for an article (structured data, stamp, prose, address) and for a list or a home page."""
    verdict = Verdict()
    _weigh_structured(verdict, found, published)
    speaks = _weigh_address(verdict, url)
    if not published and not found.articles and not speaks:
        verdict.add(-1.0, "no stamp")  # an office's page on its duties reads like an article
    _weigh_text(verdict, body)
    if title_at < 0:
        verdict.add(-0.5 if found.articles else -1.0 if body.prose >= 1500 else -2.0, "no headline")
    elif page.lines[title_at].heading == "h1" and not page.lines[title_at].linked:
        verdict.add(0.5, "headline")
    _weigh_lists(verdict, found, page, title, body)
    return verdict


def _weigh_structured(verdict: Verdict, found: Structured, published: datetime | None) -> None:
    if found.articles:
        verdict.add(2.0, "structured article")
    if found.first("article:published_time") and published:
        verdict.add(1.0, "published_time")
    if published:
        verdict.add(1.0, "stamp")
    others = found.types & OTHER_TYPES
    if others and not found.articles:
        verdict.add(-2.0, f"structured {min(others)}")
    if found.first("og:type").lower() == "website" and not found.articles:
        verdict.add(-1.0, "og:type website")


def _weigh_address(verdict: Verdict, url: str) -> bool:
    """Weigh the address; True when it speaks for an article by more than its words, or is not known."""
    parts = split(url)
    if parts is None:
        verdict.add(1.0, "no address")  # it would speak for most articles
        return True
    segments = [segment for segment in parts.path.split("/") if segment]
    if not segments and not parts.query:
        verdict.add(-5.0, "home address")
        return False
    last = re.sub(r"\.(?:html?|php|aspx?)$", "", segments[-1]) if segments else ""
    folders = {segment.lower() for segment in segments[:-1]}
    lists = _patterns()["list_segments"]
    if any(lists.fullmatch(segment) for segment in (*folders, last.lower())):
        verdict.add(-2.5, "list address")
    in_query = bool(segments) and _NUMBERED.search(parts.query)
    is_numbered = bool(_DATED.search(parts.path) or _NUMBERED.search(parts.path) or in_query)
    if is_numbered:
        verdict.add(1.0, "numbered address")
    if _SLUG.fullmatch(last):
        verdict.add(1.0, "slug")
    elif len(segments) <= 2 and not parts.query and not _NUMBERED.search(parts.path):
        verdict.add(-1.5, "short address")
    if folders & _ARTICLE_FOLDERS:
        verdict.add(0.5, "article folder")
    return is_numbered or bool(folders & _ARTICLE_FOLDERS)


def _weigh_text(verdict: Verdict, body: Body) -> None:
    text = body.text
    prose = sum(len(line) for line in body.lines if len(line) >= 60)
    sentences = sum(1 for line in body.lines if len(line) >= 40 and _SENTENCE.search(line))
    if prose >= 600 and sentences >= 3:
        verdict.add(2.0, "prose")
    elif prose >= 400 and sentences >= 3:
        verdict.add(1.5, "short prose")
    elif prose >= 200 and sentences >= 1:
        verdict.add(1.0, "some prose")
    elif len(text) < 80:
        verdict.add(-1.0, "hardly any text")


def _weigh_lists(verdict: Verdict, found: Structured, page: Page, title: str, body: Body) -> None:
    if any(_patterns()["list_titles"].search(text) for text in {title, found.title} if text):
        verdict.add(-2.0, "title of a list")
    cut = sum(1 for line in body.lines if line.endswith(("...", "…", "[...]", "[…]", "selengkapnya")))
    if cut >= 3:
        verdict.add(-2.5, "many cut teasers")
    stamps = sum(1 for line in lines_within(page, body) if is_date_line(line.text, BESIDE_TEASER))
    if stamps >= 4:
        verdict.add(-2.0, "many stamps in the text")
    if is_list_of_teasers(page, body):
        verdict.add(-3.0, "headlines of other stories in the text")
    headlines = sum(1 for line in page.lines if line.heading and is_story_link(line))
    if headlines >= 8 and body.prose < 60 * headlines:
        verdict.add(-1.5, "more headlines than text")
