"""How much of a platform's daily allowance is used, kept across runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from crawlers.state import State


class Quota:
    """Counts calls by day in the platform's zone. A call is written down before it is made: a kill never overspends."""

    def __init__(self, state: State, now: Callable[[], datetime], limits: Mapping[str, int], zone: str) -> None:
        """:param limits: calls a day by name of the allowance. :param zone: at whose midnight they begin anew."""
        self._state, self._now, self._limits, self._zone = state, now, limits, ZoneInfo(zone)

    def left(self, name: str) -> int:
        return self._limits[name] - self._used(name)

    def take(self, name: str) -> bool:
        """Spend one call; False when none is left until midnight."""
        if self.left(name) < 1:
            return False
        self.charge(name, 1)
        return True

    def charge(self, name: str, calls: int) -> None:
        """Note calls that were made anyway, such as repeated tries."""
        if calls:
            self._state.set_fact(f"quota {name}", f"{self._today()} {self._used(name) + calls}")

    def exhaust(self, name: str) -> None:
        """The platform says that nothing is left: others use the same key."""
        self.charge(name, max(0, self.left(name)))

    def _used(self, name: str) -> int:
        day, _, used = (self._state.fact(f"quota {name}") or "").partition(" ")
        return int(used) if day == self._today() else 0

    def _today(self) -> str:
        return self._now().astimezone(self._zone).date().isoformat()
