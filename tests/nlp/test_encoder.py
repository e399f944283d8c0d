from __future__ import annotations

import json
from pathlib import Path

import pytest
import tiny_model

from citra.errors import ConfigError
from nlp.encoder import OnnxAnalyser, find_model, load_analyser


def test_labels(tiny: Path) -> None:
    found = load_analyser(tiny).analyse(
        ["bupati ditangkap karena suap", "pelayanan ktp ramah dan cepat", "juara bola", "kata lain"]
    )
    assert [label.sentiment.label for label in found] == ["negative", "positive", "positive", "neutral"]
    assert [label.relevance > 0.5 for label in found] == [True, True, False, False]
    assert [[topic.id for topic in label.topics] for label in found] == [["corruption"], ["service"], [], []]
    for label in found:
        sentiment = label.sentiment
        assert sentiment.p_negative + sentiment.p_neutral + sentiment.p_positive == pytest.approx(1, abs=1e-9)
        assert max(sentiment.p_negative, sentiment.p_neutral, sentiment.p_positive) == getattr(
            sentiment, f"p_{sentiment.label}"
        )


def test_neighbours_and_threads_change_nothing(tiny: Path) -> None:
    texts = ["bupati " * n + "korupsi" for n in range(1, 60)]
    alone = [OnnxAnalyser(tiny, threads=1, batch=1).analyse([text])[0] for text in texts]
    assert OnnxAnalyser(tiny, threads=3, batch=8).analyse(texts) == alone
    assert OnnxAnalyser(tiny, threads=2, batch=64).analyse(texts[::-1])[::-1] == alone


def test_temperature_and_thresholds(tmp_path: Path, tiny: Path) -> None:
    sharp = load_analyser(tiny).analyse(["dinas lambat"])[0]
    folder = tiny_model.build(
        tmp_path / "m", temperature={"sentiment": 4.0, "relevance": 4.0}, topic_thresholds={"service": 1.1}
    )
    flat = load_analyser(folder).analyse(["dinas lambat"])[0]
    assert flat.sentiment.p_negative < sharp.sentiment.p_negative
    assert 0.5 < flat.relevance < sharp.relevance
    assert sharp.topics
    assert flat.topics == ()


def test_empty_and_long_input(tiny: Path) -> None:
    analyser = load_analyser(tiny)
    assert analyser.analyse([]) == []
    assert len(analyser.analyse(["", "korupsi " * 10_000])) == 2


def test_damaged_model_is_refused(tmp_path: Path) -> None:
    folder = tiny_model.build(tmp_path / "m")
    (folder / "model.onnx").write_bytes((folder / "model.onnx").read_bytes() + b"x")
    with pytest.raises(ConfigError, match="sha256"):
        load_analyser(folder)


def test_what_is_no_model_says_so(tmp_path: Path) -> None:
    folder = tiny_model.build(tmp_path / "m", sha256={})
    (folder / "model.onnx").write_bytes(b"not onnx")
    with pytest.raises(ConfigError, match="cannot open"):
        load_analyser(folder)
    (folder / "model.onnx").unlink()
    with pytest.raises(ConfigError, match=r"model\.onnx is missing"):
        load_analyser(folder)
    (folder / "config.json").write_text("{")
    with pytest.raises(ConfigError, match=r"missing|JSON"):
        load_analyser(folder)
    (folder / "config.json").write_text(json.dumps({"name": "x"}))
    with pytest.raises(ConfigError, match=r"no model|missing"):
        find_model(tmp_path / "none")


def test_wrong_inputs_are_refused(tmp_path: Path) -> None:
    import onnx
    from onnx import TensorProto, helper

    folder = tiny_model.build(tmp_path / "m", sha256={})
    value = helper.make_tensor_value_info("text", TensorProto.FLOAT, [1])
    out = helper.make_tensor_value_info("out", TensorProto.FLOAT, [1])
    graph = helper.make_graph([helper.make_node("Identity", ["text"], ["out"])], "g", [value], [out])
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), str(folder / "model.onnx")
    )
    with pytest.raises(ConfigError, match="expected inputs input_ids, attention_mask"):
        load_analyser(folder)
