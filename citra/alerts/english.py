"""Sentences of messages in English."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from citra.documents import JAKARTA

WORDS: Mapping[str, str] = {
    "day": "day",
    "hour": "hour",
    "subject-opened": "[Citra] {name}: {amount}, {ratio} times the usual",
    "subject-doubled": "[Citra] {name} has doubled: {amount}",
    "subject-closed": "[Citra] {name}: back to the usual",
    "head-opened": "{name}: {amount} on {when}; usually {usual}. That is {ratio} times the usual. Since {since}.",
    "head-doubled": (
        "{name}: since the first message ({opening}) it has doubled: {amount} on {when}; usually {usual}. "
        "Since {since}."
    ),
    "head-closed": (
        "{name}: back to the usual. It lasted {period}: {total} in all, usually {usual_total}; at its height {amount} "
        "on {when}."
    ),
    "escalated-subject": "[Citra] NOBODY ON IT – {subject}",
    "escalated": "Nobody has taken up this alert.",
    "running": "This period is not over; the number can still grow.",
    "stories": "What carries it ({stories} stories, {texts} texts):",
    "first": "First published: {source} {at}",
    "sources": "Sources",
    "words": "Distinctive words",
    "offices": "Offices",
    "regions": "Regions",
    "sure": "How sure: without an event, such a {unit} comes about once in {once} {unit}s.",
    "sure-more": "How sure: without an event, such a {unit} comes less than once in {once} {unit}s.",
    "how-volume": "How computed: texts in each {unit}, against {history} days of your own history",
    "how-negative-stories": (
        "How computed: negative stories in each {unit} (copies of one story count once), against {history} days of "
        "your own history"
    ),
    "how-negative-share": (
        "How computed: share of negative stories in each {unit}, against {history} days of your own history"
    ),
    "budget": (
        " (weekly profile, holidays, negative binomial). The threshold is set for at most {budget} false alarms "
        "a month over all {watches} watches."
    ),
    "look": (
        "Details: citra alerts show {number}. Taken up: citra alerts ack {number}. Wrong: citra alerts false {number}."
    ),
    "revised": "Texts that came late change the number of the first message: {change}.",
    "amount-volume": "{count} texts",
    "amount-negative-stories": "{count} negative stories",
    "amount-share": "{share} negative stories ({count} of {size})",
    "usual": "about {expected} (rarely above {high})",
    "bundle": "[Citra] {count} alerts at once",
    "bundle-head": "{count} messages in one, to spare your inbox:",
    "cut": "… (cut: too long for this channel)",
    "source-subject": "[Citra] Source {source}: {status}",
    "source-silent": (
        "Source {source} has not given texts as usual since {when} ({reason}). Numbers that fall on these days do not "
        "mean that things are calm."
    ),
    "source-flood": "Source {source} floods the data since {when} ({reason}). Numbers that rise need not be an event.",
    "source-layout": "The layout of source {source} seems changed since {when} ({reason}); its texts are read in part.",
    "status-silent": "silent",
    "status-flood": "flood of texts",
    "status-layout": "layout changed",
    "suspect": "{count} texts of {sources} are not counted: a new source, or one that floods the data",
    "test-subject": "[Citra] Test of notifications",
    "test-body": "This is a test message of Citra, sent {when}. Nothing needs to be done.",
}


def number(value: float, digits: int = 0) -> str:
    return f"{value:,.{digits}f}"


def percent(share: float, digits: int = 1) -> str:
    return f"{share * 100:.{digits}f}%"


def moment(start: datetime, window: str) -> str:
    """``Monday, 23 November 2026``, and for an hour ``…, 14:00–15:00 WIB``."""
    local = start.astimezone(JAKARTA)
    day = f"{local:%A}, {local.day} {local:%B %Y}"
    return day if window == "day" else f"{day}, {local:%H}:00–{(local.hour + 1) % 24:02}:00 WIB"
