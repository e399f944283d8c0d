"""Which confusion corrects which labels, and that a human's word is taken as it is."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from citra.corrections import Correction as Said
from citra.corrections import Corrections
from citra.documents import Document, Mention, Model, Sentiment, SentimentLabel
from citra.errors import ConfigError
from citra.store import Query
from citra.verbs.correction import correction, human_ids, read_confusion
from citra.verbs.index import open_index
from citra.verbs.trend import measure

SHIPPED = "citra-asn-small"


def _labelled() -> str:
    found = read_confusion(SHIPPED)
    assert found is not None
    return found.model


def _mention(number: int, label: SentimentLabel, *, by: str | None = None) -> Mention:
    name, _, version = _labelled().partition("@")
    published = datetime(2026, 11, 3, 3, tzinfo=UTC) + timedelta(minutes=number)
    document = Document(
        id=f"t{number}", source="a", kind="news", url="u", canonical_url="u", text="Teks", published=published,
        fetched=published, content_hash="0",
    )  # fmt: skip
    chances = {f"p_{each}": float(each == label) for each in ("negative", "neutral", "positive")}
    return Mention(
        document=document, relevance=0.9, story_id=document.id, corrected_by=by,
        model=Model(name=name, version=version), sentiment=Sentiment(label=label, **chances),
    )  # fmt: skip


def test_the_shipped_model_has_a_confusion_of_its_own_version() -> None:
    from nlp.encoder import find_model

    folder = find_model(SHIPPED)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    found = read_confusion(SHIPPED)
    assert found is not None
    assert found.model == f"{config['name']}@{config['version']}", "run `citra model confusion` after an export"
    assert found.relevance_threshold == config["relevance_threshold"]
    assert dict(found.counts).keys() >= {"news", "social"}


@pytest.mark.parametrize(
    ("models", "query", "note"),
    [
        ((), Query(), ""),
        (("other@1",), Query(), "not corrected: the errors of other@1 are not known here"),
        ((f"{SHIPPED}@0",), Query(), f"not corrected: labels are by {SHIPPED}@0"),
        (("a@1", "b@1"), Query(), "not corrected: labels of several models"),
        ((f"{SHIPPED}@0",), Query(sentiments=("negative",)), "the query chooses texts by their sentiment"),
        ((f"{SHIPPED}@0",), Query.of("a -sentiment:negative"), "the query chooses texts by their sentiment"),
    ],
)
def test_why_not(models: tuple[str, ...], query: Query, note: str) -> None:
    found = correction(models, query)
    assert found.corrector is None
    assert found.note.startswith(note)
    assert bool(found.note) == bool(note)


def test_less_relevant_texts_get_a_note() -> None:
    assert correction([_labelled()], Query(min_relevance=0.6)).note == ""
    found = correction([_labelled()], Query(min_relevance=None))
    assert found.corrector is not None
    assert "less relevant" in found.note


def test_a_model_without_and_with_a_broken_file(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    assert "has no confusion.json" in correction([_labelled()], Query(), str(tmp_path)).note
    (tmp_path / "confusion.json").write_text('{"labels": 3}')
    with pytest.raises(ConfigError, match=r"make it anew with `citra model confusion`"):
        correction([_labelled()], Query(), str(tmp_path))
    with pytest.raises(ConfigError, match="no model"):
        correction([_labelled()], Query(), "nosuchmodel")


def test_labels_by_hand_are_certain(tmp_path: Path) -> None:
    """Forty texts, each read by a human: the share is what they said, whatever the model's errors."""
    human = tuple(f"t{n}" for n in range(40))
    with open_index(str(tmp_path / "index"), create=True) as store:
        with store.writing() as writer:
            writer.upsert([_mention(n, "negative" if n < 10 else "neutral", by="sari") for n in range(40)], version=1)
            writer.upsert([_mention(n, "negative" if n < 70 else "neutral") for n in range(40, 160)], version=1)
        alone = Query.of(" OR ".join(f"id:{id_}" for id_ in human))
        said = measure(store, alone, human=human)
        assert said.total.corrected == pytest.approx(10 / 40)
        guessed = measure(store, alone)
        assert guessed.total.corrected != pytest.approx(10 / 40, abs=0.01)
        mixed, blind = measure(store, Query(), human=human), measure(store, Query())
    assert mixed.total.placements == blind.total.placements == 160
    assert mixed.by_hand.startswith("40 (")
    assert blind.by_hand == ""
    for found in (mixed, blind):
        assert found.total.corrected_low is not None
        assert found.total.corrected_high is not None
    width = [found.total.corrected_high - found.total.corrected_low for found in (mixed, blind)]  # type: ignore[operator]
    assert width[0] < width[1]
    assert mixed.series.buckets[0].corrected == mixed.total.corrected


def test_whose_word_stands() -> None:
    def said(number: int, sentiment: SentimentLabel | None, *, retracts: bool = False) -> Said:
        return Said(
            mention_id=f"t{number % 10}", who="sari", at=datetime(2026, 11, 3, tzinfo=UTC) + timedelta(hours=number),
            sentiment=sentiment, relevant=True, retracts=retracts, source="a", kind="news", key="k", content_hash="0",
            relevance_predicted=0.5, model=Model(name="m", version="1"),
            sentiment_predicted=Sentiment(label="neutral", p_negative=0, p_neutral=1, p_positive=0),
        )  # fmt: skip

    records = [
        said(2, "negative"),
        said(1, "neutral"),
        said(3, None),
        said(4, "positive"),
        said(14, None, retracts=True),
    ]
    assert human_ids(Corrections(records)) == ("t1", "t2")
    assert human_ids(Corrections()) == ()
