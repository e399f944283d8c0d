"""``citra compare``: lines of an index, split ministries, odd questions; the command."""

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
from citra.store import Query
from citra.verbs.compare import compare_units
from citra.verbs.index import open_index
from nlp.gazetteer import offices
from nlp.history import office_changes


def made(number: int, day: date, label: str, **changes: object) -> Mention:
    at = datetime(day.year, day.month, day.day, 3, tzinfo=UTC).isoformat()
    flat = {
        "id": f"d{number}", "source": "harian", "kind": "news", "url": "https://h.example", "text": "Teks",
        "canonical_url": "https://h.example", "published": at, "fetched": at, "content_hash": "0", "relevance": 0.9,
        "story_id": f"s{number}", "sentiment": {"label": label, "p_negative": 0.4, "p_neutral": 0.3, "p_positive": 0.3},
        "model": {"name": "tiny", "version": "1"}, "topics": [{"id": "service", "p": 0.9}],
    }  # fmt: skip
    return mention_from_json(flat | changes)


def world() -> Iterator[Mention]:
    """Around the split of 21 October 2024: the old ministry for 20 days, its three heirs for 20 more, two others."""
    number = 0
    for step in range(40):
        day = date(2024, 10, 1) + timedelta(days=step)
        heirs = ["kemenkumham"] if day < date(2024, 10, 21) else ["kemenkum", "kemenham", "kemenimipas"]
        for office, bad in (
            (heirs[step % len(heirs)], step >= 20),
            ("bkn", step % 5 == 0),
            ("kemenkes", step % 2 == 0),
        ):
            for copy in range(2):
                number += 1
                yield made(
                    number, day, "negative" if bad else "neutral", offices=[office],
                    regions=["32.71"] if copy else ["31", "32"], source="harian" if copy else "detak",
                )  # fmt: skip


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("compare") / "index")
    with open_index(path, create=True) as store, store.writing() as writer:
        writer.upsert(world(), version=1)
    return path


def test_a_split_ministry_is_one_line_with_the_day(index: str) -> None:
    found = compare_units(index, Query(), by="office")
    assert [line.id for line in found.lines] == ["kemenkumham", "kemenkes", "bkn"]
    line = found.lines[0]
    assert line.members == ("kemenkumham", "kemenkum", "kemenham", "kemenimipas")
    assert line.standing.placements == 80
    (broken,) = line.breaks
    assert broken.day == date(2024, 10, 21)
    assert "dipecah" in broken.text
    assert broken.change.before is not None
    assert (broken.change.before.value, broken.change.difference, broken.change.verdict) == (0, 1, "up")
    assert found.lines[1].breaks == ()
    assert sum(line.voice for line in found.lines) == pytest.approx(1)
    assert any("not corrected" in note for note in found.notes)


def test_after_the_split_each_stands_alone(index: str) -> None:
    found = compare_units(index, Query(since=date(2024, 10, 21)), by="office")
    assert {line.id for line in found.lines} == {"kemenkum", "kemenham", "kemenimipas", "kemenkes", "bkn"}
    assert not any(line.breaks for line in found.lines)
    assert found.lines[0].name.startswith("Kementerian")


def test_only_what_is_named(index: str) -> None:
    found = compare_units(index, Query(offices=("bkn", "kemenkes", "kemenhat")), by="office")
    assert {line.id for line in found.lines} == {"bkn", "kemenkes"}
    assert any("kemenhat" in note for note in found.notes)


def test_regions_topics_sources(index: str) -> None:
    provinces = compare_units(index, Query(), by="region")
    assert {line.name: line.standing.placements for line in provinces.lines} == {"DKI Jakarta": 120, "Jawa Barat": 240}
    cities = compare_units(index, Query(regions=("32",)), by="region", level="regency")
    assert [(line.name, line.standing.placements) for line in cities.lines] == [("Kota Bogor", 120)]
    assert [line.name for line in compare_units(index, Query(), by="topic").lines] == ["pelayanan publik"]
    assert {line.id for line in compare_units(index, Query(), by="source").lines} == {"harian", "detak"}
    most = compare_units(index, Query(), by="office", top=2)
    assert (len(most.lines), most.units) == (2, 3)
    assert any("--top" in note for note in most.notes)


def test_odd_questions_have_answers(index: str, tmp_path: Path) -> None:
    assert "nothing matches" in compare_units(index, Query.of("zebra"), by="office").notes[-1]
    with open_index(str(tmp_path / "empty"), create=True):
        pass
    empty = compare_units(str(tmp_path / "empty"), Query(), by="region")
    assert empty.lines == ()
    assert "empty" in empty.notes[-1]
    for top in (0, 1, 10_000):
        with pytest.raises(InputError, match="lines"):
            compare_units(index, Query(), by="office", top=top)
    with pytest.raises(InputError, match="did you mean 'office'"):
        compare_units(index, Query(), by="ofice")  # type: ignore[arg-type]


def test_the_history_is_sound() -> None:
    changes = office_changes()
    assert len(changes) >= 15
    assert {id_ for change in changes for id_ in change.family} <= set(offices())
    assert [change.day for change in changes] == sorted(change.day for change in changes)
    assert all(change.text for change in changes)


def test_the_command(index: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITRA_INDEX_PATH", index)
    monkeypatch.chdir(tmp_path)
    out = StringIO()
    with redirect_stdout(out):
        cli.main(["compare", "--by", "office", "--json", "--plot", "a.svg"], standalone_mode=False)
    answer = json.loads(out.getvalue())
    assert [line["id"] for line in answer["lines"]] == ["kemenkumham", "kemenkes", "bkn"]
    assert answer["lines"][0]["breaks"][0]["day"] == "2024-10-21"
    assert answer["lines"][0]["rank_low"] == 1
    assert (tmp_path / "a.svg").stat().st_size > 1_000
    shown = StringIO()
    with redirect_stdout(shown):
        cli.main(["compare", "--query", "teks", "--by", "source"], standalone_mode=False)
    assert "harian" in shown.getvalue()
    assert "no clear difference" in shown.getvalue()
