"""Who may do what: users, sessions, forgery tokens, throttling, audit. Knows nothing of pages or of the API."""

from citra.web.access.database import AccessDatabase
from citra.web.access.roles import ROLES, Person, Role, at_least

__all__ = ["ROLES", "AccessDatabase", "Person", "Role", "at_least"]
