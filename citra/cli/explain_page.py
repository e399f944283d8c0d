"""An explanation as a page of its own (Bahasa Indonesia) and as coloured words in a terminal."""

from __future__ import annotations

from html import escape

from rich.console import Console
from rich.text import Text

from citra import indonesian
from nlp.explain import Decision, Explanation

#: shades of a word, by its effect against the strongest one
LEVELS = 4
#: effects in log-odds below this are noise of the quantised network (about .03) and stay uncoloured
LEAST = 0.05

_STYLE = """
body{font:16px/1.6 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
h1{font-size:1.3rem}h2{font-size:1.05rem;margin-top:2rem}.note{color:#555}
span.f1{background:#e3eefb}span.f2{background:#c2dbf7}span.f3{background:#93bff0}span.f4{background:#5f9fe6}
span.a1{background:#fdf0e0}span.a2{background:#fadfbd}span.a3{background:#f5c68b}span.a4{background:#efa955}
span[class^=f]{border-bottom:2px solid #1c5fa8}span[class^=a]{border-bottom:2px dotted #a85b00}
table{border-collapse:collapse}td,th{padding:.15rem .8rem .15rem 0;text-align:left}td.n{text-align:right}
"""


def page(found: Explanation) -> str:
    """A whole HTML document; it loads nothing and runs nothing, and all text in it is escaped."""
    parts = [_decision(found, decision) for decision in shown(found)]
    notes = [found.note_id] if found.note_id else []
    if found.corrected_by:
        notes.append(f"Label teks ini sudah dikoreksi oleh {found.corrected_by}; koreksi itu yang dihitung.")
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        '<!doctype html><html lang="id"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width"><title>Mengapa label ini?</title>'
        f"<style>{_STYLE}</style></head><body><h1>Mengapa label ini?</h1>"
        + (f'<p class="note">Teks {escape(found.id)}</p>' if found.id else "")
        + "".join(f'<p class="note">{escape(note)}</p>' for note in notes)
        + ("".join(parts) or f"<p>{escape(found.text)}</p>")
        + '<p class="note">Biru bergaris utuh: kata yang mendukung keputusan; jingga bergaris titik: kata yang '
        "melawannya. Setiap kata dihilangkan satu per satu, lalu model ditanya lagi. Ini menunjukkan kata mana yang "
        "menggerakkan model, bukan apakah isi teks benar.</p>"
        f'<p class="note">Model {escape(found.model.name)} {escape(found.model.version)}</p></body></html>\n'
    )


def show(console: Console, found: Explanation) -> None:
    """Print the decisions with their words; blue and underlined speaks for, yellow against."""
    for note in (found.note, f"corrected by {found.corrected_by}: those labels count" if found.corrected_by else ""):
        if note:
            console.print(note, style="yellow", markup=False)
    if not found.decisions:
        console.print(found.text, markup=False)
    for decision in shown(found):
        console.print(f"\n{decision.name}: {decision.label} (p {decision.p:.2f})", style="bold", markup=False)
        text = Text(found.text)
        for (start, end), level in zip(found.words, levels(decision), strict=True):
            if level:
                strong = "bold " if abs(level) >= LEVELS - 1 else ""
                text.stylize(f"{strong}underline blue" if level > 0 else f"{strong}yellow", start, end)
        console.print(text)
        line = "  ".join(f"{word} {effect:+.2f}" for word, effect in found.strongest(decision, 8))
        console.print(line, style="dim", markup=False)


def shown(found: Explanation) -> list[Decision]:
    """Sentiment, relevance and the topics that were given."""
    return [decision for decision in found.decisions if decision.label != "no"]


def levels(decision: Decision) -> list[int]:
    """Shade of each word: 1 to ``LEVELS`` where it speaks for the decision, negative where against, 0: neither."""
    most = max(map(abs, decision.effects), default=0.0)
    found = []
    for effect in decision.effects:
        level = 0 if abs(effect) < LEAST else max(1, round(LEVELS * abs(effect) / most))
        found.append(level if effect > 0 else -level)
    return found


def title(decision: Decision) -> str:
    """``Sentimen: negatif (peluang 89,0 %)``."""
    if decision.name == "sentiment":
        words = f"Sentimen: {indonesian.LABELS[decision.label]}"
    elif decision.name == "relevance":
        words = "Relevan bagi citra ASN" if decision.label == "relevant" else "Tidak relevan bagi citra ASN"
    else:
        words = f"Topik: {indonesian.LABELS[decision.name]}"
    return f"{words} (peluang {indonesian.percent(decision.p)})"


def _decision(found: Explanation, decision: Decision) -> str:
    parts, last = [], 0
    for (start, end), level in zip(found.words, levels(decision), strict=True):
        parts.append(escape(found.text[last:start]))
        word = escape(found.text[start:end])
        parts.append(f'<span class="{"f" if level > 0 else "a"}{abs(level)}">{word}</span>' if level else word)
        last = end
    rows = "".join(
        f'<tr><td>{escape(word)}</td><td class="n">{indonesian.number(effect, 2)}</td></tr>'
        for word, effect in found.strongest(decision, 8)
    )
    return (
        f"<h2>{escape(title(decision))}</h2><p>{''.join(parts)}</p>"
        f"<table><tr><th>Kata</th><th>Pengaruh (log-odds)</th></tr>{rows}</table>"
    )
