"""ONNX inference: texts → relevance, sentiment and topics with calibrated probabilities.

The encoder reads the first tokens, the wide part (``nlp.wide``) the whole text; their logits are added.

One document is one run of the network: a run over several texts would let the scale of a dynamically quantised
layer, and so the labels, depend on which texts happen to stand side by side. Threads run documents in parallel.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy

from citra.documents import SENTIMENTS, TOPICS, Model, Sentiment, SentimentLabel, Topic
from citra.errors import ConfigError
from nlp.wide import Wide

#: Decimals kept of a probability: far above the noise of int8 arithmetic, far below any decision.
DIGITS = 4
INPUTS = ("input_ids", "attention_mask")
OUTPUTS = ("relevance", "sentiment", "topics")


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What a model says of one text."""

    relevance: float  #: probability that the text is about civil servants or a public office
    sentiment: Sentiment
    topics: tuple[Topic, ...] = ()  #: those at or above their threshold, most probable first


class Analyser(Protocol):
    """Labels texts; the shipped one is :class:`OnnxAnalyser`."""

    model: Model

    def analyse(self, texts: Sequence[str]) -> list[Labels]: ...


#: Label of a text that the model is not asked about (another language): not relevant, no image.
UNSCORED = Labels(relevance=0.0, sentiment=Sentiment(label="neutral", p_negative=0.0, p_neutral=1.0, p_positive=0.0))


class OnnxAnalyser:
    """The model in a folder: ``model.onnx``, ``tokenizer.json``, ``config.json``, and ``wide.npz`` if it names one.

    :param threads: documents analysed at once; 0 means one for each core this process may use.
    :param batch: documents tokenised together; has no influence on the labels.
    :raises ConfigError: when a file is missing, damaged (sha256) or of another shape than promised.
    """

    def __init__(self, folder: str | Path, threads: int = 0, batch: int = 32) -> None:
        self.folder = Path(folder)
        self.config = _read_config(self.folder)
        self.model = Model(name=self.config["name"], version=str(self.config["version"]))
        self._threads = threads or _cores()
        self._batch = max(batch, self._threads)
        self._session = _open_session(self.folder / "model.onnx")
        self._tokenizer = _open_tokenizer(self.folder / "tokenizer.json", self.config)
        self._outputs = [part.name for part in self._session.get_outputs()]
        self._wide_share = float(self.config.get("wide", 0.0))
        self._wide = Wide(self.folder / "wide.npz") if self._wide_share else None
        temperature: Mapping[str, float] = self.config.get("temperature", {})
        self._temperature = {name: float(temperature.get(name, 1.0)) for name in OUTPUTS}
        self._thresholds = [float(self.config.get("topic_thresholds", {}).get(id_, 0.5)) for id_ in TOPICS]
        self._pool = (
            ThreadPoolExecutor(self._threads, thread_name_prefix="citra-analyse") if self._threads > 1 else None
        )

    def analyse(self, texts: Sequence[str]) -> list[Labels]:
        """Labels of each text, in order; a text is what ``nlp.text.model_input`` made of a document."""
        return [self._labels(logits) for logits in self.logits(texts)]

    def logits(self, texts: Sequence[str]) -> list[dict[str, list[float]]]:
        """Raw outputs of the model for each text by head (``tone`` too), for calibration and evaluation."""
        found: list[dict[str, list[float]]] = []
        for start in range(0, len(texts), self._batch):
            part = texts[start : start + self._batch]
            encodings = self._tokenizer.encode_batch_fast([self.config.get("prefix", "") + text for text in part])
            tokens = [encoding.ids for encoding in encodings]
            found.extend((self._pool.map if self._pool else map)(self._run, tokens, part))
        return found

    def _run(self, tokens: list[int], text: str) -> dict[str, list[float]]:
        ids = numpy.array([tokens], dtype=numpy.int64)
        outputs = self._session.run(self._outputs, {"input_ids": ids, "attention_mask": numpy.ones_like(ids)})
        deep = {name: output.reshape(-1) for name, output in zip(self._outputs, outputs, strict=True)}
        if self._wide is not None:
            for name, logits in self._wide.logits(text).items():
                deep[name] = deep[name] + self._wide_share * logits
        return {name: logits.tolist() for name, logits in deep.items()}

    def _labels(self, logits: Mapping[str, Sequence[float]]) -> Labels:
        if not all(math.isfinite(x) for name in OUTPUTS for x in logits[name]):
            raise ConfigError(f"{self.folder}: the model gives no numbers for a text; it is damaged or badly exported")
        scaled = {name: [x / self._temperature[name] for x in logits[name]] for name in OUTPUTS}
        return Labels(
            relevance=round(_sigmoid(scaled["relevance"][0]), DIGITS),
            sentiment=_sentiment(scaled["sentiment"]),
            topics=_topics([_sigmoid(x) for x in scaled["topics"]], self._thresholds),
        )


def find_model(name: str | Path) -> Path:
    """The folder of a model: ``name`` itself when it is a folder, else the shipped model of that name.

    :raises ConfigError: when there is none; names those there are.
    """
    if Path(name, "config.json").is_file():
        return Path(name)
    here = Path(__file__).resolve().parent
    known = []
    for base in (here / "models", here.parent / "models"):
        if (base / name / "config.json").is_file():
            return base / name
        known.extend(sorted(path.parent.name for path in base.glob("*/config.json")))
    raise ConfigError(
        f"no model {str(name)!r}: it is neither a folder with a config.json nor one of the shipped models"
        f" ({', '.join(known) or 'none'})"
    )


def load_analyser(name: str | Path, threads: int = 0, batch: int = 32) -> OnnxAnalyser:
    """The model called ``name`` (see :func:`find_model`), ready to analyse."""
    return OnnxAnalyser(find_model(name), threads=threads, batch=batch)


def _read_config(folder: Path) -> dict[str, Any]:
    for file in ("config.json", "model.onnx", "tokenizer.json"):
        if not (folder / file).is_file():
            raise ConfigError(f"{folder}: not a model folder, {file} is missing")
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except ValueError as wrong:
        raise ConfigError(f"{folder}/config.json: not valid JSON: {wrong}") from wrong
    if not isinstance(config, dict) or not {"name", "version", "max_tokens"} <= config.keys():
        raise ConfigError(f"{folder}/config.json: name, version and max_tokens are required")
    for file, expected in config.get("sha256", {}).items():
        with (folder / file).open("rb") as stream:
            actual = hashlib.file_digest(stream, "sha256").hexdigest()
        if actual != expected:
            raise ConfigError(f"{folder / file}: damaged or replaced (sha256 is not the one in config.json)")
    return config


def _open_session(file: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # documents run side by side instead; see the module docstring
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    except Exception as wrong:  # onnxruntime raises classes of its own without a common public base
        first = (str(wrong).splitlines() or [""])[0]
        raise ConfigError(f"{file}: onnxruntime cannot open it: {first}") from wrong
    inputs, outputs = ({part.name for part in parts} for parts in (session.get_inputs(), session.get_outputs()))
    if inputs != set(INPUTS) or not set(OUTPUTS) <= outputs:
        raise ConfigError(
            f"{file}: expected inputs {', '.join(INPUTS)} and outputs {', '.join(OUTPUTS)};"
            f" found {', '.join(sorted(inputs))} and {', '.join(sorted(outputs))}"
        )
    return session


def _open_tokenizer(file: Path, config: Mapping[str, Any]) -> Any:
    import tokenizers

    try:
        tokenizer = tokenizers.Tokenizer.from_file(str(file))
    except Exception as wrong:  # the Rust binding raises bare Exception
        raise ConfigError(f"{file}: not a tokenizer: {wrong}") from wrong
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length=int(config["max_tokens"]))
    return tokenizer


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _sentiment(logits: Sequence[float]) -> Sentiment:
    """Softmax; the rounded three still sum to 1, the largest takes the remainder."""
    top = max(logits)
    weights = [math.exp(x - top) for x in logits]
    chances = [round(weight / sum(weights), DIGITS) for weight in weights]
    best = max(range(len(chances)), key=lambda i: (chances[i], logits[i]))
    chances[best] = round(1 - sum(p for i, p in enumerate(chances) if i != best), DIGITS)
    label: SentimentLabel = SENTIMENTS[best]
    return Sentiment(label=label, p_negative=chances[0], p_neutral=chances[1], p_positive=chances[2])


def _topics(chances: Sequence[float], thresholds: Sequence[float]) -> tuple[Topic, ...]:
    above = [
        Topic(id=id_, p=round(p, DIGITS))
        for id_, p, least in zip(TOPICS, chances, thresholds, strict=True)
        if p >= least
    ]
    return tuple(sorted(above, key=lambda topic: -topic.p))
