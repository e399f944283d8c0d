"""A brief as an e-mail whose pictures mail programs show: parts of the message, named in the page (``cid:``)."""

from __future__ import annotations

import apprise
from apprise.attachment.memory import AttachMemory
from apprise.plugins.email.base import NotifyEmail

from citra.alerts.channels import captured, redacted
from citra.brief.render import Pictures, html
from citra.brief.shapes import Brief
from citra.brief.words import title
from citra.errors import ConfigError, TryAgain

#: Where the addresses come from: the one that alerts go to, too.
VARIABLE = "CITRA_NOTIFY_URLS"
PATIENCE = 45


def send(brief: Brief, pictures: Pictures, urls: str) -> int:
    """Send the brief to each e-mail address of ``urls``; returns how many there were.

    :param urls: addresses of ``apprise`` with blanks between them; what is no ``mailto://`` is left to alerts.
    :raises ConfigError: when none is an e-mail address.
    :raises TryAgain: names the addresses that failed by their place, after all others were served.
    """
    found = [(place, url) for place, url in enumerate(urls.split(), 1) if url.lower().startswith("mailto")]
    if not found:
        raise ConfigError(f"no mailto:// address in {VARIABLE}: nobody to send the brief to")
    page = html(brief, pictures, cid=True)
    failed = [
        f"address {place}: {why}" for place, url in found if (why := _sent(url, title(brief.period), page, pictures))
    ]
    if failed:
        raise TryAgain(f"the brief was not sent to {len(failed)} of {len(found)} ({VARIABLE}): {'; '.join(failed)}")
    return len(found)


def _sent(url: str, subject: str, page: str, pictures: Pictures) -> str:
    """Why it could not be sent, without secrets; empty when it was."""
    with captured() as log:
        plugin = apprise.Apprise.instantiate(url)
        if not isinstance(plugin, NotifyEmail):
            return "no address that apprise understands"
        plugin.inline = True
        plugin.notify_format = apprise.NotifyFormat.HTML
        plugin.socket_read_timeout = plugin.socket_connect_timeout = PATIENCE
        outgoing = apprise.Apprise()
        outgoing.add(plugin)
        parts = [
            AttachMemory(content=data, name=f"{name}.png", mimetype="image/png")  # type: ignore[no-untyped-call]
            for name, data in pictures.items()
        ]
        try:
            done = outgoing.notify(
                title=subject, body=page, body_format=apprise.NotifyFormat.HTML, attach=parts or None
            )
        except Exception as wrong:  # of many hands: none may stop the others
            return redacted(f"{type(wrong).__name__}: {wrong}", url)
    return "" if done else redacted(next((line for line in reversed(log) if line.strip()), "refused"), url)
