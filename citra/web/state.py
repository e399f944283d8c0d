"""What a running server holds: settings, clock, the open index, the people. The API stands on it too."""

from __future__ import annotations

import ipaddress
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from citra.config import Settings
from citra.documents import JAKARTA
from citra.errors import CitraError
from citra.lake import Lake
from citra.store import Store
from citra.verbs.index import open_index
from citra.web.access.audit import Audit
from citra.web.access.database import AccessDatabase
from citra.web.access.roles import LOCAL, Person
from citra.web.access.sessions import Sessions
from citra.web.access.throttle import Throttle
from citra.web.access.users import Users
from citra.web.jobs import Jobs

if TYPE_CHECKING:
    from nlp.encoder import OnnxAnalyser

T = TypeVar("T")
_LOG = logging.getLogger(__name__)

#: Answers kept; each belongs to one snapshot of the index.
KEPT = 256


class OpenIndex:
    """The index, opened when first asked for and kept open; the store itself follows new snapshots."""

    def __init__(self, location: str) -> None:
        self.location = location
        self._lock = threading.Lock()
        self._stack = ExitStack()
        self._store: Store | None = None

    def store(self) -> Store:
        """:raises StoreError: there is none (yet), or it is damaged; the next call tries again."""
        with self._lock:
            if self._store is None:
                self._store = self._stack.enter_context(open_index(self.location))
            return self._store

    def close(self) -> None:
        with self._lock:
            self._store = None
            self._stack.close()


class Answers:
    """Remembers what was computed; a question asked twice at once is computed once."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._lock = threading.Lock()
        self._found: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()
        self._busy: dict[Hashable, threading.Lock] = {}

    def get(self, key: Hashable, make: Callable[[], T], *, age: float | None = None) -> T:
        """The answer for ``key``, which names snapshot and question; made by ``make`` when it is not there.

        :param age: seconds after which the answer is made anew, beside the readers, who get the old one meanwhile.
        """
        with self._lock:
            kept = self._found.get(key)
            if kept is not None:
                self._found.move_to_end(key)
                if age is not None and time.monotonic() - kept[0] > age and key not in self._busy:
                    self._busy[key] = threading.Lock()
                    threading.Thread(target=self._renew, args=(key, make), daemon=True).start()
                return kept[1]  # type: ignore[no-any-return]
            busy = self._busy.setdefault(key, threading.Lock())
        with busy:
            with self._lock:
                if key in self._found:
                    return self._found[key][1]  # type: ignore[no-any-return]
            try:
                return self._keep(key, make())
            finally:
                self._free(key)

    def forget(self) -> None:
        """Drop everything that is kept."""
        with self._lock:
            self._found.clear()

    def _renew(self, key: Hashable, make: Callable[[], Any]) -> None:
        try:
            self._keep(key, make())
        except CitraError as wrong:  # the old answer stays; the next reader tries again
            _LOG.warning("could not renew %s: %s", key, wrong)
        finally:
            self._free(key)

    def _keep(self, key: Hashable, made: T) -> T:
        with self._lock:
            self._found[key] = (time.monotonic(), made)
            self._found.move_to_end(key)
            while len(self._found) > self._kept:
                self._found.popitem(last=False)
        return made

    def _free(self, key: Hashable) -> None:
        with self._lock:
            self._busy.pop(key, None)


class WebState:
    """One for each application, at ``app.state.citra``.

    :param clock: the time now, aware; the one place where a server reads it.
    """

    def __init__(self, settings: Settings, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.settings, self.clock = settings, clock
        self.index = OpenIndex(settings.index.location)
        self.answers = Answers()
        self.access = AccessDatabase(settings.web.data)
        self.users, self.sessions = Users(self.access), Sessions(self.access)
        self.throttle, self.audit = Throttle(self.access), Audit(self.access)
        self.jobs = Jobs(clock)
        self._secret: bytes | None = None
        self._analyser: OnnxAnalyser | None = None
        self._turn = threading.Lock()

    @property
    def lake(self) -> Lake:
        return Lake(self.settings.lake.path)

    @property
    def today(self) -> date:
        """The day it is in Jakarta."""
        return self.clock().astimezone(JAKARTA).date()

    @property
    def secret(self) -> bytes:
        """Signs forms."""
        if self._secret is None:
            self._secret = self.access.secret("forms")
        return self._secret

    @contextmanager
    def analyser(self) -> Iterator[OnnxAnalyser]:
        """The model, loaded when first asked for; one at a time, so that nobody can take all cores."""
        from nlp.encoder import load_analyser

        with self._turn:
            if self._analyser is None:
                self._analyser = load_analyser(self.settings.analyse.model, threads=self.settings.analyse.threads)
            yield self._analyser

    @property
    def is_open(self) -> bool:
        """Nobody has to log in: there are no users, and only this machine can reach the port."""
        return is_loopback(self.settings.web.host) and not self.settings.web.hosts and not self.users.all()

    def person(self, token: str) -> Person | None:
        """Who asks, by the session's cookie; whoever is at this machine while it :attr:`is_open`."""
        found = self.sessions.person(token, self.clock())
        if found is None and self.is_open:
            return Person(name=LOCAL, role="admin", local=True)
        return found

    def close(self) -> None:
        self.index.close()


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach ``host``: ``localhost``, ``127.0.0.0/8``, ``::1``."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
