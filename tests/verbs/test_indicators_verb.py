"""``citra indicators``: balances that can be followed by hand, correction, weak topics, odd questions; the command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import redirect_stdout
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest

from citra.cli.main import cli
from citra.documents import Mention, mention_from_json
from citra.errors import InputError
from citra.store import Query, Tally
from citra.trends.indicators import INDICATORS, change, corrected_balance, raw_balance
from citra.trends.quantify import Confusion, Corrector
from citra.verbs.index import open_index
from citra.verbs.indicators import indicators, topic_scores

ROOT = Path(__file__).resolve().parents[2]
FIRST = date(2026, 9, 28)  # a Monday


def world(model: str, version: str) -> Iterator[Mention]:
    """Eight weeks of 42 texts; service: of 4 texts 1 negative and, from week 5 on, 2 positive; corruption: all bad."""
    number = 0
    for step in range(56):
        for place in range(6):
            number += 1
            at = datetime.combine(FIRST + timedelta(days=step), datetime.min.time(), UTC) + timedelta(hours=4)
            topic = "service" if place < 4 else "corruption"
            label = "negative" if place in {0, 4, 5} else "positive" if place < 3 and step >= 28 else "neutral"
            yield mention_from_json({
                "id": f"d{number}", "source": "harian", "kind": "news", "url": "https://h.example", "text": "Teks",
                "canonical_url": "https://h.example", "published": at.isoformat(), "fetched": at.isoformat(),
                "content_hash": "0", "relevance": 0.9, "story_id": f"s{number}", "topics": [{"id": topic, "p": 0.9}],
                "sentiment": {"label": label, "p_negative": 0.4, "p_neutral": 0.3, "p_positive": 0.3},
                "model": {"name": model, "version": version},
            })  # fmt: skip


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("indicators") / "index")
    with open_index(path, create=True) as store, store.writing() as writer:
        writer.upsert(world("tiny", "1"), version=1)
    return path


PERIOD = {"since": FIRST + timedelta(days=28), "until": FIRST + timedelta(days=55)}


def test_balances(index: str) -> None:
    found = indicators(index, Query(**PERIOD))
    lines = {line.indicator.id: line for line in found.lines}
    assert list(lines) == ["satisfaction", "integrity", "trust", "transparency", "participation"]
    service = lines["satisfaction"]
    assert service.total is not None
    assert service.before is not None
    assert (service.placements, service.total.value, service.before.value) == (112, 0.25, -0.25)
    assert (service.total.positive.value, service.total.negative.value) == (0.5, 0.25)
    assert service.total.low < 0.25 < service.total.high
    assert (service.change.difference, service.change.verdict) == (0.5, "better")
    assert [bucket.placements for bucket in service.buckets] == [28] * 4
    assert [bucket.balance and bucket.balance.value for bucket in service.buckets] == [0.25] * 4
    assert lines["integrity"].total is not None
    assert lines["integrity"].total.value == -1
    assert lines["integrity"].change.verdict == "unclear"
    assert lines["trust"].placements == 168
    assert lines["participation"].total is None
    assert lines["participation"].change.verdict == "too-few"
    with open_index(index) as store:
        assert store.count(service.query).placements == 112
    assert any("not corrected" in note for note in found.notes)


def test_corrected_where_the_errors_are_known(tmp_path: Path) -> None:
    known = Confusion.from_json(json.loads((ROOT / "models/citra-asn-small/confusion.json").read_text()))
    name, _, version = known.model.rpartition("@")
    path = str(tmp_path / "index")
    with open_index(path, create=True) as store, store.writing() as writer:
        writer.upsert(world(name, version), version=1)
    found = indicators(path, Query(**PERIOD), only=("satisfaction", "transparency"))
    service, transparency = found.lines
    assert found.confusion == known
    assert service.total is not None
    assert service.total.corrected
    assert service.total.value != 0.25
    assert service.change.verdict == "better"
    assert "F1" in transparency.weak
    assert service.weak == ""


def test_the_balance_keeps_the_dependence_of_its_shares() -> None:
    tally = Tally(
        placements=400, stories=400, negative=200, positive=200, negative_stories=200, positive_stories=200, sum_mm=400
    )
    raw = raw_balance(tally)
    assert raw is not None
    assert raw.value == 0
    assert raw.high == pytest.approx(1.96 / 20, rel=0.1)  # of p - q with p + q = 1: twice the width of p
    how = Corrector(Confusion("m@1", "2026-01-01", "g", 0.6, (("news", ((90, 8, 2), (10, 80, 10), (2, 8, 90))),)))
    shares = how.correct({"news": tally})
    assert shares is not None
    fixed = corrected_balance(shares)
    assert abs(fixed.value) < 0.02
    assert fixed.high - fixed.low > raw.high - raw.low
    assert change(fixed, fixed).verdict == "unclear"
    assert change(fixed, raw).verdict == "too-few"
    assert raw_balance(Tally(placements=4, stories=4, negative=4, sum_mm=4)) is None


def test_scores_of_the_model_card() -> None:
    scores = topic_scores(["citra-asn-small@2026.11.24", "unknown@1"])
    assert {topic for one in INDICATORS for topic in one.topics} <= set(scores)
    assert all(0 <= score <= 1 for score in scores.values())
    assert topic_scores(["unknown@1"]) == {}
    text = (ROOT / "docs/indicators.md").read_text(encoding="utf-8")
    for one in INDICATORS:
        assert f"**{one.id}**" in text, f"docs/indicators.md does not say what {one.id} means"


def test_odd_questions_have_answers(index: str, tmp_path: Path) -> None:
    both = indicators(index, Query(topics=("corruption",), **PERIOD), only=("satisfaction", "integrity"))
    assert [line.placements for line in both.lines] == [0, 56]
    none = indicators(index, Query.of("zebra"))
    assert {line.placements for line in none.lines} == {0}
    assert "nothing matches" in none.notes[-1]
    first = indicators(index, Query())
    assert (first.since, first.until) == (FIRST, FIRST + timedelta(days=55))
    assert "no period before" in first.notes[-1]
    newest = indicators(index, Query(), newest=14, today=FIRST + timedelta(days=40))
    assert (newest.since, newest.until) == (FIRST + timedelta(days=27), FIRST + timedelta(days=40))
    with open_index(str(tmp_path / "empty"), create=True):
        pass
    assert "empty" in indicators(str(tmp_path / "empty"), Query()).notes[-1]
    with pytest.raises(InputError, match="did you mean 'trust'"):
        indicators(index, Query(), only=("trus",))
    with pytest.raises(InputError, match="sentiment"):
        indicators(index, Query(sentiments=("negative",)))


def test_the_command(index: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITRA_INDEX_PATH", index)
    monkeypatch.chdir(tmp_path)
    period = ["--from", str(PERIOD["since"]), "--to", str(PERIOD["until"])]
    out = StringIO()
    with redirect_stdout(out):
        cli.main(["indicators", *period, "--json"], standalone_mode=False)
    answer = json.loads(out.getvalue())
    assert answer["indicators"][0]["total"]["value"] == 0.25
    assert answer["indicators"][0]["change"]["label_id"] == "membaik"
    assert len(answer["indicators"][0]["buckets"]) == 4
    shown = StringIO()
    with redirect_stdout(shown):
        cli.main(["indicators", *period, "--by", "month"], standalone_mode=False)
    assert "+25 [" in shown.getvalue()
