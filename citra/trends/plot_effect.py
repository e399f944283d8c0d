"""An effect as a picture: what was read day by day, and what would have been read without it. Indonesian."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import numpy as np

from citra.indonesian import date_words, number, percent
from citra.trends.effect import Counterfactual, Readings
from citra.trends.plot import BAND, NEGATIVE
from citra.trends.plot_compare import GREY, picture_kind, save


def draw_effect(
    observed: Readings,
    course: Counterfactual | None,
    path: str,
    *,
    at: date,
    until: date,
    measure: Literal["share", "volume"],
    title: str,
    verdict: str,
    foot: str,
) -> None:
    """Write PNG or SVG to ``path``.

    :raises InputError: where ``path`` cannot be written, or ends in neither.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    picture_kind(path)
    figure = Figure(figsize=(10, 5), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes: Any = figure.subplots()
    scale = np.exp if measure == "volume" else (lambda values: values)
    days = [date.fromordinal(int(day)) for day in observed.day]
    axes.plot(days, scale(observed.value), ".", color=GREY, markersize=4, label="per hari")
    mean = [
        float(np.average(observed.value[max(0, i - 6) : i + 1], weights=1 / observed.variance[max(0, i - 6) : i + 1]))
        for i in range(len(days))
    ]
    axes.plot(days, scale(np.array(mean)), color=NEGATIVE, linewidth=1.5, label="rata-rata 7 hari")
    if course is not None:
        inside = [date.fromordinal(int(day)) for day in course.day]
        axes.plot(
            inside, scale(course.value), color=BAND, linewidth=1.5, linestyle="--", label="perkiraan tanpa kejadian"
        )
        axes.fill_between(inside, scale(course.low), scale(course.high), color=BAND, alpha=0.15, linewidth=0)
    axes.axvline(at, color="black", linewidth=0.8)
    axes.axvspan(at, until, color="black", alpha=0.04, linewidth=0)
    _label(axes, measure)
    axes.legend(fontsize=8, frameon=False, loc="upper left")
    axes.set_title(verdict.replace("$", r"\$"), fontsize=8, loc="left")
    figure.suptitle(title.replace("$", r"\$")[:90])
    figure.supxlabel(foot, fontsize=6, color=GREY)
    save(figure, path)


def _label(axes: Any, measure: str) -> None:
    if measure == "share":
        axes.set_ylim(-0.05, 1.05)
        axes.yaxis.set_major_formatter(lambda value, _: percent(value, 0))
        axes.set_ylabel("pangsa negatif")
    else:
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(lambda value, _: number(value))
        axes.set_ylabel("teks per hari")
    axes.xaxis.set_major_formatter(lambda value, _: date_words(_day(value), weekday=False))
    axes.tick_params(axis="x", labelsize=7)
    axes.grid(axis="y", alpha=0.3)


def _day(value: float) -> date:
    from matplotlib.dates import num2date

    found: date = num2date(value).date()  # type: ignore[no-untyped-call]
    return found
