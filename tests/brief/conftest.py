"""The demonstration newsroom, run once as a user runs it, and a brief made by hand."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from brief_newsroom import DAY, END, Newsroom

from citra.brief.selection import Counted, Selection
from citra.brief.shapes import Amount, Brief, Mood, Period, Usual
from citra.trends.series import Change, Share


@pytest.fixture(scope="session")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Newsroom:
    cwd = tmp_path_factory.mktemp("brief")
    env = {name: value for name, value in os.environ.items() if not name.startswith("CITRA_")}
    command = [str(Path(sys.executable).with_name("citra")), "run", "--end", END.isoformat(), "--json"]
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return Newsroom(cwd / "data" / "demo" / END.isoformat(), {})


@pytest.fixture
def made() -> Callable[..., Brief]:
    """A brief by hand, with some of its fields."""

    def build(**values: object) -> Brief:
        whole = Selection(since=DAY, until=DAY)
        amount = Amount(now=Counted(value=1200, of=whole), usual=Usual(expected=9.0, low=3.0, high=15.0, p=1e-9))
        share = Share(value=0.125, low=0.1, high=0.15)
        change = Change(now=share, before=share, difference=0.0, low=-0.02, high=0.02, verdict="unclear")
        known: dict[str, object] = {
            "period": Period.of("day", DAY), "warnings": (), "texts": amount, "stories": Counted(value=9, of=whole),
            "negative": amount, "neutral": Counted(value=1, of=whole), "positive": Counted(value=2, of=whole),
            "mood": Mood(change=change, corrected=True, sources=3, left_out=()), "topics": (), "moved": (),
            "read": (), "answer": (), "good": (), "offices": (), "offices_since": DAY, "offices_compared": 0,
            "caveats": (), "incidents": (), "buckets": (), "history": 51, "relevance": 0.6, "index_version": "i",
            "model_version": "m@1", "gold": "g", "public_url": "",
        }  # fmt: skip
        return Brief(**(known | values))  # type: ignore[arg-type]

    return build
