"""A trend as JSON and as a table for the terminal."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from citra.documents import Bucket, to_json
from citra.trends.series import VERDICT_ID, Change, Verdict
from citra.verbs.trend import Trend

_BAR = 12
_EIGHTHS = " ▏▎▍▌▋▊▉█"
#: Below this share of the expected volume a bucket is marked: its counts lack a source, or part of one.
COVERED = 0.99
#: Lines of what differs when a result is asked for again.
MOST_DIFFERENCES = 10

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
        start = bucket.start.date()
        flat["partial"] = start in found.partial
        flat["flags"] = list(found.flags.get(start, ()))
    confusion, uneven = found.confusion, found.uneven
    return plain | {
        "since": found.since.isoformat(),
        "until": found.until.isoformat(),
        "count_by": found.by,
        "total": _bucket_json(found.total),
        "before": _bucket_json(found.before) if found.before else None,
        "change": _change_json(found.change) | {"basis": found.basis},
        "raw_change": _change_json(found.raw_change),
        "same_weekdays": _bucket_json(found.weekdays) if found.weekdays else None,
        "same_weekdays_change": _change_json(found.weekdays_change) if found.weekdays_change else None,
        "uneven_sources": {
            "compared": list(uneven.sources),
            "left_out": dict(uneven.left_out),
            "change_over_all": _change_json(uneven.change),
        }
        if uneven
        else None,
        "correction": {"model": confusion.model, "gold": confusion.gold, "measured": confusion.date}
        if confusion
        else None,
        "notes": list(found.notes),
    }


def show(found: Trend, raw: bool = False) -> None:
    """Print the table, the whole period, the change against the one before, and the notes.

    :param raw: shares of counted labels, not corrected for classifier error.
    """
    raw = raw or found.confusion is None
    # Where the output is no terminal (a file, a pipe) rich would cut the columns at 80.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    if found.total.placements:
        console.print(_table(found, raw))
        for line in _sentences(found, raw):
            console.print(line, markup=False, soft_wrap=True)
    for note in found.notes:
        console.print(f"note: {note}", markup=False, soft_wrap=True)


def show_result(told: Mapping[str, Any]) -> None:
    """Print the id of a result; of one that was asked for again, whether its numbers are the same."""
    console = Console(highlight=False, soft_wrap=True)
    if "made" not in told:
        if told:
            console.print(f"result {told['id']}", style="dim")
        return
    same = "the same numbers" if told["same"] else "other numbers"
    console.print(f"result {told['id']} of {told['made']}: {same}", markup=False)
    for line in told["changed"]:
        console.print(f"changed: {line}", markup=False)
    for line in told["differs"][:MOST_DIFFERENCES]:
        console.print(f"  {line}", markup=False)
    if (rest := len(told["differs"]) - MOST_DIFFERENCES) > 0:
        console.print(f"  and {rest} more (--json has all)", markup=False)


def _table(found: Trend, raw: bool) -> Table:
    stories = found.by == "stories"
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column(found.series.interval.capitalize())
    for name in ("Texts", "Stories", "Neg.", "Neut.", "Pos."):
        table.add_column(name, justify="right")
    of = " of stories" if stories else ""
    table.add_column(f"Negative, {'as labelled' if raw else 'corrected'} [95 %]{of}", justify="right")
    table.add_column("")
    table.add_column("")
    top = max((b.placements for b in found.series.buckets), default=0)
    for bucket in found.series.buckets:
        table.add_row(_name(found, bucket), *_cells(bucket, raw), _bar(bucket.placements, top), _marks(found, bucket))
    table.add_section()
    table.add_row("total", *_cells(found.total, raw), "", "", style="bold")
    return table


def _cells(bucket: Bucket, raw: bool) -> list[str]:
    counts = (bucket.placements, bucket.stories, bucket.negative, bucket.neutral, bucket.positive)
    return [*(f"{count:,}" for count in counts), _share(bucket, raw)]


def _share(bucket: Bucket, raw: bool) -> str:
    if raw:
        shown = (bucket.share, bucket.share_low, bucket.share_high)
    else:
        shown = (bucket.corrected, bucket.corrected_low, bucket.corrected_high)
    value, low, high = shown
    if value is None or low is None or high is None:
        return "too few" if bucket.placements else "–"
    return f"{value:6.1%} [{low:.0%}–{high:.0%}]".replace("[", r"\[")


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
    elif flags := found.flags.get(bucket.start.date()):
        marks.append(f"◐ {flags[0]}{f' and {len(flags) - 1} more' if flags[1:] else ''}")
    if bucket.start.date() in found.partial:
        marks.append("part of it")
    return ", ".join(marks)


def _sentences(found: Trend, raw: bool) -> Iterator[str]:
    """What changed against the periods before, a line each."""
    before = found.before
    if before is None or found.before_since is None:
        yield "There is no period before."
        return
    last = found.since.fromordinal(found.since.toordinal() - 1)
    texts = f"{before.placements:,} → {found.total.placements:,} texts"
    volume = f"{texts}, {before.stories:,} → {found.total.stories:,} stories"
    change = found.raw_change if raw else found.change
    basis = "as labelled" if raw or found.basis == "raw" else "corrected"
    yield f"Against {found.before_since} to {last}: {volume}; negative, {basis}{_words(change)}."
    if found.uneven:
        names = sorted(found.uneven.left_out)
        who = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if names[3:] else "")
        every = "" if raw else f" (all sources{_words(found.uneven.change)})"
        kept = len(found.uneven.sources)
        yield f"  Measured over the {kept} sources that were there throughout, without {who}{every}."
    if found.weekdays_change and not raw and found.weekdays_since not in {None, found.before_since}:
        yield f"Against the same weekdays from {found.weekdays_since}{_words(found.weekdays_change)}."


def _words(change: Change) -> str:
    verdict = f"{_VERDICT[change.verdict]} ({VERDICT_ID[change.verdict]})"
    if change.now is None or change.before is None or change.low is None or change.high is None:
        return f": {verdict}"
    points = f"{100 * (change.difference or 0):+.1f} points [{100 * change.low:+.1f}, {100 * change.high:+.1f}]"
    return f": {change.before.value:.1%} → {change.now.value:.1%} ({points}): {verdict}"


def _change_json(change: Change) -> dict[str, Any]:
    return dataclasses.asdict(change) | {"label_id": VERDICT_ID[change.verdict]}


def _bucket_json(bucket: Bucket) -> dict[str, Any]:
    return dataclasses.asdict(bucket) | {"start": bucket.start.isoformat()}
