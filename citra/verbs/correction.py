"""Counts of an index → shares corrected for classifier error: finds the confusion of the model that set the labels."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path

from citra.corrections import Corrections
from citra.errors import ConfigError
from citra.store import Query, Store
from citra.store.nodes import And, Equals, Or, fields_of
from citra.store.protocol import Interval, Tally
from citra.trends.quantify import HUMAN, Confusion, Corrected, Corrector, corrector

FILE = "confusion.json"
#: A query's relevance may lie this far below the one that the confusion was measured at without a word about it.
SLACK = 0.15
#: Texts labelled by hand that are taken as certain, the newest; older ones are counted as if the model had said it.
MOST_HUMAN = 2_000
#: Ids asked for at once; Elasticsearch refuses more than 1,024 clauses by default.
IDS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """How a query's shares are corrected, or why they are not."""

    corrector: Corrector | None = None
    note: str = ""  #: one sentence when there is something to say
    human: tuple[str, ...] = ()  #: ids of texts whose sentiment a human set: taken as they are

    @property
    def confusion(self) -> Confusion | None:
        return self.corrector.confusion if self.corrector else None

    @property
    def by_hand(self) -> str:
        """Number and hash of ``human``; empty when there are none."""
        if not self.human:
            return ""
        return f"{len(self.human)} ({hashlib.sha256(' '.join(sorted(self.human)).encode()).hexdigest()[:8]})"


def read_confusion(model: str | Path) -> Confusion | None:
    """The confusion of a shipped model or a model folder; None when it has none.

    :raises ConfigError: no such model, or a file that cannot be read.
    """
    from nlp.encoder import find_model

    file = find_model(model) / FILE
    if not file.is_file():
        return None
    try:
        return Confusion.from_json(json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, OSError) as wrong:
        raise ConfigError(f"{file}: {wrong}; make it anew with `citra model confusion`") from wrong


def correction(models: Iterable[str], query: Query, model: str | None = None, human: Sequence[str] = ()) -> Correction:
    """The correction for counts of ``query`` among texts labelled by ``models`` (``name@version``).

    :param model: folder or name of the model whose confusion is used; None: the shipped one of the labels' name.
    :param human: ids of texts that a human labelled, oldest first; the newest ``MOST_HUMAN`` count as certain.
    """
    certain = tuple(human)[-MOST_HUMAN:]
    labelled = sorted(models)
    if not labelled:
        return Correction()
    if query.sentiments or "sentiment" in fields_of(query.text):
        return Correction(note="the query chooses texts by their sentiment: a corrected share would mean nothing")
    if len(labelled) > 1:
        return Correction(note="not corrected: labels of several models; analyse and load the lake again")
    found, why = _found(labelled[0], model)
    if found is None:
        return Correction(note=f"not corrected: {why}")
    try:
        made = corrector(found)
    except ValueError as wrong:
        return Correction(note=f"not corrected: {wrong}")
    if (query.min_relevance or 0.0) < found.relevance_threshold - SLACK:
        at = f"measured on texts of relevance {found.relevance_threshold} and more"
        note = f"the classifier's errors were {at}; here are less relevant ones as well"
        return Correction(corrector=made, note=note, human=certain)
    return Correction(corrector=made, human=certain)


def _found(labelled: str, model: str | None) -> tuple[Confusion | None, str]:
    name = model or labelled.rpartition("@")[0]
    try:
        found = read_confusion(name)
    except ConfigError as wrong:
        if model is None and "no model" in str(wrong):
            return None, f"the errors of {labelled} are not known here"
        raise
    if found is None:
        return None, f"{name} has no confusion.json; `citra model confusion` makes it"
    if found.model != labelled:
        return None, f"labels are by {labelled}, the errors known are those of {found.model}; analyse the lake again"
    return found, ""


def corrected(
    store: Store, query: Query, interval: Interval, how: Correction, stream: int = 0
) -> dict[date, Corrected]:
    """First day of a bucket → its corrected shares; buckets with too few texts are missing.

    :param stream: another for each series whose shares are to be compared with each other (offices of one day).
    """
    if how.corrector is None:
        return {}
    found = {
        start: how.corrector.correct(parts, query.count_by, stream=(stream << 22) + start.toordinal())
        for start, parts in by_kind(store, query, interval, how.human).items()
    }
    return {start: shares for start, shares in found.items() if shares is not None}


def by_kind(store: Store, query: Query, interval: Interval, human: Sequence[str] = ()) -> dict[date, dict[str, Tally]]:
    """First day of a bucket → its counts by source kind, oldest first; with ``all`` there is one, at ``date.min``.

    :param human: ids of texts that are counted apart, under ``HUMAN``.
    """
    buckets: dict[date, dict[str, Tally]] = {}
    for kind, tallies in store.split(query, interval, "kind").items():
        for start, tally in tallies.items():  # with "all" each kind's bucket begins at its own first day
            buckets.setdefault(date.min if interval == "all" else start, {})[kind] = tally
    if human:
        _set_apart(store, query, interval, human, buckets)
    return dict(sorted(buckets.items()))


def human_ids(corrections: Corrections) -> tuple[str, ...]:
    """Ids of the texts whose sentiment a human set, oldest first."""
    standing = ((id_, corrections.standing(id_)) for id_ in corrections.mentions())
    return tuple(id_ for id_, found in standing if found is not None and found.sentiment is not None)


def _set_apart(
    store: Store, query: Query, interval: Interval, human: Sequence[str], buckets: dict[date, dict[str, Tally]]
) -> None:
    """Move the counts of texts labelled by hand into a stratum of their own."""
    for first in range(0, len(human), IDS):
        chosen = Or(tuple(Equals("id", (id_,)) for id_ in human[first : first + IDS]))
        text = chosen if query.text is None else And((query.text, chosen))
        for kind, tallies in store.split(replace(query, text=text), interval, "kind").items():
            for start, tally in tallies.items():
                parts = buckets[date.min if interval == "all" else start]
                parts[kind] = _sum(parts[kind], tally, -1)
                parts[HUMAN] = _sum(parts.get(HUMAN, Tally()), tally, 1)


def _sum(one: Tally, other: Tally, sign: int) -> Tally:
    """Counts added up, or taken away; a story that lies in both counts in both, which only widens an interval."""
    return Tally(**{
        field.name: max(0, getattr(one, field.name) + sign * getattr(other, field.name)) for field in fields(Tally)
    })  # fmt: skip
