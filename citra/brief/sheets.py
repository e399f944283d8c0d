"""A brief as a workbook: real numbers with formats, a chart, and beside each number what shows its texts.

Texts from outside are stored as text, whatever they begin with: nothing in them is a formula.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from io import BytesIO
from typing import Any

from citra.brief import words
from citra.brief.runs import Speaker, plain
from citra.brief.selection import Selection
from citra.brief.shapes import Amount, Brief, TextLine
from citra.indonesian import LABELS
from citra.trends.compare import VERDICT_ID as STANDING_ID
from citra.trends.plot import NEGATIVE, NEUTRAL, POSITIVE
from citra.trends.series import VERDICT_ID, Share

#: What makes a formula of a text in some program; such texts are marked as text besides.
_FORMULA = ("=", "+", "-", "@", "\t")
_PERCENT, _COUNT = "0.0 %", "#,##0"

Value = str | int | float | date | None


def workbook(brief: Brief) -> bytes:
    """Sheets Ringkasan, Deret, Topik, Bergerak, Teks, Instansi; .xlsx."""
    from openpyxl import Workbook

    speaker, book = Speaker(brief), Workbook()
    first = book.active
    assert first is not None
    first.title = "Ringkasan"
    _summary(first, brief, speaker)
    _series(book.create_sheet("Deret"), brief)
    _topics(book.create_sheet("Topik"), brief)
    _moved(book.create_sheet("Bergerak"), brief)
    _texts(book.create_sheet("Teks"), brief, speaker)
    _offices(book.create_sheet("Instansi"), brief)
    held = BytesIO()
    book.save(held)
    return held.getvalue()


def _summary(sheet: Any, brief: Brief, speaker: Speaker) -> None:
    for text in (speaker.title, speaker.headline):
        _row(sheet, (text,), bold=True)
    sentences = [*brief.warnings, *(speaker.text("caveat", one) for one in brief.caveats)]
    sentences += [speaker.text("incident", one) for one in brief.incidents]
    sentences += [speaker.text("volume", brief), speaker.text("mood", brief)]
    for text in sentences:
        _row(sheet, (text,))
    _row(sheet, ())
    _row(sheet, ("Ukuran", "Jumlah", "Biasanya", "Batas bawah", "Batas atas", "Penilaian", *_PROOF), bold=True)
    for name, amount in (("Teks", brief.texts), ("Teks negatif", brief.negative)):
        _row(sheet, (name, *_amount(amount), *_proof(brief, amount.now.of)))
    for name, counted in (("Cerita", brief.stories), ("Teks netral", brief.neutral), ("Teks positif", brief.positive)):
        _row(sheet, (name, counted.value, None, None, None, "", *_proof(brief, counted.of)))
    change = brief.mood.change
    now, before = change.now, change.before
    _row(sheet, ())
    _row(sheet, ("Pangsa negatif", "Nilai", "Batas bawah", "Batas atas"), bold=True)
    for name, share in (("Sekarang", now), ("Biasanya", before)):
        _row(sheet, (name, *_share(share)), formats=_PERCENT)
    _row(sheet, ("Selisih", change.difference, change.low, change.high), formats=_PERCENT)
    _row(sheet, ("Penilaian", VERDICT_ID[change.verdict]))
    _row(sheet, ())
    _row(sheet, (speaker.text("method", brief),))
    _widths(sheet, (24, 12, 12, 12, 12, 18, 60, 60))


def _series(sheet: Any, brief: Brief) -> None:
    """One row for each bucket, and the stacked bars of its labels."""
    from openpyxl.chart import BarChart, Reference

    unit = words.UNITS[brief.period.span].capitalize()
    head = ("negatif", "netral", "positif", "Teks", "Cerita", "Pangsa negatif", "Batas bawah", "Batas atas", "Cakupan")
    _row(sheet, (unit, *head, *_PROOF), bold=True)
    is_corrected = bool(brief.gold)
    for place, bucket in enumerate(brief.buckets):
        start = bucket.start.date()
        following = brief.buckets[place + 1 :]
        end = following[0].start.date().fromordinal(following[0].start.date().toordinal() - 1) if following else None
        shares = (
            (bucket.corrected, bucket.corrected_low, bucket.corrected_high)
            if is_corrected
            else (bucket.share, bucket.share_low, bucket.share_high)
        )
        of = Selection(since=start, until=end or brief.period.until)
        labels = (bucket.negative, bucket.neutral, bucket.positive, bucket.placements, bucket.stories)
        _row(sheet, (start, *labels, *shares, bucket.coverage, *_proof(brief, of)))
        for column in range(7, 11):
            sheet.cell(row=sheet.max_row, column=column).number_format = _PERCENT
    chart = BarChart()
    chart.grouping, chart.overlap, chart.gapWidth = "stacked", 100, 30
    rows = len(brief.buckets) + 1
    chart.add_data(Reference(sheet, min_col=2, max_col=4, min_row=1, max_row=rows), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=rows))
    for series, colour in zip(chart.series, (NEGATIVE, NEUTRAL, POSITIVE), strict=True):
        series.graphicalProperties.solidFill = colour.removeprefix("#")
    chart.title, chart.width, chart.height = f"Teks per {unit.lower()}", 26, 9
    chart.x_axis.delete = chart.y_axis.delete = False
    sheet.add_chart(chart, f"A{rows + 3}")
    _widths(sheet, (14, 9, 9, 9, 9, 9, 15, 12, 12, 10, 50, 50))


def _topics(sheet: Any, brief: Brief) -> None:
    head = ("Topik", "Teks", "Biasanya", "Batas bawah", "Batas atas", "Penilaian", "Negatif")
    shares = ("Pangsa negatif", "Batas bawah", "Batas atas", "Perubahan")
    _row(sheet, (*head, *shares, *_PROOF), bold=True)
    for row in brief.topics:
        values = (LABELS[row.topic], *_amount(row.texts), row.negative.value, *_share(row.change.now))
        _row(sheet, (*values, VERDICT_ID[row.change.verdict], *_proof(brief, row.texts.now.of)))
        for column in (8, 9, 10):
            sheet.cell(row=sheet.max_row, column=column).number_format = _PERCENT
    _widths(sheet, (22, 9, 10, 12, 12, 16, 9, 15, 12, 12, 26, 60, 60))


def _moved(sheet: Any, brief: Brief) -> None:
    head = ("Yang bergerak", "Teks", "Biasanya", "Batas bawah", "Batas atas", "Penilaian", "Negatif", "Kata", "Cerita")
    _row(sheet, (*head, *_PROOF), bold=True)
    for one in brief.moved:
        name = f"{one.name} (negatif)" if one.is_negative else one.name
        stories = " | ".join(line.title for line in one.stories)
        values = (name, *_amount(one.texts), one.negative.value, ", ".join(one.words), stories)
        _row(sheet, (*values, *_proof(brief, one.texts.now.of)))
    if not brief.moved:
        _row(sheet, (words.STILL,))
    _widths(sheet, (30, 9, 10, 12, 12, 16, 9, 30, 80, 60, 60))


def _texts(sheet: Any, brief: Brief, speaker: Speaker) -> None:
    head = (
        "Daftar",
        "Judul",
        "Sumber",
        "Terbit (WIB)",
        "Label",
        "Topik",
        "Instansi",
        "Salinan",
        "Tanggapan",
        "Balasan",
    )
    _row(sheet, (*head, "Cek fakta", "Alamat", *_PROOF), bold=True)
    for name, lines, _, _ in speaker.lists:
        for line in lines:
            _row(sheet, _line(brief, name, line))
    _widths(sheet, (18, 80, 18, 18, 10, 24, 24, 9, 11, 9, 40, 60, 60, 60))


def _line(brief: Brief, name: str, line: TextLine) -> tuple[Value, ...]:
    published = f"{line.published:%Y-%m-%d %H:%M}" if line.published else ""
    topics = ", ".join(LABELS[topic] for topic in line.topics)
    checks = "; ".join(f"{one.title} ({one.url})" for one in line.refuted)
    return (
        name, line.title, line.source, published, LABELS[line.sentiment], topics, ", ".join(line.offices),
        line.copies.value, line.engagement, line.replies, checks, line.url, *_proof(brief, line.copies.of),
    )  # fmt: skip


def _offices(sheet: Any, brief: Brief) -> None:
    head = ("Instansi", "Teks", "Pangsa negatif", "Batas bawah", "Batas atas", "Peringkat", "Teratas", "Terbawah")
    _row(sheet, (*head, "Dibanding rata-rata", *_PROOF), bold=True)
    for row in brief.offices:
        values = (row.name, row.texts.value, *_share(row.share), row.rank, row.rank_low, row.rank_high)
        _row(sheet, (*values, STANDING_ID[row.verdict], *_proof(brief, row.texts.of)))
        for column in (3, 4, 5):
            sheet.cell(row=sheet.max_row, column=column).number_format = _PERCENT
    _widths(sheet, (40, 9, 15, 12, 12, 11, 9, 10, 30, 60, 60))


_PROOF = ("Perintah", "Dasbor")


def _proof(brief: Brief, of: Selection) -> tuple[str, str]:
    return of.command, of.url(brief.public_url) if brief.public_url else ""


def _amount(amount: Amount) -> tuple[Value, ...]:
    usual, level = amount.usual, words.LEVELS[amount.level]
    if usual is None:
        return amount.now.value, None, None, None, level
    return amount.now.value, round(usual.expected, 2), usual.low, usual.high, level


def _share(share: Share | None) -> tuple[Value, ...]:
    return (share.value, share.low, share.high) if share else (None, None, None)


def _row(sheet: Any, values: Sequence[Value], *, bold: bool = False, formats: str = "") -> None:
    from openpyxl.styles import Font

    at = sheet.max_row + 1 if sheet.max_row > 1 or sheet.cell(1, 1).value is not None else 1
    if not values:
        values = ("",)
    for column, value in enumerate(values, 1):
        cell = sheet.cell(row=at, column=column)
        if isinstance(value, str):
            text = plain(value)[:32_000]
            cell.value = text
            cell.data_type = "s"  # openpyxl takes what begins with = for a formula
            if text.startswith(_FORMULA):
                cell.quotePrefix = True
        else:
            cell.value = value
            if isinstance(value, int):
                cell.number_format = _COUNT
            elif isinstance(value, float):
                cell.number_format = formats or "0.0"
        if bold:
            cell.font = Font(bold=True)


def _widths(sheet: Any, widths: Iterable[float]) -> None:
    from openpyxl.utils import get_column_letter

    for column, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
