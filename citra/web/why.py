"""An explanation as shaded pieces of text, for a template."""

from __future__ import annotations

from dataclasses import dataclass

from nlp.explain import Decision, Explanation

#: Shades of a word, by its effect against the strongest one; effects below LEAST are noise of the quantised network.
LEVELS, LEAST = 4, 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One decision and the text that led to it."""

    name: str  #: ``sentiment``, ``relevance`` or a topic's id
    label: str
    p: float
    pieces: tuple[tuple[str, int], ...]  #: text → shade: above 0 it speaks for the decision, below against, 0: neither
    strongest: tuple[tuple[str, float], ...]  #: words and by how much the log-odds fall without them
    note_id: str = ""
    note_en: str = ""


def reasons(found: Explanation) -> list[Reason]:
    """One for each decision that is shown; a text that was not judged gives one that says why."""
    shown = [decision for decision in found.decisions if decision.label != "no"]
    if not shown:
        return [Reason(name="", label="", p=0.0, pieces=((found.text, 0),), strongest=(), note_id=found.note_id,
                       note_en=found.note)]  # fmt: skip
    return [
        Reason(
            name=decision.name,
            label=decision.label,
            p=decision.p,
            pieces=tuple(_pieces(found, decision)),
            strongest=tuple((word, effect) for word, effect in found.strongest(decision, 6) if abs(effect) >= LEAST),
            note_id=found.note_id,
            note_en=found.note,
        )
        for decision in shown
    ]


def _pieces(found: Explanation, decision: Decision) -> list[tuple[str, int]]:
    most = max(map(abs, decision.effects), default=0.0)
    pieces, at = [], 0
    for (start, end), effect in zip(found.words, decision.effects, strict=True):
        if start > at:
            pieces.append((found.text[at:start], 0))
        level = 0 if abs(effect) < LEAST else max(1, round(LEVELS * abs(effect) / most))
        pieces.append((found.text[start:end], level if effect > 0 else -level))
        at = end
    return [*pieces, (found.text[at:], 0)]
