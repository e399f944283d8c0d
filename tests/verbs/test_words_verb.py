"""``citra words``: planted words are found, copies count once, every odd question has an answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import redirect_stdout
from datetime import UTC, date, datetime
from io import StringIO

import pytest

from citra.cli.main import cli
from citra.documents import Mention, mention_from_json
from citra.errors import InputError
from citra.store import Query
from citra.trends.words import Distinctive, beyond_chance
from citra.verbs.index import open_index
from citra.verbs.words import distinctive_words

COMMON = "Warga datang mengurus berkas kependudukan bersama keluarga"


def made(number: int, day: int, text: str, story: str, source: str = "harian") -> Mention:
    at = datetime(2026, 11, day, 3, number % 60, tzinfo=UTC).isoformat()
    return mention_from_json({
        "id": f"d{number}", "source": source, "kind": "news", "url": "https://h.example", "text": text,
        "canonical_url": f"https://h.example/{number}", "published": at, "fetched": at, "content_hash": "0",
        "relevance": 0.9, "story_id": story, "title": "Kantor kelurahan",
        "sentiment": {"label": "neutral", "p_negative": 0.3, "p_neutral": 0.4, "p_positive": 0.3},
        "model": {"name": "tiny", "version": "1"},
    })  # fmt: skip


def world() -> Iterator[Mention]:
    """Days 1–7: plain texts; days 8–14: half of the stories speak of antrean, and one wire story of gajah, 40 times."""
    for number in range(140):
        day = 1 + number // 10
        news = ("Antreannya panjang sekali", "Mereka mengantre sejak subuh", "antrean mengular")[number % 3]
        more = f"{news} yang dan itu" if day > 7 and number % 2 else "yang dan itu"
        yield made(number, day, f"{COMMON} {more}", f"s{number}", "harian" if number % 3 else "detak")
    for number in range(200, 240):
        yield made(number, 12, f"{COMMON} gajah masuk kantor", "wire")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("words") / "index")
    with open_index(path, create=True) as store, store.writing() as writer:
        writer.upsert(world(), version=1)
    return path


PERIOD = {"since": date(2026, 11, 8), "until": date(2026, 11, 14)}


def test_the_planted_word_with_its_texts(index: str) -> None:
    found = distinctive_words(index, Query(**PERIOD))
    assert (found.kind, found.stories, found.stories_before) == ("before", 71, 70)
    assert found.against.since == date(2026, 11, 1)
    first = found.words[0]
    assert first.stem == "antre"
    assert first.word in {"antrean", "mengantre", "antreannya"}
    assert (first.now, first.before) == (35, 0)
    assert first.share_now == pytest.approx(35 / 71)
    assert {example.source for example in first.examples} == {"harian", "detak"}
    assert all(example.snippet.marks for example in first.examples)
    # copies of the wire story are one story, and common and function words are no news
    assert not {"gajah", "warga", "urus", "dan", "yang"} & {line.stem for line in found.words}
    with open_index(index) as store:
        assert store.count(first.query).stories == first.now


def test_a_topic_against_the_rest_and_against_a_query(index: str) -> None:
    rest = distinctive_words(index, Query.of("gajah"))
    assert (rest.kind, rest.stories, rest.stories_before) == ("rest", 1, 140)
    assert rest.words == ()
    assert "speak alike" in rest.notes[0]
    queue = distinctive_words(index, Query.of("antrean", **PERIOD), against=Query.of("kelurahan -antrean", **PERIOD))
    assert queue.kind == "query"
    assert "antre" not in {line.stem for line in queue.words}, "what was asked for is no finding"
    assert {line.stem for line in queue.words} <= {"panjang", "sekal", "sekali", "subuh", "ular", "kular"}


def test_odd_questions_have_answers(index: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert "nothing matches" in distinctive_words(index, Query.of("zebra")).notes[0]
    first = distinctive_words(index, Query(since=date(2026, 11, 1), until=date(2026, 11, 7)))
    assert "no stories" in first.notes[0]
    empty = str(tmp_path_factory.mktemp("empty") / "index")
    with open_index(empty, create=True):
        pass
    assert "empty" in distinctive_words(empty, Query()).notes[0]
    with pytest.raises(InputError, match="first and a last day"):
        distinctive_words(index, Query(), against="before")
    with pytest.raises(InputError, match="words"):
        distinctive_words(index, Query(), top=0)


def test_chance_among_many_words() -> None:
    found = [Distinctive(word=str(z), now=9, before=1, z=z) for z in (5.0, 3.5, 2.2, 2.0)]
    assert [one.z for one in beyond_chance(found, 4)] == [5.0, 3.5, 2.2, 2.0]
    assert [one.z for one in beyond_chance(found, 1000)] == [5.0]
    assert beyond_chance(found, 10_000_000) == []
    assert beyond_chance([], 0) == []


def test_the_command(index: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITRA_INDEX_PATH", index)
    period = ["--from", "2026-11-08", "--to", "2026-11-14"]
    out = StringIO()
    with redirect_stdout(out):
        cli.main(["words", *period, "--json"], standalone_mode=False)
    answer = json.loads(out.getvalue())
    assert answer["words"][0]["stem"] == "antre"
    assert answer["words"][0]["examples"][0]["url"].startswith("https://h.example/")
    shown = StringIO()
    with redirect_stdout(shown):
        cli.main(["words", *period, "--query", "warga", "--against", "zebra"], standalone_mode=False)
    assert "no stories" in shown.getvalue()
