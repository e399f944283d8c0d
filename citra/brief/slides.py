"""A brief as slides: a native chart, tables, and in the notes of each slide the commands behind its numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from citra.brief.runs import Run, Speaker, plain
from citra.brief.shapes import Brief, TextLine
from citra.brief.tables import Table
from citra.brief.words import STILL
from citra.indonesian import LABELS, MONTHS
from citra.trends.plot import NEGATIVE, NEUTRAL, POSITIVE

_TONES = {"up": "B0420A", "down": "00704F", "unclear": "3D5166", "too-few": "3D5166"}
_INK, _GREY, _BLUE, _LINK = "1C2733", "5A6675", "0B3D66", "0B5394"
#: Inches of a 16:9 slide.
_WIDTH, _HEIGHT, _EDGE = 13.333, 7.5, 0.5

Paragraph = tuple[Sequence[Run], float, str]
"""Runs, size in points, colour."""


def presentation(brief: Brief) -> bytes:
    """.pptx: what changed, what moved, the lists of texts, topics, offices, method."""
    from pptx import Presentation
    from pptx.util import Inches

    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(_WIDTH), Inches(_HEIGHT)
    speaker = Speaker(brief)
    _first(deck, brief, speaker)
    _slide(deck, speaker, "Apa yang bergerak", list(_moved(brief, speaker)))
    for heading, lines, empty, answers in speaker.lists:
        found = [paragraph for line in lines for paragraph in _line(speaker, line, answers)]
        _slide(deck, speaker, heading, found or [([Run(empty)], 14, _GREY)])
    for table in speaker.tables:
        _table(deck, speaker, table)
    _slide(deck, speaker, "Cara menghitung", [(speaker.say("method", brief), 13, _INK)])
    held = BytesIO()
    deck.save(held)
    return held.getvalue()


def _first(deck: Any, brief: Brief, speaker: Speaker) -> None:
    slide = _blank(deck)
    tone = _TONES[brief.mood.change.verdict]
    _box(slide, (0, 0, _WIDTH, 1.5), [([Run(speaker.title)], 14, "FFFFFF"), ([Run(speaker.headline)], 26, "FFFFFF")],
         fill=tone)  # fmt: skip
    said: list[Paragraph] = [([Run(text)], 13, "8A4B00") for text in brief.warnings]
    said += [(speaker.say("caveat", one), 13, "8A4B00") for one in brief.caveats]
    said += [(speaker.say("incident", one), 13, "B0420A") for one in brief.incidents]
    said += [(speaker.say("volume", brief), 15, _INK), (speaker.say("mood", brief), 15, _INK)]
    _box(slide, (_EDGE, 1.6, _WIDTH - 2 * _EDGE, 2.2), said)
    if any(bucket.placements for bucket in brief.buckets):
        _chart(slide, brief)
    _notes(slide, speaker, [paragraph[0] for paragraph in said])


def _chart(slide: Any, brief: Brief) -> None:
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
    from pptx.util import Inches, Pt

    data: Any = CategoryChartData()  # type: ignore[no-untyped-call]
    starts = [bucket.start.date() for bucket in brief.buckets]
    data.categories = [f"{start.day} {MONTHS[start.month - 1][:3]}" for start in starts]
    for name in ("negative", "neutral", "positive"):
        data.add_series(LABELS[name], [getattr(bucket, name) for bucket in brief.buckets])
    size = (Inches(_EDGE), Inches(3.9), Inches(_WIDTH - 2 * _EDGE), Inches(3.3))
    chart = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_STACKED, *size, data).chart
    chart.has_legend, chart.legend.position, chart.legend.include_in_layout = True, XL_LEGEND_POSITION.TOP, False
    chart.font.size = Pt(10)
    plot = chart.plots[0]
    plot.gap_width, plot.overlap = 30, 100
    for series, colour in zip(plot.series, (NEGATIVE, NEUTRAL, POSITIVE), strict=True):
        series.format.fill.solid()
        series.format.fill.fore_color.rgb = _colour(colour.removeprefix("#"))


def _moved(brief: Brief, speaker: Speaker) -> Iterable[Paragraph]:
    for place, one in enumerate(brief.moved, 1):
        yield [Run(f"{place}. "), *speaker.say("mover", one)], 16, _INK
        for line in one.stories:
            yield [Run("• "), *speaker.say("carried", line)], 12, _INK
            yield from _refuted(speaker, line)
        yield speaker.say("behind", one), 11, _GREY
    if not brief.moved:
        yield [Run(STILL)], 14, _GREY


def _line(speaker: Speaker, line: TextLine, answers: bool) -> Iterable[Paragraph]:
    yield speaker.story(line), 15, _INK
    yield speaker.say("about", line, answers), 11, _GREY
    yield from _refuted(speaker, line)


def _refuted(speaker: Speaker, line: TextLine) -> Iterable[Paragraph]:
    for one in line.refuted:
        yield speaker.say("refuted", one), 11, "8A4B00"


def _slide(deck: Any, speaker: Speaker, heading: str, said: list[Paragraph]) -> None:
    slide = _blank(deck)
    _box(slide, (_EDGE, 0.3, _WIDTH - 2 * _EDGE, 0.7), [([Run(heading)], 24, _BLUE)])
    _box(slide, (_EDGE, 1.1, _WIDTH - 2 * _EDGE, _HEIGHT - 1.5), said)
    _notes(slide, speaker, [paragraph[0] for paragraph in said])


def _table(deck: Any, speaker: Speaker, table: Table) -> None:
    from pptx.util import Inches, Pt

    slide = _blank(deck)
    head: list[Paragraph] = [([Run(table.heading)], 24, _BLUE)]
    if table.note:
        head.append(([Run(plain(table.note))], 11, _GREY))
    _box(slide, (_EDGE, 0.3, _WIDTH - 2 * _EDGE, 1.1), head)
    rows = [[speaker.cell(cell) for cell in row] for row in table.rows]
    size = (Inches(_EDGE), Inches(1.5), Inches(_WIDTH - 2 * _EDGE), Inches(0.4 * (len(rows) + 1)))
    drawn = slide.shapes.add_table(len(rows) + 1, len(table.columns), *size).table
    for place, row in enumerate([[Run(name) for name in table.columns], *rows]):
        for column, run in enumerate(row):
            paragraph = drawn.cell(place, column).text_frame.paragraphs[0]
            _write(paragraph, run, Pt(12), None)
    _notes(slide, speaker, rows)


def _colour(hexadecimal: str) -> Any:
    from pptx.dml.color import RGBColor

    return RGBColor.from_string(hexadecimal)  # type: ignore[no-untyped-call]


def _blank(deck: Any) -> Any:
    return deck.slides.add_slide(deck.slide_layouts[6])


def _box(slide: Any, at: tuple[float, float, float, float], said: Sequence[Paragraph], fill: str = "") -> None:
    from pptx.enum.text import MSO_AUTO_SIZE
    from pptx.util import Inches, Pt

    box = slide.shapes.add_textbox(*(Inches(value) for value in at))
    if fill:
        box.fill.solid()
        box.fill.fore_color.rgb = _colour(fill)
    frame = box.text_frame
    frame.word_wrap, frame.auto_size = True, MSO_AUTO_SIZE.TEXT_TO_FIT_SHAPE
    for place, (runs, size, colour) in enumerate(said):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        paragraph.space_after = Pt(3)
        for run in runs:
            _write(paragraph, run, Pt(size), _colour(_LINK if run.href else colour))


def _write(paragraph: Any, run: Run, size: Any, colour: Any) -> None:
    piece = paragraph.add_run()
    piece.text = run.text
    piece.font.size = size
    if colour is not None:
        piece.font.color.rgb = colour
    if run.href:
        piece.hyperlink.address = run.href


def _notes(slide: Any, speaker: Speaker, said: Iterable[Sequence[Run]]) -> None:
    """What shows the texts behind the numbers of a slide, in their order."""
    wanted = dict.fromkeys((run.text, run.proof) for runs in said for run in runs if run.proof)
    commands = dict(speaker.proofs.commands)
    if wanted:
        lines = "\n".join(f"{text}: {commands[place]}" for text, place in wanted)
        slide.notes_slide.notes_text_frame.text = lines
