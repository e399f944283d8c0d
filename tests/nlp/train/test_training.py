"""The whole of training on a network of toy size: fit, resume, export, calibrate, evaluate, card."""

from __future__ import annotations

import gzip
import json
import logging
import random
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from citra.documents import TOPICS
from citra.errors import InputError

torch = pytest.importorskip("torch", reason="training needs the train extra")

from tokenizers import Tokenizer, models, pre_tokenizers, processors  # noqa: E402
from transformers import BertConfig, BertModel  # noqa: E402

from nlp.encoder import load_analyser  # noqa: E402
from nlp.train.calibrate import calibrate, heads  # noqa: E402
from nlp.train.data import Splits, length_batches, load_splits, text_key  # noqa: E402
from nlp.train.evaluate import evaluate, expected_calibration_error, model_card  # noqa: E402
from nlp.train.fit import Recipe, fit  # noqa: E402
from nlp.train.ship import ship  # noqa: E402
from nlp.train.teach import teach  # noqa: E402

WORDS = {
    "negative": ("pungli", "suap", "lambat", "ditangkap"),
    "neutral": ("jadwal", "rapat", "pengumuman", "aturan"),
    "positive": ("cepat", "ramah", "penghargaan", "puas"),
}
FILLER = ("pegawai", "kantor", "warga", "dinas", "kabupaten", "hari", "ini", "di")
RECIPE = Recipe(epochs=8, batch=16, learning_rate=3e-3, max_tokens=24, tone_per_epoch=20, seed=7)


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder laid out like the labelled texts, with sentences of our own that words alone decide."""
    folder, rng = tmp_path_factory.mktemp("labelled"), random.Random(1)

    def sentence(label: str) -> str:
        return " ".join(rng.sample(FILLER, 5) + rng.sample(WORDS[label], 2))

    gold = []
    for number in range(240):
        label = rng.choice(list(WORDS))
        relevant = number % 8 != 0
        gold.append({
            "id": f"g{number}", "text": sentence(label), "kind": "news", "relevant": relevant, "sentiment": label,
            "topics": ["corruption"] if label == "negative" and relevant else [],
            "split": "valid" if number % 6 == 0 else "train",
        })  # fmt: skip
    tone = [
        {"text": sentence(label), "label": label, "source": "smsa", "split": split}
        for label in WORDS for split in ("train",) * 12 + ("valid",) * 5
    ]  # fmt: skip
    weak = [{"text": "gol cantik di liga", "original": "sport", "source": "news_channels"}]
    texts = [{"text": f"{sentence(label)} {number}", "source": "forum"} for number in range(20) for label in WORDS]
    (folder / "asn_gold.jsonl").write_text("".join(json.dumps(row) + "\n" for row in gold))
    for name, rows in (("sentiment", tone), ("topics_weak", weak), ("asn_texts", texts)):
        with gzip.open(folder / f"{name}.jsonl.gz", "wt") as out:
            out.writelines(json.dumps(row) + "\n" for row in rows)
    return folder


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained BERT of toy size with a word-level tokenizer."""
    folder = tmp_path_factory.mktemp("encoder")
    words = ["<s>", "<pad>", "</s>", "<unk>", "query", ":", *FILLER, *(w for ws in WORDS.values() for w in ws)]
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.BertProcessing(("</s>", 2), ("<s>", 0))
    tokenizer.save(str(folder / "tokenizer.json"))
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=64, pad_token_id=1, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def shipped(labelled: Path, encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Splits]:
    work = tmp_path_factory.mktemp("run")
    splits = load_splits(labelled, RECIPE.seed)
    fit(encoder, splits, RECIPE, work / "run", lambda _: None)
    ship(encoder, work / "run", splits, work / "toy", "1", date(2026, 11, 24))
    return work / "toy", splits


def test_no_tested_text_is_trained_on(labelled: Path) -> None:
    splits = load_splits(labelled, 1)
    assert not {e.text for e in splits.fit} & {e.text for e in splits.test + splits.tone_test}
    assert len(splits.test) == 40
    assert splits.tune


def test_smaller_network_learns_from_a_teacher(
    labelled: Path, encoder: Path, shipped: tuple[Path, Splits], tmp_path: Path
) -> None:
    teacher = shipped[0]
    answers = tmp_path / "answers.jsonl"
    assert list(teach(labelled, str(teacher), answers)) == [60]
    splits = load_splits(labelled, RECIPE.seed, answers=answers)
    taught = [e for e in splits.fit if isinstance(e.sentiment, tuple)]
    assert len(taught) == 60
    assert all(sum(e.sentiment) == pytest.approx(1, abs=1e-3) for e in taught if isinstance(e.sentiment, tuple))
    recipe = replace(RECIPE, layers=(1,), epochs=2)
    network = fit(encoder, splits, recipe, tmp_path / "small", lambda _: None, teacher.parent / "run")
    assert network.depth == 1
    ship(encoder, tmp_path / "small", splits, tmp_path / "small-model", "2", date(2026, 11, 24))
    report = evaluate(tmp_path / "small-model", splits.test, splits.tone_test, resamples=5)
    assert report["scores"]["sentiment macro-F1"]["value"] > 0.9
    size = (tmp_path / "small-model" / "model.onnx").stat().st_size
    assert size < (teacher / "model.onnx").stat().st_size


def test_corrections_of_people_join_what_trains(labelled: Path, tmp_path: Path) -> None:
    text = "Loket dinas\nantre lama sekali hari ini"
    labels, texts = tmp_path / "labels.jsonl", tmp_path / "texts.jsonl"
    row = {"key": text_key(text), "relevant": True, "sentiment": "negative", "topics": ["service"]}
    labels.write_text(json.dumps(row) + "\n")
    texts.write_text(json.dumps({"text": text, "source": "x", "kind": "news"}) + "\n")
    splits = load_splits(labelled, 1, corrections=(labels, texts))
    (found,) = [e for e in splits.fit if e.source == "own"]
    assert found.sentiment == 0
    assert found.topics == tuple(float(topic == "service") for topic in TOPICS)


def test_missing_folder_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="give the folder of the labelled texts"):
        load_splits(tmp_path / "nowhere", 1)


def test_shipped_model_learnt_what_words_decide(shipped: tuple[Path, Splits]) -> None:
    folder, splits = shipped
    report = evaluate(folder, splits.test, splits.tone_test, resamples=20)
    score = report["scores"]["sentiment macro-F1"]
    assert score["value"] > 0.9
    assert score["low"] <= score["value"] <= score["high"]
    assert sum(map(sum, report["sentiment confusion"])) == len(splits.test)
    config = json.loads((folder / "config.json").read_text())
    assert set(config["topic_thresholds"]) == set(TOPICS)
    assert "| sentiment macro-F1 |" in model_card(report, config)
    found = load_analyser(folder).analyse(["pegawai kantor dinas suap pungli"])[0]
    assert found.sentiment.label == "negative"
    assert [topic.id for topic in found.topics] == ["corruption"]


def test_same_seed_same_network(labelled: Path, encoder: Path, tmp_path: Path) -> None:
    splits, recipe = load_splits(labelled, RECIPE.seed), Recipe(epochs=2, batch=16, max_tokens=24, seed=7)
    whole = fit(encoder, splits, recipe, tmp_path / "a", lambda _: None)

    class PowerCut(Exception):
        pass

    def cut_in_the_second_epoch(line: str) -> None:
        if line.startswith("epoch 2"):
            raise PowerCut

    with pytest.raises(PowerCut):
        fit(encoder, splits, recipe, tmp_path / "b", cut_in_the_second_epoch)
    lines: list[str] = []
    resumed = fit(encoder, splits, recipe, tmp_path / "b", lines.append)
    assert all(line.startswith("epoch 2") for line in lines)
    for one, other in zip(whole.parameters(), resumed.parameters(), strict=True):
        torch.testing.assert_close(one, other)


def test_calibration_finds_the_temperature_that_made_the_labels() -> None:
    rng = np.random.default_rng(0)
    true = rng.normal(0, 2, (4000, 3))
    p = np.exp(true) / np.exp(true).sum(1, keepdims=True)
    labels = [int(rng.choice(3, p=row)) for row in p]
    from nlp.train.data import Example

    examples = [Example(text="", relevant=bool(i % 2), sentiment=y, topics=(0,) * 7) for i, y in enumerate(labels)]
    logits = heads([{"relevance": [0.1], "sentiment": list(row * 2.5), "topics": [-1.0] * 7} for row in true])
    found = calibrate(logits, examples)
    assert found["temperature"]["sentiment"] == pytest.approx(2.5, rel=0.1)
    assert (
        expected_calibration_error(np.array(labels), p)
        < 0.03
        < expected_calibration_error(np.array(labels), np.eye(3)[p.argmax(1)])
    )


def test_batches_cover_everything_once() -> None:
    batches = length_batches([5, 50, 6, 49, 7], 2, random.Random(0))
    assert sorted(i for batch in batches for i in batch) == list(range(5))


def teardown_module() -> None:
    logging.getLogger().setLevel(logging.WARNING)
