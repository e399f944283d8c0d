"""False alarms and power of `citra effect`, and how true the shares and ranks of `citra compare` are.

    .venv/bin/python benchmarks/effect.py                      250 series of each world, some 15 minutes of one core
    .venv/bin/python benchmarks/effect.py --series 1000 --json
    .venv/bin/python benchmarks/effect.py --index FOLDER       placebo dates of a real index as well

Simulated: share of negative and number of texts by day, with autocorrelated mood (AR 1), weekday cycle, over-dispersed
numbers of texts, slow drift; with and without a control that shares half of the mood. Beside ours: the usual segmented
regression (ordinary least squares with a step and weekdays), the same with AR(1) errors by statsmodels' SARIMAX, and a
t test of the days after against the days before. Everything is seeded.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import statsmodels.api as sm
from scipy import stats

from citra.documents import KINDS, SENTIMENTS, TOPICS
from citra.store import Query, Tally
from citra.trends.compare import Unit, standings
from citra.trends.effect import Interrupted, Readings, against
from citra.verbs.effect import effect_in
from citra.verbs.index import open_index

#: The first day, a Monday.
FIRST = date(2026, 1, 5).toordinal()
STEP = {"share": 0.2, "volume": float(np.log(2))}
#: Of SARIMAX only so many of each world: it takes most of the time.
SLOW = 60


@dataclass(frozen=True)
class World:
    name: str
    measure: str
    days: int = 60
    window: int = 14
    texts: float = 10.0
    phi: float = 0.5  #: autocorrelation of the mood
    spread: float = 0.3  #: its standard deviation on the scale of log-odds or logarithms
    drift: float = 0.0  #: linear change over the whole series, same scale
    control: bool = False


WORLDS = [
    World(f"{measure}: {name}", measure, **options)
    for measure in ("share", "volume")
    for name, options in (
        ("independent days", {"phi": 0.0}),
        ("AR .5", {}),
        ("AR .8", {"phi": 0.8}),
        ("AR .95", {"phi": 0.95}),
        ("AR .5, 4 texts a day", {"texts": 4.0}),
        ("AR .8, 60 texts a day", {"phi": 0.8, "texts": 60.0}),
        ("AR .5, window of 7", {"window": 7}),
        ("AR .5, 150 days, window of 28", {"days": 150, "window": 28}),
        ("AR .5, drift of .5", {"drift": 0.5}),
        ("AR .8, a control", {"phi": 0.8, "control": True}),
    )
]


def ar(rng: np.random.Generator, days: int, phi: float, spread: float) -> np.ndarray:
    found = np.empty(days)
    found[0] = rng.normal(0, spread)
    for day in range(1, days):
        found[day] = phi * found[day - 1] + rng.normal(0, spread * np.sqrt(1 - phi**2))
    return found


def series(rng: np.random.Generator, world: World, shared: np.ndarray, own: np.ndarray) -> Readings:
    """One series without any event."""
    slot = np.arange(world.days) % 7
    weekend, mood = slot >= 5, (shared + own) / np.sqrt(2) + world.drift * np.linspace(-0.5, 0.5, world.days)
    mean = world.texts * (1 - 0.4 * weekend) * (np.exp(mood) if world.measure == "volume" else 1.0)
    texts = rng.negative_binomial(6, 6 / (6 + mean))
    day = np.arange(FIRST, FIRST + world.days)
    if world.measure == "volume":
        level = texts.mean()
        return Readings(day=day, value=np.log(texts + 0.5), variance=np.full(world.days, 1 / (level + 0.5)), slot=slot)
    hits = rng.binomial(texts, 1 / (1 + np.exp(0.8 - mood - 0.3 * weekend)))
    there, share = texts > 0, hits.sum() / texts.sum()
    return Readings(
        day=day[there], value=(hits / np.maximum(texts, 1))[there],
        variance=(share * (1 - share) / np.maximum(texts, 1))[there], slot=slot[there],
    )  # fmt: skip


def simulated(world: World, count: int, seed: int) -> Iterator[Readings]:
    rng = np.random.default_rng((seed, *world.name.encode()))
    for _ in range(count):
        shared = ar(rng, world.days, world.phi, world.spread)
        mine = series(rng, world, shared, ar(rng, world.days, world.phi, world.spread))
        if world.control:
            other = replace(world, texts=world.texts * 3)
            mine = against(mine, series(rng, other, shared, ar(rng, world.days, world.phi, world.spread)))
        yield mine


def ours(readings: Readings, first: int, last: int) -> float:
    steps = Interrupted(readings)
    step = steps.step(first, last, widened=steps.placebos(first, last).widened)
    return 1.0 if step is None else step.p


def model_alone(readings: Readings, first: int, last: int) -> float:
    """Ours without the placebo dates."""
    step = Interrupted(readings).step(first, last)
    return 1.0 if step is None else step.p


def _design(readings: Readings, first: int) -> np.ndarray:
    weekdays = [(readings.slot == slot) * 1.0 for slot in range(1, 7)]
    return np.column_stack((np.ones(len(readings.day)), *weekdays, readings.day >= first))


def segmented(readings: Readings, first: int, _: int) -> float:
    return float(sm.OLS(readings.value, _design(readings, first)).fit().pvalues[-1])


def sarimax(readings: Readings, first: int, _: int) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = sm.tsa.SARIMAX(readings.value, exog=_design(readings, first), order=(1, 0, 0))
        fitted = model.fit(disp=False, maxiter=60)
    return float(fitted.pvalues[_design(readings, first).shape[1] - 1])


def before_after(readings: Readings, first: int, _: int) -> float:
    after = readings.day >= first
    return float(stats.ttest_ind(readings.value[after], readings.value[~after], equal_var=False).pvalue)


METHODS: Mapping[str, Callable[[Readings, int, int], float]] = {
    "ours": ours, "ours without placebos": model_alone, "segmented regression": segmented,
    "SARIMAX AR(1)": sarimax, "t test": before_after,
}  # fmt: skip


def run_worlds(count: int, seed: int) -> list[dict[str, object]]:
    found = []
    for world in WORLDS:
        row: dict[str, object] = {"world": world.name, "series": count}
        first, last = FIRST + world.days - world.window, FIRST + world.days - 1
        for name, method in METHODS.items():
            some = list(simulated(world, min(count, SLOW) if name == "SARIMAX AR(1)" else count, seed))
            row[name] = sum(method(one, first, last) < 0.05 for one in some) / len(some)
        hit = [replace(one, value=one.value + STEP[world.measure] * (one.day >= first)) for one in some[: count // 2]]
        row["power"] = sum(ours(one, first, last) < 0.05 for one in hit) / len(hit)
        found.append(row)
        print(json.dumps(row), flush=True)
    return found


def run_index(path: str, window: int = 7) -> dict[str, object]:
    """Every placebo date of several queries in an index, away from its newest two weeks (where an event may be)."""
    filters: list[dict[str, tuple[str, ...]]] = [
        {}, *({name: (value,)} for name, values in (("kinds", KINDS), ("topics", TOPICS), ("sentiments", SENTIMENTS))
              for value in values),
    ]  # fmt: skip
    queries = [Query(min_relevance=0.6, **one) for one in filters]  # type: ignore[arg-type]
    tried = called = 0
    with open_index(path) as store:
        stats_ = store.stats()
        assert stats_.first_day
        assert stats_.last_day
        at = stats_.first_day + timedelta(days=28)
        while at + timedelta(days=window + 14) <= stats_.last_day:
            for query in queries:
                for measure in ("volume",) if query.sentiments else ("share", "volume"):
                    until = at + timedelta(days=window - 1)
                    answer = effect_in(store, query, at=at, until=until, measure=measure)  # type: ignore[arg-type]
                    tried += answer.step is not None
                    called += answer.verdict == "effect"
            at += timedelta(days=1)
    return {"index": path, "placebo answers": tried, "called an effect": called, "rate": called / max(tried, 1)}


def run_compare(count: int, seed: int) -> dict[str, object]:
    """Worlds of 30 units of 3 to some 300 stories whose true shares are known."""
    rng = np.random.default_rng(seed)
    inside, ranked, error, own_error, spent = [], [], [], [], 0.0
    for _ in range(count):
        truth = rng.beta(6, 14, size=30)
        sizes = np.maximum(3, rng.lognormal(3, 1.2, size=30).astype(int))
        hits = rng.binomial(sizes, truth)
        units = []
        for name, (n, k) in enumerate(zip(sizes.tolist(), hits.tolist(), strict=True)):
            tally = Tally(placements=n, stories=n, negative=k, neutral=n - k, sum_mm=n)
            units.append(Unit(id=str(name), whole=tally, parts={"news": tally}))
        ranks = (-truth).argsort().argsort() + 1
        began = time.perf_counter()
        answer = standings(units)
        spent += time.perf_counter() - began
        for one in answer:
            at = int(one.id)
            inside.append(one.shrunk.low <= truth[at] <= one.shrunk.high)
            ranked.append(one.rank_low <= ranks[at] <= one.rank_high)
            error.append(abs(one.shrunk.value - truth[at]))
            own_error.append(abs(hits[at] / sizes[at] - truth[at]))
    return {
        "worlds": count, "share inside": float(np.mean(inside)), "rank inside": float(np.mean(ranked)),
        "error of shrunken against own share": float(np.mean(error) / np.mean(own_error)),
        "ms for 30 units": spent / count * 1000,
    }  # fmt: skip


def main() -> None:
    sys.path = [path for path in sys.path if Path(path) != Path(__file__).parent]  # nlp.py here is not nlp
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--series", type=int, default=250)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--index", help="folder of an index")
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    worlds = run_worlds(given.series, given.seed)
    names = [*METHODS, "power"]
    compared = run_compare(max(10, given.series // 4), given.seed)
    real = run_index(given.index) if given.index else None
    if given.json:
        print(json.dumps({"worlds": worlds, "compare": compared, "index": real}))
        return
    print(f"{'false alarms at 5 %':45}", *(f"{name:>22}" for name in names))
    for row in worlds:
        print(f"{row['world']:45}", *(f"{row[name]:22.3f}" for name in names))
    print(f"{'all':45}", *(f"{np.mean([row[name] for row in worlds]):22.3f}" for name in names))  # type: ignore[misc]
    print(compared)
    if real:
        print(real)


if __name__ == "__main__":
    main()
