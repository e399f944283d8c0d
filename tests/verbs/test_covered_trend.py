"""No outage makes a mood: what was silent is marked and left out of the comparison; a real change is still seen."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from citra.documents import JAKARTA, Document, Mention, Model, Partition, Sentiment, content_hash, document_id
from citra.lake import Lake
from citra.store import Query
from citra.trends.series import same_weekdays_before
from citra.verbs.correction import read_confusion
from citra.verbs.coverage import Coverage, DayCoverage
from citra.verbs.covered_trend import common_of, covered_trend
from citra.verbs.index import open_index
from citra.verbs.trend import Trend

END = date(2026, 11, 22)
NOW = datetime(2026, 11, 23, 9, tzinfo=JAKARTA)
#: source → texts a day; the largest speaks worst
SOURCES = {"besar": 30, "kecil": 8, "lain": 8}
SILENT = (date(2026, 11, 9), END)


def _labels(source: str, day: date, mood: float) -> Iterator[str]:
    """Predicted labels of a day: ``besar`` is negative at 70 %, the others at 25 % and ``mood`` in the last week."""
    rng = random.Random(f"{source} {day}")
    share = 0.7 if source == "besar" else mood if day > date(2026, 11, 8) else 0.25
    for _ in range(SOURCES[source]):
        yield "negative" if rng.random() < share else "neutral"


def _mention(source: str, day: date, number: int, label: str) -> Mention:
    confusion = read_confusion("citra-asn-small")
    assert confusion is not None
    name, _, version = confusion.model.partition("@")
    key, text = f"{day}-{number}", f"Teks {source} {day} {number}"
    document = Document(
        id=document_id(source, key), source=source, kind="news", url=key, canonical_url=key, title="", text=text,
        published=datetime.combine(day, time(9), JAKARTA).astimezone(UTC), fetched=NOW.astimezone(UTC),
        content_hash=content_hash("", text),
    )  # fmt: skip
    chances = {f"p_{each}": 0.8 if each == label else 0.1 for each in ("negative", "neutral", "positive")}
    return Mention(
        document=document, relevance=0.9, story_id=document.id, model=Model(name=name, version=version),
        sentiment=Sentiment(label=label, **chances),  # type: ignore[arg-type]
    )  # fmt: skip


def _world(folder: Path, *, silent: Mapping[str, tuple[date, date]], mood: float = 0.25) -> Path:
    """Eight weeks of three sources in a lake and an index."""
    lake = Lake(str(folder / "lake"))
    with open_index(str(folder / "index"), create=True) as store, store.writing() as writer:
        for source in SOURCES:
            first, last = silent.get(source, (date.max, date.max))
            days = [END - timedelta(days=n) for n in range(56)]
            found = [
                _mention(source, day, number, label)
                for day in days
                if not first <= day <= last
                for number, label in enumerate(_labels(source, day, mood))
            ]
            writer.upsert(found, version=1)
            lake.write("documents", Partition.of(source, NOW), [one.document for one in found])
            record = {
                "run": source, "source": source, "kind": "news", "started": NOW.isoformat(), "since": None,
                "succeeded": True, "silent": False, "error": None, "floor": 0, "ceiling": None,
            }  # fmt: skip
            with lake.replacing(lake.path("coverage", Partition.of(source, NOW))) as out:
                out.write((json.dumps(record) + "\n").encode())
    return folder


def _asked(folder: Path, **options: object) -> Trend:
    query = Query(since=date(2026, 11, 9), until=END)
    with open_index(str(folder / "index")) as store:
        return covered_trend(store, Lake(str(folder / "lake")), query, now=NOW, **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def outage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _world(tmp_path_factory.mktemp("outage"), silent={"besar": SILENT})


def test_the_outage_of_the_largest_source_is_no_change_of_mood(outage: Path) -> None:
    found = _asked(outage)
    assert found.uneven is not None
    assert found.uneven.change.verdict == "down"  # what one who does not know would read
    assert found.change.verdict == "unclear"
    assert found.basis == "corrected"
    assert found.uneven.sources == ("kecil", "lain")
    assert "silent" in found.uneven.left_out["besar"]
    assert found.flags[date(2026, 11, 12)] == ("besar silent",)
    assert all(bucket.coverage is not None and bucket.coverage < 0.5 for bucket in found.series.buckets[1:])
    assert any(note.startswith("besar silent, 2026-11-") for note in found.notes)


def test_common_sources_alone(outage: Path) -> None:
    every, common = _asked(outage), _asked(outage, common_sources=True)
    assert common.change == every.change
    assert common.before is not None
    assert (common.total.placements, common.before.placements) == (14 * 16, 14 * 16)
    assert common.series.query_id == every.series.query_id
    assert all(bucket.coverage == 1 for bucket in common.series.buckets)


def test_a_change_is_seen_through_the_outage(tmp_path: Path) -> None:
    found = _asked(_world(tmp_path, silent={"besar": SILENT}, mood=0.5))
    assert found.change.verdict == "up"
    assert found.uneven is not None
    assert found.uneven.change.verdict != "up"


def test_even_sources_need_no_word(tmp_path: Path) -> None:
    found = _asked(_world(tmp_path, silent={}))
    assert (found.uneven, found.flags) == (None, {})
    assert found.change.verdict == "unclear"
    assert found.weekdays_change == found.change  # 14 days before are the same weekdays


def test_nothing_in_common_cannot_be_compared(tmp_path: Path) -> None:
    found = _asked(_world(tmp_path, silent=dict.fromkeys(SOURCES, (date(2026, 11, 12), date(2026, 11, 15)))))
    assert found.change.verdict == "too-few"
    assert "no source was there in all of both periods: they cannot be compared" in found.notes


def _days(source: str, statuses: str) -> list[DayCoverage]:
    """One letter a day from the 1st: o ok, s silent, f flood; ten texts are expected."""
    names = {"o": ("ok", 10, 1.0), "s": ("silent", 0, 0.0), "f": ("flood", 60, 1.0)}
    return [
        DayCoverage(
            source=source, day=date(2026, 11, number), status=names[letter][0], reason="why",  # type: ignore[arg-type]
            documents=names[letter][1], expected=10.0, covered=names[letter][2], runs=1, silent_hours=(),
        )
        for number, letter in enumerate(statuses, 1)
        if letter != "-"
    ]  # fmt: skip


def test_who_has_been_there() -> None:
    seen = {
        "steady": "o" * 28,
        "gap": "o" * 13 + "s" + "o" * 14, "gone": "o" * 20 + "s" * 8, "loud": "o" * 20 + "f" + "o" * 7,
        "new": "-" * 10 + "o" * 18, "late": "-" + "o" * 27,
    }  # fmt: skip
    days = [day for source, statuses in seen.items() for day in _days(source, statuses)]
    spans = [(date(2026, 11, 1), date(2026, 11, 14)), (date(2026, 11, 15), date(2026, 11, 28))]
    found = common_of(Coverage(days=tuple(days)), [*seen, "imported"], spans)
    assert found.sources == ("gap", "imported", "late", "steady")
    assert {name: why.split(",")[0] for name, why in found.left_out.items()} == {
        "gone": "silent", "loud": "flooding", "new": "collected since 2026-11-11 only",
    }  # fmt: skip


def test_same_weekdays() -> None:
    assert same_weekdays_before(date(2026, 11, 24), date(2026, 11, 24)) == (date(2026, 11, 17), date(2026, 11, 17))
    assert same_weekdays_before(date(2026, 11, 16), date(2026, 11, 22)) == (date(2026, 11, 9), date(2026, 11, 15))
    assert same_weekdays_before(date(2026, 11, 16), date(2026, 11, 23)) == (date(2026, 11, 2), date(2026, 11, 9))
    assert same_weekdays_before(date(1, 1, 3), date(1, 1, 4)) is None
