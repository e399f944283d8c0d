"""Indicators of image as series: satisfaction, integrity, trust, transparency, participation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from citra.errors import ConfigError, InputError
from citra.store import Query, Store
from citra.store.fields import suggest
from citra.store.protocol import Tally
from citra.trends import series as trends
from citra.trends.indicators import (
    INDICATORS,
    Balance,
    BalanceChange,
    Indicator,
    change,
    chosen,
    corrected_balance,
    raw_balance,
)
from citra.trends.quantify import Confusion
from citra.verbs.correction import Correction, by_kind, correction
from citra.verbs.index import open_index
from citra.verbs.trend import By

#: Topics whose F1 in the model card lies below are found too badly for their texts to stand for the topic.
LEAST_F1 = 0.6
_SCORE = re.compile(r"^\| topic (\w+): F1 \| (\d*\.\d+) \|", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorBucket:
    start: date
    placements: int
    stories: int
    balance: Balance | None  #: None: too few texts


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorLine:
    """One indicator over the period."""

    indicator: Indicator
    query: Query  #: finds its texts
    placements: int
    stories: int
    total: Balance | None  #: of the whole period
    before: Balance | None  #: of the period of the same length right before
    change: BalanceChange
    buckets: tuple[IndicatorBucket, ...]
    weak: str  #: why its texts are found badly, one sentence in Bahasa Indonesia; empty where they are found well
    f1: float | None  #: of its worst topic, as the model card has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicators:
    query: Query
    since: date
    until: date
    interval: By
    lines: tuple[IndicatorLine, ...]
    confusion: Confusion | None
    index_version: str
    model_version: str
    notes: tuple[str, ...]


def indicators(
    index: str,
    query: Query,
    *,
    by: By = "week",
    only: Sequence[str] = (),
    newest: int | None = None,
    today: date | None = None,
    model: str | None = None,
    human: Sequence[str] = (),
) -> Indicators:
    """The indicators of the texts that ``query`` finds; there is no sum of them.

    :param only: ids of indicators; none: all.
    :param newest: without a period: only this many days, up to the newest with texts by ``today``.
    :param model: folder or name of the model whose confusion corrects.
    :param human: ids of texts labelled by hand.
    :raises InputError: unknown indicator, a query that chooses sentiments, an absurd period.
    """
    with open_index(index) as store:
        return indicators_in(store, query, by=by, only=only, newest=newest, today=today, model=model, human=human)


def indicators_in(
    store: Store,
    query: Query,
    *,
    by: By = "week",
    only: Sequence[str] = (),
    newest: int | None = None,
    today: date | None = None,
    model: str | None = None,
    human: Sequence[str] = (),
) -> Indicators:
    """:func:`indicators` on a store that stays open."""
    if query.sentiments:
        raise InputError("the query chooses texts by their sentiment: a balance of it would mean nothing")
    try:
        wanted = chosen(only)
    except KeyError as unknown:
        name = str(unknown.args[0])
        raise InputError(f"no indicator {name!r}; {suggest(name, [one.id for one in INDICATORS])}") from None
    since, until = _period(store, query, newest, today)
    trends.starts(since, until, by)
    inside = replace(query, since=since, until=until)
    models = store.facets(inside, "model")
    how = correction(models, inside, model, human)
    scores = topic_scores(models)
    return Indicators(
        query=inside,
        since=since,
        until=until,
        interval=by,
        lines=tuple(_line(store, inside, one, by, how, scores) for one in wanted),
        confusion=how.confusion,
        index_version=store.snapshot(),
        model_version=",".join(sorted(models)),
        notes=tuple(_notes(store, inside, how, since)),
    )


def topic_scores(models: Iterable[str]) -> dict[str, float]:
    """Topic → F1, the lowest of the cards of these models (``name@version``); empty where none has one."""
    from nlp.encoder import find_model

    found: dict[str, float] = {}
    for name in models:
        try:
            card = find_model(name.rpartition("@")[0]) / "MODEL_CARD.md"
            text = card.read_text(encoding="utf-8") if card.is_file() else ""
        except ConfigError:
            continue
        for topic, score in _SCORE.findall(text):
            found[topic] = min(float(score), found.get(topic, 1.0))
    return found


def _line(
    store: Store, query: Query, one: Indicator, by: By, how: Correction, scores: Mapping[str, float]
) -> IndicatorLine:
    assert query.since is not None
    assert query.until is not None
    asked = _within(query, one)
    whole = _whole(store, asked)
    total = _balance(store, asked, how, whole)
    period = trends.period_before(query.since, query.until)
    earlier = replace(asked, since=period[0], until=period[1]) if period else None
    before = _balance(store, earlier, how, _whole(store, earlier)) if earlier else None
    f1 = min((scores[topic] for topic in one.topics if topic in scores), default=None)
    return IndicatorLine(
        indicator=one,
        query=asked,
        placements=whole.placements if whole else 0,
        stories=whole.stories if whole else 0,
        total=total,
        before=before,
        change=change(total, before),
        buckets=tuple(_buckets(store, asked, by, how)),
        weak=_weakness(f1) if f1 is not None and f1 < LEAST_F1 else "",
        f1=f1,
    )


def _within(query: Query, one: Indicator) -> Query:
    """The indicator's texts among those of the query; a query of other topics leaves those that are of both."""
    if not one.topics:
        return query
    if not query.topics:
        return replace(query, topics=one.topics)
    from citra.store.nodes import And, Equals, Or

    both = Or(tuple(Equals("topic", (topic,)) for topic in one.topics))
    return replace(query, text=both if query.text is None else And((query.text, both)))


def _weakness(f1: float) -> str:
    shown = f"{f1:.2f}".replace(".", ",")
    return f"Topik ini jarang dikenali model (F1 {shown}): baca sebagai contoh teks, bukan sebagai ukuran."


def _whole(store: Store, query: Query) -> Tally | None:
    return next(iter(store.buckets(query, "all").values()), None)


def _balance(store: Store, query: Query, how: Correction, whole: Tally | None) -> Balance | None:
    if whole is None:
        return None
    stream = query.since.toordinal() if query.since else 0
    if how.corrector is None:
        return raw_balance(whole, query.count_by, stream=stream)
    parts = next(iter(by_kind(store, query, "all", how.human).values()), {})
    shares = how.corrector.correct(parts, query.count_by, stream=stream)
    return corrected_balance(shares) if shares else None


def _buckets(store: Store, query: Query, by: By, how: Correction) -> Iterator[IndicatorBucket]:
    assert query.since is not None
    assert query.until is not None
    counts = store.buckets(query, by)
    parts = by_kind(store, query, by, how.human) if how.corrector else {}
    for start in trends.starts(query.since, query.until, by):
        counted, balance = counts.get(start), None
        if counted and how.corrector:
            shares = how.corrector.correct(parts.get(start, {}), query.count_by, stream=start.toordinal())
            balance = corrected_balance(shares) if shares else None
        elif counted:
            balance = raw_balance(counted, query.count_by, stream=start.toordinal())
        yield IndicatorBucket(
            start=start,
            placements=counted.placements if counted else 0,
            stories=counted.stories if counted else 0,
            balance=balance,
        )


def _period(store: Store, query: Query, newest: int | None, today: date | None) -> tuple[date, date]:
    if query.since and query.until:
        return query.since, query.until
    days = [day for day in store.buckets(query, "day") if today is None or day <= today]
    stats = store.stats()
    until = query.until or (days[-1] if days else stats.last_day) or query.since or date(1970, 1, 1)
    first = query.since or (days[0] if days else stats.first_day) or until
    if newest and not query.since:
        first = max(first, date.fromordinal(max(1, until.toordinal() - newest + 1)))
    return min(first, until), max(first, until)


def _notes(store: Store, query: Query, how: Correction, since: date) -> Iterator[str]:
    stats = store.stats()
    if how.note:
        yield how.note
    if not stats.mentions:
        yield "the index is empty: run `citra load`"
    elif not store.count(query).placements:
        yield f"nothing matches; the index holds {stats.mentions:,} texts of {stats.first_day} to {stats.last_day}"
    elif stats.first_day and since <= stats.first_day:
        yield f"the index begins on {stats.first_day}: there is no period before to compare with"
