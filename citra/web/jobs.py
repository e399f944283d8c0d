"""Work that takes longer than a page may: one at a time, in a thread, with what became of it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from citra.errors import CitraError

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The newest work."""

    name: str
    who: str
    began: datetime
    ended: datetime | None = None
    result: Any = None
    error: str = ""


class Jobs:
    """Remembers the newest job; what it does is safe to kill, as every verb is."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.newest: Job | None = None

    def start(self, name: str, who: str, work: Callable[[], Any]) -> bool:
        """Begin ``work`` in a thread; False when another job is still going."""
        with self._lock:
            if self.newest is not None and self.newest.ended is None:
                return False
            job = self.newest = Job(name=name, who=who, began=self._clock())
        threading.Thread(target=self._run, args=(job, work), daemon=True).start()
        return True

    def _run(self, job: Job, work: Callable[[], Any]) -> None:
        result, error = None, "the job broke off; see the server's log"
        try:
            result, error = work(), ""
        except CitraError as wrong:
            error = str(wrong)
        except Exception:
            _LOG.exception("job %s", job.name)
        finally:
            with self._lock:
                self.newest = replace(job, ended=self._clock(), result=result, error=error)
