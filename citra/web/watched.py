"""Watches and incidents in the words of a page: what was counted, how rare it is, and which texts those are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from citra.alerts import english, indonesia
from citra.alerts.incident import Incident
from citra.alerts.watch import Watch, Window
from citra.app import alerts_path
from citra.documents import JAKARTA
from citra.verbs import watches
from citra.verbs.incidents import incidents
from citra.web.asked import FILTERS, Asked
from citra.web.state import WebState
from citra.web.words import Words

#: Days over which false alarms are held against the budget, and the length of a month of the budget.
LOOKED_BACK, MONTH = 90, 30
#: Chances rarer than one in so many are not told apart.
RAREST = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How the promise was kept: what people said of the incidents of the last 90 days."""

    opened: int
    taken_up: int
    false: int
    allowed: float  #: false alarms that the budget allows in that time


def listed(state: WebState) -> list[Watch]:
    """All watches; looking does not make the file."""
    path = alerts_path(state.settings)
    return watches.listed(path) if Path(path).is_file() else []


def known(state: WebState) -> list[Incident]:
    """All incidents, newest first."""
    path = alerts_path(state.settings)
    return incidents(path) if Path(path).is_file() else []


def kept(found: list[Incident], now: datetime, budget: float) -> Kept:
    recent = [one for one in found if one.opened_at >= now - timedelta(days=LOOKED_BACK)]
    return Kept(
        opened=len(recent),
        taken_up=sum(one.acknowledged_by is not None for one in recent),
        false=sum(one.false_by is not None for one in recent),
        allowed=budget * LOOKED_BACK / MONTH,
    )


def asked_of(watch: Watch, since: date | None = None, until: date | None = None) -> Asked:
    """The question of a watch's texts; of one about negative stories, of those."""
    values: Mapping[str, tuple[str, ...]] = watch.filters()
    filters = {name: values[field] for name, field in FILTERS.items() if values.get(field)}
    asked = Asked(text=watch.text, since=since, until=until, filters=filters, everything=watch.min_relevance is None)
    return asked.narrowed("sentiment", "negative") if watch.measure != "volume" else asked


def days_of(incident: Incident) -> tuple[date, date]:
    """First and last day in Jakarta."""
    return incident.first.astimezone(JAKARTA).date(), incident.last.astimezone(JAKARTA).date()


def amount(incident: Incident, watch: Watch | None, words: Words) -> str:
    """What was counted at the peak: ``12 cerita negatif``."""
    if incident.size is not None:
        share = words.percent(incident.count / max(incident.size, 1.0), 0)
        return words.t("peringatan.amount_share", share=share, n=words.number(incident.count),
                       m=words.number(incident.size))  # fmt: skip
    measure = watch.measure if watch else "unknown"
    return words.t(f"peringatan.amount_{measure.replace('-', '_')}", n=words.number(incident.count))


def usual(incident: Incident, words: Words) -> str:
    if incident.size is not None:
        return words.percent(incident.expected / max(incident.size, 1.0), 0)
    return words.number(incident.expected, 1)


def times(incident: Incident, words: Words) -> str:
    """How many times the usual; nothing usual to speak of has no ratio."""
    if incident.expected < 0.05:
        return words.t("peringatan.from_nothing")
    return words.t("peringatan.times", n=words.number(incident.ratio, 1 if incident.ratio < 20 else 0))


def rarity(incident: Incident, words: Words) -> str:
    """Once in how many windows chance alone brings such a one."""
    once = min(1 / max(incident.p, 1e-12), RAREST)
    key = "peringatan.rarer" if once >= RAREST else "peringatan.rare"
    unit = words.t(f"peringatan.unit_{incident.window}")
    return words.t(key, n=words.number(float(f"{once:.1g}")), unit=unit)


def moment(start: datetime, window: Window, words: Words) -> str:
    return indonesia.moment(start, window) if words.language == "id" else english.moment(start, window)


def span(incident: Incident, words: Words) -> str:
    """Its unusual windows."""
    first, last = (moment(one, incident.window, words) for one in (incident.first, incident.last))
    return first if first == last else f"{first} – {last}"
