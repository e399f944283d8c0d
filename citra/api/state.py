"""What the routes share for the life of a server: settings, the open index, keys, limits, what was computed lately."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, TypeVar, cast

import limits
from fastapi import Request

from citra.api.keys import Keys
from citra.api.problems import ProblemError
from citra.config import Settings
from citra.corrections import read_corrections
from citra.documents import JAKARTA
from citra.lake import Lake
from citra.store import Store
from citra.verbs.correction import human_ids
from citra.verbs.coverage import Coverage, coverage
from crawlers.source import Source, load_sources

if TYPE_CHECKING:
    from citra.api.access import Caller

#: seconds for which what lies in files beside the index (coverage, definitions of sources) is not read again
LATELY = 60.0
#: answers kept, and the largest that is
KEPT_ANSWERS = 512
LARGEST_KEPT = 500_000


T = TypeVar("T")


def _nobody(request: Request) -> Caller | None:  # noqa: ARG001
    return None


@dataclass(slots=True)
class ApiState:
    """One for each server.

    :param store: the index, kept open; the dashboard and the API share it.
    :param session: whom the dashboard lets in with this request; it refuses writes that another site may have sent.
    :param audit: writes a line (who, what, detail, address) into the log; default: into the keys' own.
    :param clock: the present, aware.
    """

    settings: Settings
    store: Callable[[], Store]
    session: Callable[[Request], Caller | None] = _nobody
    audit: Callable[[str, str, str, str], None] | None = None
    clock: Callable[[], datetime] = lambda: datetime.now(JAKARTA)
    keys: Keys = field(init=False)
    kept: Memo = field(init=False)
    _limiter: limits.strategies.MovingWindowRateLimiter = field(init=False)
    _secret: bytes = field(init=False, default=b"")

    def __post_init__(self) -> None:
        self.keys = Keys(self.settings.api.keys)
        self.kept = Memo(KEPT_ANSWERS)
        self._limiter = limits.strategies.MovingWindowRateLimiter(limits.storage.MemoryStorage())

    def now(self) -> datetime:
        """The present in Jakarta, whose days all days are."""
        return self.clock().astimezone(JAKARTA)

    def note(self, who: str, what: str, detail: str, address: str) -> None:
        """A line of the audit log; every write leaves one."""
        if self.audit:
            self.audit(who, what, detail, address)
        else:
            self.keys.note(self.now(), who, what, f"{detail} {address}".strip())

    def secret(self) -> bytes:
        """Signs cursors."""
        if not self._secret:
            self._secret = self.keys.signing_secret()
        return self._secret

    def spend(self, who: str) -> None:
        """Count one request of ``who``.

        :raises ProblemError: when the minute's requests are spent.
        """
        allowed = self.settings.api.rate
        item = limits.RateLimitItemPerMinute(allowed)
        if not allowed or self._limiter.hit(item, who):
            return
        wait = max(1, round(self._limiter.get_window_stats(item, who).reset_time - time.time()))
        detail = f"{allowed} requests a minute are allowed; try again in {wait} s"
        raise ProblemError("too-many-requests", detail, {"Retry-After": str(wait)})

    def coverage(self, sources: tuple[str, ...], kinds: tuple[str, ...], since: date, until: date) -> Coverage:
        """Coverage as of the last minute."""
        lake = Lake(self.settings.lake.path)
        return self.lately(
            ("coverage", sources, kinds, since, until),
            lambda: coverage(lake, sources, since=since, until=until, now=self.now(), kinds=kinds),
        )

    def labelled_by_hand(self) -> tuple[str, ...]:
        """Ids of the texts whose labels people set: these are certain."""
        return human_ids(read_corrections(Lake(self.settings.lake.path)))

    def sources(self) -> dict[str, Source]:
        """The sources that are defined, as of the last minute."""
        return self.lately(("sources",), lambda: load_sources(self.settings.crawl.sources or None))

    def lately(self, asked: Hashable, compute: Callable[[], T]) -> T:
        """What ``compute`` says, or said within :data:`LATELY`."""
        return self.kept.get(asked, compute, age=LATELY)


class Memo:
    """Values computed lately; what is being computed is waited for, not begun a second time."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._kept: OrderedDict[Hashable, tuple[float, object]] = OrderedDict()
        self._busy: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, asked: Hashable, compute: Callable[[], T], *, age: float | None = None) -> T:
        """The value for ``asked``, at most ``age`` seconds old; None: of any age."""
        with self._lock:
            if (found := self._look(asked, age)) is not None:
                return cast(T, found)
            turn = self._busy.setdefault(asked, threading.Lock())
        with turn:
            with self._lock:
                if (found := self._look(asked, age)) is not None:
                    return cast(T, found)
            try:
                value = compute()
                if not isinstance(value, bytes) or len(value) <= LARGEST_KEPT:
                    self._keep(asked, value)
                return value
            finally:
                with self._lock:
                    self._busy.pop(asked, None)

    def _look(self, asked: Hashable, age: float | None) -> object | None:
        kept = self._kept.get(asked)
        if kept is None or (age is not None and time.monotonic() - kept[0] >= age):
            return None
        self._kept.move_to_end(asked)
        return kept[1]

    def _keep(self, asked: Hashable, value: object) -> None:
        with self._lock:
            self._kept[asked] = (time.monotonic(), value)
            self._kept.move_to_end(asked)
            if len(self._kept) > self.most:
                self._kept.popitem(last=False)


def state_of(request: Request) -> ApiState:
    return cast(ApiState, request.app.state.citra_api)


def address_of(request: Request) -> str:
    """Where a request came from, for the audit log."""
    return request.client.host if request.client else ""
