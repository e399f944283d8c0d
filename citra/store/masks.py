"""Trees to masks over the columns: what the columns know is answered there, the rest is asked of the engine once."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np

from citra.store.columns import Columns, Mask
from citra.store.nodes import And, Between, Equals, Node, Not, Or, fields_of

#: Fields that are columns.
COLUMNAR = frozenset({"source", "kind", "sentiment", "topic", "day", "relevance"})


def mask(columns: Columns, node: Node | None, ask: Callable[[Node], Mask]) -> Mask:
    """Which mentions the tree matches; ``ask`` asks the engine about a subtree."""
    match node:
        case None:
            return columns.all()
        case Not(child):
            return ~mask(columns, child, ask)
        case And(children):
            return _combine(np.logical_and, And, columns, children, ask)
        case Or(children):
            return _combine(np.logical_or, Or, columns, children, ask)
        case Between():
            return _between(columns, node)
        case Equals(field, parts) if field in COLUMNAR:
            return _equals(columns, field, parts)
        case _:
            return ask(node)


def _combine(
    operation: Any,
    join: type[And] | type[Or],
    columns: Columns,
    children: tuple[Node, ...],
    ask: Callable[[Node], Mask],
) -> Mask:
    """Children that only the engine can answer go to it together, with the days wanted: so it returns fewer rows."""
    engine = tuple(child for child in children if not fields_of(child) & COLUMNAR)
    if engine and join is And:
        engine += tuple(child for child in children if fields_of(child) == {"day"})
    masks = [mask(columns, child, ask) for child in children if fields_of(child) & COLUMNAR]
    if engine:
        masks.append(ask(engine[0] if len(engine) == 1 else join(engine)))
    result: Mask = operation.reduce(masks)
    return result


def _equals(columns: Columns, field: str, parts: tuple[str, ...]) -> Mask:
    if len(parts) == 1:
        return columns.equals(field, parts[0])
    pattern = "*".join(part.replace("[", "[[]").replace("?", "[?]") for part in parts)
    result = np.zeros(len(columns), dtype=np.bool_)
    for name in columns.source_names:
        if fnmatch.fnmatchcase(name, pattern):
            result |= columns.equals("source", name)
    return result


def _between(columns: Columns, node: Between) -> Mask:
    column = columns.day if node.field == "day" else columns.relevance
    result = columns.dated() if node.field == "day" else columns.all()
    if node.low is not None:
        low = node.low.toordinal() if isinstance(node.low, date) else node.low
        result &= column > low if node.open_low else column >= low
    if node.high is not None:
        high = node.high.toordinal() if isinstance(node.high, date) else node.high
        result &= column < high if node.open_high else column <= high
    return result
