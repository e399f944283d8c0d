"""Bahasa Indonesia towards officers: numbers, shares, dates, and what our labels are called."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November",
    "Desember",
)  # fmt: skip

#: label id → word: sentiments, topics, kinds of source
LABELS: Mapping[str, str] = {
    "negative": "negatif",
    "neutral": "netral",
    "positive": "positif",
    "corruption": "korupsi",
    "service": "pelayanan publik",
    "innovation": "inovasi",
    "transparency": "transparansi",
    "ethics": "etika",
    "staffing": "kepegawaian",
    "participation": "partisipasi publik",
    "news": "berita",
    "social": "media sosial",
    "complaint": "pengaduan",
    "review": "ulasan",
}


def number(value: float, digits: int = 0) -> str:
    """``1234.5`` → ``1.234,5`` (with ``digits=1``); a negative one has a real minus sign."""
    text = f"{abs(value):,.{digits}f}".translate(str.maketrans(",.", ".,"))
    is_zero = not text.strip("0.,")
    return text if value >= 0 or is_zero else f"−{text}"


def percent(share: float, digits: int = 1) -> str:
    """A share of 0…1 → ``49,8 %``."""
    return f"{number(share * 100, digits)} %"


def date_words(day: date, *, weekday: bool = True) -> str:
    """``Senin, 23 November 2026``; without ``weekday``: ``23 November 2026``."""
    words = f"{day.day} {MONTHS[day.month - 1]} {day.year}"
    return f"{DAYS[day.weekday()]}, {words}" if weekday else words
