"""How a story spread: who had it first, how fast others followed, on what kinds of source. Pure over publications."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Pace = Literal["single", "wave", "slow"]

#: Half of the copies within this time of the first is a wave (a wire text, a press release); else it travels slowly.
WAVE = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One text of a story."""

    id: str
    source: str
    kind: str
    at: datetime | None  #: aware; None: the page gives no time


@dataclass(frozen=True, slots=True, kw_only=True)
class KindSpread:
    """The texts of one kind of source."""

    kind: str
    texts: int
    sources: int
    first: datetime | None
    delay: timedelta | None  #: after the very first text


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What had been published by a moment."""

    at: datetime
    texts: int
    sources: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    texts: int
    sources: int
    undated: int
    first: Publication | None  #: the earliest with a time; of several at one moment the first by id
    runners_up: tuple[Publication, ...]  #: others within ``CLOSE`` of it: who was first is then open
    last: datetime | None
    half: timedelta | None  #: time after the first until half of the dated texts were out
    most: timedelta | None  #: until nine tenths were
    pace: Pace
    kinds: tuple[KindSpread, ...]  #: earliest first
    steps: tuple[Step, ...]  #: each moment at which something was published, cumulative


#: Publication times are rounded to minutes, and clocks of sites differ.
CLOSE = timedelta(minutes=5)


def spread(publications: Iterable[Publication]) -> Spread:
    """How the texts of one story followed each other. "First" is the first among the sources that are collected."""
    given = list(publications)
    dated = sorted((one for one in given if one.at is not None), key=lambda one: (one.at, one.id))
    first = dated[0] if dated else None
    times = [one.at for one in dated if one.at is not None]
    half, most = (_after(times, part) for part in (0.5, 0.9))
    near = [one for one in dated[1:] if times and one.at is not None and one.at - times[0] <= CLOSE]
    return Spread(
        texts=len(given),
        sources=len({one.source for one in given}),
        undated=len(given) - len(dated),
        first=first,
        runners_up=tuple(one for one in near if first and one.source != first.source),
        last=times[-1] if times else None,
        half=half,
        most=most,
        pace="single" if len(dated) < 2 or half is None else "wave" if half <= WAVE else "slow",
        kinds=_kinds(given, times[0] if times else None),
        steps=_steps(dated),
    )


def _after(times: Sequence[datetime], part: float) -> timedelta | None:
    """Time until ``part`` of the texts were out."""
    if not times:
        return None
    needed = -int(-part * len(times) // 1)  # rounded up
    return times[max(needed, 1) - 1] - times[0]


def _kinds(given: Sequence[Publication], begin: datetime | None) -> tuple[KindSpread, ...]:
    found = []
    for kind in sorted({one.kind for one in given}):
        texts = [one for one in given if one.kind == kind]
        times = [one.at for one in texts if one.at is not None]
        first = min(times, default=None)
        found.append(
            KindSpread(
                kind=kind,
                texts=len(texts),
                sources=len({one.source for one in texts}),
                first=first,
                delay=first - begin if first and begin else None,
            )
        )
    return tuple(sorted(found, key=lambda one: (one.delay is None, one.delay or timedelta(), one.kind)))


def _steps(dated: Sequence[Publication]) -> tuple[Step, ...]:
    sources: set[str] = set()
    found: dict[datetime, Step] = {}
    for number, one in enumerate(dated, 1):
        assert one.at is not None
        sources.add(one.source)
        found[one.at] = Step(at=one.at, texts=number, sources=len(sources))
    return tuple(found.values())
