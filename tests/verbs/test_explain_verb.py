from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
import tiny_model
from click.testing import CliRunner

from citra.cli.explain_page import levels, page
from citra.cli.main import cli
from citra.documents import Mention, mention_from_json
from citra.errors import InputError
from citra.verbs.explain import explain, explain_mention
from citra.verbs.index import open_index
from nlp.encoder import OnnxAnalyser

TEXT = 'Pelayanan <script>alert("x")</script> KTP & lambat sekali'


def made(**changes: object) -> Mention:
    flat = {
        "id": "0123456789abcdef01234567", "source": "harian", "kind": "news", "url": "https://harian.example/1",
        "canonical_url": "https://harian.example/1", "title": "Bupati korupsi", "text": TEXT,
        "published": "2026-11-24T08:00:00+07:00", "fetched": "2026-11-24T01:00:00+00:00", "content_hash": "0",
        "relevance": 0.9, "sentiment": {"label": "negative", "p_negative": 0.8, "p_neutral": 0.1, "p_positive": 0.1},
        "story_id": "s", "stems": "x", "model": {"name": "tiny", "version": "1"},
    }  # fmt: skip
    return mention_from_json(flat | changes)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model.build(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def analyser(model: Path) -> OnnxAnalyser:
    return OnnxAnalyser(model, threads=1)


@pytest.fixture
def index(tmp_path: Path) -> str:
    with open_index(str(tmp_path / "index"), create=True) as store, store.writing() as writer:
        writer.upsert([made()], version=1)
    return str(tmp_path / "index")


def test_a_text_of_the_index_by_its_id_and_any_other(index: str, analyser: OnnxAnalyser) -> None:
    found = explain(made().id, analyser=analyser, index=index)
    assert found.id == made().id
    assert found.text.startswith("Bupati korupsi. Pelayanan")
    assert found.note == ""
    other = explain("dinas korupsi", analyser=analyser, index=index)
    assert (other.id, other.decisions[0].label) == ("", "negative")
    assert explain("korupsi", analyser=analyser).decisions[0].label == "negative"


def test_what_cannot_be_explained_says_why(index: str, analyser: OnnxAnalyser) -> None:
    with pytest.raises(InputError, match="no text with this id"):
        explain("f" * 24, analyser=analyser, index=index)
    with pytest.raises(InputError, match="nothing to explain"):
        explain("  ", analyser=analyser, index=index)
    foreign = "The regent was arrested for korupsi after investigators searched his office on Friday"
    assert "another language (en)" in explain(foreign, analyser=analyser).note
    assert explain("😀 !!", analyser=analyser).note == "a text without letters is not judged"


def test_other_labels_than_these_are_told(analyser: OnnxAnalyser) -> None:
    found = explain_mention(made(model={"name": "tiny", "version": "0"}, corrected_by="Ani"), analyser)
    assert found.corrected_by == "Ani"
    assert "tiny@0" in found.note
    assert "Ani" in page(found)


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.coloured: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not any(name.startswith("on") or name in {"src", "href", "style"} for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.tags[-1] == "span":
            self.coloured.append(data)


def test_the_page_escapes_everything_and_runs_nothing(analyser: OnnxAnalyser) -> None:
    found = explain("Pelayanan \"<img/src=x>\" a<b KTP & lambat 'sekali'", analyser=analyser)
    reader = Reader()
    reader.feed(page(found))
    assert not {"script", "img", "link", "iframe"} & set(reader.tags)
    assert "a<b KTP & lambat 'sekali'" in reader.text
    assert "Sentimen: negatif (peluang " in reader.text
    assert "lambat" in reader.coloured


def test_shades_follow_the_effects(analyser: OnnxAnalyser) -> None:
    image = explain("dinas korupsi ramah itu", analyser=analyser).decisions[0]
    shades = levels(image)
    assert shades[1] == 4
    assert shades[2] < 0
    assert shades[3] == 0


def test_command(tmp_path: Path, model: Path, index: str) -> None:
    runner, target = (
        CliRunner(env={"CITRA_INDEX_PATH": index, "CITRA_ANALYSE_MODEL": str(model)}),
        tmp_path / "why.html",
    )
    told = runner.invoke(cli, ["explain", made().id, "--json", "--html", str(target)])
    assert told.exit_code == 0, told.output
    answer = json.loads(told.stdout)
    assert (answer["id"], answer["decisions"][0]["name"]) == (made().id, "sentiment")
    assert target.read_text(encoding="utf-8").startswith("<!doctype html>")
    shown = runner.invoke(cli, ["explain", "dinas", "korupsi"])
    assert "sentiment: negative" in shown.stdout
    assert "korupsi +" in shown.stdout
    lost = CliRunner(env={"CITRA_INDEX_PATH": str(tmp_path / "no"), "CITRA_ANALYSE_MODEL": str(model)})
    assert lost.invoke(cli, ["explain", "dinas korupsi"]).exit_code == 0
    failed = runner.invoke(cli, ["explain", "korupsi", "--html", str(tmp_path / "no" / "x.html")])
    assert isinstance(failed.exception, InputError)
