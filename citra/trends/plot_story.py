"""The spread of a story as a picture: texts and sources that had it by each moment. Indonesian."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from citra.documents import JAKARTA
from citra.indonesian import date_words
from citra.trends.plot import BAND, NEGATIVE
from citra.trends.plot_compare import GREY, picture_kind, save
from citra.trends.spread import Spread


def draw_spread(spread: Spread, path: str, *, title: str) -> None:
    """Write PNG or SVG to ``path``.

    :raises InputError: where ``path`` cannot be written, or ends in neither.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.dates import AutoDateLocator, num2date
    from matplotlib.figure import Figure

    picture_kind(path)
    figure = Figure(figsize=(9, 4), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes: Any = figure.subplots()
    times = [step.at.astimezone(JAKARTA).replace(tzinfo=None) for step in spread.steps]
    if times:
        ends = [times[0] - timedelta(minutes=30), *times, times[-1] + timedelta(minutes=30)]
        for name, colour, counts in (
            ("teks", NEGATIVE, [step.texts for step in spread.steps]),
            ("sumber", BAND, [step.sources for step in spread.steps]),
        ):
            axes.step(ends, [0, *counts, counts[-1]], where="post", color=colour, label=name)
        axes.legend(fontsize=8, frameon=False, loc="upper left")
    else:
        axes.text(0.5, 0.5, "tanpa waktu terbit", transform=axes.transAxes, ha="center", color=GREY)

    def moment(value: float, _: int | None = None) -> str:
        at = num2date(value)  # type: ignore[no-untyped-call]
        return f"{date_words(at.date(), weekday=False)}\n{at:%H.%M}"

    axes.xaxis.set_major_formatter(moment)
    axes.xaxis.set_major_locator(AutoDateLocator(minticks=2, maxticks=6))  # type: ignore[no-untyped-call]
    axes.set_ylim(bottom=0)
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.set_ylabel("sudah memuat")
    axes.grid(axis="y", alpha=0.3)
    axes.tick_params(axis="x", labelsize=7)
    if spread.first:
        axes.set_title(f"pertama: {spread.first.source}".replace("$", r"\$"), fontsize=8, loc="left")
    figure.suptitle(title.replace("$", r"\$")[:90])
    save(figure, path)
