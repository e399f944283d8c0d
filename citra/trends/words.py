"""Which words tell two sets of texts apart. Pure over counts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: Weight of the prior: so many words of background, but no more than there are in question.
PRIOR_WORDS = 500.0
#: Words rarer than this among the texts in question are chance.
LEAST_COUNT = 2
#: Two-sided 95 %.
Z95 = 1.96


@dataclass(frozen=True, slots=True, kw_only=True)
class Distinctive:
    word: str
    now: int  #: count in the texts in question
    before: int  #: count in those they are compared with
    z: float  #: log-odds ratio in units of its standard error


def distinctive(
    now_counts: Mapping[str, int], before_counts: Mapping[str, int], k: int = 10, *, least: int = LEAST_COUNT
) -> list[Distinctive]:
    """The ``k`` words most over-represented now, most distinctive first; only those beyond chance (z > 1.96).

    Log-odds ratio with an informative Dirichlet prior, the prior being all texts together: Monroe, B. L., Colaresi,
    M. P. & Quinn, K. M. (2008), *Fightin' Words*, Political Analysis 16, 372-403, eqs. 15-22. Without texts to
    compare with there is nothing distinctive.

    :param now_counts: word (or stem) → in how many stories it occurs, so that copies count once; same for ``before``.
    """
    now_total, before_total = sum(now_counts.values()), sum(before_counts.values())
    if not now_total or not before_total:
        return []
    weight = min(PRIOR_WORDS, float(now_total))
    found = []
    for word, now in now_counts.items():
        if now < least:
            continue
        before = before_counts.get(word, 0)
        prior = weight * (now + before) / (now_total + before_total)
        odds = math.log((now + prior) / max(now_total + weight - now - prior, 0.5))
        odds -= math.log((before + prior) / max(before_total + weight - before - prior, 0.5))
        z = odds / math.sqrt(1 / (now + prior) + 1 / (before + prior))
        if z > Z95:
            found.append(Distinctive(word=word, now=now, before=before, z=z))
    return sorted(found, key=lambda one: (-one.z, one.word))[:k]


def beyond_chance(found: Sequence[Distinctive], tested: int, rate: float = 0.05) -> list[Distinctive]:
    """Those of ``found`` (most distinctive first) that are not to be expected among so many ``tested`` words.

    Of the words kept, at most ``rate`` are expected to be chance: Benjamini, Y. & Hochberg, Y. (1995), *Controlling the
    false discovery rate*, J. Royal Statistical Society B 57, 289-300.
    """
    chances = [math.erfc(one.z / math.sqrt(2)) for one in found]
    last = max((i for i, p in enumerate(chances, 1) if p <= rate * i / max(tested, 1)), default=0)
    return list(found[:last])
