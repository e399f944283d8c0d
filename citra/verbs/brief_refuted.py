"""Fact-checks that refute a claim, and the stories that they speak of."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from citra.alerts.evidence import one_line
from citra.brief.selection import Selection, of_text
from citra.brief.shapes import Period, Refutation
from citra.documents import JAKARTA, Mention
from citra.verbs.brief_counts import Asker
from citra.verbs.watch_evidence import function_words
from nlp.stem import stem_text

#: A claim that was checked longer ago is no news.
AGE = 60
#: Fact-checks, and texts that say how common a word is, that are read.
MOST_CHECKS, MOST_COMMON = 2_000, 2_000
#: Less alike is another matter; set on invented examples, see docs/brief.md.
ALIKE = 0.3
SHOWN = 2
#: Where fact-checks stand: outlets of their own (cekfakta.com, turnbackhoax.id), sections of others (Liputan6 …).
_WHERE = (
    'source:cekfakta OR source:turnbackhoax OR section:"cek fakta" OR title:"cek fakta" OR title:hoaks OR title:salah'
)
_OUTLETS = frozenset({"cekfakta", "turnbackhoax"})
_SECTION = re.compile(r"cek[ -]?fakta|hoa(?:ks|x)|periksa fakta", re.I)
_REFUTES = re.compile(
    r"\bhoa(?:ks|x)\b|\bsalah\b|\btidak benar\b|\bkeliru\b|\bmenyesatkan\b|\bpalsu\b|\bpenipuan\b|\bmanipulasi\b"
    r"|\bdisinformasi\b|\bmisinformasi\b|\btidak terbukti\b", re.I,
)  # fmt: skip
#: Of every fact-check, so of none in particular.
_TRADE = (
    "cek fakta hoaks hoax salah benar keliru sesat palsu tipu klaim narasi unggah video foto beredar viral sebar "
    "periksa telusur simpul"
)


def is_fact_check(mention: Mention) -> bool:
    """A text of a fact-check outlet or section."""
    document = mention.document
    if document.source in _OUTLETS or _SECTION.search(document.section or ""):
        return True
    return bool(re.match(r"\W*(?:cek fakta|hoa(?:ks|x)|salah)\b", document.title, re.I)) or any(
        part in document.canonical_url for part in ("/cek-fakta/", "/cekfakta/", "//cekfakta.", "turnbackhoax.")
    )


def refutes(mention: Mention) -> bool:
    """Whether its title, or the beginning of its text, says that the claim is wrong."""
    document = mention.document
    return bool(_REFUTES.search(document.title) or _REFUTES.search(document.text[:300]))


@dataclass(frozen=True, slots=True)
class FactChecks:
    """Refutations by ``AGE`` days before the end of a period, with the words they are recognised by."""

    checks: tuple[tuple[Mention, frozenset[str]], ...]
    weights: Mapping[str, float]  #: stem → how much it tells

    @classmethod
    def read(cls, asker: Asker, period: Period) -> FactChecks:
        since = period.until - timedelta(days=AGE)
        where = Selection(text=_WHERE, since=since, until=period.until, everything=True)
        found = [
            one for one in islice(asker.store.iterate(asker.query(where)), MOST_CHECKS)
            if is_fact_check(one) and refutes(one)
        ]  # fmt: skip
        if not found:
            return cls((), {})
        common = asker.store.iterate(asker.query(Selection(since=period.usual_since, until=period.until)))
        dull = _dull()
        counts: Counter[str] = Counter()
        texts = 0
        for mention in (*islice(common, MOST_COMMON), *found):
            counts.update(_words(mention) - dull)
            texts += 1
        weights = {word: math.log((1 + texts) / (1 + count)) for word, count in counts.items()}
        return cls(tuple((one, frozenset(_words(one) - dull)) for one in found), weights)

    def of(self, mention: Mention) -> tuple[Refutation, ...]:
        """Those that speak of the same as ``mention``, the most alike first."""
        own = frozenset(_words(mention))
        alike = [(self._likeness(own, words), check) for check, words in self.checks if check.id != mention.id]
        order = sorted((-likeness, check.id, check) for likeness, check in alike if likeness >= ALIKE)
        return tuple(_refutation(check, -negated) for negated, _, check in order[:SHOWN])

    def _likeness(self, one: frozenset[str], two: frozenset[str]) -> float:
        """Cosine of the two sets of words, weighted by how much each tells."""
        both = self._length(one & two)
        if not both:
            return 0.0
        return both / math.sqrt(self._length(one & self.weights.keys()) * self._length(two))

    def _length(self, words: Iterable[str]) -> float:
        return sum(self.weights[word] ** 2 for word in sorted(words))


def _refutation(check: Mention, likeness: float) -> Refutation:
    document = check.document
    is_web = document.canonical_url.startswith(("http://", "https://"))
    return Refutation(
        title=one_line(document.title or document.text[:110]),
        url=document.canonical_url if is_web else "",
        source=document.source,
        published=document.published.astimezone(JAKARTA) if document.published else None,
        of=of_text(check.id),
        likeness=likeness,
    )


def _words(mention: Mention) -> set[str]:
    return {word for word in mention.stems.split() if len(word) > 2 and not word.isdigit()}


def _dull() -> frozenset[str]:
    words: Sequence[str] = (*function_words(), *_TRADE.split())
    return frozenset({*words, *stem_text(" ".join(sorted(words))).split()})
