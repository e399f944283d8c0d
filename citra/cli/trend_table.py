"""A trend as JSON and as a table for the terminal."""

from __future__ import annotations

import dataclasses
import sys
from typing import Any

from rich.console import Console
from rich.table import Table

from citra.documents import Bucket, to_json
from citra.trends.series import VERDICT_ID, Verdict
from citra.verbs.trend import Trend

_BAR = 12
_EIGHTHS = " ▏▎▍▌▋▊▉█"
#: Below this share of the expected volume a bucket is marked: its counts lack a source, or part of one.
COVERED = 0.99

_VERDICT: dict[Verdict, str] = {
    "up": "more negative",
    "down": "less negative",
    "unclear": "no clear change",
    "too-few": "too few stories to compare",
}


def as_json(found: Trend) -> dict[str, Any]:
    """Everything of the trend as JSON-ready values; the series' fields stand at the top."""
    plain = to_json(found.series)
    for bucket, flat in zip(found.series.buckets, plain["buckets"], strict=True):
        flat["partial"] = bucket.start.date() in found.partial
    return plain | {
        "since": found.since.isoformat(),
        "until": found.until.isoformat(),
        "count_by": found.by,
        "total": _bucket_json(found.total),
        "before": _bucket_json(found.before) if found.before else None,
        "change": dataclasses.asdict(found.change) | {"label_id": VERDICT_ID[found.change.verdict]},
        "notes": list(found.notes),
    }


def show(found: Trend) -> None:
    """Print the table, the whole period, the change against the one before, and the notes."""
    # Where the output is no terminal (a file, a pipe) rich would cut the columns at 80.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 110)
    if found.total.placements:
        console.print(_table(found))
        console.print(_sentence(found), markup=False, soft_wrap=True)
    for note in found.notes:
        console.print(f"note: {note}", markup=False, soft_wrap=True)


def _table(found: Trend) -> Table:
    stories = found.by == "stories"
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column(found.series.interval.capitalize())
    for name in ("Texts", "Stories", "Neg.", "Neut.", "Pos."):
        table.add_column(name, justify="right")
    table.add_column(f"Negative share [95 %]{' of stories' if stories else ''}", justify="right")
    table.add_column("")
    table.add_column("")
    top = max((b.placements for b in found.series.buckets), default=0)
    for bucket in found.series.buckets:
        table.add_row(_name(found, bucket), *_cells(bucket), _bar(bucket.placements, top), _marks(found, bucket))
    table.add_section()
    table.add_row("total", *_cells(found.total), "", "", style="bold")
    return table


def _cells(bucket: Bucket) -> list[str]:
    counts = (bucket.placements, bucket.stories, bucket.negative, bucket.neutral, bucket.positive)
    return [*(f"{count:,}" for count in counts), _share(bucket)]


def _share(bucket: Bucket) -> str:
    if bucket.share is None:
        return "too few" if bucket.placements else "–"
    assert bucket.share_low is not None
    assert bucket.share_high is not None
    return f"{bucket.share:6.1%} [{bucket.share_low:.0%}–{bucket.share_high:.0%}]".replace("[", r"\[")


def _bar(count: int, top: int) -> str:
    eighths = round(count / top * _BAR * 8) if top else 0
    if count and not eighths:
        eighths = 1
    return "█" * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else "")


def _name(found: Trend, bucket: Bucket) -> str:
    start = bucket.start.date()
    if found.series.interval == "month":
        return f"{start:%Y-%m}"
    return f"{start:%a %Y-%m-%d}" if found.series.interval == "day" else f"{start:%G-W%V %m-%d}"


def _marks(found: Trend, bucket: Bucket) -> str:
    marks = []
    if bucket.coverage is not None and bucket.coverage < COVERED:
        marks.append(f"◐ {bucket.coverage:.0%} covered")
    if bucket.start.date() in found.partial:
        marks.append("part of it")
    return ", ".join(marks)


def _sentence(found: Trend) -> str:
    """What changed against the period before, in one line."""
    change, before = found.change, found.before
    if before is None or found.before_since is None:
        return "There is no period before."
    last = found.since.fromordinal(found.since.toordinal() - 1)
    then = f"{found.before_since} to {last}"
    texts = f"{before.placements:,} → {found.total.placements:,} texts"
    volume = f"{texts}, {before.stories:,} → {found.total.stories:,} stories"
    verdict = f"{_VERDICT[change.verdict]} ({VERDICT_ID[change.verdict]})"
    if change.now is None or change.before is None or change.low is None or change.high is None:
        return f"Against {then}: {volume}; {verdict}."
    points = f"{100 * (change.difference or 0):+.1f} points [{100 * change.low:+.1f}, {100 * change.high:+.1f}]"
    shares = f"{change.before.value:.1%} → {change.now.value:.1%} ({points})"
    return f"Against {then}: {volume}; negative {shares}: {verdict}."


def _bucket_json(bucket: Bucket) -> dict[str, Any]:
    return dataclasses.asdict(bucket) | {"start": bucket.start.isoformat()}
