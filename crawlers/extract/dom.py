"""Bytes to a tree, and a tree to lines of text with what is known of each. Knows nothing of articles."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import lxml.html
from lxml import etree
from lxml.html import HtmlElement

from crawlers.extract.decoding import NotHtml, decode

#: what a line keeps at most: a longer paragraph is data, not prose
LONGEST_LINE = 100_000
#: lines read at most: no article has so many, and each costs time
MOST_LINES = 20_000
#: a line with fewer characters outside of links says nothing about where the text is
PROSE_LINE = 40

_DATA = Path(__file__).parent / "data"

SKIPPED = frozenset(
    [
        "script",
        "style",
        "template",
        "noscript",
        "iframe",
        "svg",
        "math",
        "select",
        "textarea",
        "button",
        "object",
        "embed",
        "canvas",
        "audio",
        "video",
        "datalist",
        "map",
        "head",
    ]
)
BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
        "dialog",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
_CAPTION_NAMES = re.compile(r"caption|photo-?info|image-?info|photo-?credit", re.IGNORECASE)
NOISE_TAGS = frozenset(["nav", "footer", "aside", "form"])
#: tags that a name can make noise; inline ones within a sentence are left alone
_NAMED_NOISE = (BLOCKS - {"body", "main", "article"}) | {"span", "ins"}
HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])


def _patterns(name: str) -> re.Pattern[str]:
    lines = (_DATA / name).read_text(encoding="utf-8").splitlines()
    return re.compile("|".join(f"(?:{line})" for line in lines if line and not line.startswith("#")), re.IGNORECASE)


NOISE_NAMES = _patterns("noise.txt")
BODY_NAMES = _patterns("bodies.txt")


@dataclass(slots=True)
class Line:
    """A run of text within one block, white space collapsed."""

    text: str
    linked: int  #: characters of it inside links
    block: HtmlElement  #: the block that holds it directly
    noise: int  #: number of the noise block it lies in, -1 for none
    heading: str = ""  #: ``h1`` … ``h6`` when it is one
    is_caption: bool = False

    @property
    def prose(self) -> int:
        """Characters outside of links."""
        return len(self.text) - self.linked


@dataclass(slots=True)
class Page:
    """A parsed page and its lines in reading order."""

    root: HtmlElement
    lines: list[Line] = field(default_factory=list)
    span: dict[HtmlElement, tuple[int, int]] = field(default_factory=dict)  #: block → its lines [from, to)
    _sums: list[tuple[int, int, int]] = field(default_factory=list)  #: prose, text, links before each line

    def measure(self) -> None:
        """Sum up the lines once, so that any block can be weighed in one step."""
        prose = text = linked = 0
        self._sums = [(0, 0, 0)]
        for line in self.lines:
            if line.noise < 0:
                text += len(line.text)
                linked += line.linked
                if not line.is_caption and line.prose >= PROSE_LINE:
                    prose += line.prose
            self._sums.append((prose, text, linked))

    def prose(self, node: HtmlElement) -> int:
        """Characters outside of links, in lines long enough to be sentences, below a block."""
        start, stop = self.span.get(node, (0, 0))
        return self._sums[stop][0] - self._sums[start][0]

    def text_and_links(self, node: HtmlElement) -> tuple[int, int]:
        """Characters below a block, and those of them inside links; noise apart."""
        start, stop = self.span.get(node, (0, 0))
        return self._sums[stop][1] - self._sums[start][1], self._sums[stop][2] - self._sums[start][2]


def parse(html: bytes, content_type: str = "") -> HtmlElement:
    """The tree of a page.

    :raises NotHtml: empty, compressed beyond reading, binary, or too large.
    """
    text = decode(html, content_type)
    try:
        parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
        root = lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError) as wrong:
        raise NotHtml("not-html", f"no HTML: {wrong}"[:200]) from wrong
    return root


def read_lines(root: HtmlElement) -> Page:
    """Walk the tree once, without recursion: hostile pages nest deeply."""
    page = Page(root)
    walk = _Walk(page)
    events = etree.iterwalk(root, events=("start", "end"))
    for event, node in events:
        if event == "start":
            if walk.enter(node):
                events.skip_subtree()
        else:
            walk.leave(node)
    walk.flush()
    _clear_large_noise(page)
    page.measure()
    return page


class _Walk:
    """State of one walk: open blocks, open links, open noise, text gathered so far."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.blocks: list[HtmlElement] = [page.root]
        self.noise: list[int] = []
        self.noises = 0
        self.marked: list[tuple[HtmlElement, bool, bool]] = []  #: open blocks that are noise or captions
        self.links = 0
        self.captions = 0
        self.text: list[str] = []
        self.linked = 0
        self.skipped: HtmlElement | None = None

    def enter(self, node: HtmlElement) -> bool:
        """Take an opening tag; True when its subtree is to be skipped."""
        tag = node.tag
        if not isinstance(tag, str) or tag in SKIPPED or (_is_invisible(node) and not self._is_next_page(node)):
            self.skipped = node
            return True
        if tag == "br":
            self.flush()
        elif tag in BLOCKS:
            self.flush()
            self.blocks.append(node)
            self.page.span[node] = (len(self.page.lines), -1)
        elif tag == "a":
            self.links += 1
        noise, caption = is_noise(node), _is_caption(node)
        if noise or caption:
            self.flush()
            self.marked.append((node, noise, caption))
            self.captions += caption
            if noise:
                self.noise.append(self.noises)
                self.noises += 1
        self._take(node.text)
        return False

    def _is_next_page(self, node: HtmlElement) -> bool:
        """Whether a hidden block is a later page of the text, shown by a script: paragraphs within the text's block."""
        if node.tag not in {"div", "section"} or not any(map(is_body_name, self.blocks[-3:])):
            return False
        return sum(len(paragraph.text or "") for paragraph in node.iterchildren("p")) >= 200

    def leave(self, node: HtmlElement) -> None:
        if node is self.skipped:
            self.skipped = None
        else:
            if node.tag in BLOCKS:
                self.flush()
                self.blocks.pop()
                self.page.span[node] = (self.page.span[node][0], len(self.page.lines))
            elif node.tag == "a":
                self.links -= 1
            if self.marked and self.marked[-1][0] is node:
                self.flush()
                _, noise, caption = self.marked.pop()
                self.captions -= caption
                if noise:
                    self.noise.pop()
        self._take(node.tail)

    def _take(self, text: str | None) -> None:
        if text:
            self.text.append(text)
            if self.links and not text.isspace():
                self.linked += len(" ".join(text.split()))

    def flush(self) -> None:
        if not self.text:
            return
        text = " ".join("".join(self.text).split())[:LONGEST_LINE]
        if text and len(self.page.lines) < MOST_LINES:
            block = self.blocks[-1]
            heading = next((each.tag for each in reversed(self.blocks[-3:]) if each.tag in HEADINGS), "")
            noise = self.noise[-1] if self.noise else -1
            self.page.lines.append(Line(text, min(self.linked, len(text)), block, noise, heading, self.captions > 0))
        self.text.clear()
        self.linked = 0


def is_noise(node: HtmlElement) -> bool:
    """Whether a block's name or tag says that it is no part of the text."""
    if node.tag in NOISE_TAGS:
        return True
    if node.tag not in _NAMED_NOISE:
        return False
    names = _names(node)
    return any(map(_is_noise_name, names)) and not any(map(_is_body_name, names))


def is_body_name(node: HtmlElement) -> bool:
    """Whether a block's name is one that outlets give to the text of an article."""
    return any(map(_is_body_name, _names(node)))


def _names(node: HtmlElement) -> list[str]:
    return f"{node.get('class') or ''} {node.get('id') or ''}".split()


@lru_cache(maxsize=20_000)
def _is_noise_name(name: str) -> bool:
    return len(name) <= 60 and bool(NOISE_NAMES.fullmatch(name))


@lru_cache(maxsize=20_000)
def _is_body_name(name: str) -> bool:
    return len(name) <= 60 and bool(BODY_NAMES.fullmatch(name))


def _is_invisible(node: HtmlElement) -> bool:
    hidden = node.get("hidden")
    if hidden is not None and hidden != "until-found":
        return True
    style = node.get("style") or ""
    return "display" in style and "display:none" in style.replace(" ", "").lower() and node.tag not in {"body", "html"}


def _is_caption(node: HtmlElement) -> bool:
    if node.tag == "figcaption":
        return True
    names = node.get("class")
    return (
        bool(names) and node.tag not in {"body", "html", "article", "main"} and bool(_CAPTION_NAMES.search(names or ""))
    )


def _clear_large_noise(page: Page) -> None:
    """A block that holds most of the page's prose is no noise, whatever its name."""
    total = sum(line.prose for line in page.lines if line.prose > 80)
    held: dict[int, int] = {}
    for line in page.lines:
        if line.noise >= 0 and line.prose > 80:
            held[line.noise] = held.get(line.noise, 0) + line.prose
    large = {number for number, prose in held.items() if prose > total * 0.5 and prose > 600}
    for line in page.lines:
        if line.noise in large:
            line.noise = -1


def text_of(node: HtmlElement) -> str:
    """All visible text below ``node`` in one line."""
    parts: list[str] = []
    for text in node.itertext():
        parts.append(text)
        if len(parts) > 2000:
            break
    return " ".join("".join(parts).split())
