"""Days that are not like others: where a window stands in the weekly profile, and whether it is a holiday."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from citra.documents import JAKARTA
from citra.holidays import holiday

__all__ = ["holiday", "slots"]

SUNDAY = 6


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
