"""The life of an incident: opened, growing, calming, closed; one message each, however often it is looked at."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from citra.alerts.incident import Judged, advance, begin, first_opening
from citra.documents import JAKARTA

FIRST = datetime(2026, 11, 2, tzinfo=JAKARTA)


def windows(*counts: float, covered: bool = True, last_complete: bool = True) -> list[Judged]:
    """Days from ``FIRST`` on against a usual of 5; 12 and more are rare."""
    return [
        Judged(
            start=FIRST + timedelta(days=number), count=count, size=None, expected=5.0, deviation=2.5,
            p=1e-6 if count >= 20 else 1e-3 if count >= 12 else 0.4,
            complete=last_complete or number < len(counts) - 1, covered=covered,
        )
        for number, count in enumerate(counts)
    ]  # fmt: skip


def lived(*counts: float) -> list[tuple[str, ...]]:
    """The status and the events after each day."""
    seen = windows(*counts)
    one = begin("w", "W", "day", seen[0], FIRST)
    found = []
    for number in range(1, len(seen) + 1):
        one, events = advance(one, seen[:number], FIRST + timedelta(days=number))
        assert advance(one, seen[:number], FIRST + timedelta(days=number))[1] == ()  # looked at twice, told once
        found.append((one.status, *events))
    return found


def test_a_life() -> None:
    assert lived(20, 25, 45, 14, 6, 5) == [
        ("open",), ("growing",), ("growing", "doubled"), ("open",), ("calming",), ("closed", "closed"),
    ]  # fmt: skip


def test_doubling_is_told_once() -> None:
    assert [event for _, *events in lived(20, 45, 100, 30, 300, 5, 5) for event in events] == ["doubled", "closed"]


def test_a_short_lull_does_not_end_it() -> None:
    assert [status for status, *_ in lived(20, 5, 25, 5, 5)] == ["open", "calming", "growing", "calming", "closed"]


def test_days_nobody_collected_are_no_calm() -> None:
    seen = [*windows(20), *(one for one in windows(20, 0, 0, 0, covered=False)[1:])]
    one, events = advance(begin("w", "W", "day", seen[0], FIRST), seen, FIRST + timedelta(days=4))
    assert (one.status, events) == ("open", ())


def test_a_window_that_is_not_over_is_no_calm() -> None:
    seen = windows(20, 5, 1, last_complete=False)
    assert advance(begin("w", "W", "day", seen[0], FIRST), seen, FIRST)[0].status == "calming"


def test_late_texts_revise_it_and_say_so() -> None:
    opened = begin("w", "W", "day", windows(20)[0], FIRST)
    after, _ = advance(opened, windows(28), FIRST + timedelta(days=1))
    assert after.revised == "20 → 28"
    assert after.count == 28
    withdrawn, _ = advance(opened, windows(8), FIRST + timedelta(days=1))
    assert withdrawn.revised == "20 → 8"


@pytest.mark.parametrize(
    ("one", "opens"),
    [
        ({"count": 30, "p": 1e-6}, True),
        ({"count": 30, "p": 1e-2}, False),
        ({"count": 30, "p": None}, False),
        ({"count": 2, "expected": 0.01, "p": 1e-6}, False),  # two texts are no wave
        ({"count": 30, "expected": 25.0, "p": 1e-6}, False),  # rare, but not much more
        ({"count": 30, "size": 32.0, "expected": 22.0, "p": 1e-6}, True),  # a share of 70 % cannot grow by half
        ({"count": 30, "size": 32.0, "expected": 22.0, "p": 1e-6, "complete": False}, False),
        ({"count": 4, "size": 4.0, "expected": 0.1, "p": 1e-6}, False),  # too few stories for a share
        ({"count": 30, "p": 1e-6, "complete": False}, True),  # a count only grows
    ],
)
def test_what_opens(one: dict[str, float], opens: bool) -> None:
    values = {"start": FIRST, "size": None, "expected": 5.0, "deviation": 2.0, "complete": True, "covered": True} | one
    found = first_opening([Judged(**values)], 1e-4, since=FIRST, after=None)
    assert (found is not None) == opens


def test_what_was_told_or_is_long_past_opens_nothing() -> None:
    seen = windows(20, 5, 20)
    assert first_opening(seen, 1e-4, since=FIRST, after=FIRST).start == FIRST + timedelta(days=2)
    assert first_opening(seen, 1e-4, since=FIRST + timedelta(days=1), after=None).start == FIRST + timedelta(days=2)
    assert first_opening(seen, 1e-4, since=FIRST, after=FIRST + timedelta(days=2)) is None
