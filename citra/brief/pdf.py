"""A brief as PDF, by ``fpdf2`` with the fonts that come with ``matplotlib``: nothing to install beside Python packages.

What fonts lack (emoji) is left out of the page; the linked text has it.
"""

from __future__ import annotations

import html as markup
import re
from datetime import UTC, datetime, time
from io import BytesIO
from pathlib import Path
from typing import Any

from markupsafe import Markup

from citra.brief.render import HTML, Format, Pictures, Proofs, spoken
from citra.brief.selection import Counted, Selection
from citra.brief.shapes import Brief
from citra.brief.tables import Table
from citra.brief.words import headline, title
from citra.indonesian import number

_FONT = "brief"
_STYLES = (("", "DejaVuSans.ttf"), ("B", "DejaVuSans-Bold.ttf"), ("I", "DejaVuSans-Oblique.ttf"))
_INK, _GREY, _BLUE = "#1c2733", "#5a6675", "#0b3d66"
_TONES = {"up": (176, 66, 10), "down": (0, 112, 79), "unclear": (61, 81, 102), "too-few": (61, 81, 102)}
_MARGIN = 14


def pdf(brief: Brief, pictures: Pictures) -> bytes:
    """A4 pages; the same brief gives the same bytes.

    Numbers link to the dashboard; where there is none, small figures lead to the commands on the last page.
    """
    page = _page(brief)
    made = spoken(brief, _format(page))
    templates = made.templates
    _banner(page, brief)
    _fragment(page, templates.get_template("pdf_top.j2").render())
    if "trend" in pictures:
        page.image(BytesIO(pictures["trend"]), w=page.epw, alt_text="Jumlah teks dan pangsa negatif")
    _fragment(page, templates.get_template("pdf_body.j2").render())
    for table in made.tables:
        _table(page, made.proofs, table)
    _fragment(page, templates.get_template("pdf_end.j2").render(), size=8)
    return bytes(page.output())


def _page(brief: Brief) -> Any:
    import matplotlib as mpl
    from fpdf import FPDF

    class Page(FPDF):
        def footer(self) -> None:
            self.set_y(-11)
            self.set_font(_FONT, size=7)
            self.set_text_color(_GREY)
            self.cell(0, 5, f"Citra · {self.page_no()}", align="R")

    page = Page(format="A4")
    page.set_creation_date(datetime.combine(brief.period.until, time(), UTC))
    page.set_title(str(brief.period.until))
    page.set_lang("id")
    page.set_margin(_MARGIN)
    page.set_auto_page_break(True, _MARGIN)
    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    for style, name in _STYLES:
        page.add_font(_FONT, style, folder / name)
    page.set_font(_FONT, size=9)
    page.add_page()
    return page


def _format(page: Any) -> Format:
    known = frozenset(page.fonts[_FONT].cmap) | {10, 13, 32}

    def shown(text: object) -> str:
        """What the font has of it, as HTML."""
        plain = "".join(letter for letter in str(text) if ord(letter) in known)
        return markup.escape(plain)

    def link(proofs: Proofs, of: Selection, text: object) -> Markup:
        place, target = proofs.number(of), proofs.href(of)
        if target:
            return Markup('<a href="{}">{}</a>').format(target, text)
        return Markup("{}<sup>{}</sup>").format(text, place)

    def outside(title: str, url: str) -> Markup:
        text = Markup(shown(title))  # noqa: S704 - escaped
        return Markup('<a href="{}">{}</a>').format(url, text) if url else text

    return Format(
        autoescape=True, link=link, outside=outside, bold=HTML.bold,
        escape=lambda text: Markup(shown(text)),  # noqa: S704 - escaped
        feeling=HTML.feeling,
    )  # fmt: skip


def _banner(page: Any, brief: Brief) -> None:
    page.set_fill_color(*_TONES[brief.mood.change.verdict])
    page.set_text_color(255, 255, 255)
    page.set_font(_FONT, size=9)
    page.multi_cell(page.epw, 7, f"  {title(brief.period)}", fill=True, new_x="LMARGIN", new_y="NEXT")
    page.set_font(_FONT, "B", size=13)
    page.multi_cell(page.epw, 7, f"{headline(brief)}\n", fill=True, new_x="LMARGIN", new_y="NEXT", padding=(0, 3, 3, 3))
    page.set_text_color(_INK)
    page.set_fill_color(255, 255, 255)
    page.ln(2)


def _fragment(page: Any, text: str, size: float = 9) -> None:
    from fpdf import FontFace, TextStyle

    page.set_font(_FONT, size=size)
    page.set_text_color(_INK)
    text = re.sub(r"<(p|ul|ol)>", r'<\1 line-height="1.25">', re.sub(r"\s+", " ", text))
    page.write_html(
        text,
        font_family=_FONT,
        ul_bullet_char="–",
        li_prefix_color=_GREY,
        tag_styles={
            "a": FontFace(color="#0b5394", emphasis=None),
            "h2": TextStyle(color=_BLUE, font_size_pt=11.5, font_style="B", t_margin=5, b_margin=1),
            "p": TextStyle(t_margin=1, b_margin=1.5),
            "li": TextStyle(t_margin=1.2, l_margin=4),
        },
    )
    page.ln(1)


def _table(page: Any, proofs: Proofs, table: Table) -> None:
    from fpdf import FontFace

    _fragment(page, f"<h2>{markup.escape(table.heading)}</h2>" + (f"<p>{table.note}</p>" if table.note else ""), 8)
    page.set_font(_FONT, size=8)
    page.set_text_color(_INK)
    widths = tuple(
        max(7, *(min(34, len(_text(proofs, cell))) for cell in column))
        for column in zip(table.columns, *table.rows, strict=True)
    )
    heading = FontFace(emphasis="BOLD", color=_GREY)
    with page.table(
        borders_layout="HORIZONTAL_LINES", col_widths=widths, line_height=5, headings_style=heading, text_align="LEFT"
    ) as drawn:
        for row in (table.columns, *table.rows):
            line = drawn.row()
            for cell in row:
                link = proofs.href(cell.of) if isinstance(cell, Counted) else ""
                line.cell(_text(proofs, cell), link=link or None)
    page.ln(2)


def _text(proofs: Proofs, cell: str | Counted) -> str:
    if isinstance(cell, str):
        return cell
    place = proofs.number(cell.of)
    return number(cell.value) if proofs.href(cell.of) else f"{number(cell.value)} [{place}]"
