"""Our own webhook: JSON, signed, and never to an address inside the house.

The receiver recomputes HMAC-SHA256 over ``<timestamp>.<body>`` with the shared key, compares it in constant time with
``X-Citra-Signature``, and refuses timestamps older than some minutes, so that nobody can forge or replay a message.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import ssl
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

import httpcore
import httpx

from citra.alerts.channels import DeliveryFailed, redacted
from citra.errors import ConfigError

TIMEOUT = 10.0
LONGEST = 200_000


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Value of ``X-Citra-Signature``."""
    return "v1=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


class SignedWebhook:
    """POSTs messages to one URL.

    :param why_forbidden: IP address → why no connection may be made to it, or None; asked for the very address that
        is connected to, after the name was resolved.
    :raises ConfigError: for a URL that is none, or without a key.
    """

    def __init__(
        self, url: str, secret: str, *, why_forbidden: Callable[[str], str | None], timeout: float = TIMEOUT
    ) -> None:
        try:
            parsed = httpx.URL(url)
        except httpx.InvalidURL:
            parsed = httpx.URL("")
        if parsed.scheme not in {"http", "https"} or not parsed.host:
            raise ConfigError("CITRA_WEBHOOK_URL is no http(s) address")
        if len(secret) < 16:
            raise ConfigError("CITRA_WEBHOOK_SECRET has to have at least 16 characters: it signs what is sent")
        self._url, self._secret, self._timeout, self._why_forbidden = url, secret, timeout, why_forbidden

    @property
    def name(self) -> str:
        return f"webhook-{hashlib.sha256(self._url.encode()).hexdigest()[:6]}"

    def fits(self, subject: str, body: str) -> bool:
        return len(subject) + len(body) <= LONGEST

    def send(self, subject: str, body: str, payload: Mapping[str, Any], now: datetime) -> None:
        content = json.dumps({"subject": subject, "body": body, **payload}, ensure_ascii=False, default=str).encode()
        timestamp = str(int(now.timestamp()))
        headers = {
            "Content-Type": "application/json",
            "X-Citra-Timestamp": timestamp,
            "X-Citra-Signature": signature(self._secret, timestamp, content),
        }
        try:
            with (
                httpx.Client(transport=_guarded(self._why_forbidden), timeout=self._timeout, trust_env=False) as client,
                client.stream("POST", self._url, content=content, headers=headers) as answer,
            ):
                status = answer.status_code
        except (httpx.HTTPError, httpcore.NetworkError, httpcore.TimeoutException, OSError) as wrong:
            raise DeliveryFailed(redacted(f"{type(wrong).__name__}: {wrong}", self._url)) from None
        if not 200 <= status < 300:
            raise DeliveryFailed(f"HTTP {status}")


def _guarded(why_forbidden: Callable[[str], str | None]) -> httpx.HTTPTransport:
    """A transport that checks the address at the moment of connecting, so no DNS trick gets around it."""
    transport = httpx.HTTPTransport(verify=True, retries=0)
    transport._pool = httpcore.ConnectionPool(  # httpx has no public way to give it a backend
        ssl_context=ssl.create_default_context(), network_backend=_GuardedBackend(why_forbidden)
    )
    return transport


class _GuardedBackend(httpcore.NetworkBackend):
    def __init__(self, why_forbidden: Callable[[str], str | None]) -> None:
        self._why_forbidden, self._plain = why_forbidden, httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as wrong:
            raise httpcore.ConnectError(f"name not found: {wrong.strerror or wrong}") from None
        address = str(found[0][4][0])
        if reason := self._why_forbidden(address):
            raise httpcore.ConnectError(f"refused: {reason}")
        return self._plain.connect_tcp(address, port, timeout, local_address, socket_options)
