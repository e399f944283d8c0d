"""The researchers' query language, text → tree. Nothing of it ever reaches an engine as a string.

::

    korupsi suap              both words (AND is understood between words)
    korupsi OR suap           either;  NOT suap, -suap: without it
    a b OR c                  means (a AND b) OR c: NOT binds strongest, then AND, then OR; use ( )
    "dana desa"               these words in this order, as written
    korup*                    words beginning so (two letters at least before the star)
    source:kompas             a field; with spaces: author:"Budi S"; title:korupsi, title:"dana desa"
    day:2026-11-01..2026-11-24, day:>=2026-11-01, relevance:>0.8

AND, OR and NOT are operators only in capitals.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from citra.errors import QueryError
from citra.store.fields import FIELDS, FieldSpec, suggest
from citra.store.nodes import And, Between, Equals, Node, Not, Or, Phrase, Wildcard, Word
from citra.store.words import fold, words

#: A query is written by a person: these bounds keep a hostile one from costing time or stack.
MAX_LENGTH = 2_000
MAX_DEPTH = 40
MAX_TERMS = 200
MAX_STARS = 3

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<open>\() | (?P<close>\))
      | (?P<minus>-(?=[^\s)]))
      | (?P<field>[A-Za-z_]+:)
      | (?P<quoted>["“”](?P<inner>[^"“”]*)["“”])
      | (?P<quote>["“”])
      | (?P<bare>[^\s()"“”]+)""",
    re.VERBOSE,
)
_VALUE = re.compile(r"""["“”](?P<inner>[^"“”]*)["“”]|(?P<bare>[^\s()"“”]+)""")
_RANGE = re.compile(r"(?P<op>>=|<=|>|<)?(?P<one>.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Token:
    type: str  #: open, close, and, or, not, term, end
    at: int
    node: Node | None = None


def parse(text: str) -> Node | None:
    """The tree of ``text``; ``None`` for a blank query, which matches everything.

    :raises QueryError: with the position of the fault; no other exception, whatever the input.
    """
    if len(text) > MAX_LENGTH:
        raise QueryError(f"the query is longer than {MAX_LENGTH:,} characters")
    try:
        text.encode()
    except UnicodeEncodeError as wrong:  # bytes on the command line that are no UTF-8
        raise QueryError("not valid text", ascii(text), wrong.start) from None
    tokens = list(_tokens(text))
    if len(tokens) == 1:
        return None
    if sum(token.type == "term" for token in tokens) > MAX_TERMS:
        raise QueryError(f"the query has more than {MAX_TERMS} terms")
    return _Parser(text, tokens).whole()


class _Parser:
    """Recursive descent; the depth is bounded by ``MAX_DEPTH`` before the stack could be."""

    def __init__(self, text: str, tokens: list[_Token]) -> None:
        self.text, self.tokens, self.next = text, tokens, 0

    def whole(self) -> Node:
        node = self.either(0)
        token = self.tokens[self.next]
        if token.type == "close":
            raise QueryError("a closing parenthesis without an opening one", self.text, token.at)
        return node

    def either(self, depth: int) -> Node:
        parts = [self.both(depth)]
        while self.tokens[self.next].type == "or":
            self.next += 1
            parts.append(self.both(depth))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def both(self, depth: int) -> Node:
        parts = [self.single(depth)]
        while self.tokens[self.next].type in {"and", "not", "term", "open"}:
            if self.tokens[self.next].type == "and":
                self.next += 1
            parts.append(self.single(depth))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def single(self, depth: int) -> Node:
        token = self.tokens[self.next]
        if depth > MAX_DEPTH:
            raise QueryError(f"nested deeper than {MAX_DEPTH}", self.text, token.at)
        if token.type == "not":
            self.next += 1
            return Not(self.single(depth + 1))
        if token.type == "open":
            self.next += 1
            node = self.either(depth + 1)
            if self.tokens[self.next].type != "close":
                raise QueryError("this parenthesis is never closed", self.text, token.at)
            self.next += 1
            return node
        if token.node is None:
            what = {"end": "the end", "close": "a closing parenthesis"}.get(token.type, token.type.upper())
            raise QueryError(f"expected a word, a phrase or a field, found {what}", self.text, token.at)
        self.next += 1
        return token.node


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        assert match is not None  # the alternatives cover every character
        kind, piece = str(match.lastgroup), match.group()
        kind = "quoted" if kind == "inner" else kind
        end = match.end()
        if kind in {"open", "close"}:
            yield _Token(kind, at)
        elif kind == "minus":
            yield _Token("not", at)
        elif kind == "quote":
            raise QueryError("this quotation mark is never closed", text, at)
        elif kind == "quoted":
            yield _Token("term", at, _phrase(match["inner"], text, at))
        elif kind == "bare" and piece in {"AND", "OR", "NOT"}:
            yield _Token(piece.lower(), at)
        elif kind == "bare":
            yield _Token("term", at, _word(piece, text, at))
        elif kind == "field":
            node, end = _field(piece[:-1], text, at, end)
            yield _Token("term", at, node)
        at = end
    yield _Token("end", at)


def _phrase(inner: str, text: str, at: int, *, title: bool = False) -> Node:
    found = tuple(words(inner))
    if not found:
        raise QueryError("a phrase needs at least one letter or digit", text, at)
    return Phrase(found, title)


def _word(piece: str, text: str, at: int, *, title: bool = False) -> Node:
    if "*" in piece:
        return Wildcard(_stars(piece, text, at), title)
    found = words(piece)
    if not found:
        raise QueryError(f"nothing to search for in {piece!r}", text, at)
    if title or len(found) > 1:  # anak-anak, e-KTP: the parts in this order
        return Phrase(tuple(found), title)
    return Word(found[0])


def _stars(piece: str, text: str, at: int) -> tuple[str, ...]:
    parts = tuple(re.sub(r"\*+", "*", fold(piece)).split("*"))
    if len(parts) - 1 > MAX_STARS:
        raise QueryError(f"at most {MAX_STARS} stars in one word", text, at)
    if any(part and words(part) != [part] for part in parts):
        raise QueryError("a word with a star may hold only letters, digits and stars", text, at)
    if len(parts[0]) < 2:
        raise QueryError("at least two letters must stand before the first star", text, at)
    return parts


def _field(name: str, text: str, at: int, end: int) -> tuple[Node, int]:
    spec = FIELDS.get(name.lower())
    if spec is None:
        hint = suggest(name, FIELDS)
        raise QueryError(f"unknown field {name!r}; {hint} (quote it to search for the text)", text, at)
    match = _VALUE.match(text, end)
    if match is None:
        if text[end : end + 1] == "(":
            raise QueryError(f"write ({name}:a OR {name}:b) instead of {name}:(a OR b)", text, end)
        raise QueryError(f"{name}: needs a value right after the colon", text, end)
    quoted = match["inner"] is not None
    return _valued(spec, match["inner"] if quoted else match["bare"], quoted, text, end), match.end()


def _valued(spec: FieldSpec, value: str, quoted: bool, text: str, at: int) -> Node:
    if not value.strip():
        raise QueryError(f"{spec.name}: needs a value", text, at)
    if spec.type == "text":
        build = _phrase if quoted else _word
        return build(value, text, at, title=True)
    if spec.type in {"day", "number"}:
        return _range(spec, value, text, at)
    value = fold(value) if spec.folded else value
    if spec.values:
        value = value.lower()
        if value not in spec.values:
            raise QueryError(f"{spec.name} has no value {value!r}; {suggest(value, spec.values)}", text, at)
    parts = (value,) if quoted else tuple(re.sub(r"\*+", "*", value).split("*"))
    if len(parts) - 1 > MAX_STARS:
        raise QueryError(f"at most {MAX_STARS} stars in one value", text, at)
    return Equals(spec.name, parts)


def _range(spec: FieldSpec, value: str, text: str, at: int) -> Node:
    def bound(piece: str) -> date | float:
        try:
            return date.fromisoformat(piece) if spec.type == "day" else _number(piece)
        except ValueError:
            example = "2026-11-24" if spec.type == "day" else "0.8"
            what = "day" if spec.type == "day" else "number"
            raise QueryError(f"{piece!r} is no {what}; write it as {example}", text, at) from None

    if ".." in value:
        low, _, high = value.partition("..")
        if not (low or high):
            raise QueryError("a range needs at least one end", text, at)
        node = Between(spec.name, bound(low) if low else None, bound(high) if high else None)
        if node.low is not None and node.high is not None and node.low > node.high:  # type: ignore[operator]
            raise QueryError(f"the range ends before it begins: {value}", text, at)
        return node
    match = _RANGE.fullmatch(value)
    assert match is not None  # the value is not empty
    op, one = match["op"], bound(match["one"]) if match["one"] else None
    if op in {">", ">="}:
        return Between(spec.name, one, None, open_low=op == ">")
    if op in {"<", "<="}:
        return Between(spec.name, None, one, open_high=op == "<")
    return Between(spec.name, one, one)


def _number(piece: str) -> float:
    if not re.fullmatch(r"\d{1,9}(\.\d{1,9})?|\.\d{1,9}", piece):
        raise ValueError(piece)
    return float(piece)
