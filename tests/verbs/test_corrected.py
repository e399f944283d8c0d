"""Agreement, the running confusion and training rows from corrections."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from citra.documents import Kind, Mention, mention_from_json
from citra.errors import InputError
from citra.verbs.corrected import agreement, confusion, export_rows
from citra.verbs.index import open_index
from citra.verbs.label import label
from nlp.train.data import LABELS, read_rows, text_key

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)


def made(number: int, sentiment: str, relevance: float = 0.9, kind: Kind = "news") -> Mention:
    chances = {f"p_{name}": 0.8 if name == sentiment else 0.1 for name in ("negative", "neutral", "positive")}
    return mention_from_json(
        {
            "id": f"m{number}", "source": "harian", "kind": kind, "url": "", "canonical_url": "",
            "title": f"J {number}", "text": f"Teks {number}", "published": None,
            "fetched": "2026-11-24T01:00:00+00:00", "content_hash": "0",
            "relevance": relevance, "sentiment": {"label": sentiment, **chances}, "story_id": f"s{number}",
            "model": {"name": "tiny", "version": "1"},
        }
    )  # fmt: skip


class Place:
    def __init__(self, folder: Path) -> None:
        self.lake, self.index, self.clock = str(folder / "lake"), str(folder / "index"), NOW

    def fill(self, *mentions: Mention) -> None:
        with open_index(self.index, create=True) as store, store.writing() as writer:
            writer.upsert(mentions, version=1)

    def say(self, number: int, who: str = "Ani", **said: object) -> None:
        self.clock += timedelta(minutes=1)
        label(self.lake, self.index, f"m{number}", who=who, now=self.clock, **said)  # type: ignore[arg-type]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_kappa_by_hand(place: Place) -> None:
    """20 texts: both negative 8, both neutral 6, A negative/B neutral 4, A neutral/B positive 2.

    Agreed .7; by chance (12·8 + 8·10 + 0·2) / 400 = .44; kappa (.7 - .44) / .56 = .4643.
    """
    answers = [("negative", "negative")] * 8 + [("neutral", "neutral")] * 6
    answers += [("negative", "neutral")] * 4 + [("neutral", "positive")] * 2
    place.fill(*(made(i, "neutral") for i in range(21)))
    for number, (a, b) in enumerate(answers):
        place.say(number, "Ani", sentiment=a)
        place.say(number, "Budi", sentiment=b, blind=True)
    place.say(20, "Ani", sentiment="positive")
    place.say(20, "Budi", sentiment="negative")  # not blind: it does not count
    (found,) = agreement(place.lake)
    assert (found.first, found.second, found.question, found.texts) == ("Ani", "Budi", "sentiment", 20)
    assert (found.agreed, found.kappa) == (0.7, 0.4643)
    assert found.kappa_low is not None
    assert found.kappa_high is not None
    assert -1 <= found.kappa_low < found.kappa < found.kappa_high <= 1


def test_one_and_the_same_answer_throughout_has_no_kappa(place: Place) -> None:
    place.fill(made(0, "neutral"))
    place.say(0, "Ani", relevant=True)
    place.say(0, "Budi", relevant=True, blind=True)
    (found,) = agreement(place.lake)
    assert (found.agreed, found.kappa) == (1.0, None)


def test_confusion_counts_random_texts_alone(place: Place) -> None:
    place.fill(
        made(0, "negative"), made(1, "negative"), made(2, "neutral", kind="social"), made(3, "positive", 0.2),
        made(4, "positive"), made(5, "neutral"),
    )  # fmt: skip
    place.say(0, relevant=True, sentiment="neutral", sampling="random")
    place.say(1, relevant=True, sentiment="negative", sampling="random")
    place.say(2, relevant=False, sentiment="neutral", sampling="random")
    place.say(3, relevant=True, sentiment="negative", sampling="random")
    place.say(4, sentiment="negative", sampling="query")
    place.say(5, sentiment="negative", sampling="random")
    place.say(5, retract=True)
    found = confusion(place.lake, threshold=0.6)
    assert found["labels"] == ["negative", "neutral", "positive"]
    assert found["counts"] == {"news": [[1, 0, 0], [1, 0, 0], [0, 0, 0]], "social": [[0, 0, 0], [0, 1, 0], [0, 0, 0]]}
    assert (found["model"], found["texts"]) == ("tiny@1", 3)
    assert found["relevance"] == [[0, 1], [1, 2]]
    assert found["left_out"] == {"query": 1}


def test_the_standing_label_counts_against_what_the_model_first_said(place: Place) -> None:
    place.fill(made(0, "negative"))
    place.say(0, "Ani", sentiment="neutral", sampling="random")
    place.say(0, "Budi", sentiment="positive", sampling="id")
    assert confusion(place.lake)["counts"] == {"news": [[0, 0, 0], [0, 0, 0], [1, 0, 0]]}
    assert confusion(place.lake, model="other@1")["left_out"] == {"another model": 1}


def test_nothing_labelled_is_an_answer(place: Place) -> None:
    assert agreement(place.lake) == []
    found = confusion(place.lake)
    assert (found["texts"], found["counts"], found["date"]) == (0, {}, None)


def test_rows_to_train_on_have_the_shape_of_ours(place: Place, tmp_path: Path) -> None:
    place.fill(*(made(i, "neutral") for i in range(4)))
    place.say(0, relevant=True, sentiment="positive", topics=["ethics", "service"])
    place.say(1, sentiment="positive")
    place.say(2, relevant=False, sentiment="negative", topics=["ethics"])
    place.say(3, relevant=True, sentiment="neutral", topics=[])
    place.say(3, retract=True)
    rows, texts = tmp_path / "rows.jsonl", tmp_path / "texts.jsonl"
    done = export_rows(place.lake, rows, texts=texts, index=place.index)
    assert (done.rows, done.incomplete, done.gone) == (2, 1, 0)
    found = {row["key"]: row for row in read_rows(rows)}
    kept = {text_key(row["text"]): row for row in read_rows(texts)}
    assert found.keys() == kept.keys()
    assert sorted((row["relevant"], row["sentiment"], row["topics"]) for row in found.values()) == [
        (False, "negative", []), (True, "positive", ["service", "ethics"]),
    ]  # fmt: skip
    assert {row["text"] for row in kept.values()} == {"J 0\nTeks 0", "J 2\nTeks 2"}
    with LABELS.open(encoding="utf-8") as lines:
        assert set(json.loads(next(lines))) == set(next(iter(found.values())))
    with pytest.raises(InputError, match="cannot be written"):
        export_rows(place.lake, tmp_path / "no" / "rows")
