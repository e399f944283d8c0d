"""A brief as HTML and as Markdown. Everything from outside is escaped; every number leads to its texts."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from citra.brief import tables, words
from citra.brief.selection import Counted, Selection
from citra.brief.shapes import LEAST, Brief, TextLine
from citra.indonesian import LABELS, number

#: What Markdown (and its dialects that make links of bare addresses and names) reads as more than letters.
_MARKDOWN = re.compile(r"[\\`*_\[\]<>|~&$@]|^[#+=-]|(?<=^\d)[.)]|(?<=^\d\d)[.)]|:(?=//)|(?<=\bwww)\.", re.I)
_WEB = re.compile(r"https?://[^\s<>\"'`()\[\]\\]+")
_COLOURS = {"negative": "#b0420a", "neutral": "#5a6675", "positive": "#00704f"}

#: Picture name → PNG.
Pictures = Mapping[str, bytes]


class Proofs:
    """The selections that numbers of one page lead to, in order of appearance."""

    def __init__(self, public_url: str) -> None:
        self._base = public_url
        self._numbers: dict[Selection, int] = {}

    def number(self, of: Selection) -> int:
        """Place in the list of commands, from 1."""
        return self._numbers.setdefault(of, len(self._numbers) + 1)

    def href(self, of: Selection) -> str:
        """The dashboard's page; empty where there is no dashboard."""
        return of.url(self._base) if self._base else ""

    @property
    def commands(self) -> list[tuple[int, str]]:
        return [(place, of.command) for of, place in self._numbers.items()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How the sentences' parts are written: what stands for a link, for bold, for a text from outside."""

    autoescape: bool
    link: Callable[[Proofs, Selection, object], str]
    outside: Callable[[str, str], str]  #: title and address of somebody else's page
    bold: Callable[[str], str]
    escape: Callable[[str], str]
    feeling: Callable[[str], str]


def html(brief: Brief, pictures: Pictures, *, cid: bool = False) -> str:
    """A whole page that needs nothing else; the same brief gives the same text.

    :param cid: pictures are parts of an e-mail, ``cid:name.png``, not within the page.
    """

    def picture(name: str) -> str:
        if cid:
            return f"cid:{name}.png"
        return f"data:image/png;base64,{base64.b64encode(pictures[name]).decode()}"

    made = spoken(brief, HTML).templates.get_template("brief.html.j2")
    return made.render(picture=picture, pictures=set(pictures))


def markdown(brief: Brief) -> str:
    """CommonMark with footnotes, which hold the commands."""
    text = spoken(brief, MARKDOWN).templates.get_template("brief.md.j2").render()
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """One brief in one format: its templates with all that they call, and the parts that stand apart from them."""

    templates: Environment
    proofs: Proofs
    story: Callable[[TextLine], str]
    tables: list[tables.Table]

    def say(self, sentence: str, *values: object) -> str:
        """A sentence of ``sentences.j2``."""
        return str(getattr(self.templates.get_template("sentences.j2").module, sentence)(*values))


def spoken(brief: Brief, how: Format) -> Spoken:
    """The brief's words in the format ``how``."""
    proofs = Proofs(brief.public_url)
    made = Environment(
        loader=PackageLoader("citra.brief"),
        autoescape=how.autoescape,  # noqa: S701 - the other formats escape by `esc`
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update({**words.FILTERS, "esc": how.escape, "code": code})

    def link(of: Selection, text: object) -> str:
        return how.link(proofs, of, text)

    def counted(one: Counted) -> str:
        return link(one.of, number(one.value))

    def story(line: TextLine) -> str:
        return how.outside(line.title, web_url(line.url))

    def at(moment: datetime | None) -> str:
        return words.clock(moment, with_day=brief.period.span != "day")

    made.globals.update(
        _values(brief),
        proofs=proofs,
        link=link,
        n=counted,
        story=story,
        at=at,
        b=how.bold,
        feeling=how.feeling,
        outside=lambda title, url: how.outside(title, web_url(url)),
        shown=lambda cell: counted(cell) if isinstance(cell, Counted) else how.escape(cell),
    )
    found = Spoken(templates=made, proofs=proofs, story=story, tables=[])
    both = (tables.topics(brief), tables.offices(brief, found.say("offices", brief)))
    found.tables.extend(table for table in both if table.rows)
    made.globals["tables"] = found.tables
    return found


def _values(brief: Brief) -> dict[str, Any]:
    return {
        "brief": brief,
        "title": words.title(brief.period),
        "headline": words.headline(brief),
        "unit": words.UNITS[brief.period.span],
        "still": words.STILL,
        "least": LEAST[brief.period.span],
        "lists": words.lists(brief),
    }


def escaped(text: str) -> str:
    """Text that Markdown shows as it is."""
    return _MARKDOWN.sub(r"\\\g<0>", " ".join(text.split()))


def code(text: str) -> str:
    """A code span of Markdown, whatever is in it."""
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence} {text} {fence}" if len(fence) > 1 else f"`{text}`"


def web_url(url: str) -> str:
    """``url`` where it is an address of the web without anything odd; else empty."""
    return url if _WEB.fullmatch(url) else ""


def _html_link(proofs: Proofs, of: Selection, text: object) -> Markup:
    place = proofs.number(of)
    target = proofs.href(of) or f"#b{place}"
    return Markup('<a href="{}" title="{}" style="color:#0b5394">{}</a>').format(target, of.command, text)


def _html_outside(title: str, url: str) -> Markup:
    if not url:
        return Markup("{}").format(title)
    return Markup('<a href="{}" style="color:#0b3d66;text-decoration:none">{}</a>').format(url, title)


def _markdown_link(proofs: Proofs, of: Selection, text: object) -> str:
    place, target = proofs.number(of), proofs.href(of)
    return f"[{text}]({target})[^{place}]" if target else f"{text}[^{place}]"


HTML = Format(
    autoescape=True,
    link=_html_link,
    outside=_html_outside,
    bold=lambda text: Markup("<b>{}</b>").format(text),
    escape=lambda text: text,
    feeling=lambda label: Markup('<span style="color:{}">{}</span>').format(_COLOURS[label], LABELS[label]),
)
MARKDOWN = Format(
    autoescape=False,
    link=_markdown_link,
    outside=lambda title, url: f"[{escaped(title)}](<{url}>)" if url else escaped(title),
    bold=lambda text: f"**{text}**",
    escape=escaped,
    feeling=lambda label: LABELS[label],
)
