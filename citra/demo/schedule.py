"""Which day and minute every text appears: fewer at weekends, a daily rhythm, one outlet silent for four days."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from citra.demo.content import Story, Utterance, outlets
from citra.documents import JAKARTA

DAYS = 60
OUTAGE_OUTLET = "harian-samudra"
OUTAGE_DAYS = range(-20, -16)  #: days -20 … -17: its server was down, nothing was published
#: the days that texts with a day of their own were written for, and how far from it they may move to a working day
EVENT_DAY, LAUNCH_DAY = -9, -35
_MOVES = (0, 1, -1, 2)
WEEKEND = 0.45  #: volume of a Saturday or Sunday, as a share of a weekday's
#: relative volume by hour of the day, 0 to 23 (Asia/Jakarta)
NEWS_HOURS = (0, 0, 0, 0, 0, 1, 3, 5, 7, 9, 9, 8, 7, 8, 9, 9, 8, 6, 5, 5, 4, 3, 2, 1)
POST_HOURS = (1, 0, 0, 0, 1, 2, 5, 7, 6, 5, 5, 6, 9, 7, 5, 5, 6, 7, 8, 10, 10, 8, 5, 3)


def actual_day(day: int, end: date) -> int:
    """Where a text written for ``day`` falls: offices are neither raided nor opened at a weekend.

    What belongs to the event or to the launch moves with it, so that both begin on Monday to Thursday.
    """
    anchor = LAUNCH_DAY if day < EVENT_DAY else EVENT_DAY
    move = next(move for move in _MOVES if (end + timedelta(days=anchor + move)).weekday() < 4)
    return day + move


def days_for_news(written: Sequence[Story], end: date) -> dict[Story, tuple[int, tuple[str, ...]]]:
    """Day offset and outlets of every story.

    The outlet that will fall silent otherwise publishes every day, so that its silence can be told from chance.
    """
    rng = random.Random(f"news:{end}")
    placed = {story: (actual_day(story.day, end), story.by) for story in written if story.day is not None}
    free = [story for story in written if story.day is None]
    rng.shuffle(free)
    days = _quota(len(free), end, rng)
    heard = {day for day, names in placed.values() if OUTAGE_OUTLET in names}
    open_stories = [story for story in free if not story.by]
    for day in range(1 - DAYS, 1):
        if day not in heard and day not in OUTAGE_DAYS:
            days.remove(day)
            placed[open_stories.pop()] = (day, (OUTAGE_OUTLET,))
    # what the silent outlet carries must not fall on its silent days; it chooses first
    rest = sorted((story for story in free if story not in placed), key=lambda story: OUTAGE_OUTLET not in story.by)
    for story in rest:
        barred = OUTAGE_DAYS if OUTAGE_OUTLET in story.by else ()
        day = next(day for day in days if day not in barred)
        days.remove(day)
        placed[story] = (day, story.by)
    return _with_outlets(placed, rng)


def _with_outlets(
    placed: dict[Story, tuple[int, tuple[str, ...]]], rng: random.Random
) -> dict[Story, tuple[int, tuple[str, ...]]]:
    """Give every story without outlet one of the others in turn."""
    others = [outlet.name for outlet in outlets() if outlet.name != OUTAGE_OUTLET]
    turn = 0
    for story in sorted(placed, key=lambda story: (placed[story][0], story.id)):
        day, names = placed[story]
        if not names:
            turn += 1 + (rng.random() < 0.2)
            placed[story] = (day, (others[turn % len(others)],))
    return placed


def days_for_posts(written: Sequence[Utterance], end: date) -> dict[str, datetime]:
    """Moment of every post (aware, +07:00); an answer follows what it answers within hours."""
    rng = random.Random(f"posts:{end}")
    free = [post for post in written if post.day is None and not post.answers]
    rng.shuffle(free)
    days = _quota(len(free), end, rng)
    moments: dict[str, datetime] = {}
    for post, day in zip(free, days, strict=True):
        moments[post.id] = moment_of(end + timedelta(days=day), rng, "posts")
    for post in written:
        if post.day is not None and not post.answers:
            meant = end + timedelta(days=actual_day(post.day, end))
            moments[post.id] = moment_of(meant, rng, "posts", earliest=10)
    for post in written:
        if post.answers:
            asked = moments[post.answers]
            latest = asked.replace(hour=23, minute=59, second=40)
            moments[post.id] = min(asked + timedelta(minutes=rng.randint(4, 170)), latest)
    return moments


def moment_of(day: date, rng: random.Random, rhythm: str, hour: int | None = None, earliest: int = 0) -> datetime:
    """A moment of ``day`` (aware, +07:00) by the daily rhythm of news or posts, or within ``hour``."""
    weights = NEWS_HOURS if rhythm == "news" else POST_HOURS
    if hour is None:
        hour = rng.choices(range(earliest, 24), weights[earliest:])[0]
    return datetime(day.year, day.month, day.day, hour, rng.randrange(60), rng.randrange(60), tzinfo=JAKARTA)


def _quota(count: int, end: date, rng: random.Random) -> list[int]:
    """``count`` day offsets: an equal share for every weekday, less at weekends, at least one a day, slightly noisy."""
    offsets = range(1 - DAYS, 1)
    weights = [
        (WEEKEND if (end + timedelta(days=offset)).weekday() >= 5 else 1.0) * rng.uniform(0.8, 1.2)
        for offset in offsets
    ]
    exact = [weight * count / sum(weights) for weight in weights]
    numbers = [max(1, int(share)) for share in exact]
    by_rest = sorted(range(DAYS), key=lambda day: (int(exact[day]) - exact[day], day))
    turn = 0
    while sum(numbers) < count:
        numbers[by_rest[turn % DAYS]] += 1
        turn += 1
    while sum(numbers) > count:
        numbers[numbers.index(max(numbers))] -= 1
    days = [offset for offset, number in zip(offsets, numbers, strict=True) for _ in range(number)]
    rng.shuffle(days)
    return days
