"""What a brief consists of. Data only; shares are 0…1, intervals 95 %."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from citra.brief.selection import Counted, Selection
from citra.documents import Bucket
from citra.errors import InputError
from citra.trends.series import Change, Share, start_of

Span = Literal["day", "week", "month"]
Level = Literal["above", "below", "usual", "unknown"]

#: How many periods before stand for what is usual.
REFERENCE: dict[Span, int] = {"day": 28, "week": 8, "month": 6}
#: How many must have been collected before anything is called usual.
LEAST: dict[Span, int] = {"day": 14, "week": 3, "month": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The days a brief tells of, and those that say what is usual."""

    span: Span
    since: date
    until: date
    usual_since: date
    usual_until: date

    @classmethod
    def of(cls, span: Span, day: date) -> Period:
        """The day, the week (from Monday) or the month that ``day`` lies in.

        :raises InputError: for a day at the end of the calendar.
        """
        since = start_of(day, span)
        try:
            until = _after(since, span) - timedelta(days=1)
            first = since
            for _ in range(REFERENCE[span]):
                first = start_of(first - timedelta(days=1), span)
        except OverflowError as wrong:
            raise InputError(f"{day}: no brief of such a day") from wrong
        return cls(span=span, since=since, until=until, usual_since=first, usual_until=since - timedelta(days=1))


def newest_whole(span: Span, today: date) -> date:
    """The last day of the newest period that is over."""
    return start_of(today, span) - timedelta(days=1)


def _after(since: date, span: Span) -> date:
    if span == "month":
        return (since.replace(day=28) + timedelta(days=4)).replace(day=1)
    return since + timedelta(days=7 if span == "week" else 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What a count was expected to be, by the periods before."""

    expected: float
    low: float  #: 95 % of usual periods lie between ``low`` and ``high``
    high: float
    p: float  #: chance of at least so many


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A count against what is usual."""

    now: Counted
    usual: Usual | None  #: None: too little history

    @property
    def level(self) -> Level:
        if self.usual is None:
            return "unknown"
        if self.now.value > self.usual.high:
            return "above"
        return "below" if self.now.value < self.usual.low else "usual"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mood:
    """The share of negative against the usual one."""

    change: Change
    corrected: bool  #: for classifier error
    sources: int  #: compared over so many sources …
    left_out: tuple[str, ...]  #: … without these, which were not there throughout


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicRow:
    topic: str
    texts: Amount
    negative: Counted
    change: Change  #: share of negative against the usual one


@dataclass(frozen=True, slots=True, kw_only=True)
class Refutation:
    """A fact-check that speaks of a story."""

    title: str
    url: str
    source: str
    published: datetime | None
    of: Selection
    likeness: float  #: 0…1, of the two texts' words


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLine:
    """One text, standing for its story."""

    id: str
    story: str
    title: str  #: one line; the beginning of the text of a post
    url: str  #: of its publisher; empty when it is none of the web
    source: str
    kind: str
    published: datetime | None  #: aware, +07:00
    sentiment: str
    topics: tuple[str, ...]
    offices: tuple[str, ...]  #: names
    copies: Counted  #: texts of its story in the period
    engagement: int  #: likes, reposts, quotes and replies of all of them
    replies: int | None  #: to this text, of whomever; None: not known
    of: Selection
    refuted: tuple[Refutation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """A topic or office that had more texts than is usual, and what carries it."""

    kind: Literal["topic", "office"]
    id: str
    name: str
    is_negative: bool  #: what moved are the negative texts about it, not all
    texts: Amount
    negative: Counted
    stories: tuple[TextLine, ...]  #: largest first, each by its earliest text
    words: tuple[str, ...]
    sources: tuple[tuple[str, Counted], ...]
    offices: tuple[tuple[str, Counted], ...]
    also: tuple[tuple[str, Counted], ...] = ()  #: topics and offices that moved with it, sharing most of the texts


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeRow:
    name: str
    texts: Counted
    share: Share  #: shrunk towards all offices
    rank: int
    rank_low: int
    rank_high: int
    verdict: Literal["above", "below", "unclear"]
    few: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Caveat:
    """A source that was not itself."""

    source: str
    status: str  #: silent, flood or layout
    since: date
    until: date
    texts: Counted
    expected: float | None  #: texts in all of these days


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIncident:
    number: int
    name: str
    measure: str
    count: float
    expected: float
    since: datetime
    taken_up: bool
    of: Selection | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """Everything that stands in a brief; nothing else is needed to write it."""

    period: Period
    warnings: tuple[str, ...]  #: sentences in Bahasa Indonesia about what the numbers lack
    texts: Amount
    stories: Counted
    negative: Amount
    neutral: Counted
    positive: Counted
    mood: Mood
    topics: tuple[TopicRow, ...]
    moved: tuple[Mover, ...]
    read: tuple[TextLine, ...]
    answer: tuple[TextLine, ...]
    good: tuple[TextLine, ...]
    offices: tuple[OfficeRow, ...]
    offices_since: date
    offices_compared: int  #: of which the rows are a part
    caveats: tuple[Caveat, ...]
    incidents: tuple[OpenIncident, ...]
    buckets: tuple[Bucket, ...]  #: the days (weeks, months) of the charts
    history: int  #: periods before that were collected
    relevance: float
    index_version: str
    model_version: str
    gold: str  #: gold set behind the correction; empty when there is none
    public_url: str = ""  #: of the dashboard; empty: numbers carry commands only

    @property
    def usual_periods(self) -> int:
        """Periods that the share of negative is compared with."""
        return min(self.history, REFERENCE[self.period.span])
