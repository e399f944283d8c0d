"""Shrunken shares and rank intervals: what they promise is measured on worlds whose truth is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from citra.errors import InputError
from citra.store import Tally
from citra.trends.compare import Unit, standings
from citra.trends.plot_compare import draw_comparison
from citra.trends.quantify import Confusion, Corrector

NEWS = ((116, 43, 2), (36, 340, 23), (3, 32, 62))
SOCIAL = ((350, 36, 18), (50, 143, 26), (23, 22, 76))
CONFUSION = Confusion(
    model="m@1", date="2026-11-01", gold="g", relevance_threshold=0.6, counts=(("news", NEWS), ("social", SOCIAL))
)


def tally(negative: int, neutral: int, positive: int, copies: int = 1) -> Tally:
    """Stories of ``copies`` texts each."""
    labels = (negative, neutral, positive)
    total = sum(labels)
    return Tally(
        placements=total * copies, stories=total, negative=negative * copies, neutral=neutral * copies,
        positive=positive * copies, negative_stories=negative, neutral_stories=neutral, positive_stories=positive,
        sum_mm=total * copies**2,
    )  # fmt: skip


def unit(name: str, negative: int, other: int, copies: int = 1) -> Unit:
    counted = tally(negative, other, 0, copies)
    return Unit(id=name, whole=counted, parts={"news": counted})


def test_a_small_sample_is_drawn_to_the_others() -> None:
    units = [unit(f"big-{n}", 60 + 15 * n, 240 - 15 * n) for n in range(8)] + [unit("small", 4, 1), unit("one", 1, 0)]
    found = {one.id: one for one in standings(units)}
    assert found["small"].share is not None
    assert found["small"].share.value == 0.8
    assert 0.3 < found["small"].shrunk.value < 0.65
    assert found["small"].borrowed > 0.5 > found["big-0"].borrowed
    assert abs(found["big-7"].shrunk.value - 165 / 300) < 0.03
    assert found["one"].few
    assert found["one"].share is None
    assert found["one"].rank_low <= 4
    assert found["one"].rank_high >= 8


def test_clear_differences_are_called_and_ranked() -> None:
    found = standings([unit("good", 10, 290), unit("bad", 200, 100), *(unit(f"m{n}", 90, 210) for n in range(4))])
    assert (found[0].id, found[0].rank_low, found[0].rank_high, found[0].verdict) == ("bad", 1, 1, "above")
    assert (found[-1].id, found[-1].rank_low, found[-1].verdict) == ("good", 6, "below")
    assert {one.rank_low for one in found[1:-1]} == {2}
    assert {one.rank_high for one in found[1:-1]} == {5}


def test_copies_of_a_story_tell_nothing_more() -> None:
    others = [unit(f"m{n}", 30, 70) for n in range(5)]
    once, copied = (
        next(one for one in standings([*others, unit("x", 9, 11, copies)]) if one.id == "x") for copies in (1, 30)
    )
    assert copied.placements == 600
    assert copied.size == pytest.approx(once.size)
    assert copied.shrunk.value == pytest.approx(once.shrunk.value)


def test_the_same_answer_every_time_and_for_one_or_none() -> None:
    units = [unit("a", 5, 5), unit("b", 2, 8), unit("c", 7, 3)]
    assert standings(units) == standings(units)
    assert standings([]) == []
    assert standings([Unit(id="none", whole=Tally(), parts={})]) == []
    (alone,) = standings([unit("a", 5, 15)])
    assert (alone.rank, alone.rank_low, alone.rank_high, alone.verdict, alone.borrowed) == (1, 1, 1, "unclear", 0)
    assert alone.shrunk.low < 0.25 < alone.shrunk.high


@pytest.mark.parametrize(("corrected", "least"), [(False, 0.93), (True, 0.91)])
def test_intervals_hold_the_truth(corrected: bool, least: float) -> None:
    """Ten worlds of 20 units with 3 to some 200 texts: shares and ranks lie in their 95 % intervals as often."""
    rng = np.random.default_rng(5)
    how = Corrector(CONFUSION) if corrected else None
    inside, ranked, error, own_error = [], [], [], []
    for _ in range(10):
        rates = {
            kind: np.array([rng.dirichlet(np.array(row) + 0.1) for row in table]) for kind, table in CONFUSION.counts
        }
        truth = rng.beta(0.3 * 20, 0.7 * 20, size=20)
        units = []
        for name, share in enumerate(truth):
            mix = np.array((share, 0.75 * (1 - share), 0.25 * (1 - share)))
            size = max(3, int(rng.lognormal(3, 1.2)))
            parts = {
                kind: tally(*rng.multinomial(size // 2 + 1, mix @ table if corrected else mix))
                for kind, table in rates.items()
            }
            total = np.sum([(one.negative, one.neutral, one.positive) for one in parts.values()], axis=0)
            units.append(Unit(id=str(name), whole=tally(*total), parts=parts))
        ranks = (-truth).argsort().argsort() + 1
        for one in standings(units, how=how):
            true = truth[int(one.id)]
            inside.append(one.shrunk.low <= true <= one.shrunk.high)
            ranked.append(one.rank_low <= ranks[int(one.id)] <= one.rank_high)
            whole = units[int(one.id)].whole
            error.append(abs(one.shrunk.value - true))
            own_error.append(abs(whole.negative / whole.placements - true))
    assert least <= np.mean(inside) <= 0.99
    assert np.mean(ranked) >= 0.93
    assert np.mean(error) < 0.8 * np.mean(own_error)


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_the_picture(tmp_path: Path, ending: str) -> None:
    found = standings([unit("a", 50, 50), unit("b", 5, 95), unit("c", 1, 2)])
    for name in ("one", "two"):
        draw_comparison(found, ["A $x$", "B", "C"], str(tmp_path / f"{name}.{ending}"), title="Kantor", foot="kueri x")
    drawn = (tmp_path / f"one.{ending}").read_bytes()
    assert drawn[:4] == (b"\x89PNG" if ending == "png" else b"<?xm")
    assert len(drawn) > 5_000
    assert drawn == (tmp_path / f"two.{ending}").read_bytes()
    with pytest.raises(InputError, match="ends in"):
        draw_comparison(found, ["a", "b", "c"], str(tmp_path / "x.gif"), title="", foot="")
