"""Corrected shares: exact where arithmetic can be followed by hand, honest where only simulation tells."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citra.documents import SENTIMENTS
from citra.store import Tally
from citra.trends.quantify import DRAWS, HUMAN, Confusion, Corrector, difference

NEWS = ((140, 50, 10), (40, 330, 30), (5, 35, 60))
SOCIAL = ((350, 40, 10), (45, 140, 15), (20, 25, 75))
THIN = ((10, 1, 0), (2, 3, 0), (0, 0, 1))


def confusion(**counts: tuple[tuple[int, ...], ...]) -> Confusion:
    tables = tuple(sorted(counts.items()))
    return Confusion(model="m@1", date="2026-11-24", gold="abc", relevance_threshold=0.6, counts=tables)


def tally(negative: int, neutral: int, positive: int, copies: int = 1) -> Tally:
    """Single texts; with ``copies`` each stands on that many sites."""
    stories = negative + neutral + positive
    return Tally(
        placements=stories * copies, stories=stories,
        negative=negative * copies, neutral=neutral * copies, positive=positive * copies,
        negative_stories=negative, neutral_stories=neutral, positive_stories=positive,
        sum_mm=stories * copies * copies,
    )  # fmt: skip


def test_the_design_example() -> None:
    """Sensitivity .70, specificity .85, 10 % truly negative: labels show 20.5 %, the correction 10 %."""
    rows = ((700, 200, 100), (150, 800, 50), (150, 50, 800))
    q = np.array([0.1, 0.6, 0.3]) @ (np.array(rows) / 1000)
    assert q[0] == pytest.approx(0.205)
    found = Corrector(confusion(news=rows)).correct({"news": tally(*(round(100_000 * share) for share in q))})
    assert found is not None
    assert found.negative.value == pytest.approx(0.1, abs=0.002)
    assert found.positive.value == pytest.approx(0.3, abs=0.002)
    assert found.negative.low < 0.1 < found.negative.high
    assert found.negative.value + found.neutral.value + found.positive.value == pytest.approx(1)


def test_a_classifier_without_error_changes_nothing() -> None:
    perfect = ((100_000, 0, 0), (0, 100_000, 0), (0, 0, 100_000))
    found = Corrector(confusion(news=perfect)).correct({"news": tally(200, 600, 200)})
    assert found is not None
    assert found.negative.value == pytest.approx(0.2, abs=1e-3)
    # what is left is sampling: sqrt(.2 * .8 / 1000) * 1.96 = .0248
    assert found.negative.high - found.negative.low == pytest.approx(0.0496, abs=0.004)


def test_kinds_are_corrected_by_their_own_errors_and_added_up() -> None:
    corrector = Corrector(confusion(news=NEWS, social=SOCIAL))
    parts = {"news": tally(300, 500, 200), "social": tally(500, 400, 100)}
    alone = [corrector.correct({kind: part}) for kind, part in parts.items()]
    both = corrector.correct(parts)
    assert both is not None
    assert both.negative.value == pytest.approx(sum(one.negative.value for one in alone if one) / 2, abs=1e-6)
    assert alone[0] != corrector.correct({"social": parts["news"]})


def test_a_thin_kind_leans_on_all_kinds_and_says_so_by_its_width() -> None:
    corrector = Corrector(confusion(news=NEWS, social=SOCIAL, review=THIN))
    pooled = (np.array(NEWS) + np.array(SOCIAL) + np.array(THIN)).astype(float)
    pooled /= pooled.sum(axis=1, keepdims=True)
    assert np.abs(corrector.rates("review") - pooled).max() < np.abs(np.array(THIN[0]) / 11 - pooled[0]).max()
    assert corrector.rates("complaint") == pytest.approx(pooled, abs=0.01)
    assert corrector.rates("news") == pytest.approx(np.array(NEWS) / np.sum(NEWS, axis=1, keepdims=True), abs=0.005)
    widths = {}
    for kind in ("news", "review"):
        found = corrector.correct({kind: tally(400, 400, 200)})
        assert found is not None
        widths[kind] = found.negative.high - found.negative.low
    assert widths["review"] > 1.1 * widths["news"]


def test_copies_of_a_story_widen_the_interval() -> None:
    corrector = Corrector(confusion(news=NEWS))
    single, copied = (
        corrector.correct({"news": tally(300, 500, 200)}),
        corrector.correct({"news": tally(30, 50, 20, 10)}),
    )
    few = corrector.correct({"news": tally(30, 50, 20)})
    assert single is not None
    assert copied is not None
    assert few is not None
    assert copied.size == few.size == 100
    assert copied.negative.high - copied.negative.low > 1.5 * (single.negative.high - single.negative.low)
    by_story = corrector.correct({"news": tally(30, 50, 20, 10)}, "stories")
    assert by_story == few


def test_labels_of_humans_are_taken_as_they_are() -> None:
    corrector = Corrector(confusion(news=NEWS))
    found = corrector.correct({HUMAN: tally(30, 60, 10)})
    assert found is not None
    assert found.negative.value == pytest.approx(0.3)
    mixed = corrector.correct({HUMAN: tally(300, 600, 100), "news": tally(30, 60, 10)})
    counted = corrector.correct({"news": tally(330, 660, 110)})
    assert mixed is not None
    assert counted is not None
    assert mixed.negative.high - mixed.negative.low < counted.negative.high - counted.negative.low


def test_too_few_and_useless() -> None:
    corrector = Corrector(confusion(news=NEWS))
    assert corrector.correct({}) is None
    assert corrector.correct({"news": tally(0, 0, 0)}) is None
    assert corrector.correct({"news": tally(3, 5, 2)}) is None
    assert corrector.correct({"news": tally(1, 1, 0, 500)}) is None  # a thousand texts of two stories
    assert corrector.correct({"news": tally(3, 5, 2)}, min_size=10) is not None
    blind = ((50, 50, 50),) * 3
    assert Corrector(confusion(news=blind)).correct({"news": tally(300, 500, 200)}) is None
    with pytest.raises(ValueError, match="lacks texts of a class"):
        Corrector(confusion(news=((10, 0, 0), (1, 9, 0), (0, 0, 0))))


@pytest.mark.parametrize("prevalence", [0.05, 0.25, 0.6])
def test_the_interval_covers_and_counting_does_not(prevalence: float) -> None:
    """Gold, texts and labels drawn anew each round; the prevalence is never that of the gold."""
    rng = np.random.default_rng(3)
    rates = {kind: np.array(t) / np.sum(t, axis=1, keepdims=True) for kind, t in (("news", NEWS), ("social", SOCIAL))}
    sizes = {"news": np.sum(NEWS, axis=1), "social": np.sum(SOCIAL, axis=1)}
    truth = np.array([prevalence, (1 - prevalence) * 0.75, (1 - prevalence) * 0.25])
    rounds, covered, wrong, counted = 250, 0, [], []
    for number in range(rounds):
        gold = {k: tuple(tuple(map(int, rng.multinomial(sizes[k][t], rates[k][t]))) for t in range(3)) for k in rates}
        labels = {
            k: sum(rng.multinomial(n, m) for n, m in zip(rng.multinomial(400, truth), rates[k], strict=True))
            for k in rates
        }
        found = Corrector(confusion(**gold)).correct({k: tally(*map(int, q)) for k, q in labels.items()}, stream=number)
        assert found is not None
        covered += found.negative.low <= prevalence <= found.negative.high
        wrong.append(abs(found.negative.value - prevalence))
        counted.append(abs(sum(q[0] for q in labels.values()) / 800 - prevalence))
    assert 0.92 <= covered / rounds <= 0.985
    if prevalence != 0.25:  # there the two errors nearly cancel
        assert np.mean(wrong) < 0.6 * np.mean(counted)


def test_no_change_is_seldom_called_one_and_a_change_is_seen() -> None:
    rng = np.random.default_rng(4)
    corrector = Corrector(confusion(news=NEWS))
    rates = np.array(NEWS) / np.sum(NEWS, axis=1, keepdims=True)

    def verdict(now: float, before: float, number: int) -> str:
        both = []
        for stream, share in enumerate((now, before)):
            q = np.array([share, 0.75 * (1 - share), 0.25 * (1 - share)]) @ rates
            both.append(
                corrector.correct({"news": tally(*map(int, rng.multinomial(400, q)))}, stream=2 * number + stream)
            )
        return difference(*both).verdict

    calls = [verdict(0.3, 0.3, number) for number in range(400)]
    assert sum(call != "unclear" for call in calls) / 400 <= 0.075
    assert sum(verdict(0.45, 0.25, number) == "up" for number in range(100)) >= 90
    assert verdict(0.2, 0.5, 0) == "down"
    assert difference(None, corrector.correct({"news": tally(300, 500, 200)})).verdict == "too-few"


@given(
    st.lists(st.tuples(*[st.integers(0, 300)] * 3), min_size=1, max_size=4), st.sampled_from(["placements", "stories"])
)
def test_shares_are_shares(cells: list[tuple[int, int, int]], by: str) -> None:
    kinds = ("news", "social", "review", HUMAN)
    parts = {kind: tally(*cell) for kind, cell in zip(kinds, cells, strict=False)}
    found = _ALL.correct(parts, by)  # type: ignore[arg-type]
    if found is None:
        assert sum(map(sum, cells)) < 12
        return
    shares = [getattr(found, name) for name in SENTIMENTS]
    assert sum(share.value for share in shares) == pytest.approx(1)
    assert all(0 <= share.low <= share.value <= share.high <= 1 for share in shares)
    assert found == _ALL.correct(parts, by)  # type: ignore[arg-type]
    assert found.draws.shape == (DRAWS, 3)


_ALL = Corrector(confusion(news=NEWS, social=SOCIAL, review=THIN))


@pytest.mark.parametrize(
    "change",
    [{"labels": ["a"]}, {"counts": {"news": [[1, 2], [3, 4]]}}, {"counts": None}, {"relevance_threshold": None},
     {"counts": {"news": [[1, 2, 3], [1, 2, 3], [1, 2, -3]]}}],
)  # fmt: skip
def test_a_damaged_file_is_told(change: dict[str, object]) -> None:
    good = {
        "model": "m@1", "date": "2026-11-24", "gold": "abc", "relevance_threshold": 0.6, "labels": list(SENTIMENTS),
        "counts": {"news": [list(row) for row in NEWS]},
    }  # fmt: skip
    assert Confusion.from_json(good) == confusion(news=NEWS)
    with pytest.raises(ValueError, match=r"."):
        Confusion.from_json(good | change)
