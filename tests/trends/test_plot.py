"""The picture is a PNG that shows what it should, for ordinary and odd series."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from citra.documents import Series
from citra.store import Tally
from citra.trends.plot import BAND, NEGATIVE, NEUTRAL, POSITIVE, draw
from citra.trends.series import build

PERIOD = (date(2026, 11, 1), date(2026, 11, 24))


def series(days: list[date], interval: str = "day", coverage: dict[date, float] | None = None) -> Series:
    one = Tally(placements=12, stories=12, negative=4, neutral=6, positive=2, sum_mm=12, sum_my=4, sum_yy=4)
    buckets = build(dict.fromkeys(days, one), interval, *PERIOD, coverage=coverage)  # type: ignore[arg-type]
    return Series(buckets=buckets, interval=interval, query_id="q", index_version="i", model_version="m")  # type: ignore[arg-type]


def pixels(path: Path) -> bytes:
    content = path.read_bytes()
    assert content.startswith(b"\x89PNG")
    return content


@pytest.mark.parametrize("interval", ["day", "week", "month"])
def test_draws(tmp_path: Path, interval: str) -> None:
    days = [date(2026, 11, 2), date(2026, 11, 9), date(2026, 11, 1)]
    draw(series(days, interval), str(tmp_path / "a.png"), title="korupsi $x_1$ 100%", partial=frozenset(days[:1]))
    assert len(pixels(tmp_path / "a.png")) > 10_000


@pytest.mark.parametrize("interval", ["day", "week", "month"])
def test_share_and_volume_are_seen(tmp_path: Path, interval: str) -> None:
    """Each colour covers some of the picture, in the half where it belongs."""
    days = [
        date(2026, 11, d) for d in ((1,) if interval == "month" else (2, 9, 16) if interval == "week" else range(1, 25))
    ]
    draw(series(days, interval), str(tmp_path / "a.png"), title="")
    picture = np.round(imread(tmp_path / "a.png")[:, :, :3] * 255).astype(int)
    half = len(picture) * 6 // 10

    def seen(colour: str, part: slice) -> int:
        wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        return int((np.abs(picture[part] - wanted).max(axis=2) < 6).sum())

    legend = 600
    for colour in (NEGATIVE, NEUTRAL, POSITIVE):
        assert seen(colour, slice(half, None)) > 3 * legend
    assert seen(BAND, slice(0, half)) > 15


def test_a_gap_in_coverage_is_visible(tmp_path: Path) -> None:
    days = [date(2026, 11, d) for d in range(1, 25)]
    draw(series(days), str(tmp_path / "a.png"), title="x")
    draw(series(days, coverage={days[5]: 0.2}), str(tmp_path / "b.png"), title="x")
    draw(series(days, coverage={days[5]: 1.0}), str(tmp_path / "c.png"), title="x")
    assert pixels(tmp_path / "a.png") != pixels(tmp_path / "b.png")
    assert pixels(tmp_path / "a.png") == pixels(tmp_path / "c.png")


def test_nothing_to_draw(tmp_path: Path) -> None:
    draw(series([]), str(tmp_path / "a.png"), title="")
    assert pixels(tmp_path / "a.png")
