"""A brief as HTML and as Markdown. Everything from outside is escaped; every number leads to its texts."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from citra.brief import words
from citra.brief.selection import Counted, Selection
from citra.brief.shapes import Brief
from citra.indonesian import number

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>&~$^=:\"'@])")
_WEB = re.compile(r"https?://[^\s<>\"'`()\[\]\\]+")

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


def html(brief: Brief, pictures: Pictures, *, cid: bool = False) -> str:
    """A whole page that needs nothing else; the same brief gives the same text.

    :param cid: pictures are parts of an e-mail, ``cid:name.png``, not within the page.
    """
    proofs = Proofs(brief.public_url)

    def link(of: Selection, text: object) -> Markup:
        place = proofs.number(of)
        target = proofs.href(of) or f"#b{place}"
        return Markup('<a href="{}" title="{}">{}</a>').format(target, of.command, text)

    def picture(name: str) -> str:
        if cid:
            return f"cid:{name}.png"
        return f"data:image/png;base64,{base64.b64encode(pictures[name]).decode()}"

    environment = _environment(autoescape=True)
    return environment.get_template("brief.html.j2").render(
        _values(brief, proofs, link), picture=picture, pictures=set(pictures), web=web_url
    )


def markdown(brief: Brief) -> str:
    """CommonMark; commands are footnotes of numbers."""
    proofs = Proofs(brief.public_url)

    def link(of: Selection, text: object) -> str:
        place, target = proofs.number(of), proofs.href(of)
        plain = str(text)
        return f"[{plain}]({target})[^{place}]" if target else f"{plain}[^{place}]"

    environment = _environment(autoescape=False)
    environment.filters["esc"] = escaped
    text = environment.get_template("brief.md.j2").render(_values(brief, proofs, link), web=web_url)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def escaped(text: str) -> str:
    """Text that Markdown shows as it is."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def web_url(url: str) -> str:
    """``url`` where it is an address of the web without anything odd; else empty."""
    return url if _WEB.fullmatch(url) else ""


def _values(brief: Brief, proofs: Proofs, link: Callable[[Selection, object], str]) -> dict[str, object]:
    def counted(one: Counted) -> str:
        return link(one.of, number(one.value))

    return {
        "brief": brief,
        "title": words.title(brief.period),
        "headline": words.headline(brief),
        "unit": words.UNITS[brief.period.span],
        "n": counted,
        "link": link,
        "proofs": proofs,
    }


def _environment(*, autoescape: bool) -> Environment:
    environment = Environment(
        loader=PackageLoader("citra.brief"), autoescape=autoescape,  # noqa: S701 - Markdown escapes by `esc`
        undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=False,
    )  # fmt: skip
    environment.filters.update(words.FILTERS)
    return environment
