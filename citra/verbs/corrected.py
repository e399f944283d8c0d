"""What corrections are good for: agreement of annotators, the model against them, rows to train on."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from citra.corrections import Correction, Corrections, read_corrections
from citra.documents import KINDS, SENTIMENTS, TOPICS, Mention
from citra.errors import InputError
from citra.lake import Lake
from citra.verbs.index import open_index
from citra.verbs.label import training_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Two annotators on one question: Cohen's kappa with its 95 % interval."""

    first: str
    second: str
    question: str  #: ``relevant``, ``sentiment`` or a topic's id
    texts: int
    agreed: float  #: share of the texts with the same answer
    kappa: float | None  #: None where both give one and the same answer throughout
    kappa_low: float | None
    kappa_high: float | None


def agreement(lake: str) -> list[Agreement]:
    """Of each pair of people on the texts that both labelled, the later one blind.

    Cohen, J. (1960), *A coefficient of agreement for nominal scales*, Educational and Psychological Measurement 20,
    37-46; interval by the asymptotic variance of Fleiss, Cohen & Everitt (1969), Psychological Bulletin 72, 323-327.
    """
    pairs = _pairs(read_corrections(Lake(lake)))
    found = []
    for (first, second), both in sorted(pairs.items()):
        for question in ("relevant", "sentiment", *TOPICS):
            answers = [(_answer(a, question), _answer(b, question)) for a, b in both]
            known = [(a, b) for a, b in answers if a is not None and b is not None]
            if known:
                found.append(_agree(first, second, question, known))
    return found


def confusion(lake: str, *, model: str = "", threshold: float = 0.6) -> dict[str, Any]:
    """How the model's sentiments compare with people's on randomly drawn texts, as ``confusion.json`` has it.

    ``counts`` by source kind: rows the standing human label, columns the model's, in the order of ``labels``; only
    texts that the model takes for relevant, because only those are counted. ``relevance``: rows human (irrelevant,
    relevant), columns model, over all of the random texts. Texts that were looked for are left out (``left_out``):
    what a person goes looking for are the model's errors.

    :param model: ``name@version``; empty: that of the newest random label.
    """
    known = read_corrections(Lake(lake))
    random = [one for one in known.records if one.sampling == "random" and not one.retracts]
    model = model or (_name(random[-1]) if random else "")
    first = {one.mention_id: one for one in reversed(random) if _name(one) == model}
    counts: dict[str, list[list[int]]] = {}
    relevance = [[0, 0], [0, 0]]
    texts = 0
    for mention_id, drawn in sorted(first.items()):
        standing = known.standing(mention_id)
        if standing is None:
            continue
        is_relevant = drawn.relevance_predicted >= threshold
        if standing.relevant is not None:
            relevance[standing.relevant][is_relevant] += 1
        if standing.sentiment is not None and is_relevant:
            texts += 1
            table = counts.setdefault(drawn.kind, [[0] * len(SENTIMENTS) for _ in SENTIMENTS])
            predicted = drawn.sentiment_predicted.label
            table[SENTIMENTS.index(standing.sentiment)][SENTIMENTS.index(predicted)] += 1
    others = [mention_id for mention_id in known.mentions() if mention_id not in first]
    left_out = Counter(_why_left_out(known.of(mention_id)) for mention_id in others)
    days = sorted(one.at.date().isoformat() for one in first.values())
    return {
        "model": model,
        "date": days[-1] if days else None,
        "since": days[0] if days else None,
        "texts": texts,
        "relevance_threshold": threshold,
        "labels": list(SENTIMENTS),
        "counts": {kind: counts[kind] for kind in KINDS if kind in counts},
        "relevance": relevance,
        "left_out": dict(sorted(left_out.items())),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written for training."""

    rows: int
    incomplete: int  #: labelled in part only: of no use to training
    gone: int  #: no text in the index any more (with ``texts`` only)


def export_rows(lake: str, target: Path, *, texts: Path | None = None, index: str = "") -> Exported:
    """Write the standing labels in the format of ``nlp/train/labels.jsonl``: key, relevant, sentiment, topics.

    :param texts: also write the texts they belong to, as ``text``, ``source`` and ``kind``; they stay yours, and are
        not for passing on.
    :raises InputError: a file that cannot be written.
    """
    known = read_corrections(Lake(lake))
    rows: dict[str, dict[str, Any]] = {}
    ids: dict[str, str] = {}
    incomplete = 0
    for mention_id in known.mentions():
        standing = known.standing(mention_id)
        if standing is None:
            continue
        if standing.relevant is None or standing.sentiment is None or standing.topics is None:
            incomplete += 1
            continue
        key = known.of(mention_id)[-1].key
        topics = list(standing.topics) if standing.relevant else []
        rows[key] = {"key": key, "relevant": standing.relevant, "sentiment": standing.sentiment, "topics": topics}
        ids[key] = mention_id
    gone = 0
    if texts is not None:
        found = _texts(index, ids)
        gone = len(ids) - len(found)
        _write(texts, [_text_row(found[key]) for key in sorted(found)])
    _write(target, [rows[key] for key in sorted(rows)])
    return Exported(rows=len(rows), incomplete=incomplete, gone=gone)


def as_rows(found: Sequence[Agreement]) -> list[dict[str, Any]]:
    return [asdict(one) for one in found]


def _pairs(known: Corrections) -> dict[tuple[str, str], list[tuple[Correction, Correction]]]:
    """Of each two people, what both last said of a text, where the one who spoke later did so blind."""
    pairs: dict[tuple[str, str], list[tuple[Correction, Correction]]] = {}
    for mention_id in known.mentions():
        last = {one.who: one for one in known.of(mention_id)}
        for a, b in combinations(sorted(last.values(), key=lambda one: one.at), 2):
            if b.blind:
                first, second = sorted((a, b), key=lambda one: one.who)
                pairs.setdefault((first.who, second.who), []).append((first, second))
    return pairs


def _answer(correction: Correction, question: str) -> int | None:
    if question == "relevant":
        return None if correction.relevant is None else int(correction.relevant)
    if question == "sentiment":
        return None if correction.sentiment is None else SENTIMENTS.index(correction.sentiment)
    return None if correction.topics is None else int(question in correction.topics)


def _agree(first: str, second: str, question: str, answers: Sequence[tuple[int, int]]) -> Agreement:
    import numpy
    from statsmodels.stats.inter_rater import cohens_kappa

    size = len(SENTIMENTS) if question == "sentiment" else 2
    table = numpy.zeros((size, size))
    for a, b in answers:
        table[a, b] += 1
    same = float(numpy.trace(table)) / len(answers)
    used = int(((table.sum(0) + table.sum(1)) > 0).sum())
    kappa = low = high = None
    if used > 1:
        with numpy.errstate(invalid="ignore", divide="ignore"):  # of its test against 0, which is not used here
            result = cohens_kappa(table)
        kappa = round(float(result.kappa), 4)
        low, high = (round(min(1.0, max(-1.0, float(x))), 4) for x in (result.kappa_low, result.kappa_upp))
    return Agreement(
        first=first, second=second, question=question, texts=len(answers), agreed=round(same, 4), kappa=kappa,
        kappa_low=low, kappa_high=high,
    )  # fmt: skip


def _name(correction: Correction) -> str:
    return f"{correction.model.name}@{correction.model.version}"


def _why_left_out(said: Sequence[Correction]) -> str:
    if not said:
        return "taken back"
    return "another model" if any(one.sampling == "random" for one in said) else said[0].sampling


def _texts(index: str, ids: dict[str, str]) -> dict[str, Mention]:
    """The mentions that keys were given for, where the text is still the one that was read."""
    from nlp.train.data import text_key

    found = {}
    with open_index(index) as store:
        for key, mention_id in ids.items():
            mention = store.get(mention_id)
            if mention is not None and text_key(training_text(mention)) == key:
                found[key] = mention
    return found


def _text_row(mention: Mention) -> dict[str, str]:
    document = mention.document
    return {"text": training_text(mention), "source": document.source, "kind": document.kind}


def _write(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        fresh.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        fresh.replace(path)
    except OSError as wrong:
        raise InputError(f"{path}: cannot be written: {wrong.strerror}") from wrong
