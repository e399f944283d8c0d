"""The piece of a text where a query matches, with the matches marked: the same whatever engine found it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from citra.store.nodes import And, Node, Not, Or, Phrase, Wildcard, Word
from citra.store.protocol import Snippet
from citra.store.words import spans, words

#: Characters of one snippet.
WIDTH = 220
#: Characters of a text that are looked through: stemming a whole megabyte for one line is not worth it.
REACH = 20_000

_Span = tuple[int, int, str]


class Highlighter:
    """Finds what the affirmed parts of a query match in a text."""

    def __init__(self, node: Node | None, stem: Callable[[str], str]) -> None:
        self.stem = stem
        self.stems: set[str] = set()
        self.phrases: list[tuple[tuple[str, ...], bool]] = []
        self.patterns: list[tuple[re.Pattern[str], bool]] = []
        for leaf in _affirmed(node):
            if isinstance(leaf, Word):
                self.stems.add(" ".join(words(stem(leaf.text))) or leaf.text)
            elif isinstance(leaf, Phrase):
                self.phrases.append((leaf.words, leaf.title))
            elif isinstance(leaf, Wildcard):
                pattern = ".*".join(map(re.escape, leaf.parts))
                self.patterns.append((re.compile(pattern), leaf.title))

    def whole(self, text: str) -> Snippet:
        """All of ``text`` (a title), marked."""
        found = list(spans(text[:REACH]))
        return Snippet(text=text, marks=tuple(self._marks(found, title=True)))

    def best(self, text: str) -> Snippet:
        """At most ``WIDTH`` characters of ``text`` around most matches; its beginning when there is none."""
        found = list(spans(text[:REACH]))
        marks = self._marks(found, title=False)
        at, inside = 0, 0
        for start, _ in marks:
            within = sum(start <= other < start + WIDTH - 40 for other, _ in marks)
            if within > inside:
                at, inside = start, within
        begin = max((s for s, _, _ in found if s <= max(0, at - 40)), default=0)
        end = max((e for _, e, _ in found if e <= begin + WIDTH), default=min(len(text), begin + WIDTH))
        end = len(text) if len(text) - end < 5 else max(end, begin + 1)
        head, tail = "… " if begin else "", " …" if end < len(text) else ""
        shift = len(head) - begin
        piece = re.sub(r"\s", " ", text[begin:end])
        kept = tuple((s + shift, e + shift) for s, e in marks if s >= begin and e <= end)
        return Snippet(text=f"{head}{piece}{tail}", marks=kept)

    def _marks(self, found: list[_Span], *, title: bool) -> list[tuple[int, int]]:
        marks = {(s, e) for s, e, word in found if self._hits(word, title=title)}
        for phrase, title_only in self.phrases:
            if title_only and not title:
                continue
            for i in range(len(found) - len(phrase) + 1):
                if all(found[i + k][2] == word for k, word in enumerate(phrase)):
                    marks.add((found[i][0], found[i + len(phrase) - 1][1]))
        merged: list[tuple[int, int]] = []
        for start, end in sorted(marks):
            if merged and start < merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return merged

    def _hits(self, word: str, *, title: bool) -> bool:
        stem = " ".join(words(self.stem(word))) if self.stems or self.patterns else ""
        if self.stems and (stem or word) in self.stems:
            return True
        return any(
            (title or not title_only) and (pattern.fullmatch(word) or (not title_only and pattern.fullmatch(stem)))
            for pattern, title_only in self.patterns
        )


def _affirmed(node: Node | None) -> Iterator[Node]:
    match node:
        case None | Not():
            return
        case And(children) | Or(children):
            for child in children:
                yield from _affirmed(child)
        case _:
            yield node
