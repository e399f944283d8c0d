"""The tables of a brief: the same rows on every page, sheet and slide."""

from __future__ import annotations

from dataclasses import dataclass

from citra.brief import words
from citra.brief.selection import Counted
from citra.brief.shapes import Brief
from citra.indonesian import LABELS
from citra.trends.compare import VERDICT_ID as STANDING_ID
from citra.trends.series import VERDICT_ID

Cell = str | Counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    heading: str
    note: str  #: one or two sentences; may be empty
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def topics(brief: Brief) -> Table:
    """Each topic against what is usual; shares where any topic has texts enough for one."""
    has_shares = any(row.change.now for row in brief.topics)
    rows: list[tuple[Cell, ...]] = []
    for row in brief.topics:
        shares = (words.share_words(row.change.now, 0), VERDICT_ID[row.change.verdict]) if has_shares else ()
        rows.append((LABELS[row.topic], row.texts.now, words.against(row.texts), row.negative, *shares))
    columns = ("Topik", "Teks", "Dibanding biasanya", "Negatif")
    return Table(
        heading="Topik",
        note="",
        columns=(*columns, "Pangsa negatif", "Perubahan") if has_shares else columns,
        rows=tuple(rows),
    )


def offices(brief: Brief, note: str) -> Table:
    """Offices beside each other, most negative first."""
    return Table(
        heading="Instansi, dibandingkan secara adil",
        note=note,
        columns=("Instansi", "Teks", "Pangsa negatif", "Peringkat", "Dibanding rata-rata"),
        rows=tuple(
            (
                row.name, row.texts, words.share_words(row.share, 0), f"{row.rank} ({row.rank_low}–{row.rank_high})",
                STANDING_ID[row.verdict] + (" (sedikit cerita)" if row.few else ""),
            )
            for row in brief.offices
        ),
    )  # fmt: skip
