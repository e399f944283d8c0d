from __future__ import annotations

import random

import pytest
import tiny_model

from citra.documents import TOPICS
from nlp.encoder import OnnxAnalyser
from nlp.explain import ONE_BY_ONE, explain_text


@pytest.fixture(scope="module")
def analyser(tmp_path_factory: pytest.TempPathFactory) -> OnnxAnalyser:
    return OnnxAnalyser(tiny_model.build(tmp_path_factory.mktemp("models") / "tiny"), threads=1)


def test_the_words_that_carry_the_labels_are_named(analyser: OnnxAnalyser) -> None:
    found = explain_text("Bupati itu ditangkap, korupsi dana desa", analyser)
    image, relevance, *topics = found.decisions
    assert (image.name, image.label) == ("sentiment", "negative")
    assert [word for word, effect in found.strongest(image, 2)] == ["korupsi", "ditangkap,"]
    assert all(effect > 0 for _, effect in found.strongest(image, 2))
    assert (relevance.name, relevance.label) == ("relevance", "relevant")
    assert {word for word, _ in found.strongest(relevance, 2)} == {"Bupati", "korupsi"}
    assert next(topic.name for topic in topics) == "corruption"
    assert {topic.name for topic in topics} == set(TOPICS)
    assert found.strongest(topics[0], 1)[0][0] == "korupsi"


def test_effects_have_the_sign_of_what_was_decided(analyser: OnnxAnalyser) -> None:
    found = explain_text("juara bola lawan dinas", analyser)
    relevance = found.decisions[1]
    assert relevance.label == "irrelevant"
    effects = dict(found.strongest(relevance))
    assert effects["bola"] > 0 > effects["dinas"]
    service = next(one for one in explain_text("ktp korupsi", analyser).decisions if one.name == "service")
    assert service.label == "yes"


def test_words_and_probabilities_are_those_of_the_model(analyser: OnnxAnalyser) -> None:
    text = "Pelayanan  KTP <lambat> sekali"
    found = explain_text(text, analyser)
    assert [text[start:end] for start, end in found.words] == ["Pelayanan", "KTP", "<lambat>", "sekali"]
    labels = analyser.analyse([text])[0]
    assert found.decisions[0].p == getattr(labels.sentiment, f"p_{labels.sentiment.label}")
    assert found.decisions[1].p == labels.relevance


@pytest.mark.parametrize("length", [1, ONE_BY_ONE, ONE_BY_ONE + 1, 130, 250])
def test_a_long_text_costs_no_more_and_still_finds_the_word(
    length: int, analyser: OnnxAnalyser, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [f"kata{i}" for i in range(length)]
    place = random.Random(length).randrange(min(length, 40))
    words[place] = "pungli"
    asked = 0
    ask = analyser.logits

    def counted(texts: list[str]) -> list[dict[str, list[float]]]:
        nonlocal asked
        asked += len(texts)
        return ask(texts)

    monkeypatch.setattr(analyser, "logits", counted)
    found = explain_text(" ".join(words), analyser)
    assert asked <= ONE_BY_ONE + 3
    assert found.strongest(found.decisions[0], 1)[0][0] == "pungli"
    assert all(len(decision.effects) == length for decision in found.decisions)
    assert [place for first, last in found.pieces for place in range(first, last)] == list(range(length))
