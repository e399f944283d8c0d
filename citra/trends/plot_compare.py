"""A comparison as a picture: one line for each unit, its own share, the shrunk one and its interval. Indonesian."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from citra.errors import InputError
from citra.indonesian import number, percent
from citra.trends.compare import Standing
from citra.trends.plot import BAND, NEGATIVE, POSITIVE

GREY = "#888888"


def draw_comparison(standings: Sequence[Standing], names: Sequence[str], path: str, *, title: str, foot: str) -> None:
    """Write a forest plot to ``path``, PNG or SVG by its ending; the most negative unit is on top.

    :raises InputError: where ``path`` cannot be written, or ends in neither.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    picture_kind(path)
    figure = Figure(figsize=(10, 1.8 + 0.34 * max(2, len(standings))), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes: Any = figure.subplots()
    for y, one in enumerate(standings):
        colour = {"above": NEGATIVE, "below": POSITIVE, "unclear": BAND}[one.verdict]
        axes.hlines(y, one.shrunk.low, one.shrunk.high, color=colour, linewidth=2)
        axes.plot(one.shrunk.value, y, "o", color=colour, markersize=6)
        own = one.corrected or one.share
        if own:
            axes.plot(own.value, y, "|", color=GREY, markersize=11, markeredgewidth=2)
        axes.text(
            1.02, y, f"peringkat {one.rank_low}–{one.rank_high} · {number(one.placements)} teks",
            transform=axes.get_yaxis_transform(), va="center", fontsize=7, color=GREY,
        )  # fmt: skip
    if standings:
        mean = sum(one.shrunk.value for one in standings) / len(standings)
        axes.axvline(mean, color=GREY, linewidth=0.8, linestyle=":")
    else:
        axes.text(0.5, 0.5, "tidak ada teks", transform=axes.transAxes, ha="center", va="center", color=GREY)
    axes.set_yticks(range(len(names)), [name.replace("$", r"\$")[:48] for name in names], fontsize=8)
    axes.set_ylim(len(standings) - 0.4, -0.6)
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(lambda value, _: percent(value, 0))
    axes.set_xlabel("pangsa negatif", fontsize=8)
    axes.grid(axis="x", alpha=0.3)
    axes.set_title(
        "titik: perkiraan (sampel kecil ditarik ke rata-rata); garis: selang 95 %; |: angka sendiri",
        fontsize=7,
        loc="left",
    )
    figure.suptitle(title.replace("$", r"\$")[:90])
    figure.supxlabel(foot, fontsize=6, color=GREY)
    save(figure, path)


def save(figure: Any, path: str) -> None:
    """Write a figure as its ending says, the same bytes each time.

    :raises InputError: where ``path`` cannot be written, or ends in neither .png nor .svg.
    """
    import matplotlib

    kind = picture_kind(path)
    try:
        with matplotlib.rc_context({"svg.hashsalt": "citra"}):
            figure.savefig(path, format=kind, metadata={"Date": None} if kind == "svg" else {"Software": "Citra"})
    except OSError as wrong:
        raise InputError(f"{path}: cannot write the picture: {wrong.strerror}") from wrong


def picture_kind(path: str) -> str:
    """``png`` or ``svg``.

    :raises InputError: for another ending.
    """
    kind = path.rpartition(".")[2].lower()
    if kind not in {"png", "svg"}:
        raise InputError(f"{path}: a picture ends in .png or .svg")
    return kind
