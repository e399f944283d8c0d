"""The model's card as HTML: what it was trained on, how good it is, where it fails."""

from __future__ import annotations

from markdown_it import MarkdownIt
from markupsafe import Markup

from nlp.encoder import find_model

CARD = "MODEL_CARD.md"


def html(model: str) -> Markup | None:
    """The card of a shipped model or a model folder; None when it has none. Raw HTML in it stays text."""
    file = find_model(model) / CARD
    if not file.is_file():
        return None
    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    return Markup(reader.render(file.read_text(encoding="utf-8")))  # noqa: S704 - rendered with HTML switched off
