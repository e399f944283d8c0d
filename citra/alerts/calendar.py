"""Days that are not like others: where a window stands in the weekly profile, and the public holidays of Indonesia."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache

import holidays
import numpy as np
from numpy.typing import NDArray

from citra.documents import JAKARTA

SUNDAY = 6


@lru_cache(maxsize=32)
def holidays_of(year: int) -> dict[date, str]:
    """National holidays and joint leave (cuti bersama) with their Indonesian names, by the ``holidays`` library.

    Of years whose joint decree (SKB tiga menteri) is not out yet it has the moving feasts as estimates.
    """
    found = holidays.country_holidays("ID", years=year, categories=("public", "government"), language="id")
    return {day: str(name) for day, name in found.items()}


def holiday(day: date) -> str | None:
    """The name of the holiday on ``day``; None on other days."""
    return holidays_of(day.year).get(day)


def slots(starts: Sequence[datetime], *, hourly: bool) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """For each window its place in the profile, and whether it is a holiday on a working day.

    By day the place is the weekday; by hour the hour on working days, Saturdays and Sundays. Holidays have Sunday's.
    """
    local = [start.astimezone(JAKARTA) for start in starts]
    off = np.array([start.weekday() < 5 and holiday(start.date()) is not None for start in local], dtype=np.bool_)
    day = np.array([start.weekday() for start in local], dtype=np.int64)
    day[off] = SUNDAY
    if not hourly:
        return day, off
    hour = np.array([start.hour for start in local], dtype=np.int64)
    return np.maximum(day - 4, 0) * 24 + hour, off
