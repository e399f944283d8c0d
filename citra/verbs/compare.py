"""Offices, regions, topics or sources beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from citra.errors import InputError
from citra.indonesian import LABELS
from citra.store import Query, Store, Tally
from citra.store.fields import suggest
from citra.trends import quantify
from citra.trends.compare import MIN_UNITS, Standing, Unit, standings
from citra.trends.quantify import Confusion
from citra.trends.series import Change, compare, share_of
from citra.verbs.correction import Correction, by_kind, correction
from citra.verbs.index import open_index
from nlp.gazetteer import office_name, region_name
from nlp.history import OfficeChange, office_changes

Dimension = Literal["office", "region", "topic", "source", "kind"]
Level = Literal["province", "regency"]

DIMENSIONS: tuple[Dimension, ...] = ("office", "region", "topic", "source", "kind")
_FILTER = {"office": "offices", "region": "regions", "topic": "topics", "source": "sources", "kind": "kinds"}
#: Lines compared unless asked for more: each costs a pass over the counts.
TOP = 30
MOST = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A change of the offices behind a line, inside the period."""

    day: date  #: first day of the new names
    text: str  #: one sentence in Bahasa Indonesia
    change: Change  #: share of negative from that day on against before; corrected where both can be


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One unit of the comparison."""

    id: str
    name: str
    members: tuple[str, ...]  #: the values of the field that are counted in it
    query: Query  #: finds its texts
    standing: Standing
    voice: float  #: its part of all that the units were mentioned, 0…1
    breaks: tuple[Break, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    by: Dimension
    query: Query  #: what all lines have in common
    lines: tuple[Line, ...]  #: most negative first
    units: int  #: units with at least one text, shown or not
    mentions: int  #: how often units were mentioned in all: what ``voice`` is a part of
    confusion: Confusion | None  #: what the correction stands on; None: shares as labelled
    index_version: str
    model_version: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    id: str
    name: str
    members: tuple[str, ...]
    changes: tuple[OfficeChange, ...] = ()


def compare_units(
    index: str,
    query: Query,
    *,
    by: Dimension,
    level: Level = "province",
    top: int = TOP,
    model: str | None = None,
    human: Sequence[str] = (),
) -> Comparison:
    """The units of ``query`` with most texts, ranked by their share of negative.

    Values of the field in ``query`` (``--office a --office b``) restrict the comparison to these.

    :param level: of regions: a province with all in it, or regencies and cities by themselves.
    :param model: folder or name of the model whose confusion corrects; None: the shipped one that set the labels.
    :param human: ids of texts labelled by hand: their labels need no correction.
    :raises InputError: for ``top`` out of range or an unknown ``by``.
    """
    with open_index(index) as store:
        return compare_in(store, query, by=by, level=level, top=top, model=model, human=human)


def compare_in(
    store: Store,
    query: Query,
    *,
    by: Dimension,
    level: Level = "province",
    top: int = TOP,
    model: str | None = None,
    human: Sequence[str] = (),
) -> Comparison:
    """:func:`compare_units` on a store that stays open."""
    if by not in DIMENSIONS:
        raise InputError(f"cannot compare by {by!r}; {suggest(by, DIMENSIONS)}")
    if not 2 <= top <= MOST:
        raise InputError(f"a comparison has 2 to {MOST} lines, not {top}")
    facets = store.facets(query, by)
    asked = tuple(dict.fromkeys(getattr(query, _FILTER[by])))
    candidates = _candidates(store, query, by, level, facets, asked)
    chosen = candidates[:top]
    models = store.facets(query, "model")
    how = correction(models, query, model, human)
    queries = {one.id: _restricted(query, by, one.members) for one in chosen}
    units = list(_units(store, queries, how))
    stood = {standing.id: standing for standing in standings(units, query.count_by, how=how.corrector)}
    mentions = sum(facets.values()) if by != "region" else sum(unit.whole.placements for unit in units)
    named = {one.id: one for one in chosen}
    lines = tuple(
        Line(
            id=id_,
            name=named[id_].name,
            members=named[id_].members,
            query=queries[id_],
            standing=standing,
            voice=standing.placements / max(mentions, standing.placements),
            breaks=tuple(_broken(store, queries[id_], change, how) for change in named[id_].changes),
        )
        for id_, standing in stood.items()
    )
    return Comparison(
        by=by,
        query=query,
        lines=lines,
        units=len(candidates),
        mentions=mentions,
        confusion=how.confusion,
        index_version=store.snapshot(),
        model_version=",".join(sorted(models)),
        notes=tuple(_notes(store, query, by, candidates, lines, asked, how)),
    )


def _restricted(query: Query, by: Dimension, members: tuple[str, ...]) -> Query:
    values: dict[str, Any] = {_FILTER[by]: members}
    return replace(query, **values)


def _units(store: Store, queries: Mapping[str, Query], how: Correction) -> Iterator[Unit]:
    for id_, query in queries.items():
        whole = next(iter(store.buckets(query, "all").values()), None)
        if whole is not None:
            yield Unit(id=id_, whole=whole, parts=_all(store, query, how))


def _all(store: Store, query: Query, how: Correction) -> dict[str, Tally]:
    return next(iter(by_kind(store, query, "all", how.human).values()), {})


def _candidates(
    store: Store, query: Query, by: Dimension, level: Level, facets: Mapping[str, int], asked: Sequence[str]
) -> list[_Candidate]:
    """What can be a line, most texts first."""
    if by == "office":
        return _offices(store, query, {id_: count for id_, count in facets.items() if not asked or id_ in asked})
    if by == "region":
        return _regions(facets, level, asked)
    kept = [value for value in facets if not asked or value in asked]
    return [_Candidate(value, LABELS.get(value, value) if by != "source" else value, (value,)) for value in kept]


def _regions(facets: Mapping[str, int], level: Level, asked: Sequence[str]) -> list[_Candidate]:
    within = {
        code: count
        for code, count in facets.items()
        if not asked or any(code == one or code.startswith(f"{one}.") for one in asked)
    }
    if level == "regency":
        codes = {code: count for code, count in within.items() if "." in code}
    else:
        codes = {}
        for code, count in within.items():
            codes[code.partition(".")[0]] = codes.get(code.partition(".")[0], 0) + count
    order = sorted(codes, key=lambda code: (-codes[code], code))
    return [_Candidate(code, region_name(code), (code,)) for code in order]


def _offices(store: Store, query: Query, facets: Mapping[str, int]) -> list[_Candidate]:
    """Each office by itself, but those that a change inside the period joins are one line."""
    first, last = _span(store, query)
    joined: dict[str, _Candidate] = {}
    for change in office_changes():
        if not first < change.day <= last or not any(id_ in facets for id_ in change.family):
            continue
        known = [joined[id_] for id_ in change.family if id_ in joined]
        members = tuple(dict.fromkeys((*(id_ for one in known for id_ in one.members), *change.family)))
        changes = tuple(dict.fromkeys((*(old for one in known for old in one.changes), change)))
        line = _Candidate(members[0], _family_name(members[0], changes), members, changes)
        joined.update(dict.fromkeys(members, line))
    counts: dict[str, int] = {}
    lines: dict[str, _Candidate] = {}
    for id_, count in facets.items():
        line = joined.get(id_) or _Candidate(id_, office_name(id_), (id_,))
        counts[line.id] = counts.get(line.id, 0) + count
        lines[line.id] = line
    return sorted(lines.values(), key=lambda line: (-counts[line.id], line.id))


def _family_name(first: str, changes: Sequence[OfficeChange]) -> str:
    last = changes[-1]
    if last.former == last.now:
        return office_name(first)
    before, after = (" + ".join(office_name(id_) for id_ in ids) for ids in (changes[0].former, last.now))
    return f"{before} → {after}"


def _span(store: Store, query: Query) -> tuple[date, date]:
    """First and last day of the question; open ends are those of the index."""
    if query.since and query.until:
        return query.since, query.until
    stats = store.stats()
    return query.since or stats.first_day or date.min, query.until or stats.last_day or date.max


def _broken(store: Store, query: Query, change: OfficeChange, how: Correction) -> Break:
    """The line before and after one change."""
    first, last = _span(store, query)
    sides = [
        replace(query, since=change.day, until=max(last, change.day)),
        replace(query, since=min(first, change.day), until=date.fromordinal(change.day.toordinal() - 1)),
    ]
    if how.corrector is not None:
        made = [how.corrector.correct(_all(store, side, how), query.count_by, stream=n) for n, side in enumerate(sides)]
        if made[0] and made[1]:
            return Break(day=change.day, text=change.text, change=quantify.difference(*made))
    tallies = [next(iter(store.buckets(side, "all").values()), None) for side in sides]
    shares = [share_of(tally, query.count_by) if tally else None for tally in tallies]
    return Break(day=change.day, text=change.text, change=compare(*shares))


def _notes(
    store: Store,
    query: Query,
    by: Dimension,
    candidates: Sequence[_Candidate],
    lines: Sequence[Line],
    asked: Sequence[str],
    how: Correction,
) -> Iterable[str]:
    if how.note:
        yield how.note
    if not lines:
        yield from _nothing(store, query, by)
    elif len(candidates) > len(lines):
        yield f"{len(candidates)} of them have texts; the {len(lines)} with most are compared (--top shows more)"
    if 0 < len(lines) < MIN_UNITS:
        yield f"fewer than {MIN_UNITS}: nothing is shrunk, and ranks say little"
    few = sum(line.standing.few for line in lines)
    if few:
        yield f"{few} have too few stories for a share of their own: what is shown leans on the others"
    unknown = [value for value in asked if not any(value in one.members for one in candidates)]
    for value in unknown if by != "region" else []:
        yield f"no text about {by} {value!r}; {suggest(value, store.facets(Query(min_relevance=None), by))}"


def _nothing(store: Store, query: Query, by: Dimension) -> Iterable[str]:
    stats = store.stats()
    if not stats.mentions:
        yield "the index is empty: run `citra load`"
    elif found := store.count(query).placements:
        yield f"{found:,} texts match, none of them with a known {by}"
    else:
        yield f"nothing matches; the index holds {stats.mentions:,} texts of {stats.first_day} to {stats.last_day}"
