"""The public holidays of Indonesia."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import holidays


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
