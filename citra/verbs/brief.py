"""Brief: one page about a day, a week or a month, from an index and its lake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from citra.alerts.watch import Watch
from citra.brief.selection import Selection
from citra.brief.shapes import (
    LEAST,
    Amount,
    Brief,
    Caveat,
    OfficeRow,
    OpenIncident,
    Period,
    Span,
    TopicRow,
)
from citra.documents import JAKARTA, TOPICS, Bucket
from citra.errors import InputError
from citra.indonesian import date_words, number
from citra.lake import Lake
from citra.store import Query, Store
from citra.trends.series import build
from citra.verbs.brief_counts import Asker, Shares, UsualLevels
from citra.verbs.brief_movers import moved
from citra.verbs.brief_texts import MOST, Texts
from citra.verbs.compare import compare_in
from citra.verbs.correction import corrected
from citra.verbs.coverage import Coverage, DayCoverage, coverage
from citra.verbs.index import open_index

#: Offices compared (each costs a tenth of a second), and shown.
OFFICES, OFFICES_SHOWN = 15, 8


def brief(
    index: str,
    lake: str,
    day: date,
    *,
    now: datetime,
    span: Span = "day",
    relevance: float,
    alerts: str = "",
    model: str | None = None,
    public_url: str = "",
) -> Brief:
    """The brief of the day, week or month that ``day`` lies in.

    :param now: aware; tells whether the period is over and who is silent.
    :param alerts: the file of incidents; empty or missing: none are shown.
    :param public_url: where the dashboard is reached; empty: numbers are linked by commands alone.
    :raises StoreError: when there is no index.
    :raises InputError: for a day beyond today.
    """
    today = now.astimezone(JAKARTA).date()
    if day > today:
        raise InputError(f"{day} is not there yet: today is {today}")
    with open_index(index) as store:
        period = Period.of(span, day)
        seen = coverage(Lake(lake), since=period.usual_since, until=min(period.until, today), now=now)
        return brief_in(
            store, period, now=now, coverage=seen if seen.days else None, relevance=relevance, alerts=alerts,
            model=model, public_url=public_url,
        )  # fmt: skip


def brief_in(
    store: Store,
    period: Period,
    *,
    now: datetime,
    coverage: Coverage | None,
    relevance: float,
    alerts: str = "",
    model: str | None = None,
    public_url: str = "",
) -> Brief:
    """:func:`brief` on an open store, of a period whose coverage is known (None: nobody knows)."""
    asker, stats = Asker(store, relevance), store.stats()
    whole = Selection(since=period.since, until=period.until)
    levels = UsualLevels(asker, period, coverage, stats.first_day)
    wide = replace(asker.query(whole), since=period.usual_since)
    shares = Shares.of(store, wide, period, levels.usual_since, coverage, model)
    every, negative = _amounts(asker, levels, whole)
    texts = Texts.read(asker, period)
    movers, moving = moved(asker, levels, period, texts)
    offices, compared = _offices(store, asker, wide, model)
    return Brief(
        period=period,
        warnings=tuple(_warnings(store, period, levels, texts, now)),
        texts=every,
        stories=asker.stories(whole),
        negative=negative,
        neutral=asker.texts(replace(whole, sentiments=("neutral",))),
        positive=asker.texts(replace(whole, sentiments=("positive",))),
        mood=shares.mood(asker.query(whole)),
        topics=_topics(asker, levels, shares, whole),
        moved=movers,
        read=texts.worth_reading(moving),
        answer=texts.worth_answering(),
        good=texts.worth_spreading(),
        offices=offices,
        offices_compared=compared,
        offices_since=max(period.usual_since, stats.first_day or period.usual_since),
        caveats=tuple(_caveats(asker, period, coverage)),
        incidents=tuple(_incidents(alerts, period)),
        buckets=_buckets(asker, levels, shares, period, coverage),
        history=levels.history,
        relevance=relevance,
        index_version=store.snapshot(),
        model_version=",".join(sorted(store.facets(wide, "model"))),
        gold=shares.how.confusion.gold if shares.how.confusion else "",
        public_url=public_url,
    )


def _amounts(asker: Asker, levels: UsualLevels, whole: Selection) -> list[Amount]:
    """All texts of the period, and the negative ones, against what is usual."""
    both = (whole, replace(whole, sentiments=("negative",)))
    long = [asker.query(replace(one, since=levels.starts[0])) for one in both]
    return levels.amounts(both, [asker.store.buckets(query, levels.span) for query in long])


def _topics(asker: Asker, levels: UsualLevels, shares: Shares, whole: Selection) -> tuple[TopicRow, ...]:
    """Every topic of the period, most texts first."""
    asked = asker.query(replace(whole, since=levels.starts[0]))
    counts = asker.store.split(asked, levels.span, "topic")
    selections = [replace(whole, topics=(topic,)) for topic in TOPICS]
    amounts = levels.amounts(selections, [counts.get(topic, {}) for topic in TOPICS])
    rows = []
    for place, (topic, amount) in enumerate(zip(TOPICS, amounts, strict=True), 1):
        if not amount.now.value:
            continue
        change, _ = shares.change(asker.query(amount.now.of), stream=place)
        negative = asker.texts(replace(amount.now.of, sentiments=("negative",)))
        rows.append(TopicRow(topic=topic, texts=amount, negative=negative, change=change))
    return tuple(sorted(rows, key=lambda row: (-row.texts.now.value, TOPICS.index(row.topic))))


def _offices(store: Store, asker: Asker, wide: Query, model: str | None) -> tuple[tuple[OfficeRow, ...], int]:
    """Offices with most texts over the period and the usual ones: a single day tells too little of each."""
    found = compare_in(store, wide, by="office", top=OFFICES, model=model)
    lines = sorted(found.lines, key=lambda line: (line.standing.verdict == "unclear", -line.standing.placements))
    rows = [
        OfficeRow(
            name=line.name,
            texts=asker.texts(Selection(since=wide.since, until=wide.until, offices=line.members)),
            share=line.standing.shrunk,
            rank=line.standing.rank,
            rank_low=line.standing.rank_low,
            rank_high=line.standing.rank_high,
            verdict=line.standing.verdict,
            few=line.standing.few,
        )
        for line in lines[:OFFICES_SHOWN]
    ]
    return tuple(sorted(rows, key=lambda row: (row.rank, row.name))), len(found.lines)


def _buckets(
    asker: Asker, levels: UsualLevels, shares: Shares, period: Period, coverage: Coverage | None
) -> tuple[Bucket, ...]:
    """The days of the chart: those that say what is usual, then the period."""
    by, since = period.span, max(period.usual_since, levels.starts[0])
    asked = Query(since=since, until=period.until, min_relevance=asker.relevance)
    found = {start: one.negative for start, one in corrected(asker.store, asked, by, shares.how).items()}
    return build(
        asker.store.buckets(asked, by), by, since, period.until, corrected=found,
        coverage=coverage.shares if coverage and by == "day" else None,
    )  # fmt: skip


def _caveats(asker: Asker, period: Period, seen: Coverage | None) -> Iterator[Caveat]:
    """Stretches of days in the period on which a source was silent, flooding or broken."""
    stretches: list[list[DayCoverage]] = []
    for day in seen.flagged() if seen else []:
        if not period.since <= day.day <= period.until:
            continue
        before = stretches[-1][-1] if stretches else None
        if before and (before.source, before.status) == (day.source, day.status) and (day.day - before.day).days == 1:
            stretches[-1].append(day)
        else:
            stretches.append([day])
    for days in stretches:
        first, last = days[0], days[-1]
        expected = [day.expected for day in days if day.expected is not None]
        of = Selection(since=first.day, until=last.day, sources=(first.source,), everything=True)
        yield Caveat(
            source=first.source, status=first.status, since=first.day, until=last.day, texts=asker.texts(of),
            expected=sum(expected) if len(expected) == len(days) else None,
        )  # fmt: skip


def _incidents(path: str, period: Period) -> Iterator[OpenIncident]:
    """Those open that began by the end of the period."""
    from citra.verbs.incidents import incidents
    from citra.verbs.watches import listed

    if not path or not Path(path).is_file():
        return
    known = {watch.id: watch for watch in listed(path)}
    for one in incidents(path, only_open=True):
        begun = one.first.astimezone(JAKARTA).date()
        if begun > period.until or one.false_by:
            continue
        watch = known.get(one.watch)
        yield OpenIncident(
            number=one.id, name=one.name, measure=watch.measure if watch else "volume", count=one.count,
            expected=one.expected, since=one.first.astimezone(JAKARTA), taken_up=one.acknowledged_by is not None,
            of=_watched(watch, begun, one.last.astimezone(JAKARTA).date()) if watch else None,
        )  # fmt: skip


def _watched(watch: Watch, since: date, until: date) -> Selection:
    return Selection(
        text=watch.text, since=since, until=until, sources=watch.sources, kinds=watch.kinds, topics=watch.topics,
        offices=watch.offices, regions=watch.regions, everything=watch.min_relevance is None,
    )  # fmt: skip


def _warnings(store: Store, period: Period, levels: UsualLevels, texts: Texts, now: datetime) -> Iterator[str]:
    """What a reader must know before the numbers, in Bahasa Indonesia."""
    today, stats = now.astimezone(JAKARTA).date(), store.stats()
    if not stats.mentions or stats.first_day is None or stats.last_day is None:
        yield "Indeks masih kosong: belum ada teks yang dimuat."
        return
    if period.until >= today:
        yield f"{_NAMES[period.span]} ini belum selesai: jumlahnya masih akan bertambah."
    if not texts.stories:
        first, last = (date_words(day, weekday=False) for day in (stats.first_day, stats.last_day))
        yield f"Tidak ada teks pada {_NAMES[period.span].lower()} ini. Indeks memuat teks dari {first} sampai {last}."
    if stats.first_day <= period.until and levels.history < LEAST[period.span]:
        begun, unit = date_words(stats.first_day, weekday=False), _UNITS[period.span]
        yield (
            f"Pengumpulan baru dimulai {begun}: riwayat {levels.history} {unit}, padahal perlu {LEAST[period.span]} "
            "untuk mengatakan apa yang biasa."
        )
    if not texts.is_whole:
        yield f"Teks pilihan diambil dari {number(MOST)} teks terbaru; semua jumlah dihitung dari seluruh teks."


_NAMES: dict[Span, str] = {"day": "Hari", "week": "Pekan", "month": "Bulan"}
_UNITS: dict[Span, str] = {"day": "hari", "week": "pekan", "month": "bulan"}
