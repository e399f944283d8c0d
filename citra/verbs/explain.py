"""Explain: why a text got its labels, in words of the text."""

from __future__ import annotations

import re
from dataclasses import replace

from citra.documents import Mention
from citra.errors import InputError
from citra.verbs.index import open_index
from nlp.explain import Explanation, Scorer, explain_text
from nlp.language import detect, is_scored
from nlp.text import clean, first_words, joined

_ID = re.compile(r"[0-9a-f]{24}")


def explain(target: str, *, analyser: Scorer, index: str | None = None) -> Explanation:
    """Why a text of the index, or any text, gets its labels.

    :param target: id of a mention in ``index``, or else a text.
    :param analyser: as :func:`nlp.encoder.load_analyser` gives it.
    :raises InputError: an id that the index does not have; an empty text. :raises StoreError: no index.
    """
    if index is not None and not re.search(r"\s", target.strip()):
        with open_index(index) as store:
            mention = store.get(target.strip())
        if mention is not None:
            return explain_mention(mention, analyser)
    if _ID.fullmatch(target.strip()):
        raise InputError(f"{target.strip()}: no text with this id in the index; `citra search --json` shows ids")
    if not target.strip():
        raise InputError("nothing to explain: give an id or a text")
    return _explain("", target, analyser)


def explain_mention(mention: Mention, analyser: Scorer) -> Explanation:
    """Why the model labels a mention as it does; ``corrected_by`` says whose labels count instead."""
    found = _explain(mention.document.title, mention.document.text, analyser)
    note, note_id = found.note, found.note_id
    if not note and mention.model != analyser.model:
        own, now = (f"{model.name}@{model.version}" for model in (mention.model, analyser.model))
        note = f"the index has the labels of {own}; this is what {now} says"
        note_id = f"Indeks memuat label dari {own}; penjelasan ini menurut {now}."
    return replace(found, id=mention.id, corrected_by=mention.corrected_by, note=note, note_id=note_id)


def _explain(title: str, text: str, analyser: Scorer) -> Explanation:
    readable = joined(clean(title), clean(text))
    language = detect(readable)
    if any(map(str.isalpha, readable)) and is_scored(language):
        return explain_text(first_words(readable), analyser)
    note, note_id = "a text without letters is not judged", "Teks tanpa huruf tidak dinilai."
    if not is_scored(language):
        note = f"a text in another language ({language}) is kept, but not judged"
        note_id = f"Teks berbahasa lain ({language}) disimpan, tetapi tidak dinilai."
    unjudged = Explanation(text=first_words(readable), words=(), pieces=(), decisions=(), model=analyser.model)
    return replace(unjudged, note=note, note_id=note_id)
