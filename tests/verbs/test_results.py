"""A result asked for again gives the same numbers, or says exactly what is not as it was."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from citra.documents import Document, Mention, Model, Sentiment
from citra.errors import InputError
from citra.store import Query
from citra.verbs import results
from citra.verbs.correction import read_confusion
from citra.verbs.covered_trend import Common, evened
from citra.verbs.index import open_index
from citra.verbs.trend import measure
from nlp.encoder import find_model

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
QUERY = Query.of('(layanan OR "kantor desa") -olahraga title:camat* day:2026-11-01..2026-11-30', sources=("a", "b"))


def _mention(number: int, source: str = "a", day: int = 3) -> Mention:
    confusion = read_confusion("citra-asn-small")
    assert confusion is not None
    name, _, version = confusion.model.partition("@")
    published = datetime(2026, 11, day, 3, tzinfo=UTC)
    document = Document(
        id=f"{source}{number}", source=source, kind="news", url="u", canonical_url="u", title="Camat", text="Layanan",
        published=published, fetched=published, content_hash="0",
    )  # fmt: skip
    label = "negative" if number % 3 == 0 else "neutral"
    chances = {f"p_{each}": 0.8 if each == label else 0.1 for each in ("negative", "neutral", "positive")}
    return Mention(
        document=document, relevance=0.9, story_id=document.id, stems="layan camat",
        sentiment=Sentiment(label=label, **chances), model=Model(name=name, version=version),  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.fixture
def here(tmp_path: Path) -> Path:
    with open_index(str(tmp_path / "index"), create=True) as store, store.writing() as writer:
        writer.upsert([_mention(n, source, day) for n in range(30) for source in "ab" for day in (3,)], version=1)
        writer.upsert([_mention(100 + n, "a", 10) for n in range(30)], version=1)
    return tmp_path


def _kept(here: Path, query: Query = QUERY, folder: str = "results") -> str:
    with open_index(str(here / "index")) as store:
        return results.keep(here / folder, store, query, measure(store, query), NOW)


def _again(here: Path, id_: str, model: str | None = None) -> results.Again:
    with open_index(str(here / "index")) as store:
        return results.again(here / "results", store, id_, model=model)


def test_the_same_numbers(here: Path) -> None:
    id_ = _kept(here)
    assert _kept(here) == id_
    assert [path.name for path in (here / "results").iterdir()] == [f"{id_}.json"]
    done = _again(here, id_)
    assert (done.same, done.changed, done.differs) == (True, (), ())
    assert done.found.total.placements == 90
    assert done.found.total.corrected is not None
    assert done.made == "2026-11-24T09:00:00+00:00"
    assert done.found.series.query_id != ""


def test_another_question_has_another_id(here: Path) -> None:
    assert _kept(here) != _kept(here, Query(sources=("a",)))


def test_a_grown_index_is_told_with_the_numbers_that_moved(here: Path) -> None:
    id_ = _kept(here)
    with open_index(str(here / "index")) as store, store.writing() as writer:
        writer.upsert([_mention(900)], version=1)
    done = _again(here, id_)
    assert not done.same
    assert len(done.changed) == 1
    assert done.changed[0].endswith("(90 texts then, +1)")
    assert any(line.startswith("2026-11-03: placements 60 → 61") for line in done.differs)
    assert not any(line.startswith("2026-11-10") for line in done.differs)


def test_growth_elsewhere_leaves_the_numbers(here: Path) -> None:
    id_ = _kept(here)
    with open_index(str(here / "index")) as store, store.writing() as writer:
        writer.upsert([_mention(900, source="c")], version=1)
    done = _again(here, id_)
    assert done.same
    assert len(done.changed) == 1


def test_another_gold_set_is_told(here: Path, tmp_path: Path) -> None:
    id_ = _kept(here)
    folder = tmp_path / "model"
    folder.mkdir()
    shipped = find_model("citra-asn-small")
    shutil.copy(shipped / "config.json", folder)
    other = json.loads((shipped / "confusion.json").read_text())
    other["gold"], other["counts"]["news"][0] = "anders", [90, 60, 11]
    (folder / "confusion.json").write_text(json.dumps(other))
    done = _again(here, id_, model=str(folder))
    assert done.changed == (
        f"the gold set behind the correction: {json.loads((shipped / 'confusion.json').read_text())['gold']} then,"
        " anders now",
    )
    assert any("corrected" in line for line in done.differs)
    assert not any("placements" in line for line in done.differs)


def test_common_sources_are_remembered(here: Path) -> None:
    with open_index(str(here / "index")) as store:
        for whole in (False, True):
            common = Common(sources=("a",), left_out={"b": "silent"})
            found = evened(store, QUERY, measure(store, QUERY), common, whole=whole)
            id_ = results.keep(here / "results", store, QUERY, found, NOW, whole=whole)
            done = results.again(here / "results", store, id_)
            assert done.same
            assert done.found.uneven == found.uneven
            assert done.found.total.placements == (60 if whole else 90)


def test_faults_are_told(here: Path) -> None:
    for wrong in ("abc", "../../etc/passwd", "0" * 16):
        with pytest.raises(InputError, match=r"no id of a result|no result"):
            _again(here, wrong)
    path = here / "results" / f"{'a' * 16}.json"
    path.parent.mkdir()
    for content in ("{", "[]", '{"ask": {}, "stands_on": {}}', '{"ask": {"query": {"text": {"node": "Exec"}}}}'):
        path.write_text(content)
        with pytest.raises(InputError, match=path.name):
            _again(here, "a" * 16)


def test_every_kind_of_question_survives_the_file() -> None:
    texts = (
        "",
        "korupsi",
        "a OR (b -c)",
        '"dana desa" korup*',
        "day:2026-11-01..2026-11-24 relevance:>0.8 source:kom*",
    )
    for text in texts:
        query = Query.of(text, since=date(2026, 1, 1), kinds=("news",), offices=("bkn",), count_by="stories")
        plain = json.loads(json.dumps(results._plain(query)))
        assert results._query(plain) == query
        assert results._query(plain).id == query.id
