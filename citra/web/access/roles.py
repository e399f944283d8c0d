"""Roles and the person behind a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal["reader", "editor", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)  #: each may do what those before it may

#: Whoever sits at this machine while there are no users and nobody else can reach the port.
LOCAL = "lokal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who asks."""

    name: str
    role: Role
    local: bool = False  #: no users exist and the server listens on loopback: open, as administrator


def at_least(person: Person | None, role: Role) -> bool:
    """Whether ``person`` may do what ``role`` may."""
    return person is not None and ROLES.index(person.role) >= ROLES.index(role)
