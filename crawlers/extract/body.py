"""Which block of a page holds the text of its article, and that text without what does not belong to it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace

from lxml import etree
from lxml.html import HtmlElement

from crawlers.extract.boilerplate import clean_lines, is_date_line
from crawlers.extract.dom import PROSE_LINE, Line, Page, is_body_name

#: a text below this is not enough to be taken without asking trafilatura as well
SHORT_TEXT = 250
#: the parent is taken instead of a block when it adds at least this share of prose …
CLIMB_GAIN = 0.2
#: … and at most this share of linked text
CLIMB_LINKS = 0.35
#: wrappers that add nothing, passed in search of the rest of a text
WRAPPERS = 4
#: a block known by name is preferred to the best-scored one when it holds this share of its prose
NAMED_SHARE = 0.6
#: prose between two top headings from which on the first has a text of its own
STORY_PROSE = 200
#: prose that a lower heading with a stamp below it needs behind it (and ours before it) to be another story's headline:
#: a list's teaser has less
WHOLE_STORY = 400
#: lines between such a heading and its stamp
STAMP_BELOW = 3
#: letters that may stand beside that stamp: reporter, section
BESIDE_STAMP = 40
#: an article has several paragraphs for each story it links to; a list about one
LEAST_STORIES, STORIES_PER_PARAGRAPH = 4, 1.5
#: … unless its links stand together in so few boxes, with so many paragraphs around them
MOST_BOXES, LEAST_AROUND = 2, 4
MOST_CAPTIONS = 40
_LARGE = frozenset({"html", "body"})


@dataclass(slots=True)
class Body:
    """The text of an article and where it came from."""

    lines: list[str] = field(default_factory=list)  #: paragraphs
    span: tuple[int, int] = (0, 0)  #: its lines of the page [from, to)
    how: str = "none"  #: ``selector``, ``named``, ``scored``, ``trafilatura``, ``captions``, ``json-ld``
    dropped: list[str] = field(default_factory=list)  #: lines taken out of it, for bylines

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def prose(self) -> int:
        """Characters in lines that are long enough to be sentences."""
        return sum(len(line) for line in self.lines if len(line) >= PROSE_LINE)


def find_body(page: Page, title_at: int, title: str, chosen: list[HtmlElement] | None = None) -> Body:
    """The article's text.

    :param title_at: number of the line with the headline, -1 when it is not on the page.
    :param chosen: elements that the source's selector names; they win when they hold text.
    """
    if chosen:
        body = _read(page, chosen, title, "selector")
        if body.lines:
            return body
    end = _end_of_story(page, title_at)
    best = _scored(page, title_at, end)
    named = _named(page, title_at, end)
    if named and (best is None or _prose(page, named) >= NAMED_SHARE * _prose(page, [best])):
        return _read(page, named, title, "named", end)
    return _read(page, [best], title, "scored", end) if best is not None else Body()


def _read(page: Page, blocks: list[HtmlElement], title: str, how: str, end: int | None = None) -> Body:
    spans = sorted(page.span[block] for block in blocks if block in page.span)
    if end is not None:
        spans = [(start, min(stop, end)) for start, stop in spans if start < end]
    if not spans:
        return Body()
    lines = [line for start, stop in spans for line in page.lines[start:stop]]
    usable = [line for line in lines if line.noise < 0 and not line.is_caption]
    kept = clean_lines(usable, title)
    texts = {line.text for line in kept}
    dropped = [line.text for line in lines if line.text not in texts and len(line.text) < 200]
    return Body(_without_echo([line.text for line in kept]), (spans[0][0], spans[-1][1]), how, dropped)


def _without_echo(lines: list[str]) -> list[str]:
    """Without a paragraph that says again what an earlier one said: desktop and mobile copies on one page."""
    seen: set[str] = set()
    fresh = []
    for line in lines:
        if len(line) > 60 and line in seen:
            continue
        seen.add(line)
        fresh.append(line)
    return fresh


def _scored(page: Page, title_at: int, end: int) -> HtmlElement | None:
    """The block with the most prose near it (Readability's idea), climbed to where the rest of the text is."""
    scores: dict[HtmlElement, float] = {}
    for number, line in enumerate(page.lines):
        if line.noise >= 0 or line.prose < PROSE_LINE or line.heading or line.is_caption:
            continue
        score = 1 + min(line.prose / 100, 4) + 0.2 * line.text.count(",")
        if number < title_at or number >= end:
            score *= 0.1  # what stands above the headline is seldom its text, what stands below the next one never
        node: HtmlElement | None = line.block
        if node is not None and node.tag in {"p", "li", "blockquote", "span", "td", "pre"}:
            node = node.getparent()
        for share in (1.0, 0.4, 0.15):
            if node is None or node.tag in _LARGE:
                break
            scores[node] = scores.get(node, 0.0) + score * share
            node = node.getparent()
    if not scores:
        return _whole_body(page)
    ranked = {node: score * (1 - _link_share(page, node)) for node, score in scores.items()}
    return _climb(page, max(ranked, key=lambda node: ranked[node]), title_at)


def _whole_body(page: Page) -> HtmlElement | None:
    """The page itself, for bare documents whose paragraphs hang under ``body``."""
    has_prose = any(line.prose >= PROSE_LINE and line.noise < 0 for line in page.lines)
    return page.root.find("body") if has_prose else None


def _climb(page: Page, node: HtmlElement, title_at: int) -> HtmlElement:
    """The widest block around ``node`` that adds prose rather than links, without another story's headline.

    A text is often cut into blocks, each in wrappers of its own, so wrappers that add nothing are passed.
    """
    best, parent, idle = node, _parent(page, node), 0
    while parent is not None and idle < WRAPPERS and not _has_other_headline(page, parent, title_at):
        inner = page.prose(best)
        text, linked = (
            both - own for both, own in zip(page.text_and_links(parent), page.text_and_links(best), strict=True)
        )
        idle += 1
        if page.prose(parent) - inner >= CLIMB_GAIN * inner and linked <= CLIMB_LINKS * max(text, 1):
            best, idle = parent, 0
        parent = _parent(page, parent)
    return best


def _parent(page: Page, node: HtmlElement) -> HtmlElement | None:
    """The next block around ``node``; None above the page's outermost one."""
    parent = node.getparent()
    while parent is not None and parent not in page.span:
        parent = parent.getparent()
    return None if parent is None or parent.tag in _LARGE else parent


def _has_other_headline(page: Page, node: HtmlElement, title_at: int) -> bool:
    start, stop = page.span[node]
    return any(line.heading == "h1" and at != title_at for at, line in enumerate(page.lines[start:stop], start))


def _named(page: Page, title_at: int, end: int) -> list[HtmlElement]:
    """Blocks that microdata or their name call the article's text, outermost ones, of one story only."""
    found = []
    for node in page.span:
        if "articleBody" in (node.get("itemprop") or "").split() or (node.tag not in _LARGE and is_body_name(node)):
            found.append(node)
    found = [node for node in found if _prose(page, [node]) >= PROSE_LINE]
    found = [node for node in found if not _is_inside_another(page, node, found)]
    return _of_one_story(page, found, title_at, end)


def _is_inside_another(page: Page, node: HtmlElement, others: list[HtmlElement]) -> bool:
    """Whether a wider named block holds it that has hardly more links than it has."""
    start, stop = page.span[node]
    for other in others:
        if other is node:
            continue
        first, last = page.span[other]
        if first <= start and stop <= last and (first, last) != (start, stop):
            inner, outer = _prose(page, [node]), _prose(page, [other])
            if outer >= inner * (1 + CLIMB_GAIN) and _link_share(page, other) < 0.3:
                return True
        elif (first, last) == (start, stop) and others.index(other) < others.index(node):
            return True
    return False


def _of_one_story(page: Page, blocks: list[HtmlElement], title_at: int, limit: int) -> list[HtmlElement]:
    """The blocks from the headline to the next headline; those that lie within another one are left out."""
    if not blocks:
        return []
    below = [block for block in blocks if title_at <= page.span[block][1] and page.span[block][0] < limit]
    if not below:
        return []
    most = max(_prose(page, [block]) for block in below)
    kept: list[HtmlElement] = []
    for block in sorted(below, key=lambda each: -_prose(page, [each])):
        if _prose(page, [block]) < 0.05 * most:
            continue
        start, stop = page.span[block]
        if any(start < page.span[each][1] and page.span[each][0] < stop for each in kept):
            continue
        if kept and block.get("class") != kept[0].get("class"):
            continue  # a second story's block has another name
        kept.append(block)
    return kept


def _end_of_story(page: Page, title_at: int) -> int:
    """The line where the next story's headline stands, with a text between it and ours.

    It is a top heading, or a lower one with a stamp of its own and a whole story's text behind it.
    """
    if title_at < 0:
        return len(page.lines)
    prose = 0
    for at, line in enumerate(page.lines[title_at + 1 :], title_at + 1):
        if line.heading == "h1" and prose >= STORY_PROSE:
            return at
        if line.heading in {"h2", "h3"} and prose >= WHOLE_STORY and _opens_story(page, at):
            return at
        if line.noise < 0 and line.prose >= PROSE_LINE and not line.heading:
            prose += line.prose
    return len(page.lines)


def _opens_story(page: Page, at: int) -> bool:
    """Whether a lower heading has a stamp right below it and then as much prose as a story."""
    below = page.lines[at + 1 :]
    if not any(is_date_line(line.text, BESIDE_STAMP) for line in below[:STAMP_BELOW]):
        return False
    prose = 0
    for line in below:
        if line.heading in {"h1", page.lines[at].heading} or prose >= WHOLE_STORY:
            break
        prose += line.prose if line.noise < 0 and line.prose >= PROSE_LINE else 0
    return prose >= WHOLE_STORY


def _prose(page: Page, blocks: list[HtmlElement]) -> int:
    return sum(page.prose(block) for block in blocks)


def _link_share(page: Page, node: HtmlElement) -> float:
    text, linked = page.text_and_links(node)
    return linked / text if text else 1.0


def lines_within(page: Page, body: Body) -> list[Line]:
    """The page's lines from the first to the last one taken into the text: a list's headlines lie between them."""
    kept = {line for line in body.lines if len(line) >= PROSE_LINE}
    start, stop = body.span
    taken = [at for at, line in enumerate(page.lines[start:stop], start) if line.text in kept]
    return [line for line in page.lines[taken[0] : taken[-1] + 1] if line.noise < 0] if taken else []


def is_story_link(line: Line) -> bool:
    """Whether a line is the linked headline of a story."""
    return len(line.text) > 25 and line.linked >= 0.8 * len(line.text)


def is_list_of_teasers(page: Page, body: Body) -> bool:
    """Whether what was taken for a text is headlines of other stories with a sentence about each."""
    within = lines_within(page, body)
    stories = sum(map(is_story_link, within))
    paragraphs = sum(1 for line in within if line.prose >= PROSE_LINE and not line.heading)
    if paragraphs >= LEAST_AROUND and _boxes(within) <= MOST_BOXES:
        return False
    return stories >= LEAST_STORIES and stories * STORIES_PER_PARAGRAPH >= paragraphs


def _boxes(lines: list[Line]) -> int:
    """Places where linked headlines stand with no prose between them."""
    boxes, is_open = 0, False
    for line in lines:
        if is_story_link(line):
            boxes += not is_open
            is_open = True
        elif line.prose >= PROSE_LINE:
            is_open = False
    return boxes


def captions(page: Page, title_at: int, title: str) -> Body:
    """The captions below the headline, else right above it: all the text that a photo page has."""
    usable = [line.is_caption and line.noise < 0 and line.prose >= PROSE_LINE for line in page.lines]
    start = max(title_at, 0)
    after = [at for at in range(start, len(page.lines)) if usable[at]][:MOST_CAPTIONS]
    chosen = after or [at for at in range(max(start - MOST_CAPTIONS, 0), start) if usable[at]]
    unmarked = [replace(page.lines[at], is_caption=False) for at in chosen]
    lines = _without_echo([line.text for line in clean_lines(unmarked, title, credits=True)])
    return Body(lines, (start, start), "captions")


def by_trafilatura(root: HtmlElement, title: str) -> Body:
    """What trafilatura takes for the text: for pages whose text our own rules do not find."""
    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        text = trafilatura.extract(
            etree.tostring(root, encoding="unicode", method="html"),
            include_comments=False,
            include_tables=False,
            favor_precision=True,
        )
    except Exception as wrong:
        logging.getLogger(__name__).debug("trafilatura failed: %s", wrong)
        return Body()
    block = root
    given = [Line(line.strip(), 0, block, -1) for line in (text or "").splitlines() if line.strip()]
    return Body([line.text for line in clean_lines(given, title)], (0, 0), "trafilatura")
