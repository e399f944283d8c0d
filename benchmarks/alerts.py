"""False alarms and power of the alerts, side by side with the rules in use, on simulated worlds and the demonstration.

    .venv/bin/python benchmarks/alerts.py [--worlds 20] [--watches 10000] [--demo data/demo/2026-11-24]

Each world: 100 series of mean 10 a day, a year. The first half is the user's history; in the second half thresholds are
calibrated anew every 30 days on what is past by then, and what opens is counted: no event is in it, so all is false.
Events are laid over single days of the second half (a day at 3 × and 5 × normal: the day's texts plus Poisson ones).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from citra.alerts.baseline import Panel, learn, tail
from citra.alerts.budget import CALM, calibrate, cluster_peaks, target

SERIES, DAYS, HALF, BUDGET = 100, 360, 180, 2.0
RECALIBRATE = 30
A = NDArray[np.float64]


@dataclass(frozen=True)
class World:
    name: str
    dispersion: float  # variance = mean + dispersion · mean²
    phi: float  # AR(1) of the log rate
    sd: float  # its standard deviation
    mean: float = 10.0
    growth: float = 0.0  # of the log rate, a year


WORLDS = (
    World("Poisson, weekly", 0.0, 0.0, 0.0),
    World("over-dispersed, AR(1)", 0.02, 0.5, 0.10),
    World("the same, growing by 50 % a year", 0.02, 0.5, 0.10, growth=0.4),
    World("the same, mean 3", 0.02, 0.5, 0.10, mean=3.0),
    World("more over-dispersed", 0.05, 0.5, 0.15),
    World("strongly over-dispersed, slow AR(1)", 0.10, 0.7, 0.20),
)


def simulate(world: World, rng: np.random.Generator) -> tuple[A, A, NDArray[np.int64], NDArray[np.bool_]]:
    """Counts, true means, weekday, holiday. Each series has a weekly profile of its own; holidays are like Sundays."""
    weekday = np.arange(DAYS) % 7
    profile = np.array([1.15, 1.1, 1.1, 1.05, 1.0, 0.55, 0.5]) * np.exp(rng.normal(0, 0.1, (SERIES, 7)))
    profile /= profile.mean(axis=1, keepdims=True)
    holiday = np.zeros(DAYS, dtype=bool)
    holiday[rng.choice(DAYS, DAYS // 20, replace=False)] = True
    start = int(rng.integers(0, DAYS - 9))
    holiday[start : start + 9] = True  # Lebaran with its joint leave
    holiday &= weekday < 5
    log_rate = np.zeros((SERIES, DAYS))
    noise = rng.normal(0, world.sd * np.sqrt(1 - world.phi**2), (SERIES, DAYS))
    for day in range(1, DAYS):
        log_rate[:, day] = world.phi * log_rate[:, day - 1] + noise[:, day]
    shape = np.where(holiday, profile[:, [6]] * 0.9, profile[:, weekday])
    mean = world.mean * shape * np.exp(log_rate - world.sd**2 / 2 + world.growth * np.arange(DAYS) / DAYS)
    heat = rng.gamma(1 / world.dispersion, world.dispersion, mean.shape) if world.dispersion else 1.0
    return rng.poisson(mean * heat).astype(float), mean, weekday, holiday


def panel_of(counts: A, weekday: NDArray[np.int64], holiday: NDArray[np.bool_]) -> Panel:
    return Panel(
        family="count", counts=counts, coverage=np.ones_like(counts), skip=np.zeros(counts.shape, dtype=bool),
        slot=np.where(holiday, 6, weekday), holiday=holiday,
    )  # fmt: skip


# --- the rules in use: the count above which they call, for every day of the second half, times a factor -------------


def _past(counts: A, days: int) -> A:
    """S×HALF×days: what came before each day of the second half."""
    return np.stack([counts[:, day - days : day] for day in range(HALF, DAYS)], axis=1)


RULES: dict[str, Callable[[A], tuple[A, A]]] = {
    # name → (base, unit): the rule calls at count > base + k · unit; its k as used comes with it below
    "×2 of yesterday": lambda c: (np.zeros((SERIES, HALF)), np.maximum(_past(c, 1)[:, :, 0], 1.0)),
    "mean7 + 2σ": lambda c: (_past(c, 7).mean(2), np.maximum(_past(c, 7).std(2), 0.5)),
    "mean14 + 3σ": lambda c: (_past(c, 14).mean(2), np.maximum(_past(c, 14).std(2), 0.5)),
    "> 150 % of 7-day mean": lambda c: (np.zeros((SERIES, HALF)), np.maximum(_past(c, 7).mean(2), 1.0)),
}
IN_USE = {"×2 of yesterday": 2.0, "mean7 + 2σ": 2.0, "mean14 + 3σ": 3.0, "> 150 % of 7-day mean": 1.5}


def openings(calls: NDArray[np.bool_]) -> int:
    """Incidents: calls parted by more calm days than close one."""
    return len(cluster_peaks(calls.astype(float), 0.5, CALM[1]))


def ours(counts: A, weekday: NDArray[np.int64], holiday: NDArray[np.bool_]) -> tuple[A, A, A]:
    """Means, variances and the threshold of each day in the second half, as of that day."""
    usual = learn(panel_of(counts, weekday, holiday))
    threshold = np.zeros(HALF)
    for begin in range(0, HALF, RECALIBRATE):
        past = usual.p[:, : HALF + begin]
        found = calibrate(past, np.zeros(past.shape, dtype=bool), rate=target(BUDGET, SERIES, 1), per_day=1)
        threshold[begin : begin + RECALIBRATE] = found.p
    return usual.expected[:, HALF:], usual.deviation[:, HALF:] ** 2, threshold


def p_of(counts: A, mean: A, variance: A) -> A:
    columns = zip(counts.T, mean.T, variance.T, strict=True)
    return np.stack([tail(c, m, v, None) for c, m, v in columns], axis=1)


def measure(world: World, worlds: int) -> dict[str, dict[str, float]]:
    """Means over ``worlds`` simulations: false alarms a month over all series, power at 3 × and 5 ×."""
    sums: dict[str, dict[str, list[float]]] = {}

    def note(name: str, **values: float) -> None:
        for key, value in values.items():
            sums.setdefault(name, {}).setdefault(key, []).append(value)

    months = HALF / 30
    for seed in range(worlds):
        rng = np.random.default_rng([seed, 8])
        counts, true_mean, weekday, holiday = simulate(world, rng)
        late = counts[:, HALF:]
        usual_mean = true_mean[:, HALF:]
        works = (weekday[HALF:] < 5) & ~holiday[HALF:]
        threes, fives = late + rng.poisson(2 * usual_mean), late + rng.poisson(4 * usual_mean)
        mean, variance, threshold = ours(counts, weekday, holiday)
        p = p_of(late, mean, variance)
        power = (p_of(threes, mean, variance) <= threshold)[:, works].mean()
        note(
            "citra", false=openings(p <= threshold) / months, power=power,
            power5=(p_of(fives, mean, variance) <= threshold)[:, works].mean(),
        )  # fmt: skip
        known = usual_mean + world.dispersion * usual_mean**2
        rate = target(BUDGET, SERIES, 1)
        note(
            "one who knows every day's true rate", false=openings(p_of(late, usual_mean, known) <= rate) / months,
            power=(p_of(threes, usual_mean, known) <= rate)[:, works].mean(),
            power5=(p_of(fives, usual_mean, known) <= rate)[:, works].mean(),
        )  # fmt: skip
        for name, rule in RULES.items():
            base, unit = rule(counts)
            score = (late - base) / unit
            lifted = ((threes - base) / unit)[:, works]
            used = IN_USE[name]
            equal = float(np.quantile(lifted, 1 - power))  # the factor at which it finds as many events as we do
            note(
                name, false=openings(score > used) / months, power=(lifted > used).mean(),
                power5=(((fives - base) / unit)[:, works] > used).mean(), equal=openings(score > equal) / months,
            )  # fmt: skip
    return {name: {key: float(np.mean(values)) for key, values in found.items()} for name, found in sums.items()}


def show_worlds(worlds: int) -> None:
    print(f"## Simulated worlds ({worlds} of each; {SERIES} series, budget {BUDGET:g} false alarms a month over all)\n")
    for world in WORLDS:
        found = measure(world, worlds)
        mine = found["citra"]["false"]
        print(f"### {world.name}\n")
        print("| | false alarms a month | power at 3 × | at 5 × | false alarms at our power | ratio to ours |")
        print("|---|---|---|---|---|---|")
        for name, one in found.items():
            equal = f"{one['equal']:.1f} | {one['equal'] / max(mine, 1e-9):.0f}" if "equal" in one else "|"
            print(f"| {name} | {one['false']:.2f} | {one['power']:.2f} | {one['power5']:.2f} | {equal} |")
        print(flush=True)


def show_speed(watches: int) -> None:
    """The judgement alone: ``watches`` daily ones over 400 days, and as many hourly ones over 45."""
    rng = np.random.default_rng(8)
    print(f"## Speed: {watches:,} watches\n\n| | seconds | of CPU |\n|---|---|---|")
    for name, windows, per_day in (("daily, 400 days", 400, 1), ("hourly, 45 days", 45 * 24, 24)):
        counts = rng.poisson(10 / per_day, (watches, windows)).astype(float)
        slot = np.arange(windows) % (7 if per_day == 1 else 24)
        began, cpu = time.perf_counter(), time.process_time()
        usual = learn(
            Panel(
                family="count", counts=counts, coverage=np.ones_like(counts), skip=np.zeros(counts.shape, dtype=bool),
                slot=slot, holiday=np.zeros(windows, dtype=bool), per_day=per_day,
            )
        )  # fmt: skip
        calibrate(usual.p, np.zeros(counts.shape, dtype=bool), rate=target(2, watches, per_day), per_day=per_day)
        print(f"| {name} | {time.perf_counter() - began:.1f} | {time.process_time() - cpu:.1f} |", flush=True)


def show_run(demo: Path, watches: int) -> None:
    """Whole runs of detect on the demonstration's index: the first, and one after it."""
    from citra.alerts.watch import MEASURES, Watch
    from citra.documents import TOPICS
    from citra.verbs import watches as verb
    from citra.verbs.detect import detect

    now = datetime.fromisoformat(f"{demo.name}T16:30:00+00:00")
    words = (
        "layanan", "antre", "gaji", "suap", "kantor", "warga", "dinas", "bupati", "guru", "cpns", "pppk", "izin",
        "pungli", "camat", "kota", "asn", "pns",
    )  # fmt: skip
    made = [
        Watch(
            name=f"w{number}", text=f"{words[number % 17]} OR {words[number // 17 % 17]} OR x{number}",
            measure=MEASURES[number % 3], topics=(TOPICS[number % 7],) if number % 2 else (),
            window="hour" if number % 5 == 0 else "day",
        )
        for number in range(watches)
    ]  # fmt: skip
    print(f"\n## detect on the demonstration, {watches:,} watches of different queries, a fifth of them hourly\n")
    with tempfile.TemporaryDirectory() as folder:
        state = f"{folder}/alerts.sqlite"
        verb.add(state, made, now)
        for name in ("first run", "second run"):
            began, cpu = time.perf_counter(), time.process_time()
            found = detect(str(demo / "index"), state, now=now)
            took, worked = time.perf_counter() - began, time.process_time() - cpu
            print(f"- {name}: {took:.1f} s ({worked:.1f} s of CPU), {len(found.opened)} opened", flush=True)


def show_demo(demo: Path) -> None:
    """Replay every evening of the demonstration's 60 days: its one planted event against all rules."""
    from citra.alerts.watch import Watch
    from citra.verbs.index import open_index
    from citra.verbs.watch_counts import query_of
    from citra.verbs.watches import preview

    now = datetime.fromisoformat(f"{demo.name}T16:30:00+00:00")
    print("\n## The demonstration: 60 days, one planted event\n\n| | incidents opened | on the event |\n|---|---|---|")
    for measure_, column in (("volume", "placements"), ("negative-stories", "negative_stories")):
        watch = Watch(name=measure_, measure=measure_)  # type: ignore[arg-type]
        found = preview(str(demo / "index"), watch, now=now)
        hits = sum(one.ratio > 2 for one in found.incidents)
        print(f"| citra, {measure_} | {len(found.incidents)} | {hits} |")
        with open_index(str(demo / "index")) as store:
            tallies = store.buckets(query_of(watch), "day")
        days = [now.date() - timedelta(days=number) for number in range(59, -1, -1)]
        counts = np.array([[float(getattr(tallies.get(day), column, 0)) for day in days]])
        event = int(counts.argmax())
        for name, k in IN_USE.items():
            calls = np.zeros((1, 60), dtype=bool)
            for day in range(14, 60):
                week, two = counts[0, day - 7 : day], counts[0, day - 14 : day]
                base, unit = {
                    "×2 of yesterday": (0.0, max(counts[0, day - 1], 1.0)),
                    "mean7 + 2σ": (week.mean(), max(week.std(), 0.5)),
                    "mean14 + 3σ": (two.mean(), max(two.std(), 0.5)),
                    "> 150 % of 7-day mean": (0.0, max(week.mean(), 1.0)),
                }[name]
                calls[0, day] = counts[0, day] > base + k * unit
            print(f"| {name}, {measure_} | {openings(calls)} | {int(calls[0, event])} |")


def main() -> None:
    sys.path.pop(0)  # this folder, whose nlp.py would hide the package of that name
    reader = argparse.ArgumentParser()
    reader.add_argument("--worlds", type=int, default=20)
    reader.add_argument("--watches", type=int, default=10_000)
    reader.add_argument("--demo", type=Path, help="folder of a demonstration [default: the newest in data/demo]")
    asked = reader.parse_args()
    print(f"# Alerts, {datetime.now(UTC):%Y-%m-%d}\n")
    show_worlds(asked.worlds)
    show_speed(asked.watches)
    demo = asked.demo or max(Path("data/demo").glob("*-*-*"), default=None)
    if demo is None:
        print("\nno demonstration here: run `citra run` first")
        return
    show_demo(demo)
    show_run(demo, asked.watches)


if __name__ == "__main__":
    main()
