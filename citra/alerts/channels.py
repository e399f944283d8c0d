"""Ways out: e-mail, messengers and webhooks through ``apprise``. What a channel says in failing loses its secrets."""

from __future__ import annotations

import contextlib
import hashlib
import html
import logging
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Protocol

import apprise
from apprise.common import OverflowMode

from citra.errors import ConfigError

#: Of what a channel takes: services count bytes or escaped characters where we count letters.
ROOM = 0.85
_LINK = re.compile(r"https?://[^\s<>\"']+")
LONGEST_REASON = 200


class DeliveryFailed(Exception):
    """A message did not arrive; the text says why, without secrets."""


class Channel(Protocol):
    """One address that messages go to."""

    @property
    def name(self) -> str:
        """Tells channels apart in the state file and in reports; holds no secret."""

    def fits(self, subject: str, body: str) -> bool:
        """Whether the channel takes so much."""

    def send(self, subject: str, body: str, payload: Mapping[str, Any], now: datetime) -> None:
        """:raises DeliveryFailed: when it did not arrive, as far as one can know."""


class AppriseChannel:
    """One address in the language of ``apprise``: ``mailto://``, ``tgram://``, ``slack://`` …"""

    def __init__(self, url: str, place: str) -> None:
        self._url = url
        schema = re.match(r"[a-z0-9+.-]*", url.lower())
        self._schema = schema[0] if schema else ""
        with captured():
            plugin = apprise.Apprise.instantiate(url)
        if plugin is None:
            raise ConfigError(f"{place} ({self._schema or 'no'} scheme) is no address that apprise understands")
        plugin.overflow_mode = OverflowMode.TRUNCATE
        self._plugin = plugin
        self._html = plugin.notify_format == apprise.NotifyFormat.HTML

    @property
    def name(self) -> str:
        return f"{self._schema}-{hashlib.sha256(self._url.encode()).hexdigest()[:6]}"

    def fits(self, subject: str, body: str) -> bool:
        return len(subject) + len(self._written(body)) <= self._plugin.body_maxlen * ROOM

    def _written(self, body: str) -> str:
        """As the channel shows it. HTML is made here: apprise turns every blank into one that does not wrap."""
        return as_html(body) if self._html else body

    def send(self, subject: str, body: str, payload: Mapping[str, Any], now: datetime) -> None:  # noqa: ARG002
        outgoing = apprise.Apprise()
        outgoing.add(self._plugin)
        with captured() as log:
            try:
                done = outgoing.notify(
                    # channels without a title of their own show it as part of the body
                    title=html.escape(subject) if self._html and self._plugin.title_maxlen <= 0 else subject,
                    body=self._written(body),
                    body_format=apprise.NotifyFormat.HTML if self._html else apprise.NotifyFormat.TEXT,
                )
            except Exception as wrong:  # apprise has plugins of many hands: none may stop the others
                raise DeliveryFailed(redacted(f"{type(wrong).__name__}: {wrong}", self._url)) from None
        if not done:
            said = [line for line in log if line.strip()]
            raise DeliveryFailed(redacted(said[-1] if said else "refused", self._url))


def apprise_channels(urls: str, variable: str) -> list[Channel]:
    """The channels of an environment variable: addresses with white space between them.

    :raises ConfigError: names the address by its place, never by its text.
    """
    return [AppriseChannel(url, f"{variable}: address {number}") for number, url in enumerate(urls.split(), 1)]


def as_html(text: str) -> str:
    """Plain text as HTML: everything escaped, lines kept, web addresses made links."""
    lines = []
    for line in text.split("\n"):
        pieces, end = [], 0
        for link in _LINK.finditer(line):
            url = html.escape(link[0], quote=True)
            pieces += [html.escape(line[end : link.start()]), f'<a href="{url}">{url}</a>']
            end = link.end()
        lines.append("".join(pieces) + html.escape(line[end:]))
    return "<br/>\n".join(lines)


def redacted(text: str, url: str) -> str:
    """``text`` in one line without any part of ``url`` but its scheme."""
    for part in sorted(re.split(r"[/:@?&=\s]+", url)[1:], key=len, reverse=True):
        if len(part) > 3:
            text = text.replace(part, "***")
    return " ".join(text.split())[:LONGEST_REASON]


@contextlib.contextmanager
def captured() -> Iterator[list[str]]:
    """What apprise logs meanwhile; none of it reaches a log of ours, since it may name tokens."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    logger, keep = logging.getLogger("apprise"), Keep(logging.WARNING)
    before = logger.propagate
    logger.addHandler(keep)
    logger.propagate = False
    try:
        yield lines
    finally:
        logger.removeHandler(keep)
        logger.propagate = before
