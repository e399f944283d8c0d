"""Values of a brief in Bahasa Indonesia: what templates call. Sentences stand in the templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from citra.brief.shapes import LEAST, Amount, Brief, OpenIncident, Period, TextLine, Usual
from citra.indonesian import LABELS, MONTHS, date_words, number, percent
from citra.trends.compare import VERDICT_ID as STANDING_ID
from citra.trends.series import VERDICT_ID, Share

#: Below this nothing is usual.
HARDLY_ANY = 0.5

LEVELS: Mapping[str, str] = {
    "above": "di atas biasa", "below": "di bawah biasa", "usual": "seperti biasa", "unknown": "belum ada ukuran",
}  # fmt: skip
TITLES: Mapping[str, str] = {"day": "Laporan pagi", "week": "Laporan pekanan", "month": "Laporan bulanan"}
UNITS: Mapping[str, str] = {"day": "hari", "week": "pekan", "month": "bulan"}
STATUSES: Mapping[str, str] = {"silent": "diam", "flood": "membanjir", "layout": "tata letaknya berubah"}


STILL = "Tidak ada topik atau instansi yang dibicarakan jauh lebih banyak dari biasanya."


def lists(brief: Brief) -> list[tuple[str, tuple[TextLine, ...], str, bool]]:
    """The lists of texts: heading, texts, what to say when there are none, and whether replies matter."""
    return [
        ("Layak dibaca", brief.read, "Tidak ada teks lain pada masa ini.", False),
        ("Layak dijawab", brief.answer, "Tidak ada keluhan atau tuduhan yang belum dijawab.", True),
        ("Kabar baik yang layak disebarkan", brief.good, "Tidak ada kabar baik yang menonjol.", False),
    ]


def span_words(period: Period) -> str:
    """``Senin, 16 November 2026``; ``16–22 November 2026``; ``November 2026``."""
    since, until = period.since, period.until
    if period.span == "day":
        return date_words(since)
    if period.span == "month":
        return f"{MONTHS[since.month - 1]} {since.year}"
    last = date_words(until, weekday=False)
    if since.month == until.month:
        return f"{since.day}–{last}"
    first = date_words(since, weekday=False)
    return f"{first.removesuffix(f' {since.year}') if since.year == until.year else first} – {last}"


def title(period: Period) -> str:
    return f"{TITLES[period.span]}: {span_words(period)}"


def usual_words(usual: Usual | None) -> str:
    """``biasanya sekitar 9 (3–15)``."""
    if usual is None:
        return "belum ada ukuran yang biasa"
    if usual.expected < HARDLY_ANY:
        return f"biasanya hampir tidak ada (paling banyak {number(usual.high)})"
    digits = 0 if usual.expected >= 10 else 1
    return f"biasanya sekitar {number(usual.expected, digits)} ({number(usual.low)}–{number(usual.high)})"


def level_words(amount: Amount) -> str:
    return LEVELS[amount.level]


def against(amount: Amount) -> str:
    """``biasanya sekitar 9 (3–15): di atas biasa``."""
    level = "" if amount.usual is None else f": {LEVELS[amount.level]}"
    return f"{usual_words(amount.usual)}{level}"


def share_words(share: Share | None, digits: int = 1) -> str:
    """``42,5 % (30,8–54,9 %)``."""
    if share is None:
        return "terlalu sedikit"
    return f"{percent(share.value, digits)} ({number(share.low * 100, digits)}–{percent(share.high, digits)})"


def points(difference: float, digits: int = 1) -> str:
    """A difference of shares in points, with its sign."""
    return f"{'+' if difference > 0 else ''}{number(difference * 100, digits)}"


def clock(moment: datetime | None, *, with_day: bool = True) -> str:
    """``16 November 2026 pukul 09.21 WIB``."""
    if moment is None:
        return "tanpa waktu"
    time = f"pukul {moment:%H.%M} WIB"
    return f"{date_words(moment.date(), weekday=False)} {time}" if with_day else time


def incident_words(one: OpenIncident) -> str:
    """How large it is against what was expected."""
    unit = "teks" if one.measure == "volume" else "cerita negatif"
    digits = 0 if one.expected >= 10 else 1
    return f"{number(one.count)} {unit}, biasanya sekitar {number(one.expected, digits)}"


FILTERS: Mapping[str, Callable[..., Any]] = {
    "num": number,
    "pct": percent,
    "points": points,
    "share": share_words,
    "usual": usual_words,
    "level": level_words,
    "against": against,
    "label": lambda id_: LABELS.get(id_, id_),
    "verdict": lambda verdict: VERDICT_ID[verdict],
    "standing": lambda verdict: STANDING_ID[verdict],
    "status": lambda status: STATUSES.get(status, status),
    "clock": clock,
    "day": date_words,
    "incident": incident_words,
    "span": span_words,
}


def headline(brief: Brief) -> str:
    """What to know if nothing else is read: one sentence."""
    change = brief.mood.change
    if not brief.texts.now.value:
        return "Tidak ada teks tentang ASN pada masa ini."
    if change.now is not None and change.before is None and brief.history < LEAST[brief.period.span]:
        return f"Pangsa negatif {percent(change.now.value)}; riwayat belum cukup untuk membandingkan."
    if change.now is None or change.before is None or change.difference is None:
        level = "" if brief.texts.usual is None else f"Jumlah teks {LEVELS[brief.texts.level]}; "
        few = f"{level}terlalu sedikit untuk menilai apakah citra berubah."
        return few[0].upper() + few[1:]
    if change.verdict == "unclear":
        return (
            f"Tidak ada perubahan berarti: pangsa negatif {percent(change.now.value)}, biasanya "
            f"{percent(change.before.value)}."
        )
    better = change.verdict == "down"
    return (
        f"Citra {'membaik' if better else 'memburuk'}: pangsa negatif {'turun' if better else 'naik'} dari "
        f"{percent(change.before.value)} menjadi {percent(change.now.value)}."
    )
