"""What an officer reads: subject and body of a message, in Bahasa Indonesia or English, from numbers and evidence.

Plain text put together here, never a template filled with strange text: a title that looks like one stays a title.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from citra.alerts import english, indonesia
from citra.alerts.evidence import Evidence, StoryLine, one_line
from citra.alerts.incident import Event, Incident
from citra.alerts.watch import PER_DAY, Watch
from citra.documents import JAKARTA

Names = Callable[[str], str]
LONGEST_SUBJECT = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What beside the incident goes into a message."""

    watch: Watch
    threshold: float
    budget: float  #: false alarms a month over all watches
    watches: int
    history: int  #: days that the usual was learned from
    now: datetime
    office: Names  #: id → name
    region: Names
    notes: Sequence[str] = ()  #: what else to know, a sentence each


def words_of(watch: Watch) -> Mapping[str, str]:
    return english.WORDS if watch.language == "en" else indonesia.WORDS


def subject(event: Event | str, incident: Incident, context: Context) -> str:
    words = words_of(context.watch)
    line = words[f"subject-{event}"].format(
        name=_escaped(incident.name), amount=_amount(incident, context), ratio=_times(incident, context)
    )
    return one_line(line)[:LONGEST_SUBJECT]


def body(event: Event | str, incident: Incident, evidence: Evidence, context: Context) -> str:
    """The whole message: what, how much, since when, what carries it, how sure, how computed, where to look."""
    parts = [_headline(event, incident, context)]
    if event in {"opened", "doubled"}:
        parts += [_stories(evidence, context), _carriers(evidence, context), _sure(incident, context)]
    notes = [*context.notes, *([_revision(incident, context)] if incident.revised else [])]
    if notes:
        parts.append("\n".join(f"! {one_line(note)}" for note in notes))
    parts += [_how(context), _look(incident, context)]
    return "\n\n".join(part for part in parts if part)


def period(incident: Incident, language: str) -> str:
    """The unusual windows in words."""
    moment = english.moment if language == "en" else indonesia.moment
    first, last = moment(incident.first, incident.window), moment(incident.last, incident.window)
    return first if first == last else f"{first} – {last}"


def _headline(event: str, incident: Incident, context: Context) -> str:
    words, english_ = words_of(context.watch), context.watch.language == "en"
    moment = english.moment if english_ else indonesia.moment
    line = words[f"head-{event}"].format(
        name=_escaped(incident.name), amount=_amount(incident, context), usual=_usual(incident, context),
        ratio=_times(incident, context), when=moment(incident.peak, incident.window),
        since=moment(incident.first, incident.window), period=period(incident, context.watch.language),
        total=_number(incident.total, context), usual_total=_number(incident.total_expected, context, 1),
        opening=_number(incident.opening_count, context),
    )  # fmt: skip
    running = incident.peak + timedelta(hours=24 // PER_DAY[incident.window]) > context.now
    return f"{line} {words['running']}" if running and event != "closed" else line


def _stories(evidence: Evidence, context: Context) -> str:
    words = words_of(context.watch)
    if not evidence.top:
        return ""
    lines = [
        words["stories"].format(stories=_number(evidence.stories, context), texts=_number(evidence.placements, context))
    ]
    for number, story in enumerate(evidence.top, 1):
        copies = f" (+{story.placements - 1})" if story.placements > 1 else ""
        lines.append(f"{number}. {story.title} — {story.source}{copies}{_at(story)}")
        if story.url:
            lines.append(f"   {story.url}")
    first = evidence.first
    if first:
        lines.append(words["first"].format(source=first.source, at=_at(first).lstrip(", ")))
    return "\n".join(lines)


def _carriers(evidence: Evidence, context: Context) -> str:
    words, lines = words_of(context.watch), []
    for key, pairs, name in (
        ("sources", evidence.sources, one_line), ("offices", evidence.offices, context.office),
        ("regions", evidence.regions, context.region),
    ):  # fmt: skip
        if pairs:
            lines.append(f"{words[key]}: " + ", ".join(f"{name(value)} ({_number(n, context)})" for value, n in pairs))
    if evidence.words:
        lines.append(f"{words['words']}: {', '.join(evidence.words)}")
    return "\n".join(lines)


def _sure(incident: Incident, context: Context) -> str:
    """Rarity in words: once in how many windows chance alone brings such a one."""
    once = 1 / max(incident.p, 1e-9)
    rounded = min(float(f"{once:.1g}"), 1e6)
    key = "sure-more" if once > 1e6 else "sure"
    return words_of(context.watch)[key].format(once=_number(rounded, context), unit=_unit(context))


def _how(context: Context) -> str:
    words = words_of(context.watch)
    return words[f"how-{context.watch.measure}"].format(
        history=_number(context.history, context), unit=_unit(context)
    ) + words["budget"].format(budget=_number(context.budget, context, 1 if context.budget % 1 else 0),
                               watches=_number(context.watches, context))  # fmt: skip


def _look(incident: Incident, context: Context) -> str:
    number = incident.id or "…"
    return words_of(context.watch)["look"].format(number=number)


def _revision(incident: Incident, context: Context) -> str:
    return words_of(context.watch)["revised"].format(change=incident.revised)


def _amount(incident: Incident, context: Context) -> str:
    words, watch = words_of(context.watch), context.watch
    if incident.size is not None:
        return words["amount-share"].format(
            share=_share(incident.count / max(incident.size, 1.0), context),
            count=_number(incident.count, context), size=_number(incident.size, context),
        )  # fmt: skip
    return words[f"amount-{watch.measure}"].format(count=_number(incident.count, context))


def _usual(incident: Incident, context: Context) -> str:
    """The usual with the range that holds nineteen of twenty ordinary windows, roughly."""
    if incident.size is not None:
        return _share(incident.expected / max(incident.size, 1.0), context)
    high = math.ceil(incident.expected + 2 * incident.deviation)
    return words_of(context.watch)["usual"].format(
        expected=_number(incident.expected, context, 1), high=_number(high, context)
    )


def _times(incident: Incident, context: Context) -> str:
    digits = 1 if incident.ratio < 20 else 0
    return _number(incident.ratio, context, digits) if incident.expected >= 0.05 else _number(99, context)


def _at(story: StoryLine) -> str:
    if story.published is None:
        return ""
    return f", {story.published.astimezone(JAKARTA):%d/%m %H.%M} WIB"


def _unit(context: Context) -> str:
    return words_of(context.watch)[context.watch.window]


def _number(value: float, context: Context, digits: int = 0) -> str:
    if context.watch.language == "en":
        return english.number(value, digits)
    return indonesia.number(value, digits)


def _share(value: float, context: Context) -> str:
    return english.percent(value) if context.watch.language == "en" else indonesia.percent(value)


def _escaped(name: str) -> str:
    """``format`` reads braces of the pattern alone, never of values; only line breaks have to go."""
    return one_line(name)
