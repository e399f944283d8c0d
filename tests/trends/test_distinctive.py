"""Words that tell two sets of texts apart."""

from __future__ import annotations

from collections import Counter

from citra.trends.words import distinctive


def test_what_is_new_is_named_and_what_is_common_is_not() -> None:
    before = Counter({"yang": 900, "kantor": 300, "layan": 250, "antre": 40, "suap": 5})
    now = Counter({"yang": 90, "kantor": 30, "layan": 20, "suap": 25, "tangkap": 18, "aneh": 1})
    found = distinctive(now, before, 5)
    assert [one.word for one in found] == ["suap", "tangkap"]
    assert (found[0].now, found[0].before) == (25, 5)
    assert found[0].z > found[1].z > 1.96


def test_same_texts_have_no_distinctive_words() -> None:
    counts = Counter({f"kata{number}": 5 + number for number in range(50)})
    assert distinctive(counts, counts) == []


def test_nothing_to_compare_with() -> None:
    assert distinctive({}, {"a": 3}) == []
    assert distinctive({"a": 3}, {}) == []


def test_no_more_than_asked_for_and_always_the_same() -> None:
    now, before = {f"w{number:02}": 9 for number in range(30)}, {"lain": 5000}
    assert [one.word for one in distinctive(now, before, 4)] == ["w00", "w01", "w02", "w03"]
