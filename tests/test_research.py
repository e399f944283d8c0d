"""The Python interface: its documented examples run, its errors are plain, the notebook runs from top to end."""

from __future__ import annotations

import doctest
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import citra.research
from citra.documents import Document, Mention, Model, Sentiment
from citra.errors import InputError, QueryError, StoreError
from citra.research import open_research
from citra.verbs.correction import read_confusion
from citra.verbs.index import open_index

pytest.importorskip("pandas", reason="the research extra")
NOTEBOOK = Path(__file__).resolve().parents[1] / "docs" / "research.ipynb"


def _mention(number: int) -> Mention:
    confusion = read_confusion("citra-asn-small")
    assert confusion is not None
    name, _, version = confusion.model.partition("@")
    published = datetime(2026, 11, 1, 3, tzinfo=UTC) + timedelta(days=number % 28)
    document = Document(
        id=f"t{number}", source="harian", kind="news", url="u", canonical_url="u", title="Layanan",
        text="Layanan kantor", published=published, fetched=published, content_hash="0",
    )  # fmt: skip
    label = "negative" if number % 3 == 0 else "neutral"
    chances = {f"p_{each}": 0.8 if each == label else 0.1 for each in ("negative", "neutral", "positive")}
    return Mention(
        document=document, relevance=0.9, story_id=document.id, stems="layan kantor",
        sentiment=Sentiment(label=label, **chances), model=Model(name=name, version=version),  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("research") / "index")
    with open_index(path, create=True) as store, store.writing() as writer:
        writer.upsert((_mention(n) for n in range(280)), version=1)
    return path


def test_the_documented_examples_run(index: str) -> None:
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    examples = 0
    for found in doctest.DocTestFinder().find(citra.research, extraglobs={"index": index}):
        examples += len(found.examples)
        assert runner.run(found).failed == 0, found.name
    assert examples >= 10


def test_both_frames_hold_the_same(index: str) -> None:
    with open_research(index, frame="polars") as one, open_research(index) as two:
        left, right = one.trend(by="week").frame, two.trend(by="week").frame
        assert left.columns == right.columns.tolist()
        assert left["corrected"].fill_null(float("nan")).to_list() == pytest.approx(
            right["corrected"].tolist(), nan_ok=True
        )
        assert left["placements"].sum() == int(right["placements"].sum()) == 280


def test_mistakes_are_told_with_the_nearest_right_name(index: str, tmp_path: Path) -> None:
    with open_research(index) as asked:
        with pytest.raises(QueryError, match="no filter 'topic'; did you mean 'topics'"):
            asked.count("", topic="service")
        with pytest.raises(QueryError, match="unknown topic 'servis'; did you mean 'service'"):
            asked.count("", topics="servis")
        with pytest.raises(InputError, match="'1/11/2026' is no day"):
            asked.count("", since="1/11/2026")
        with pytest.raises(QueryError, match=r"ends .* before it begins"):
            asked.count("", since="2026-11-02", until="2026-11-01")
    with pytest.raises(InputError, match="did you mean 'polars'"), open_research(index, frame="polar"):  # type: ignore[arg-type]
        pass
    with pytest.raises(StoreError, match="no index yet"), open_research(str(tmp_path / "none")):
        pass


def test_the_notebook_runs(index: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    nbformat = pytest.importorskip("nbformat", reason="the dev extra")
    nbclient = pytest.importorskip("nbclient", reason="the dev extra")
    monkeypatch.setenv("CITRA_INDEX_PATH", index)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells), "outputs of somebody's data do not belong in here"
    nbclient.NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    told = str([cell.get("outputs") for cell in notebook.cells])
    assert "'unclear'" in told
    assert "image/png" in told
