"""The language that a publisher declares; ``analyse`` looks at the words themselves."""

from __future__ import annotations

import re

#: codes that Java and old Twitter still use
_OLD_CODES = {"in": "id", "iw": "he", "ji": "yi"}


def declared_language(code: str) -> str | None:
    """ISO 639-1 code of a declared ``id``, ``id-ID`` or ``in`` (Java's old code); None for anything else."""
    found = re.match(r"([a-z]{2})(?:[-_]|$)", code.strip().lower())
    return _OLD_CODES.get(found[1], found[1]) if found else None
