"""Fine-tuning on a CPU or a GPU: reproducible from a seed, resumable at every epoch."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor

from citra.documents import SENTIMENTS, TOPICS
from citra.errors import InputError
from nlp.train.data import Example, Splits, length_batches
from nlp.train.network import Network, losses

#: Id of ``<pad>`` in the XLM-R family of tokenizers.
PAD = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """All that decides the result besides the data."""

    epochs: int = 4
    batch: int = 32
    learning_rate: float = 1.2e-4
    head_rate: float = 1.0  #: the heads learn this many times faster than the encoder
    warmup: float = 0.06  #: share of all steps
    weight_decay: float = 0.01
    max_tokens: int = 128
    prefix: str = "query: "
    layers: tuple[int, ...] | None = None  #: those of the encoder that are kept; None: all
    repeats: int = 1  #: how often an epoch shows a text labelled by hand; one with a teacher's labels it shows once
    topic_weight: float = 2.0  #: of the topics' loss beside that of sentiment
    topic_cap: float = 3.0  #: most that a rare topic's texts count more than the others
    tone_per_epoch: int = 2000  #: texts of general sentiment drawn anew for each epoch
    stop_after: int | None = None  #: steps of an epoch after which it ends, the schedule as if it had not
    seed: int = 20261124


def encode(tokenizer: Tokenizer, texts: Sequence[str], recipe: Recipe) -> list[list[int]]:
    """Token ids of each text, cut to ``max_tokens``."""
    tokenizer.enable_truncation(recipe.max_tokens)
    tokenizer.no_padding()
    return [item.ids for item in tokenizer.encode_batch([recipe.prefix + text for text in texts])]


def pad(rows: Sequence[list[int]], pad_id: int) -> tuple[Tensor, Tensor]:
    """``input_ids`` and ``attention_mask``, int64 ``[batch, longest]``."""
    width = max(len(row) for row in rows)
    ids = torch.full((len(rows), width), pad_id, dtype=torch.int64)
    mask = torch.zeros_like(ids)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = torch.tensor(row)
        mask[i, : len(row)] = 1
    return ids, mask


def label_tensors(examples: Sequence[Example]) -> dict[str, Tensor]:
    """Labels of a batch; unknown ones are -100 (classes) or NaN (binary)."""
    nan = float("nan")
    return {
        "relevance": torch.tensor([nan if e.relevant is None else float(e.relevant) for e in examples]),
        "sentiment": torch.tensor([_distribution(e.sentiment) for e in examples]),
        "topics": torch.tensor(
            [[nan] * len(TOPICS) if e.topics is None else [float(t) for t in e.topics] for e in examples]
        ),
        "tone": torch.tensor([-100 if e.tone is None else e.tone for e in examples]),
    }


def _distribution(label: int | tuple[float, ...] | None) -> list[float]:
    if label is None:
        return [float("nan")] * len(SENTIMENTS)
    return [float(i == label) for i in range(len(SENTIMENTS))] if isinstance(label, int) else list(label)


def class_weights(examples: Sequence[Example], recipe: Recipe) -> dict[str, Tensor]:
    """Square root of inverse frequency: thin classes count more, without distorting the probabilities much."""
    examples = [e for e in examples if isinstance(e.sentiment, int) or e.sentiment is None]  # labelled by hand
    counts = Counter(e.sentiment for e in examples if e.sentiment is not None)
    total = sum(counts.values())
    sentiment = [(total / len(SENTIMENTS) / max(1, counts[i])) ** 0.5 for i in range(len(SENTIMENTS))]
    rows = [e.topics for e in examples if e.topics is not None]
    topics = [
        min(recipe.topic_cap, (len(rows) / max(1, sum(row[i] for row in rows)) - 1) ** 0.5) for i in range(len(TOPICS))
    ]
    return {
        "sentiment": torch.tensor(sentiment),
        "topics": torch.tensor(topics),
        "topic_weight": torch.tensor(recipe.topic_weight),
    }


def epoch_examples(splits: Splits, recipe: Recipe, epoch: int) -> list[Example]:
    """All domain texts and a fresh draw of general ones, as seed and epoch decide."""
    domain = [e for e in splits.fit if e.tone is None and not isinstance(e.sentiment, tuple)]
    taught = [e for e in splits.fit if isinstance(e.sentiment, tuple)]
    general = [e for e in splits.fit if e.tone is not None]
    drawn = random.Random(recipe.seed + epoch).sample(general, min(recipe.tone_per_epoch, len(general)))
    return domain * recipe.repeats + taught + drawn


@dataclass(slots=True)
class _State:
    """What a checkpoint holds."""

    network: Network
    optimizer: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LRScheduler
    weights: dict[str, Tensor]

    def save(self, path: Path, epoch: int, recipe: Recipe) -> None:
        part = path.with_suffix(".part")
        parts = {name: getattr(self, name).state_dict() for name in ("network", "optimizer", "schedule")}
        torch.save({**parts, "epoch": epoch, "recipe": asdict(recipe), "random": torch.get_rng_state()}, part)
        part.replace(path)

    def resume(self, path: Path, recipe: Recipe) -> int:
        """Number of epochs already done under the same recipe."""
        if not path.exists():
            return 0
        saved = torch.load(path, weights_only=True)
        if saved["recipe"] != asdict(recipe):
            return 0
        for name in ("network", "optimizer", "schedule"):
            getattr(self, name).load_state_dict(saved[name])
        torch.set_rng_state(saved["random"])
        return int(saved["epoch"]) + 1


def fit(
    encoder_folder: Path,
    splits: Splits,
    recipe: Recipe,
    out: Path,
    report: Callable[[str], None] = print,
    start: Path | None = None,
) -> Network:
    """Train and return the network; ``out/checkpoint.pt`` is written after every epoch and picked up again.

    :param start: folder of a finished training whose network is trained further.
    """
    torch.manual_seed(recipe.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    tokenizer = Tokenizer.from_file(str(encoder_folder / "tokenizer.json"))
    network = Network(encoder_folder)
    if start is not None:
        network.load(start / "checkpoint.pt", recipe.layers)
    elif recipe.layers is not None:
        network.keep(recipe.layers)
    network.to(device)
    total = -(-len(epoch_examples(splits, recipe, 0)) // recipe.batch) * recipe.epochs
    ramp = max(1, int(total * recipe.warmup))
    groups = [
        {"params": network.encoder.parameters(), "lr": recipe.learning_rate},
        {"params": network.heads.parameters(), "lr": recipe.learning_rate * recipe.head_rate},
    ]
    optimizer = torch.optim.AdamW(groups, weight_decay=recipe.weight_decay, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / ramp, max(0.0, (total - step) / (total - ramp)))
    )
    weights = {name: value.to(device) for name, value in class_weights(splits.fit, recipe).items()}
    state = _State(network, optimizer, schedule, weights)
    out.mkdir(parents=True, exist_ok=True)
    first = state.resume(out / "checkpoint.pt", recipe)
    for epoch in range(first, recipe.epochs):
        for line in _train_epoch(state, tokenizer, epoch_examples(splits, recipe, epoch), recipe, epoch):
            report(line)
        state.save(out / "checkpoint.pt", epoch, recipe)
    network.eval()
    return network


def trained(encoder_folder: Path, run: Path) -> tuple[Network, Recipe]:
    """The network of a finished training and the recipe that made it.

    :raises InputError: no checkpoint in ``run``.
    """
    if not (run / "checkpoint.pt").exists():
        raise InputError(f"{run}: no checkpoint.pt; give the folder of a finished `citra model train` with --run")
    recipe = Recipe(**torch.load(run / "checkpoint.pt", map_location="cpu", weights_only=True)["recipe"])
    network = Network(encoder_folder)
    network.load(run / "checkpoint.pt", recipe.layers)
    return network, recipe


def _train_epoch(
    state: _State, tokenizer: Tokenizer, examples: list[Example], recipe: Recipe, epoch: int
) -> Iterator[str]:
    """One pass over ``examples``; yields a line of progress now and then."""
    device = next(state.network.parameters()).device
    rows = encode(tokenizer, [e.text for e in examples], recipe)
    batches = length_batches([len(row) for row in rows], recipe.batch, random.Random(recipe.seed + epoch))
    batches = batches[: recipe.stop_after]
    state.network.train()
    running = 0.0
    for step, indices in enumerate(batches, 1):
        ids, mask = pad([rows[i] for i in indices], PAD)
        labels = {k: v.to(device) for k, v in label_tensors([examples[i] for i in indices]).items()}
        with torch.autocast(device.type, torch.bfloat16):
            logits = state.network(ids.to(device), mask.to(device))
        loss = losses(logits, labels, state.weights)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(state.network.parameters(), 1.0)
        state.optimizer.step()
        state.schedule.step()
        state.optimizer.zero_grad(set_to_none=True)
        running += loss.item()
        if step % 25 == 0 or step == len(batches):
            yield (f"epoch {epoch + 1}/{recipe.epochs} step {step}/{len(batches)} loss {running / step:.4f}")
