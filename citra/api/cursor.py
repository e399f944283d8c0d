"""Cursors: where a list goes on, sealed so that nobody hands the engine what it did not hand out."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from citra.api.problems import ProblemError

_TAG = 12  #: bytes of the signature: guessing one takes 2^95 requests


def seal(secret: bytes, question: str, after: str | None) -> str | None:
    """``after`` of the store, for the question it belongs to (query, order); None stays None."""
    if after is None:
        return None
    body = after.encode()
    return base64.urlsafe_b64encode(_sign(secret, question, body) + body).decode().rstrip("=")


def unseal(secret: bytes, question: str, cursor: str | None) -> str | None:
    """Inverse of :func:`seal`.

    :raises ProblemError: a cursor that we did not seal for this question.
    """
    if cursor is None:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        tag, body = raw[:_TAG], raw[_TAG:]
        if hmac.compare_digest(tag, _sign(secret, question, body)):
            return body.decode()
    except (binascii.Error, ValueError):
        pass
    raise ProblemError("invalid-cursor", "the cursor belongs to another question, or is damaged; begin without it")


def _sign(secret: bytes, question: str, body: bytes) -> bytes:
    return hmac.digest(secret, question.encode(errors="replace") + b"\0" + body, hashlib.sha256)[:_TAG]
