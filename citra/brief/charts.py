"""The picture of a brief: counts by sentiment and the share of negative, as PNG bytes. Labels in Indonesian."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO
from typing import Any

from citra.brief.shapes import Brief, Span
from citra.brief.words import UNITS
from citra.indonesian import MONTHS, number
from citra.trends.plot import BAND, COVERED, NEGATIVE, NEUTRAL, POSITIVE

_WIDTH: dict[Span, int] = {"day": 1, "week": 7, "month": 28}


def pictures(brief: Brief) -> dict[str, bytes]:
    """Name → PNG; none where there is nothing to draw. The same brief gives the same bytes."""
    return {"trend": trend(brief)} if any(bucket.placements for bucket in brief.buckets) else {}


def trend(brief: Brief) -> bytes:
    """Texts by sentiment with what was expected, and the share of negative with its 95 % band."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.3, 2.7), dpi=160, layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    days = [bucket.start.date() for bucket in brief.buckets]
    _counts(left, brief, days)
    _shares(right, brief, days)
    for axes in (left, right):
        _style(axes, brief, days)
    held = BytesIO()
    figure.savefig(held, format="png", metadata={"Software": "Citra"})
    return held.getvalue()


def _counts(axes: Any, brief: Brief, days: list[date]) -> None:
    from matplotlib.ticker import MaxNLocator

    floor = [0] * len(days)
    width = _WIDTH[brief.period.span] * 0.85
    for name, colour, label in (
        ("negative", NEGATIVE, "negatif"), ("neutral", NEUTRAL, "netral"), ("positive", POSITIVE, "positif"),
    ):  # fmt: skip
        heights = [getattr(bucket, name) for bucket in brief.buckets]
        axes.bar(days, heights, width=width, bottom=floor, color=colour, label=label, linewidth=0)
        floor = [below + height for below, height in zip(floor, heights, strict=True)]
    usual = brief.texts.usual
    if usual:
        axes.errorbar(
            [days[-1]], [usual.expected], yerr=[[usual.expected - usual.low], [usual.high - usual.expected]],
            color="#1c2733", marker="_", markersize=9, capsize=3, linewidth=1.2, linestyle="none", label="yang biasa",
        )  # fmt: skip
    axes.set_ylim(0, max(1.0, *floor, usual.high if usual else 0.0) * 1.3)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter(lambda value, _: number(value))
    axes.set_title(f"Teks per {UNITS[brief.period.span]}", fontsize=8, loc="left", color="#1c2733")
    axes.legend(fontsize=6, ncols=4, loc="upper left", frameon=False, columnspacing=1, handlelength=1)


def _shares(axes: Any, brief: Brief, days: list[date]) -> None:
    is_corrected = bool(brief.gold)
    names = ("corrected", "corrected_low", "corrected_high") if is_corrected else ("share", "share_low", "share_high")
    shown = [
        (day, *(getattr(bucket, name) for name in names))
        for day, bucket in zip(days, brief.buckets, strict=True)
        if getattr(bucket, names[0]) is not None
    ]
    for day, value, low, high in shown:
        is_now = day == days[-1]
        axes.vlines([day], low, high, color=NEGATIVE if is_now else BAND, alpha=0.45 if is_now else 0.25, linewidth=4)
        axes.plot([day], [value], color=NEGATIVE if is_now else BAND, marker="o", markersize=3.5, linestyle="none")
    before = brief.mood.change.before
    if before:
        axes.axhspan(before.low, before.high, color="#1c2733", alpha=0.08, linewidth=0)
        axes.axhline(before.value, color="#1c2733", linewidth=0.8, linestyle="--")
    axes.set_ylim(0, 1)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value * 100:.0f} %")
    what = "terkoreksi" if is_corrected else "menurut label"
    axes.set_title(
        f"Pangsa negatif {what} (selang 95 %; abu-abu: biasanya; tanpa titik: terlalu sedikit)",
        fontsize=6.5,
        loc="left",
        color="#1c2733",
    )
    if not shown:
        axes.text(0.5, 0.5, "terlalu sedikit teks", transform=axes.transAxes, ha="center", va="center", fontsize=8)


def _style(axes: Any, brief: Brief, days: list[date]) -> None:
    step = timedelta(days=_WIDTH[brief.period.span])
    for day, bucket in zip(days, brief.buckets, strict=True):
        if bucket.coverage is not None and bucket.coverage < COVERED:
            axes.axvspan(day - step / 2, day + step / 2, facecolor="none", edgecolor="#888888", hatch="////",
                         linewidth=0)  # fmt: skip
    axes.set_xlim(days[0] - step, days[-1] + step)
    ticks = days[::-1][:: max(1, len(days) // 5)][::-1]
    axes.set_xticks(ticks, [f"{day.day} {MONTHS[day.month - 1][:3]}" for day in ticks], fontsize=7)
    axes.tick_params(axis="y", labelsize=7)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
