"""``citra label``: keys, one-shot, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from citra.cli.label_keys import Draft, line_of
from citra.cli.main import cli
from citra.corrections import Correction, read_corrections
from citra.documents import Mention, Partition, mention_from_json
from citra.lake import Lake
from citra.verbs.index import open_index


def made(number: int) -> Mention:
    return mention_from_json(
        {
            "id": f"{number:024x}", "source": "harian", "kind": "news", "url": f"https://harian.example/{number}",
            "canonical_url": f"https://harian.example/{number}", "title": f"Judul {number}",
            "text": f"Teks [b]{number}",
            "published": f"2026-11-24T0{number}:00:00+07:00", "fetched": "2026-11-24T03:00:00+00:00",
            "content_hash": "0", "relevance": 0.9,
            "sentiment": {"label": "negative", "p_negative": 0.6, "p_neutral": 0.3, "p_positive": 0.1},
            "topics": [{"id": "service", "p": 0.9}], "story_id": f"s{number}", "model": {"name": "m", "version": "1"},
        }
    )  # fmt: skip


class Desk:
    def __init__(self, folder: Path) -> None:
        self.lake, self.index = folder / "lake", folder / "index"
        lake = Lake(str(self.lake))
        lake.write("mentions", Partition(source="harian", hour=made(0).document.fetched), [made(i) for i in range(4)])
        assert self.citra("load").exit_code == 0

    def citra(self, *words: str, keys: str | None = None) -> Result:
        environment = {"CITRA_LAKE_PATH": str(self.lake), "CITRA_INDEX_PATH": str(self.index)}
        return CliRunner(env=environment).invoke(cli, list(words), input=keys)

    def get(self, number: int) -> Mention:
        with open_index(str(self.index)) as store:
            found = store.get(made(number).id)
        assert found is not None
        return found

    def records(self) -> list[Correction]:
        return read_corrections(Lake(str(self.lake))).records


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_one_text_at_once(desk: Desk) -> None:
    done = desk.citra("label", made(1).id, "--sentiment", "positive", "--topic", "ethics", "--by", "Ani")
    assert done.exit_code == 0, done.output
    assert done.stdout.strip() == f"{made(1).id}: positive, ethics, relevance 0.90, by Ani"
    told = desk.citra("label", made(1).id, "--irrelevant", "--no-topics", "--by", "Ani", "--json")
    answer = json.loads(told.stdout)
    assert (answer["relevance"], answer["topics"], answer["label"]["is_applied"]) == (0.0, [], True)
    back = desk.citra("label", made(1).id, "--retract", "--by", "Ani")
    assert "by the model" in back.stdout
    assert desk.get(1) == made(1)


def test_a_sitting_with_single_keys(desk: Desk) -> None:
    """Newest first: 3 positive and ethics, 2 skipped, 1 confirmed, taken back and made irrelevant; then quit."""
    done = desk.citra("label", "--by", "Ani", keys="pe\rs\rznr\rq")
    assert done.exit_code == 0, done.output
    assert "2 disimpan, 1 dilewati" in done.stdout
    assert [topic.id for topic in desk.get(3).topics] == ["service", "ethics"]
    assert desk.get(3).sentiment.label == "positive"
    assert desk.get(2) == made(2)
    assert (desk.get(1).relevance, desk.get(1).topics, desk.get(1).corrected_by) == (0.0, (), "Ani")
    assert desk.get(0) == made(0)
    assert [record.retracts for record in desk.records()] == [False, False, True, False]
    rest = desk.citra("label", "--by", "Budi", keys="q")
    assert "[1/2]" in rest.stdout, "what is labelled is not shown again"


def test_random_and_blind_hide_what_the_model_says(desk: Desk) -> None:
    done = desk.citra("label", "--sample", "random", "--size", "1", "--by", "Ani", keys="\r\ru\r")
    assert "belum ada sentimen" in done.stdout
    assert "negatif |" not in done.stdout
    (record,) = desk.records()
    assert (record.sampling, record.sentiment, record.blind) == ("random", "neutral", False)
    second = desk.citra("label", "--blind", "--by", "Budi", keys="p\r")
    assert "1 disimpan" in second.stdout
    assert desk.records()[1].blind
    assert desk.get(int(record.mention_id, 16)).corrected_by == "Ani"
    rows = json.loads(desk.citra("label", "agreement", "--json").stdout)
    assert [(row["question"], row["agreed"]) for row in rows][:2] == [("relevant", 1.0), ("sentiment", 0.0)]
    assert "sentiment" in desk.citra("label", "agreement").stdout
    measured = json.loads(desk.citra("label", "confusion", "--json").stdout)
    assert measured["counts"] == {"news": [[0, 0, 0], [1, 0, 0], [0, 0, 0]]}
    assert "m@1" in desk.citra("label", "confusion").stdout


def test_a_query_chooses_and_an_export_follows(desk: Desk, tmp_path: Path) -> None:
    done = desk.citra("label", "judul", "--sample", "random", "--sentiment", "negative", "--size", "1", keys="\r")
    assert "1 disimpan" in done.stdout
    assert desk.records()[0].sampling == "query"
    target = tmp_path / "rows.jsonl"
    assert "1 rows" in desk.citra("label", "export", str(target)).stdout
    assert json.loads(target.read_text())["sentiment"] == "negative"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["f" * 24, "--sentiment", "negative"], "no text with this id"),
        (["judul", "--irrelevant"], "go with the ID of one text"),
        ([made(1).id, "--sentiment", "negative", "--last", "7d"], "nothing to choose by last"),
        ([made(1).id, "--topic", "bola"], "unknown topic"),
        ([made(1).id, "--no-topics", "--topic", "ethics"], "exclude each other"),
        (["judul", "--json"], "--json goes with"),
        (["--sentiment", "angry"], "unknown sentiment"),
    ],
)
def test_what_makes_no_sense_is_refused(desk: Desk, words: list[str], expected: str) -> None:
    done = desk.citra("label", *words)
    assert done.exit_code != 0
    assert expected in f"{done.output} {done.exception}"
    assert desk.records() == []


def test_nothing_left_is_said(desk: Desk) -> None:
    assert "all that matches has a label" in desk.citra("label", "tidakada").stderr
    assert "no labelled text" in desk.citra("label", "--blind").stderr


def test_keys() -> None:
    draft = Draft()
    for key in "nkwk?":
        draft = draft.press(key)
    assert draft == Draft(relevant=True, sentiment="negative", topics=("participation",))
    assert draft.press("r") == Draft(relevant=False, sentiment="negative", topics=())
    assert draft.press("r").press("k").topics == ()
    assert line_of(draft) == "  relevan | sentimen: negatif | topik: partisipasi publik"
