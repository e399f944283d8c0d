"""Tell the people who run Citra that a task failed or is late: in words, once a day for each matter."""

from __future__ import annotations

import hashlib
from datetime import datetime

from citra.config import OPERATOR_URLS, Settings
from citra.documents import JAKARTA
from citra.tasks.watch import beside


def tell_operator(settings: Settings, matter: str, subject: str, body: str, now: datetime) -> bool:
    """Send a message to ``CITRA_NOTIFY_OPERATOR_URLS`` unless the same ``matter`` was told today (Asia/Jakarta).

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
    mark = folder / f"{day}.{hashlib.sha256(matter.encode()).hexdigest()[:16]}"
    try:
        mark.touch(exist_ok=False)  # of several workers one tells
    except FileExistsError:
        return False
    failures = []
    for channel in channels:
        try:
            channel.send(f"[Citra] {subject}", body, {"event": "operator", "matter": matter}, now)
        except DeliveryFailed as wrong:
            failures.append(wrong)
    if len(failures) == len(channels):
        mark.unlink(missing_ok=True)
        raise failures[0]
    return True
