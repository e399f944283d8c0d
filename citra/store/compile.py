"""Trees to tantivy query objects. No part of a query is ever handed to the engine's own parser."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import tantivy

from citra.store.columns import UNDATED
from citra.store.fields import FIELDS
from citra.store.nodes import And, Between, Equals, Node, Not, Or, Phrase, Wildcard, Word
from citra.store.schema import MENTION
from citra.store.words import words

#: Path in the mapping → field of this engine, where they differ.
_NAMES = {
    "sentiment.label": "sentiment",
    "topics.id": "topics",
    "author_folded": "author",
    "section_folded": "section",
}
_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")


class Compiler:
    """Compiles for one schema; ``stem`` turns a word of a query into what ``stems`` holds for it."""

    def __init__(self, schema: Any, stem: Callable[[str], str]) -> None:
        self.schema, self.stem = schema, stem

    def everything(self) -> Any:
        return self._filter(self.term("record", MENTION))

    def rows(self, low: int, high: int) -> Any:
        """Mentions with ``low <= row < high``."""
        kind = tantivy.FieldType.Integer
        return tantivy.Query.range_query(self.schema, "row", kind, low, high, include_upper=False)

    def within(self, query: Any, low: int, high: int) -> Any:
        """What ``query`` matches of ``rows(low, high)``."""
        return tantivy.Query.boolean_query(
            [(tantivy.Occur.Must, self.unscored(query)), (tantivy.Occur.Must, self.rows(low, high))]
        )

    def unscored(self, query: Any) -> Any:
        """The same matches, quicker where nobody asks for the order by relevance."""
        return self._filter(query)

    def upto(self, query: Any, order: int) -> Any:
        """What ``query`` matches at or below a value of ``order``."""
        bound = tantivy.Query.range_query(self.schema, "order", tantivy.FieldType.Integer, None, order)
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, bound)])

    def query(self, node: Node | None) -> Any:
        """The engine's query of the tree; only mentions match."""
        match node:
            case None:
                return self.everything()
            case Word(text):
                return self._word(text)
            case Phrase(parts, title):
                return self._phrase("title_words" if title else "words", parts)
            case Wildcard(parts, title):
                fields = ("title_words",) if title else ("words", "stems")
                return self._any([self._pattern(field, parts) for field in fields])
            case Equals(field, parts):
                return self._filter(self._equals(field, parts))
            case Between():
                return self._filter(self._between(node))
            case Or(children):
                return self._any([self.query(child) for child in children])
            case And(children):
                return self._all(children)
            case Not(_):
                return self._all((node,))

    def _all(self, children: tuple[Node, ...]) -> Any:
        wanted = [(tantivy.Occur.Must, self.query(c)) for c in children if not isinstance(c, Not)]
        if not wanted:
            wanted = [(tantivy.Occur.Must, self.everything())]
        unwanted = [(tantivy.Occur.MustNot, self.query(c.child)) for c in children if isinstance(c, Not)]
        return tantivy.Query.boolean_query(wanted + unwanted)

    def _any(self, queries: list[Any]) -> Any:
        if len(queries) == 1:
            return queries[0]
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])

    def _word(self, text: str) -> Any:
        stems = words(self.stem(text))
        if len(stems) == 1:
            return self.term("stems", stems[0], "freq")
        return self.term("words", text, "position")  # no stem of its own: as written

    def _phrase(self, field: str, parts: tuple[str, ...]) -> Any:
        if len(parts) == 1:
            return self.term(field, parts[0], "position")
        return tantivy.Query.phrase_query(self.schema, field, list(parts))

    def _equals(self, field: str, parts: tuple[str, ...]) -> Any:
        spec = FIELDS[field]
        paths = [_NAMES.get(path, path) for path in spec.paths]
        if len(parts) > 1:
            return self._any([self._pattern(path, parts) for path in paths])
        queries = [self.term(path, parts[0]) for path in paths]
        if spec.type == "region":
            queries += [self._pattern(path, (f"{parts[0]}.", "")) for path in paths]
        return self._any(queries)

    def _between(self, node: Between) -> Any:
        kind, low, high = tantivy.FieldType.Float, node.low, node.high
        if node.field == "day":
            kind = tantivy.FieldType.Integer
            low = low.toordinal() if isinstance(low, date) else UNDATED + 1
            high = high.toordinal() if isinstance(high, date) else None
        return tantivy.Query.range_query(
            self.schema,
            node.field,
            kind,
            low,
            high,
            include_lower=node.low is None or not node.open_low,
            include_upper=node.high is None or not node.open_high,
        )

    def _pattern(self, field: str, parts: tuple[str, ...]) -> Any:
        pattern = ".*".join(_SPECIAL.sub(r"\\\g<0>", part) for part in parts)
        return tantivy.Query.regex_query(self.schema, field, pattern)

    def term(self, field: str, value: str, option: str = "basic") -> Any:
        return tantivy.Query.term_query(self.schema, field, value, option)

    @staticmethod
    def _filter(query: Any) -> Any:
        """A condition that does not count for relevance."""
        return tantivy.Query.const_score_query(query, 0.0)
