"""A series as a picture: the share with its band above, the volume below; labels in Indonesian."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from citra.documents import Bucket, Series
from citra.errors import InputError
from citra.trends.series import CountBy, Share

#: Buckets with less of the expected source-hours are hatched.
COVERED = 0.9

#: Colours told apart by colour-blind readers (Okabe & Ito, 2008).
NEGATIVE, NEUTRAL, POSITIVE, BAND = "#D55E00", "#999999", "#009E73", "#0072B2"

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"]
_WIDTH = {"day": 1, "week": 7, "month": 28}
_UNIT = {"day": "hari", "week": "pekan", "month": "bulan"}


def draw(
    series: Series,
    path: str,
    *,
    title: str,
    by: CountBy = "placements",
    partial: frozenset[date] = frozenset(),
    raw: bool = True,
) -> None:
    """Write ``series`` to the PNG file ``path``; buckets in ``partial`` are drawn pale.

    :param raw: draw the share of counted labels, not the one corrected for classifier error.
    :raises InputError: where ``path`` cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 6), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    days = [bucket.start.date() for bucket in series.buckets]
    middle = timedelta(days=_WIDTH[series.interval] // 2)
    _shares(upper, series, [day + middle for day in days], raw)
    _volume(lower, series, days, by, partial)
    _gaps((upper, lower), series, days)
    figure.suptitle(title.replace("$", r"\$")[:90])
    model = series.model_version or "–"
    lower.set_xlabel(
        f"kueri {series.query_id} · indeks {series.index_version} · model {model}",
        loc="right", fontsize=6, color="#666666",
    )  # fmt: skip
    try:
        figure.savefig(path, format="png", metadata={"Software": "Citra"})
    except OSError as wrong:
        raise InputError(f"{path}: cannot write the picture: {wrong.strerror}") from wrong


def _shares(axes: Any, series: Series, days: list[date], raw: bool) -> None:
    shares = [_share(bucket, raw) for bucket in series.buckets]
    shown = [(day, share) for day, share in zip(days, shares, strict=True) if share is not None]
    for run in _runs(shown, _WIDTH[series.interval]):
        x = [day for day, _ in run]
        low, high = [share.low for _, share in run], [share.high for _, share in run]
        if len(run) == 1:
            axes.vlines(x, low, high, color=BAND, alpha=0.35, linewidth=5)
        axes.fill_between(x, low, high, color=BAND, alpha=0.2, linewidth=0)
        axes.plot(x, [share.value for _, share in run], color=BAND, marker="o", markersize=3, linewidth=1.5)
    axes.set_ylim(0, 1)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}".replace("%", " %"))
    axes.set_ylabel("pangsa negatif")
    what = "menurut label model" if raw else "terkoreksi galat model"
    axes.set_title(f"garis: pangsa negatif, {what}; pita: selang kepercayaan 95 %", fontsize=8, loc="left")
    axes.grid(axis="y", alpha=0.3)
    if not shown:
        what = "terlalu sedikit" if any(b.placements for b in series.buckets) else "tidak ada teks"
        axes.text(0.5, 0.5, what, transform=axes.transAxes, ha="center", va="center", color="#666666")


def _share(bucket: Bucket, raw: bool) -> Share | None:
    value, low, high = (
        (bucket.share, bucket.share_low, bucket.share_high)
        if raw
        else (bucket.corrected, bucket.corrected_low, bucket.corrected_high)
    )
    return None if value is None or low is None or high is None else Share(value=value, low=low, high=high)


def _volume(axes: Any, series: Series, days: list[date], by: CountBy, partial: frozenset[date]) -> None:
    from matplotlib.patches import Patch

    width, middle = _WIDTH[series.interval] * 0.9, timedelta(days=_WIDTH[series.interval] // 2)
    alphas = [0.4 if day in partial else 1.0 for day in days]
    floor = [0] * len(days)
    stack = (("negative", NEGATIVE, "negatif"), ("neutral", NEUTRAL, "netral"), ("positive", POSITIVE, "positif"))
    for name, colour, _ in stack:
        heights = [getattr(bucket, name) for bucket in series.buckets]
        bars = axes.bar([day + middle for day in days], heights, width=width, bottom=floor, color=colour)
        for alpha, bar in zip(alphas, bars, strict=True):
            bar.set_alpha(alpha)
        floor = [below + height for below, height in zip(floor, heights, strict=True)]
    what = "berita (cerita)" if by == "stories" else "teks"
    axes.set_ylabel(f"{what} per {_UNIT[series.interval]}")
    axes.set_ylim(0, max(1, *floor) * 1.1 if floor else 1)
    axes.xaxis.set_major_formatter(_day_name)
    handles = [Patch(color=colour, label=label) for _, colour, label in stack]
    axes.legend(handles=handles, fontsize=8, ncols=3, loc="upper left", frameon=False)


def _gaps(both: tuple[Any, Any], series: Series, days: list[date]) -> None:
    """Hatch the buckets in which sources were missing."""
    step = timedelta(days=_WIDTH[series.interval])
    shift = timedelta(days=0.5 if series.interval == "day" else 0)
    for day, bucket in zip(days, series.buckets, strict=True):
        if bucket.coverage is None or bucket.coverage >= COVERED:
            continue
        start = datetime.combine(day, time()) - shift
        for axes in both:
            axes.axvspan(start, start + step, facecolor="none", edgecolor="#666666", hatch="///", linewidth=0)
    if any(b.coverage is not None and b.coverage < COVERED for b in series.buckets):
        both[0].text(
            0.995, 0.97, "arsir: cakupan sumber tidak lengkap", transform=both[0].transAxes, ha="right", va="top",
            fontsize=7, color="#666666",
        )  # fmt: skip


def _runs(shown: list[tuple[date, Share]], width: int) -> list[list[tuple[date, Share]]]:
    """Neighbouring buckets together: no line is drawn across a gap."""
    found: list[list[tuple[date, Share]]] = []
    slack = width + (3 if width == 28 else 0)
    for day, share in shown:
        if found and (day - found[-1][-1][0]).days <= slack:
            found[-1].append((day, share))
        else:
            found.append([(day, share)])
    return found


def _day_name(value: float, _: int | None = None) -> str:
    from matplotlib.dates import num2date

    moment = num2date(value)  # type: ignore[no-untyped-call]
    return f"{moment.day} {_MONTHS[moment.month - 1]}\n{moment.year}"
