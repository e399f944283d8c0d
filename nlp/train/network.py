"""The network: one encoder, four heads on its mean-pooled states."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import AutoModel

from citra.documents import SENTIMENTS, TOPICS

#: Order and width of the outputs; the ONNX model names them the same.
HEADS = {"relevance": 1, "sentiment": len(SENTIMENTS), "topics": len(TOPICS), "tone": len(SENTIMENTS)}


class Network(nn.Module):
    """Encoder with heads ``relevance`` (1 logit), ``sentiment`` (3), ``topics`` (7), ``tone`` (3)."""

    def __init__(self, encoder_folder: Path, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(encoder_folder, add_pooling_layer=False).float()
        self.dropout = nn.Dropout(dropout)
        width = self.encoder.config.hidden_size
        self.heads = nn.ModuleDict({name: nn.Linear(width, size) for name, size in HEADS.items()})

    @property
    def depth(self) -> int:
        """Number of the encoder's layers."""
        return len(self.encoder.encoder.layer)

    def keep(self, layers: Sequence[int]) -> None:
        """Drop all layers of the encoder but these (Sajjad et al. 2023, *On the effect of dropping layers*)."""
        self.encoder.encoder.layer = nn.ModuleList(self.encoder.encoder.layer[i] for i in layers)
        self.encoder.config.num_hidden_layers = len(layers)

    def load(self, checkpoint: Path, layers: Sequence[int] | None) -> None:
        """Take the weights of a training, of the whole encoder or of one cut to ``layers``; cut to them if not yet."""
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)["network"]
        depth = 1 + max(int(name.split(".")[3]) for name in state if name.startswith("encoder.encoder.layer."))
        if layers is not None and depth == len(layers):
            self.keep(layers)
        self.load_state_dict(state)
        if layers is not None and self.depth != len(layers):
            self.keep(layers)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, ...]:
        """Logits in the order of ``HEADS``; relevance is ``[batch]``, the others ``[batch, width]``."""
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(states.dtype)
        pooled = self.dropout((states * mask).sum(1) / mask.sum(1).clamp(min=1))
        logits = {name: head(pooled) for name, head in self.heads.items()}
        logits["relevance"] = logits["relevance"].squeeze(-1)
        return tuple(logits[name] for name in HEADS)


def losses(logits: tuple[Tensor, ...], labels: dict[str, Tensor], weights: dict[str, Tensor]) -> Tensor:
    """Weighted sum of the heads' losses over the labels that are known (unknown ones are -100 or NaN).

    Labels may be probabilities, those of a teacher: Hinton, Vinyals & Dean (2015), *Distilling the knowledge in a
    neural network*.
    """
    relevance, sentiment, topics, tone = (logit.float() for logit in logits)
    total = sentiment.sum() * 0.0
    known = ~labels["sentiment"][:, 0].isnan()
    if known.any():
        total = total + nn.functional.cross_entropy(sentiment[known], labels["sentiment"][known], weights["sentiment"])
    if (labels["tone"] >= 0).any():
        total = total + 0.5 * nn.functional.cross_entropy(tone, labels["tone"], ignore_index=-100)
    known = ~labels["relevance"].isnan()
    if known.any():
        total = total + 0.5 * nn.functional.binary_cross_entropy_with_logits(
            relevance[known], labels["relevance"][known]
        )
    known = ~labels["topics"][:, 0].isnan()
    if known.any():
        cost = nn.functional.binary_cross_entropy_with_logits(
            topics[known], labels["topics"][known], pos_weight=weights["topics"]
        )
        total = total + weights["topic_weight"] * cost
    return total
