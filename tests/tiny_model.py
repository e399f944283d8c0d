"""A real ONNX model of a few kilobytes in the layout of a shipped one: embeddings, mean, linear heads."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy
import onnx
import tokenizers
from onnx import TensorProto, helper, numpy_helper

#: token ids; the first stands for every unknown word
WORDS: list[str] = []
#: word → weights of relevance (1), sentiment (3), topics (7): enough to tell simple texts apart
MEANING: dict[str, tuple[float, tuple[float, float, float], int | None]] = {
    "korupsi": (6, (6, 0, -3), 0),
    "suap": (6, (6, 0, -3), 0),
    "pungli": (6, (6, 0, -3), 0),
    "ditangkap": (2, (5, 0, -3), None),
    "lambat": (3, (6, 0, -3), 1),
    "antre": (3, (3, 0, -1), 1),
    "ramah": (3, (-3, 0, 6), 1),
    "cepat": (3, (-3, 0, 6), 1),
    "bagus": (2, (-3, 0, 6), None),
    "pelayanan": (6, (0, 2, 0), 1),
    "ktp": (6, (0, 2, 0), 1),
    "bupati": (6, (0, 2, 0), None),
    "dinas": (6, (0, 2, 0), None),
    "cpns": (6, (0, 3, 0), 5),
    "lapor": (4, (1, 1, 0), 6),
    "bola": (-9, (0, 2, 0), None),
    "juara": (-9, (0, 0, 3), None),
}
WORDS.extend(["[UNK]", *MEANING])


def build(folder: Path, **changes: Any) -> Path:
    """Write the model; ``changes`` replace entries of config.json."""
    folder.mkdir(parents=True, exist_ok=True)
    model = _network()
    onnx.checker.check_model(model)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    tokenizer = tokenizers.Tokenizer(
        tokenizers.models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]")
    )
    tokenizer.normalizer = tokenizers.normalizers.Lowercase()
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "name": "tiny",
        "version": "1",
        "max_tokens": 64,
        "prefix": "query: ",
        "sha256": {"model.onnx": hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()},
        **changes,
    }
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def _network() -> onnx.ModelProto:
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["words"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "flat"], ["wide"]),
        helper.make_node("Mul", ["words", "wide"], ["kept"]),
        helper.make_node("ReduceSum", ["kept", "axis1"], ["total"], keepdims=0),
        helper.make_node("Add", ["total", "bias"], ["all"]),
        helper.make_node("Split", ["all", "sizes"], ["one", "sentiment", "topics"], axis=1),
        helper.make_node("Reshape", ["one", "flat"], ["relevance"]),
        helper.make_node("Identity", ["sentiment"], ["tone"]),
    ]
    ints = [helper.make_tensor_value_info(n, TensorProto.INT64, ["b", "s"]) for n in ("input_ids", "attention_mask")]
    floats = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in {"relevance": ["b"], "sentiment": ["b", 3], "topics": ["b", 7], "tone": ["b", 3]}.items()
    ]
    graph = helper.make_graph(nodes, "tiny", ints, floats, _weights())
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def _weights() -> list[onnx.TensorProto]:
    table = numpy.zeros((len(WORDS), 11), dtype=numpy.float32)
    for word, (relevance, sentiment, topic) in MEANING.items():
        row = table[WORDS.index(word)]
        row[0], row[1:4] = relevance, sentiment
        if topic is not None:
            row[4 + topic] = 20
    arrays = {
        "table": table,
        "bias": numpy.array([-0.5, 0, 0.2, 0, *[-1] * 7], dtype=numpy.float32),
        "axis1": numpy.array([1], dtype=numpy.int64),
        "flat": numpy.array([-1], dtype=numpy.int64),
        "sizes": numpy.array([1, 3, 7], dtype=numpy.int64),
    }
    return [numpy_helper.from_array(array, name) for name, array in arrays.items()]
