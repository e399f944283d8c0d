"""Network → fused ONNX graph → int8, with everything inference needs beside it, in one folder that appears whole."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers.fusion_options import FusionOptions
from onnxruntime.transformers.optimizer import optimize_model

from citra.errors import InputError
from nlp.train.fit import PAD
from nlp.train.network import HEADS, Network

#: What is stored as int8: the matrices of the encoder and the word embeddings (43 % of all weights).
QUANTISED = ["MatMul", "Attention", "EmbedLayerNormalization"]
LIMIT_BYTES = 45_000_000


def to_onnx(network: Network, path: Path) -> None:
    """Write the network as fp32 ONNX with attention, layer norm and embeddings fused for the CPU."""
    network.eval()
    network.encoder.set_attn_implementation("eager")  # the pattern that the optimiser knows how to fuse
    ids = torch.full((2, 16), 5, dtype=torch.int64)
    ids[1, 8:] = PAD
    axes: dict[str, dict[int, str]] = {name: {0: "batch"} for name in HEADS}
    axes |= {name: {0: "batch", 1: "sequence"} for name in ("input_ids", "attention_mask")}
    raw = path.with_suffix(".raw")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warnings about shapes that the dynamic axes take care of
        torch.onnx.export(
            network, (ids, (ids != PAD).long()), str(raw), input_names=["input_ids", "attention_mask"],
            output_names=list(HEADS), dynamic_axes=axes, opset_version=18, dynamo=False,
        )  # fmt: skip
    config = network.encoder.config
    fused = optimize_model(
        str(raw), model_type="bert", num_heads=config.num_attention_heads, hidden_size=config.hidden_size,
        optimization_options=FusionOptions("bert"), opt_level=0,
    )  # fmt: skip
    fused.save_model_to_file(str(path))
    raw.unlink()


def quantise(fp32: Path, int8: Path) -> None:
    """Dynamic int8: weights symmetric for each channel, activations scaled at run time for each text."""
    logging.getLogger().setLevel(logging.ERROR)  # the quantiser advises a step that breaks the fused graph
    quantize_dynamic(
        fp32, int8, weight_type=QuantType.QInt8, per_channel=True, op_types_to_quantize=QUANTISED,
        extra_options={"DefaultTensorType": 1},  # shapes of the fused operators are unknown to the quantiser
    )  # fmt: skip


def export(network: Network, tokenizer: Path, config: Mapping[str, Any], folder: Path) -> None:
    """Write ``model.onnx``, ``tokenizer.json`` and ``config.json`` into ``folder``, replacing what stood there.

    :raises InputError: the int8 model is larger than a default install may carry.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        work = Path(name)
        to_onnx(network, work / "fp32.onnx")
        quantise(work / "fp32.onnx", work / "model.onnx")
        size = (work / "model.onnx").stat().st_size
        if size > LIMIT_BYTES:
            raise InputError(f"{folder}: the model has {size:,} bytes, more than {LIMIT_BYTES:,}")
        shutil.copyfile(tokenizer, work / "tokenizer.json")
        hashes = {file: _sha256(work / file) for file in ("model.onnx", "tokenizer.json")}
        text = json.dumps({**config, "sha256": hashes}, ensure_ascii=False, indent=2)
        (work / "config.json").write_text(text + "\n", encoding="utf-8")
        folder.mkdir(exist_ok=True)
        for file in ("model.onnx", "tokenizer.json", "config.json"):
            (work / file).replace(folder / file)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
