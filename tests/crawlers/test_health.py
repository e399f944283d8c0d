"""Verdicts over counts: what is silent, a flood, a changed layout, and how often an ordinary day is called so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pytest

from crawlers.health import Health, SourceDay, assess, assess_days
from crawlers.source import Expect

MONDAY = date(2026, 6, 22)  # eight weeks without a holiday follow
ANY = Expect()


def days(counts: Sequence[int], pages: int = 0, **missing: int) -> list[SourceDay]:
    return [
        SourceDay(day=MONDAY + timedelta(days=number), documents=int(count), pages=pages, missing=missing)
        for number, count in enumerate(counts)
    ]


def flagged(found: Sequence[Health]) -> dict[int, str]:
    return {number: health.status for number, health in enumerate(found) if health.status != "ok"}


def test_a_source_that_never_misses_a_day_is_missed_on_the_second() -> None:
    assert flagged(assess_days(days([1] * 42 + [0]), ANY)) == {}
    found = assess_days(days([1] * 42 + [0, 0]), ANY)
    assert flagged(found) == {42: "silent", 43: "silent"}
    assert found[43].reason == "no text on 2 days in a row; before, on 0 of 42 days"
    assert flagged(assess_days(days([1] * 42 + [0] * 4 + [1] * 5), ANY)) == dict.fromkeys(range(42, 46), "silent")


def test_a_source_that_often_misses_days_is_given_time() -> None:
    often = [0, 1, 0, 0, 2, 1, 0] * 6
    assert flagged(assess_days(days([*often, *[0] * 6]), ANY)) == {}
    silent = flagged(assess_days(days([*often, *[0] * 20]), ANY))
    assert len(often) in silent
    assert set(silent.values()) == {"silent"}


def test_a_busy_source_is_missed_at_once_and_so_is_most_of_it() -> None:
    busy = [40, 44, 38, 41, 45, 12, 14] * 5
    assert flagged(assess_days(days([*busy, 0]), ANY)) == {35: "silent"}
    found = assess_days(days([*busy, 2]), ANY)[-1]
    assert (found.status, found.reason) == ("silent", "2 texts where 42 are usual")
    assert found.expected == pytest.approx(41.6)
    # a holiday, or a weekend, is no fault
    assert flagged(assess_days(days([*busy, 12, 41, 40, 39, 44, 12, 13]), ANY)) == {}


def test_an_office_that_rests_at_weekends() -> None:
    weeks = [5, 4, 6, 5, 3, 0, 0] * 6
    assert flagged(assess_days(days(weeks), ANY)) == {}
    assert flagged(assess_days(days([*weeks, 0, 0, 4]), ANY)) == {42: "silent", 43: "silent"}, "from Monday on"


def test_what_is_not_over_is_not_silent() -> None:
    busy = days([40] * 30 + [0])
    assert assess(busy[:-1], busy[-1], ANY).status == "silent"
    assert assess(busy[:-1], busy[-1], ANY, is_over=False).status == "ok"
    assert flagged(assess_days(busy, ANY, last_is_over=False)) == {}


def test_the_floor_holds_until_history_contradicts_it() -> None:
    assert flagged(assess_days(days([3, 3, 0]), Expect(floor=1))) == {2: "silent"}
    assert assess([], days([0])[0], Expect(floor=2)).reason == "no text, declared are at least 2 a day"
    wrong = flagged(assess_days(days([3, 4, 5, 4, 3] * 10), Expect(floor=20)))
    assert set(wrong) <= set(range(20)), wrong  # a wrong declaration is not believed for ever
    assert flagged(assess_days(days([3, 4, 5, 4, 3] * 10), ANY)) == {}


def test_floods() -> None:
    news = [7, 9, 8, 7, 9, 3, 4] * 5
    assert flagged(assess_days(days([*news, 27, 17, 11]), ANY)) == {}, "an event is no fault"
    assert flagged(assess_days(days([*news, 300, 8]), ANY)) == {35: "flood"}
    assert flagged(assess_days(days([*news, 27]), Expect(ceiling=20))) == {35: "flood"}
    assert flagged(assess_days(days([*[0, 1, 0, 0, 1, 0, 0] * 5, 4]), ANY)) == {}


def test_a_new_level_becomes_the_usual_one() -> None:
    found = flagged(assess_days(days([2] * 30 + [90] * 40), ANY))
    assert set(found) == set(range(30, 30 + 14)), found
    dead = flagged(assess_days(days([20] * 30 + [0] * 300), ANY))
    assert set(dead) == set(range(30, 330)), "death is never usual"


def test_a_changed_layout_empties_fields() -> None:
    before = days([20] * 20, pages=20, date=0, byline=3)
    today = SourceDay(day=MONDAY + timedelta(days=20), documents=20, pages=20, missing={"date": 18, "byline": 4})
    found = assess(before, today, ANY)
    assert (found.status, found.reason) == ("layout", "no date on 18 of 20 pages, usually 0%")
    some = SourceDay(day=today.day, documents=20, pages=20, missing={"date": 3, "byline": 6})
    assert assess(before, some, ANY).status == "ok"
    # where half of the pages are no articles anyway, and it changes from day to day, three quarters tell nothing
    restless = [
        SourceDay(day=one.day, documents=20, pages=20, missing={"text": 2 if number % 2 else 18})
        for number, one in enumerate(before)
    ]
    assert assess(restless, SourceDay(day=today.day, documents=20, pages=20, missing={"text": 15}), ANY).status == "ok"
    assert assess(days([20] * 20), today, ANY).status == "ok", "no page was ever counted"


LEBARAN = date(2026, 3, 18)  # cuti bersama and Idulfitri until the 24th, a weekend among them


def around_lebaran(workday: int, weekend: int, quiet: int) -> list[SourceDay]:
    """Ten weeks before the feast, and ``quiet`` days without a text from its first day on."""
    before = [LEBARAN - timedelta(days=back) for back in range(70, 0, -1)]
    usual = [SourceDay(day=day, documents=weekend if day.weekday() >= 5 else workday) for day in before]
    return usual + [SourceDay(day=LEBARAN + timedelta(days=number)) for number in range(quiet)]


def test_the_feast_is_no_fault() -> None:
    office = around_lebaran(6, 1, quiet=7)
    assert flagged(assess_days(office, ANY)) == {}
    assert flagged(assess_days(office, Expect(floor=1))) == {}, "a declared floor holds on ordinary days"
    # the same week in an ordinary month is one
    moved = [SourceDay(day=one.day + timedelta(days=154), documents=one.documents) for one in office]
    assert set(flagged(assess_days(moved, ANY))) == set(range(70, 77))


def test_after_the_feast_work_is_expected_again() -> None:
    found = flagged(assess_days(around_lebaran(6, 1, quiet=12), ANY))
    assert found, "Lebaran does not last for ever"
    assert 79 in found


def test_a_large_outlet_does_not_rest() -> None:
    found = flagged(assess_days(around_lebaran(60, 25, quiet=3), ANY))
    assert set(found) == {70, 71, 72}


@pytest.mark.parametrize(("mean", "size"), [(0.4, 50.0), (2.0, 3.0), (8.0, 5.0), (60.0, 4.0)])
def test_ordinary_days_are_rarely_flagged(mean: float, size: float) -> None:
    """Over-dispersed counts with a weekly rhythm: nine source-years, at most three stretches."""
    random = np.random.default_rng(20261124)
    stretches = 0
    for _ in range(9):
        usual = np.array([mean * (0.45 if number % 7 >= 5 else 1.0) for number in range(365)])
        counts = random.poisson(random.gamma(size, usual / size))
        found = assess_days(days(counts.tolist()), ANY)
        bad = [health.status != "ok" for health in found]
        stretches += sum(now and not before for before, now in zip([False, *bad], bad, strict=False))
    assert stretches <= 3
