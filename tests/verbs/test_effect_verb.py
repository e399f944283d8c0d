"""``citra effect`` on an index: a planted campaign, an event that hit the controls too, odd questions; the command."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import redirect_stdout
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest

from citra.cli.main import cli
from citra.documents import Mention, mention_from_json
from citra.errors import InputError
from citra.store import Query
from citra.verbs.effect import effect, sentence
from citra.verbs.index import open_index

FIRST, AT = date(2026, 8, 3), date(2026, 10, 5)
LAST = AT + timedelta(days=20)


def world() -> Iterator[Mention]:
    """63 days and 21 more: from ``AT`` on bkn falls from .6 to .2 negative, kemenkes stays; kpk rises with lan."""
    rng = random.Random(5)
    number = 0
    for step in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=step)
        after = day >= AT
        chances = {
            "bkn": 0.2 if after else 0.6,
            "kemenkes": 0.4,
            "kpk": 0.8 if after else 0.4,
            "lan": 0.8 if after else 0.4,
        }
        for office, chance in chances.items():
            for _ in range(rng.randint(4, 9) + (8 if office == "kemenkes" and after else 0)):
                number += 1
                at = datetime(day.year, day.month, day.day, 3, tzinfo=UTC).isoformat()
                label = "negative" if rng.random() < chance else "neutral"
                yield mention_from_json({
                    "id": f"d{number}", "source": "harian", "kind": "news", "url": "https://h.example", "text": "Teks",
                    "canonical_url": "https://h.example", "published": at, "fetched": at, "content_hash": "0",
                    "relevance": 0.9, "story_id": f"s{number}", "offices": [office],
                    "sentiment": {"label": label, "p_negative": 0.4, "p_neutral": 0.3, "p_positive": 0.3},
                    "model": {"name": "tiny", "version": "1"},
                })  # fmt: skip


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("effect") / "index")
    with open_index(path, create=True) as store, store.writing() as writer:
        writer.upsert(world(), version=1)
    return path


def of(office: str) -> Query:
    return Query(offices=(office,))


def test_a_campaign_that_worked(index: str) -> None:
    found = effect(index, of("bkn"), at=AT, controls=[of("kemenkes")], today=LAST + timedelta(days=5))
    assert (found.verdict, found.since, found.until) == ("effect", FIRST, LAST)
    assert found.step is not None
    assert found.own is not None
    assert found.step.high < 0
    assert found.step.low < -0.4 < found.step.high
    assert found.placebos is not None
    assert found.placebos.dates > 10
    assert found.detectable is not None
    assert found.controls[0].moved is False
    assert found.counterfactual is not None
    assert len(found.counterfactual.day) == 21
    assert abs(found.counterfactual.value.mean() - 0.6) < 0.12
    assert sentence(found).startswith("Pangsa negatif turun −")
    assert any("not corrected" in note for note in found.notes)


def test_nothing_happened(index: str) -> None:
    found = effect(index, of("kemenkes"), at=AT)
    assert found.verdict == "cannot-tell"
    assert "no change" in found.reason
    assert "belum dapat disimpulkan" in sentence(found)
    assert any("no controls" in note for note in found.notes)


def test_what_hit_the_controls_as_well_is_no_effect(index: str) -> None:
    assert effect(index, of("kpk"), at=AT).verdict == "effect"
    found = effect(index, of("kpk"), at=AT, controls=[of("lan")])
    assert found.verdict == "cannot-tell"
    assert found.controls[0].moved
    blamed = effect(index, of("kemenkes"), at=AT, controls=[of("kpk"), of("lan")])
    assert blamed.verdict == "cannot-tell"
    assert "controls" in blamed.reason
    assert "pembandingnya" in sentence(blamed)


def test_volume(index: str) -> None:
    found = effect(index, of("kemenkes"), at=AT, controls=[of("bkn"), of("lan")], measure="volume")
    assert found.verdict == "effect"
    assert found.step is not None
    assert found.step.low > 0.4
    assert sentence(found).startswith("Jumlah teks naik ")
    half = {AT + timedelta(days=n): 0.55 for n in range(30)}
    made_up = effect(index, of("bkn"), at=AT, measure="volume", coverage=half)
    assert made_up.step is not None
    assert made_up.step.value == pytest.approx(0.6, abs=0.25)  # half was collected, so twice as much was there


def test_odd_questions_have_answers(index: str, tmp_path: Path) -> None:
    early = effect(index, of("bkn"), at=FIRST + timedelta(days=12))
    assert early.verdict == "cannot-tell"
    assert "21 days" in early.reason
    rare = effect(index, of("zebra"), at=AT)
    assert "too few" in rare.reason or "only 0" in rare.reason
    assert "terlalu sedikit" in sentence(rare)
    same = effect(index, of("bkn"), at=AT, controls=[of("bkn")])
    assert same.verdict == "cannot-tell"
    assert any("no texts of its own" in note for note in same.notes)
    with pytest.raises(InputError, match="nothing before"):
        effect(index, of("bkn"), at=date(2020, 1, 1))
    with pytest.raises(InputError, match="no day after"):
        effect(index, of("bkn"), at=date(2030, 1, 1))
    with pytest.raises(InputError, match="before the event"):
        effect(index, of("bkn"), at=AT, until=AT - timedelta(days=2))
    with pytest.raises(InputError, match="volume"):
        effect(index, Query(sentiments=("negative",)), at=AT)
    with open_index(str(tmp_path / "empty"), create=True):
        pass
    with pytest.raises(InputError, match="empty"):
        effect(str(tmp_path / "empty"), Query(), at=AT)


def test_the_command(index: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITRA_INDEX_PATH", index)
    monkeypatch.chdir(tmp_path)
    asked = ["effect", "--query", "office:bkn", "--at", str(AT), "--controls", "office:kemenkes"]
    out = StringIO()
    with redirect_stdout(out):
        cli.main([*asked, "--json", "--plot", "e.svg"], standalone_mode=False)
    answer = json.loads(out.getvalue())
    assert answer["verdict"] == "effect"
    assert answer["step"]["high"] < 0
    assert len(answer["counterfactual"]) == 21
    assert (tmp_path / "e.svg").stat().st_size > 5_000
    shown = StringIO()
    with redirect_stdout(shown):
        cli.main(asked, standalone_mode=False)
    assert "EFFECT: " in shown.getvalue()
    assert "points" in shown.getvalue()
