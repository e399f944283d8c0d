"""Dates as Indonesian pages write them, machine stamps and prose alike, as aware instants. No page is read here."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from pathlib import Path

from citra.documents import JAKARTA

_DATA = tomllib.loads((Path(__file__).parent / "data" / "dates.toml").read_text(encoding="utf-8"))
MONTHS: dict[str, int] = {word: int(number) for number, words in _DATA["months"].items() for word in words}
ZONES: dict[str, int] = _DATA["zones"]
DAYS: tuple[str, ...] = tuple(_DATA["words"]["days"])
EDIT_WORDS: tuple[str, ...] = tuple(_DATA["words"]["edits"])
AROUND_WORDS: tuple[str, ...] = tuple(_DATA["words"]["around"])

#: Indonesian outlets went online in the mid-nineties; an earlier year is a placeholder
FIRST_YEAR = 1994


@dataclass(frozen=True, slots=True)
class Stamp:
    """A point in time read from text."""

    raw: str  #: what it was read from, as on the page
    wall: datetime  #: naive: the clock as written; midnight when there is no time of day
    offset: timedelta | None  #: the written zone; None when there is none
    has_time: bool
    has_seconds: bool = False
    is_edit: bool = False  #: the page says it tells of an edit

    def instant(self, zone: tzinfo = JAKARTA, *, as_local: bool = False) -> datetime:
        """Aware UTC; a stamp without zone, or any when ``as_local``, is meant in ``zone``."""
        written = zone if self.offset is None or as_local else timezone(self.offset)
        return self.wall.replace(tzinfo=written).astimezone(UTC)


def _any_of(words: tuple[str, ...] | list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_MONTH = rf"(?P<month>{_any_of(list(MONTHS))})\.?"
_BETWEEN = r"[\s\-/.,]{1,3}"
_DATE = (
    rf"(?:(?<![\d:.])(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?{_BETWEEN}{_MONTH}{_BETWEEN}(?P<y1>\d{{4}}|\d{{2}}(?!\d))(?!\d))"
    rf"|(?:\b{_MONTH.replace('month', 'month2')}\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y2>\d{{4}})(?!\d))"
    r"|(?:(?<!\d)(?P<y3>(?:19|20)\d\d)(?P<s3>[-/.])(?P<m3>\d{1,2})(?P=s3)(?P<d3>\d{1,2})(?!\d))"
    r"|(?:(?<![\d/.-])(?P<d4>\d{1,2})(?P<s4>[-/.])(?P<m4>\d{1,2})(?P=s4)(?P<y4>\d{4}|\d{2})(?![\d/-]))"
)
_ZONE = (
    r"(?P<zone>Z\b|(?:UTC|GMT)?\s?[+-]\d{2}:?\d{2}\b|(?:UTC|GMT)\s?[+-]\d{1,2}\b"
    r"|\b(?:UTC|GMT|WITA|WIB|WIT)\b|[+-]\d{2}\b)?"
)
_CLOCK = (
    r"(?P<h>\d{1,2})(?P<hs>[:.\-])(?P<mi>\d{2})(?:(?P=hs)(?P<s>\d{2})(?:[.,]\d{1,9})?)?(?!\d)"
    r"\s*(?P<ampm>[ap]\.?m\b\.?)?"
)
_AFTER = re.compile(
    rf"(?:\s?T|[\s,|•·\-–—/()]{{0,6}}(?:(?:{_any_of(AROUND_WORDS)})\b[\s:,]*)?){_CLOCK}\s*\(?{_ZONE}", re.IGNORECASE
)
_BEFORE = re.compile(
    rf"(?<![\d:.]){_CLOCK}\s*{_ZONE}[\s,|•·\-–—/()]{{1,4}}(?:(?:{_any_of(DAYS)})[\s,.]*)?$", re.IGNORECASE
)
_FIND = re.compile(_DATE, re.IGNORECASE)
_EDIT = re.compile(rf"\b(?:{_any_of(EDIT_WORDS)})\b[\s:,\-–|]*(?:(?:{_any_of(DAYS)})[\s,.]*)?$", re.IGNORECASE)
_EPOCH = re.compile(r"\s*(\d{10}|\d{13})(?:\.\d+)?\s*")
_COMPACT = re.compile(r"\s*(20\d{2})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?)?(Z|[+-]\d{2}:?\d{2})?\s*")


def parse_stamp(text: str) -> Stamp | None:
    """The first date of ``text``, a machine stamp or a byline; None when there is none.

    Reads ISO 8601 and its misspellings, RFC 2822, epoch seconds and milliseconds, ``13/9/2023 20.15``,
    ``Kamis 09 Juli 2020 07:26 WIB``, ``July 9, 2020 7:26 pm``.
    """
    text = text.strip()[:300]
    return _machine(text) or next(find_stamps(text), None)


def find_stamps(text: str) -> Iterator[Stamp]:
    """Every date in a line of text, in order; day before month where numbers leave the choice."""
    for match in _FIND.finditer(text):
        day = _day(match)
        if day is None:
            continue
        before = text[max(0, match.start() - 60) : match.start()]
        clock = _AFTER.match(text, match.end())
        start, end = match.start(), clock.end() if clock else match.end()
        if clock is None:
            clock = _BEFORE.search(before)
            if clock is not None:
                start -= len(before) - clock.start()
                before = before[: clock.start()]
        is_edit = bool(_EDIT.search(before))
        yield _stamp(text[start:end], day, clock, is_edit)


_AGO = re.compile(
    r"(?:sekitar\s+)?(\d{1,3}|se)\s*(detik|menit|jam|hari|minggu|pekan)\s+(?:yang\s+|yg\s+)?lalu|(\d{1,3})\s+(minute|hour|day|week)s?\s+ago|"
    r"(baru saja|just now)|(kemarin|yesterday)",
    re.IGNORECASE,
)
_UNITS = {
    "detik": timedelta(seconds=1), "menit": timedelta(minutes=1), "minute": timedelta(minutes=1),
    "jam": timedelta(hours=1), "hour": timedelta(hours=1), "hari": timedelta(days=1), "day": timedelta(days=1),
    "minggu": timedelta(weeks=1), "pekan": timedelta(weeks=1), "week": timedelta(weeks=1),
}  # fmt: skip


def ago(text: str, seen: datetime, zone: tzinfo = JAKARTA) -> datetime | None:
    """The moment that ``2 jam lalu`` means to who saw it at ``seen`` (aware), None when ``text`` is no such stamp.

    To the minute from minutes and hours; from days and weeks, the first instant of that day in ``zone``.

    >>> ago("2 jam yang lalu", datetime(2024, 3, 5, 9, 20, 7, tzinfo=UTC)).isoformat()
    '2024-03-05T07:20:00+00:00'
    """
    found = _AGO.fullmatch(text.strip(" \t|•·-–—"))
    if found is None:
        return None
    if found[5]:
        back = timedelta()
    elif found[6]:
        back = timedelta(days=1)
    else:
        unit = _UNITS[(found[2] or found[4]).lower()]
        number = found[1] or found[3]
        back = unit * (1 if number.lower() == "se" else int(number))
        if unit < timedelta(days=1):
            return (seen - back).astimezone(UTC).replace(second=0, microsecond=0)
    if not back:
        return seen.astimezone(UTC).replace(second=0, microsecond=0)
    day = (seen - back).astimezone(zone)
    return day.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


CLOCK_ALONE = re.compile(rf"(?:(?:{_any_of(AROUND_WORDS)})\b[\s:]*)?{_CLOCK}\s*\(?{_ZONE}\)?", re.IGNORECASE)


def _stamp(raw: str, day: date, clock: re.Match[str] | None, is_edit: bool) -> Stamp:
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001  (the wall clock of a stamp, zone apart)
    raw = raw.strip(" \t,|(-")
    if clock is None:
        return Stamp(raw, midnight, None, has_time=False, is_edit=is_edit)
    hour, minute, second = int(clock["h"]), int(clock["mi"]), int(clock["s"] or 0)
    half = (clock["ampm"] or "").lower()[:1]
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return Stamp(raw, midnight, None, has_time=False, is_edit=is_edit)
    wall = midnight + timedelta(hours=hour, minutes=minute, seconds=second)
    return Stamp(raw, wall, _offset(clock["zone"]), has_time=True, has_seconds=bool(clock["s"]), is_edit=is_edit)


def _offset(zone: str | None) -> timedelta | None:
    if not zone:
        return None
    zone = zone.strip().lower()
    if zone in ZONES:
        return timedelta(minutes=ZONES[zone])
    match = re.search(r"([+-])(\d{1,2}):?(\d{2})?$", zone)
    if match is None:
        return None
    size = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    if size > timedelta(hours=14):
        return None
    return -size if match[1] == "-" else size


def _day(match: re.Match[str]) -> date | None:
    if match["month"]:
        return _date(match["y1"], MONTHS[match["month"].lower().rstrip(".")], match["d1"])
    if match["month2"]:
        return _date(match["y2"], MONTHS[match["month2"].lower().rstrip(".")], match["d2"])
    if match["y3"]:
        return _date(match["y3"], match["m3"], match["d3"])
    if len(match["y4"]) == 2 and match["s4"] != "/":  # 10.30.15 is a clock
        return None
    month, day = match["m4"], match["d4"]
    if int(month) > 12 >= int(day):  # American order cannot be read otherwise
        month, day = day, month
    return _date(match["y4"], month, day)


def _date(year: str, month: str | int, day: str) -> date | None:
    number = int(year)
    if len(year) == 2:
        number += 2000 if number < 70 else 1900
    try:
        found = date(number, int(month), int(day))
    except ValueError:
        return None
    return found if found.year >= FIRST_YEAR else None


def _machine(text: str) -> Stamp | None:
    """Epoch and compact forms, which no sentence holds."""
    epoch = _EPOCH.fullmatch(text)
    if epoch:
        seconds = int(epoch[1]) / (1000 if len(epoch[1]) == 13 else 1)
        wall = datetime.fromtimestamp(int(seconds), UTC).replace(tzinfo=None)
        plausible = FIRST_YEAR <= wall.year < 2100
        return Stamp(text, wall, timedelta(0), has_time=True, has_seconds=True) if plausible else None
    compact = _COMPACT.fullmatch(text)
    if not compact:
        return None
    day = _date(compact[1], compact[2], compact[3])
    if day is None:
        return None
    hour, minute, second = (int(compact[index] or 0) for index in (4, 5, 6))
    if hour > 23 or minute > 59 or second > 59:
        return None
    wall = datetime(day.year, day.month, day.day, hour, minute, second)  # noqa: DTZ001
    return Stamp(text, wall, _offset(compact[7]), has_time=bool(compact[4]), has_seconds=bool(compact[6]))
