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
    rendered = reader.render(file.read_text(encoding="utf-8"))
    region = '<div class="scroll" tabindex="0" role="region" aria-label="{}"><table>'
    for number in range(1, rendered.count("<table>") + 1):  # each can be scrolled by the keyboard
        rendered = rendered.replace("<table>\n", region.format(f"{number}") + "\n", 1)
    return Markup(rendered.replace("</table>", "</table></div>"))  # noqa: S704 - rendered with HTML switched off
