"""Tasks of ``citra_watch``: judge the watches, deliver what is due, the brief of the morning."""

from __future__ import annotations

import hashlib
import os
from datetime import date, datetime
from pathlib import Path
from typing import Any

from citra.app import alerts_path, detect_all, notify_all
from citra.config import Settings
from citra.errors import StoreError, TryAgain

_MAIL = "CITRA_NOTIFY_URLS"


def beside(settings: Settings, name: str) -> Path:
    """The folder ``name`` beside the lake's, or below ``data`` where the lake is in an object store."""
    return Path(alerts_path(settings)).parent / name


def detect(settings: Settings, now: datetime) -> dict[str, Any]:
    """Judge every watch; counts alone."""
    found = detect_all(settings, now)
    lists = ("opened", "changed", "open", "waiting", "warnings", "notes")
    return {"watches": found["watches"], "judged": found["judged"], "snapshot": found["snapshot"]} | {
        name: len(found[name]) for name in lists
    }


def notify(settings: Settings, now: datetime) -> dict[str, Any]:
    """Send what is due. What a channel refused is tried again by the next call, with a growing pause.

    :raises TryAgain: not one message could be sent, and some were due.
    """
    found = notify_all(settings, lambda: max(now, datetime.now(now.tzinfo)))
    if found["failed"] and not found["sent"]:
        raise TryAgain(f"no message could be sent: {found['errors'][0]}")
    return {"sent": found["sent"], "failed": found["failed"], "channels": len(found["channels"])}


def brief(settings: Settings, day: date, now: datetime) -> dict[str, Any]:
    """Write the brief of ``day`` as HTML, PDF and Markdown, and mail it once to each address.

    :raises StoreError: there is no index.
    """
    from citra.brief.charts import pictures
    from citra.brief.pdf import pdf
    from citra.brief.render import html, markdown
    from citra.verbs.brief import brief as make

    made = make(
        settings.index.location,
        settings.lake.path,
        day,
        now=now,
        relevance=settings.trend.relevance,
        alerts=alerts_path(settings),
        model=settings.analyse.model,
        public_url=settings.web.public_url,
    )
    drawn, folder = pictures(made), beside(settings, "briefs")
    folder.mkdir(parents=True, exist_ok=True)
    contents = {"html": html(made, drawn).encode(), "pdf": pdf(made, drawn), "md": markdown(made).encode()}
    for kind, content in contents.items():
        write_whole(folder / f"{day}.{kind}", content)
    return {"day": day.isoformat(), "texts": made.texts.now.value, "mailed": _mail(settings, made, drawn, folder, day)}


def _mail(settings: Settings, made: Any, drawn: Any, folder: Path, day: date) -> int:
    """Each address gets the brief of a day once, also where the task is run again; returns how many got it now."""
    from citra.verbs.brief_mail import send

    secret = settings.secrets.get(_MAIL)
    sent, failed = 0, []
    for number, url in enumerate(secret.get_secret_value().split() if secret else (), 1):
        if not url.startswith(("mailto://", "mailtos://")):
            continue
        mark = folder / f".{day}.{hashlib.sha256(url.encode()).hexdigest()[:16]}.mailed"
        if mark.exists():
            continue
        try:
            sent += send(made, drawn, url)
        except TryAgain:
            failed.append(number)
        else:
            mark.touch()
    if failed:
        raise TryAgain(f"the brief of {day} was written, but could not be mailed to address {failed} of {_MAIL}")
    return sent


def has_index(settings: Settings) -> bool:
    """Whether anything was ever loaded."""
    from citra.verbs.index import open_index

    try:
        with open_index(settings.index.location):
            return True
    except StoreError:
        return False


def write_whole(path: Path, content: bytes) -> None:
    """Whole or not at all."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    fresh.write_bytes(content)
    fresh.replace(path)
