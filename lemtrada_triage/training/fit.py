"""Trains the network: batches of similar length, a loss for each kind of label, a checkpoint after every pass."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from lemtrada_triage.training.network import ASSERTIONS, Network
from lemtrada_triage.training.rows import Lineage, Numbers, Row, Sample, joined_rows, swapped_rows

_ROWS, _TOKENS = 40, 1800  # of a batch, at most; tokens with padding
_WARM_UP = 0.06
_HARMLESS = 8_000  # requests in whose company symptoms are told
_SPAN, _MANNER = 0.3, 0.5  # weights of the losses beside those for counts and told


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train: passes over the data, step sizes, and how many texts of each kind are in a pass.

    ``term_passes`` over the vocabulary's terms alone come first: they teach the names, the messages all else. What is
    kept is the running mean of the weights, of which each step's share is 1 - ``averaged``: it generalises better.
    """

    passes: int = 4
    term_passes: int = 1
    rate: float = 1.5e-4
    head_rate: float = 4e-3
    seed: int = 7
    messages: int = 20_000
    everyday: int = 3_000
    banking: int = 800
    terms: int = 800
    turns: int = 2
    reviews: int = 1
    joined: int = 16_000
    swapped: int = 16_000
    dropout: float = 0.15
    averaged: float = 0.999
    minutes: float | None = None
    bfloat16: bool = True


KINDS = ("messages", "talk", "turns", "reviews", "everyday", "banking", "terms")


@dataclass(slots=True)
class Material:
    """The rows of a training, by kind: written messages, written and real talk, reviews, and texts without a symptom.

    Of messages, requests and terms each pass takes other ones.
    """

    messages: list[Row]
    talk: list[Row]
    turns: list[Row]
    reviews: list[Row]
    everyday: list[Row]
    banking: list[Row]
    terms: list[Row]
    lineage: Lineage

    def of_pass(self, recipe: Recipe, rng: random.Random) -> list[Row]:
        """The rows of one pass."""
        fillers = (
            (self.messages, recipe.messages),
            (self.everyday, recipe.everyday),
            (self.banking, recipe.banking),
            (self.terms, recipe.terms),
        )
        drawn = [row for rows, most in fillers for row in rng.sample(rows, min(most, len(rows)))]
        rows = [*self.talk, *self.turns * recipe.turns, *self.reviews * recipe.reviews, *drawn]
        harmless = [*self.everyday, *self.banking]
        told = [*self.messages, *self.talk, *self.turns, *self.reviews]
        company = [*told, *rng.sample(harmless, min(_HARMLESS, len(harmless)))]
        swapped = swapped_rows(self.terms, told, self.lineage, recipe.swapped, rng)
        return [*rows, *joined_rows(self.terms, company, recipe.joined if self.terms else 0, rng), *swapped]

    def terms_alone(self) -> Material:
        """What the passes over the terms are made of."""
        return Material([], [], [], [], [], [], self.terms, self.lineage)


def train(
    network: Network,
    material: Material,
    numbers: Numbers,
    recipe: Recipe,
    keep: Callable[[Network, int], None],
    tell: Callable[[str], None],
) -> None:
    """Trains a network in place; ``keep`` is given the mean network after each pass, with the number of the pass.

    With ``recipe.minutes`` the step size follows the clock as well, so that the training ends in time.
    """
    torch.manual_seed(recipe.seed)
    rng = random.Random(recipe.seed)
    steps = recipe.passes * len(_batches(numbers.samples(material.of_pass(recipe, rng)), rng))
    heads = [value for name, value in network.named_parameters() if name.startswith(_HEADS)]
    body = [value for name, value in network.named_parameters() if not name.startswith(_HEADS)]
    groups = [{"params": body, "lr": recipe.rate}, {"params": heads, "lr": recipe.head_rate}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01, fused=True)
    full = [recipe.rate, recipe.head_rate]
    network.dropout = recipe.dropout
    mean = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(recipe.averaged))
    begun, done, average = time.monotonic(), 0, 0.0
    for number in range(recipe.passes):
        network.train()
        batches = _batches(numbers.samples(material.of_pass(recipe, rng), rng), rng)
        for batch in batches:
            share = max(done / steps, _clock(begun, recipe))
            for group, rate in zip(optimizer.param_groups, full, strict=True):
                group["lr"] = rate * _shape(share, done / steps)
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=recipe.bfloat16):
                loss = loss_of(network, batch)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 2.0)
            optimizer.step()
            mean.update_parameters(network)
            done += 1
            average += (loss.item() - average) / min(done, 200)
            if done in (1, 10) or done % 50 == 0:
                spent = time.monotonic() - begun
                left = spent / done * (steps - done)
                tell(f"pass {number + 1}, step {done} of {steps}, loss {average:.3f}, {left / 60:.0f} min left")
            if share >= 1:
                break
        keep(mean.module, number + 1)
        if share >= 1:
            break


_HEADS = ("counts", "told", "manner")


def _clock(begun: float, recipe: Recipe) -> float:
    return (time.monotonic() - begun) / 60 / recipe.minutes if recipe.minutes else 0.0


def _shape(share: float, steps: float) -> float:
    """The step size as a share of the full one: up at first, then down in a line."""
    return min(steps / _WARM_UP, 1.0, max(1.0 - share, 0.0) / (1 - _WARM_UP)) or 1e-3


def _batches(samples: list[Sample], rng: random.Random) -> list[list[Sample]]:
    """Batches of texts of about one length, in random order; few sizes, as every new one must be compiled."""
    rng.shuffle(samples)
    alike: dict[int, list[Sample]] = {}
    for sample in samples:
        alike.setdefault(_size(len(sample.ids)), []).append(sample)
    found = []
    for size, same in sorted(alike.items()):
        rows = max(min(_ROWS, _TOKENS // size), 1)
        found += [same[start : start + rows] for start in range(0, len(same), rows)]
    rng.shuffle(found)
    return found


def _size(length: int) -> int:
    """The padded length of a text: steps of 8, beyond 64 of 32."""
    step = 8 if length <= 64 else 32
    return -(-length // step) * step


def padded(samples: list[list[int]]) -> tuple[Tensor, Tensor]:
    """Token ids of several texts in one block, and their lengths."""
    lengths = torch.tensor([len(ids) for ids in samples])
    block = torch.zeros(len(samples), _size(int(lengths.max())), dtype=torch.long)
    for row, ids in enumerate(samples):
        block[row, : len(ids)] = torch.tensor(ids)
    return block, lengths


def loss_of(network: Network, batch: list[Sample]) -> Tensor:
    """The loss of a batch, a row: what counts, what is told, in which words, and in which manner."""
    ids, lengths = padded([sample.ids for sample in batch])
    counts, told, manner = network(ids, lengths)
    names = counts.shape[2]
    known = torch.ones(len(batch), names)
    for row, sample in enumerate(batch):
        known[row, sample.masked] = 0
    total = _binary(Network.of_all(counts), _targets([sample.counts for sample in batch], names), known)
    total = total + 0.5 * _binary(Network.of_all(told), _targets([sample.told for sample in batch], names), known)
    total = total + _SPAN * (_spans(told, batch, False) + _spans(counts, batch, True))
    total = total + _MANNER * _manner(told, manner, batch)
    return total / len(batch)


def _targets(chosen: list[list[int]], names: int) -> Tensor:
    block = torch.zeros(len(chosen), names)
    for row, numbers in enumerate(chosen):
        block[row, numbers] = 1
    return block


def _binary(logits: Tensor, targets: Tensor, known: Tensor) -> Tensor:
    return F.binary_cross_entropy_with_logits(logits, targets, known, reduction="sum")


def _spans(weights: Tensor, batch: list[Sample], counting: bool) -> Tensor:
    """How much of a name's weight lies outside of the words that were labelled as its own."""
    labelled = [
        (row, name, places)
        for row, sample in enumerate(batch)
        for name, places in sample.spans
        if not counting or name in sample.counts
    ]
    if not labelled:
        return weights.new_zeros(())
    rows, names = [row for row, _, _ in labelled], [name for _, name, _ in labelled]
    chosen = weights[rows, :, names].float()
    outside = torch.full_like(chosen, -1e4)
    for number, (_, _, places) in enumerate(labelled):
        outside[number, places] = 0
    return (torch.logsumexp(chosen, 1) - torch.logsumexp(chosen + outside, 1)).sum()


def _manner(told: Tensor, manner: Tensor, batch: list[Sample]) -> Tensor:
    said = [(row, *label) for row, sample in enumerate(batch) for label in sample.said]
    modified = [(row, *label) for row, sample in enumerate(batch) for label in sample.modifiers]
    total = told.new_zeros(())
    if said:
        logits = _opinions(told, manner, [(row, name) for row, name, _ in said])[:, :ASSERTIONS]
        total = total + F.cross_entropy(logits, torch.tensor([label for _, _, label in said]), reduction="sum")
    if modified:
        logits = _opinions(told, manner, [(row, name) for row, name, _ in modified])[:, ASSERTIONS:]
        labels = torch.tensor([label for _, _, label in modified], dtype=torch.float32)
        total = total + F.binary_cross_entropy_with_logits(logits, labels, reduction="sum")
    return total


def _opinions(told: Tensor, manner: Tensor, at: list[tuple[int, int]]) -> Tensor:
    """The manner of some (row, name): the mean over the tokens, weighted by the softmax of ``told``."""
    rows, names = [row for row, _ in at], [name for _, name in at]
    share = torch.softmax(told[rows, :, names].float(), 1)
    return torch.bmm(share[:, None, :], manner[rows].float())[:, 0]
