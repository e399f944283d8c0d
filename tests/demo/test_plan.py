"""What the demonstration promises to contain: counts, rhythm, the event, the outage, the wire copies."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from datetime import date, timedelta

import pytest

from citra.demo.compose import composed_posts, composed_stories
from citra.demo.content import HASHTAGS, outlets, stories, utterances
from citra.demo.plan import OUTAGE_DAYS, OUTAGE_OUTLET, PlannedItem, event_day, plan, within
from citra.demo.social import tags_of
from citra.documents import JAKARTA, TOPICS

#: every weekday, the turn of a year, a leap day
ENDS = (*(date(2026, 11, day) for day in range(20, 27)), date(2027, 1, 2), date(2028, 2, 29))


def news(end: date) -> list[PlannedItem]:
    return [item for item in plan(end) if item.kind == "news"]


def posts(end: date) -> list[PlannedItem]:
    return [item for item in plan(end) if item.kind == "social"]


def offset(item: PlannedItem, end: date) -> int:
    return (item.day - end).days


def shingles(text: str) -> frozenset[tuple[str, ...]]:
    words = text.lower().split()
    return frozenset(tuple(words[i : i + 5]) for i in range(len(words) - 4))


def similar(items: list[PlannedItem]) -> list[tuple[float, PlannedItem, PlannedItem]]:
    """Jaccard of 5-word shingles for every pair that shares one; “Baca juga” lines left out."""
    sets = [shingles(" ".join(p for p in item.paragraphs if not p.startswith("Baca juga"))) for item in items]
    where: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, found in enumerate(sets):
        for shingle in found:
            where[shingle].append(number)
    shared = Counter(pair for numbers in where.values() for pair in itertools.combinations(numbers, 2))
    return [(count / (len(sets[a]) + len(sets[b]) - count), items[a], items[b]) for (a, b), count in shared.items()]


@pytest.mark.parametrize("end", ENDS)
def test_size_and_span(end: date) -> None:
    articles, said = news(end), posts(end)
    assert len(articles) >= 150
    assert len({item.story for item in articles}) >= 150
    assert len(said) >= 400
    assert {item.outlet for item in articles} == {outlet.name for outlet in outlets()}
    assert len(outlets()) == 6
    assert {offset(item, end) for item in plan(end)} == set(range(-59, 1))
    assert len({(item.outlet, item.key) for item in plan(end)}) == len(plan(end))


def test_written_by_hand() -> None:
    assert len(stories()) >= 80
    assert len(utterances()) >= 150
    ids = [text.id for text in (*stories(), *composed_stories(), *utterances(), *composed_posts())]
    assert len(ids) == len(set(ids))


def test_labels_cover_everything() -> None:
    items = plan(ENDS[0])
    assert {topic for item in items if item.kind == "news" for topic in item.topics} == set(TOPICS)
    assert {topic for item in items if item.kind == "social" for topic in item.topics} == set(TOPICS)
    assert {item.sentiment for item in news(ENDS[0])} == {"negative", "neutral", "positive"}
    assert 0.20 <= sum(not item.relevant for item in items) / len(items) <= 0.30
    assert all(item.relevant or not item.topics for item in items)


def test_no_slot_is_left_open() -> None:
    for item in plan(ENDS[0]):
        assert not set("{}[]") & set(item.title + " ".join(item.paragraphs)), item.key


def test_every_post_is_on_a_followed_timeline() -> None:
    for item in posts(ENDS[0]):
        assert set(tags_of(item)) & set(HASHTAGS), item.paragraphs


@pytest.mark.parametrize("end", ENDS)
def test_fewer_on_weekends_and_none_at_night(end: date) -> None:
    usual = [item for item in plan(end) if not item.event]
    counts = Counter(item.day for item in usual)
    days = [end + timedelta(days=step) for step in range(-59, 1)]
    weekend = [counts[day] for day in days if day.weekday() >= 5]
    workdays = [counts[day] for day in days if day.weekday() < 5]
    assert sum(weekend) / len(weekend) < 0.7 * sum(workdays) / len(workdays)
    hours = Counter(item.published.astimezone(JAKARTA).hour for item in news(end))
    assert sum(hours[hour] for hour in range(5)) == 0


@pytest.mark.parametrize("end", ENDS)
def test_event_stands_out_and_fades(end: date) -> None:
    negative = Counter(offset(item, end) for item in plan(end) if item.relevant and item.sentiment == "negative")
    begun = (event_day(end) - end).days
    assert event_day(end).weekday() < 4
    assert -10 <= begun <= -7
    usual = [negative[day] for day in range(-59, 1) if not begun <= day <= begun + 4]
    assert negative[begun] >= 4 * sum(usual) / len(usual)
    assert negative[begun] > 2 * max(usual)
    assert negative[begun] > negative[begun + 1] > negative[begun + 3]
    first = [item for item in plan(end) if item.event and offset(item, end) == begun]
    assert all("corruption" in item.topics for item in first)
    assert {item.kind for item in first} == {"news", "social"}
    assert not any(item.event for item in plan(end) if offset(item, end) < begun)


@pytest.mark.parametrize("end", ENDS)
def test_outage_is_the_only_silence_of_its_outlet(end: date) -> None:
    heard = {offset(item, end) for item in news(end) if item.outlet == OUTAGE_OUTLET}
    assert heard == set(range(-59, 1)) - set(OUTAGE_DAYS)
    assert set(OUTAGE_DAYS) == {-20, -19, -18, -17}
    others = {offset(item, end) for item in plan(end) if item.outlet != OUTAGE_OUTLET}
    assert set(OUTAGE_DAYS) <= others


def test_praise_grows_slowly_after_the_launch() -> None:
    end = ENDS[0]
    praise = Counter(offset(item, end) for item in plan(end) if item.sentiment == "positive" and item.relevant)
    before = sum(praise[day] for day in range(-59, -38)) / 21
    after = sum(praise[day] for day in range(-35, -14)) / 21
    assert after > 1.5 * before


def test_wire_copies_are_near_duplicates_and_nothing_else_is() -> None:
    items = list(plan(ENDS[0]))
    copied = {story for story, count in Counter(item.story for item in items).items() if count > 1}
    assert len(copied) >= 12
    assert all(2 <= sum(item.story == story for item in items) <= 5 for story in copied)
    pairs = similar(items)
    same = [value for value, one, other in pairs if one.story == other.story]
    assert min(same) >= 0.6
    needed = sum(count * (count - 1) // 2 for count in Counter(item.story for item in items).values())
    assert len(same) == needed
    value, one, other = max((pair for pair in pairs if pair[1].story != pair[2].story), key=lambda pair: pair[0])
    assert value < 0.5, (one.story, other.story)


def test_copies_differ_in_headline_end_and_extra_line() -> None:
    by_story: dict[str, list[PlannedItem]] = defaultdict(list)
    for item in news(ENDS[0]):
        by_story[item.story].append(item)
    for items in by_story.values():
        first, *copies = sorted(items, key=lambda item: item.copy_number)
        for copy in copies:
            assert copy.published > first.published
            assert copy.title != first.title
            assert copy.outlet != first.outlet
            assert any(paragraph.startswith("Baca juga: ") for paragraph in copy.paragraphs)
            assert len(" ".join(p for p in copy.paragraphs if not p.startswith("Baca juga"))) <= len(
                " ".join(first.paragraphs)
            )


def test_same_end_same_plan_and_another_end_moves_it() -> None:
    one = plan(ENDS[0])
    plan.cache_clear()
    assert plan(ENDS[0]) == one
    assert plan(ENDS[1]) != one


def test_answers_come_after_what_they_answer() -> None:
    by_id = {item.key: item for item in posts(ENDS[0])}
    answers = [item for item in by_id.values() if item.answers]
    assert len(answers) >= 8
    for item in answers:
        asked = by_id[item.answers or ""]
        assert asked.published < item.published
        assert asked.author != item.author
        assert int(asked.key) < int(item.key)


def test_what_is_planned_for_later_is_not_yet_out() -> None:
    items = plan(ENDS[0])
    middle = items[len(items) // 2].published
    out = within(items, middle)
    assert 0 < len(out) < len(items)
    assert max(item.published for item in out) == middle
    assert within(items, None) == items


def test_invented_places_are_no_real_ones() -> None:
    blamed = {item.office for item in plan(ENDS[0]) if item.relevant and item.sentiment == "negative"}
    from citra.demo.content import parts

    real = [name.removeprefix("Provinsi ") for name in parts()["real"]]
    assert not [office for office in blamed if any(name in office for name in real)]
