"""Trees to Elasticsearch's query DSL. No part of a query is ever handed to the server's own query parser."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from citra.store.fields import FIELDS
from citra.store.nodes import And, Between, Equals, Node, Not, Or, Phrase, Wildcard, Word
from citra.store.words import words

_SPECIAL = re.compile(r"[\\*?]")
_EVERYTHING: dict[str, Any] = {"match_all": {}}

Clause = dict[str, Any]


class Dsl:
    """``stem`` turns a word of a query into what ``stem_words`` holds for it."""

    def __init__(self, stem: Callable[[str], str]) -> None:
        self.stem = stem

    def query(self, node: Node | None) -> Clause:
        """The clause of the tree; only words, phrases and patterns count for relevance."""
        match node:
            case None:
                return _filter(_EVERYTHING)
            case Word(text):
                return self._word(text)
            case Phrase(parts, title):
                return _phrase("title_words" if title else "words", parts)
            case Wildcard(parts, title):
                fields = ("title_words",) if title else ("words", "stem_words")
                return _any([_pattern(field, parts) for field in fields])
            case Equals(field, parts):
                return _filter(_equals(field, parts))
            case Between():
                return _filter(_between(node))
            case Or(children):
                return _any([self.query(child) for child in children])
            case And(children):
                return self._all(children)
            case Not(Not(child)):  # the server bounds how deep clauses lie in each other
                return _filter(self.query(child))
            case Not(_):
                return self._all((node,))

    def _all(self, children: tuple[Node, ...]) -> Clause:
        clause: Clause = {"must": [], "filter": [], "must_not": []}
        for child in children:
            match child:
                case Not(inner):
                    clause["must_not"].append(self.query(inner))
                case Equals(field, parts):
                    clause["filter"].append(_equals(field, parts))
                case Between():
                    clause["filter"].append(_between(child))
                case _:
                    clause["must"].append(self.query(child))
        if not clause["must"]:  # else a clause of filters alone would score 0 in one place, 1 in another
            return _filter({"bool": {name: part for name, part in clause.items() if part}})
        return {"bool": {name: part for name, part in clause.items() if part}}

    def _word(self, text: str) -> Clause:
        stems = words(self.stem(text))
        if len(stems) == 1:
            return {"term": {"stem_words": stems[0]}}
        return {"term": {"words": text}}  # no stem of its own: as written


def _any(clauses: list[Clause]) -> Clause:
    if len(clauses) == 1:
        return clauses[0]
    return {"bool": {"should": clauses, "minimum_should_match": 1}}


def _filter(clause: Clause) -> Clause:
    """A condition that does not count for relevance."""
    return {"constant_score": {"filter": clause, "boost": 0.0}}


def _phrase(field: str, parts: tuple[str, ...]) -> Clause:
    if len(parts) == 1:
        return {"term": {field: parts[0]}}
    return {"match_phrase": {field: " ".join(parts)}}


def _equals(field: str, parts: tuple[str, ...]) -> Clause:
    spec = FIELDS[field]
    if len(parts) > 1:
        return _any([_pattern(path, parts) for path in spec.paths])
    clauses: list[Clause] = [{"term": {path: parts[0]}} for path in spec.paths]
    if spec.type == "region":
        clauses += [{"prefix": {path: f"{parts[0]}."}} for path in spec.paths]
    return _any(clauses)


def _between(node: Between) -> Clause:
    bounds: dict[str, Any] = {}
    for name, bound, is_open in (("g", node.low, node.open_low), ("l", node.high, node.open_high)):
        if bound is not None:
            value = bound.isoformat() if isinstance(bound, date) else bound
            bounds[f"{name}t" if is_open else f"{name}te"] = value
    if not bounds:
        return {"exists": {"field": node.field}}
    return {"range": {node.field: bounds}}


def _pattern(field: str, parts: tuple[str, ...]) -> Clause:
    value = "*".join(_SPECIAL.sub(r"\\\g<0>", part) for part in parts)
    return {"wildcard": {field: {"value": value}}}
