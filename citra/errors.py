"""Every exception Citra raises on purpose; the class tells the caller what to do.

CitraError
├── ConfigError      fix the configuration, then run again
├── QueryError       fix the query; carries the position for a caret
├── InputError       fix the input (a missing file, a date that is none)
├── TryAgain         a passing fault (network, lock): the same call may succeed later
└── StoreError       the index refused or is away

A *bad record* is no exception: it is a value, :class:`citra.documents.Reject`.
"""

from __future__ import annotations


class CitraError(Exception):
    """Base of all; its text is one line that says what is wrong, where, and what to do."""

    exit_code = 1


class ConfigError(CitraError):
    exit_code = 2


class InputError(CitraError):
    exit_code = 2


class QueryError(CitraError):
    """A query that cannot be read.

    :param position: 0-based offset into ``query`` where reading stopped.
    """

    exit_code = 2

    def __init__(self, message: str, query: str = "", position: int | None = None) -> None:
        super().__init__(message)
        self.query = query
        self.position = position

    def __str__(self) -> str:
        text = super().__str__()
        if self.position is None:
            return text
        return f"{text}\n  {self.query}\n  {' ' * self.position}^"


class TryAgain(CitraError):
    exit_code = 75  # EX_TEMPFAIL


class StoreError(CitraError):
    pass
