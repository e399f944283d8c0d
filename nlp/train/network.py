"""The network: one encoder, four heads on its mean-pooled states."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn
from transformers import AutoModel

from citra.documents import SENTIMENTS, TOPICS

#: Order and width of the outputs; the ONNX model names them the same.
HEADS = {"relevance": 1, "sentiment": len(SENTIMENTS), "topics": len(TOPICS), "tone": len(SENTIMENTS)}


class Network(nn.Module):
    """Encoder with heads ``relevance`` (1 logit), ``sentiment`` (3), ``topics`` (7), ``tone`` (3)."""

    def __init__(self, encoder_folder: Path, layers: int | None = None, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(encoder_folder, add_pooling_layer=False).float()
        if layers is not None:
            self.encoder.encoder.layer = self.encoder.encoder.layer[:layers]
            self.encoder.config.num_hidden_layers = layers
        self.dropout = nn.Dropout(dropout)
        width = self.encoder.config.hidden_size
        self.heads = nn.ModuleDict({name: nn.Linear(width, size) for name, size in HEADS.items()})

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, ...]:
        """Logits in the order of ``HEADS``; relevance is ``[batch]``, the others ``[batch, width]``."""
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(states.dtype)
        pooled = self.dropout((states * mask).sum(1) / mask.sum(1).clamp(min=1))
        logits = {name: head(pooled) for name, head in self.heads.items()}
        logits["relevance"] = logits["relevance"].squeeze(-1)
        return tuple(logits[name] for name in HEADS)


def losses(logits: tuple[Tensor, ...], labels: dict[str, Tensor], weights: dict[str, Tensor]) -> Tensor:
    """Weighted sum of the heads' losses over the labels that are known (unknown ones are -100 or NaN)."""
    relevance, sentiment, topics, tone = (logit.float() for logit in logits)
    total = sentiment.sum() * 0.0
    if (labels["sentiment"] >= 0).any():
        total = total + nn.functional.cross_entropy(
            sentiment, labels["sentiment"], weights["sentiment"], ignore_index=-100
        )
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
