"""Tell the people who run Citra that a task failed or is late: in words, once a day for each matter."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from citra.config import OPERATOR_URLS, Settings
from citra.documents import JAKARTA
from citra.tasks.watch import beside


def tell_operator(settings: Settings, matters: Sequence[str], subject: str, body: str, now: datetime) -> bool:
    """Send a message to ``CITRA_NOTIFY_OPERATOR_URLS`` unless one of its ``matters`` was told today (Asia/Jakarta).

    :return: whether it was sent now. :raises ConfigError: an address that cannot be used.
    :raises DeliveryFailed: no address took it; the next call tries again.
    """
    from citra.alerts.channels import DeliveryFailed, apprise_channels

    secret = settings.secrets.get(OPERATOR_URLS)
    channels = apprise_channels(secret.get_secret_value() if secret else "", OPERATOR_URLS)
    if not channels:
        return False
    day = now.astimezone(JAKARTA).date()
    folder = beside(settings, "told")
    folder.mkdir(parents=True, exist_ok=True)
    marks = [folder / f"{day}.{hashlib.sha256(matter.encode()).hexdigest()[:16]}" for matter in matters]
    told = [mark for mark in marks if _exists_else_made(mark)]  # of several workers one tells
    if told:
        return False
    failures = []
    for channel in channels:
        try:
            channel.send(f"[Citra] {subject}", body, {"event": "operator", "matters": list(matters)}, now)
        except DeliveryFailed as wrong:
            failures.append(wrong)
    if len(failures) == len(channels):
        for mark in marks:
            mark.unlink(missing_ok=True)
        raise failures[0]
    return True


def _exists_else_made(mark: Path) -> bool:
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return True
    return False
