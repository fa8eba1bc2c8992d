"""One training from beginning to end: labels and texts in, a network on disk out."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from lemtrada_triage.lexicon.vocabulary import Vocabulary
from lemtrada_triage.training.fit import KINDS, Material, Recipe, train
from lemtrada_triage.training.messages import PATIENTS, REVIEWS, Message, load_messages, pool_texts
from lemtrada_triage.training.network import Network, base_vocabulary, encoder_file, from_encoder, restore, save
from lemtrada_triage.training.rows import (
    Lineage,
    Numbers,
    Row,
    message_row,
    names_of,
    negative_rows,
    term_rows,
)
from lemtrada_triage.training.tokens import smaller, tokenizer_of

TALK = "turn"  # the tag of a message that was written as a turn of talk


def run(
    vocabulary: Vocabulary,
    labels: Path,
    texts: Path | None,
    path: Path,
    layers: tuple[int, ...],
    recipe: Recipe,
    encoder: Path | None = None,
    share: float = 1.0,
    start: Path | None = None,
    tell: Callable[[str], None] = print,
) -> None:
    """Trains on the labelled messages of one folder and the public texts of another, and saves the network to ``path``.

    ``share`` takes a part of everything, to try something out. ``start`` is a network that was saved before, to go on
    from: it keeps its tokens, names and layers. Raises MessageError for a mistake in the labels.
    """
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.set_flush_denormal(True)  # the optimizer meets numbers near nothing, which processors are slow with
    begun = restore(start) if start else None
    names = begun[1]["name_list"] if begun else names_of(vocabulary)
    material, seen = _material(vocabulary, names, labels, texts)
    if share < 1:
        material = _part(material, share, recipe.seed)
    if begun:
        network, tokens = begun[0], {token: number for number, token in enumerate(begun[1]["tokens"])}
    else:
        archive = encoder_file(encoder)
        tokens, rows = smaller(base_vocabulary(archive), seen)
        network = from_encoder(archive, rows, len(names), list(layers))
    numbers = Numbers(tokenizer_of(tokens), names)
    tell(", ".join(f"{len(getattr(material, kind))} {kind}" for kind in KINDS))
    tell(f"{len(tokens)} tokens, {len(names)} names, {len(network.layers)} layers")
    path.parent.mkdir(parents=True, exist_ok=True)

    def keep(trained: Network, passes: int) -> None:
        save(trained, path, tokens=list(tokens), name_list=names, passes=passes, seed=recipe.seed)

    if recipe.term_passes and not start:
        names_first = replace(recipe, passes=recipe.term_passes, terms=len(material.terms), minutes=None)
        train(network, material.terms_alone(), numbers, names_first, keep, tell)
    train(network, material, numbers, recipe, keep, tell)


def _material(
    vocabulary: Vocabulary, names: tuple[str, ...], labels: Path, texts: Path | None
) -> tuple[Material, list[str]]:
    """The rows to train on, and every text from whose tokens the embedding is kept."""
    lineage = Lineage(vocabulary, names)
    messages = load_messages(labels, vocabulary.concepts, texts)
    rows: dict[str, list[Row]] = {"messages": [], "talk": [], "turns": [], "reviews": []}
    for message in messages:
        if message.split == "train" and message.text:
            rows[_kind(message)].append(message_row(message, lineage))
    folder = texts or Path()
    everyday, banking = negative_rows(folder)
    material = Material(
        **rows, everyday=everyday, banking=banking, terms=term_rows(vocabulary, lineage), lineage=lineage
    )
    seen = [row.text for kind in KINDS for row in getattr(material, kind)]
    pool = pool_texts(folder, PATIENTS) if texts else []
    return material, [*seen, *pool, *sorted(vocabulary.known_words)]


def _kind(message: Message) -> str:
    if message.turn is None:
        return "talk" if TALK in message.tags else "messages"
    return "reviews" if message.turn.source == REVIEWS else "turns"


def _part(material: Material, share: float, seed: int) -> Material:
    rng = random.Random(seed)
    parts = {kind: getattr(material, kind) for kind in KINDS}
    fewer: dict[str, Any] = {kind: rng.sample(rows, int(len(rows) * share)) for kind, rows in parts.items()}
    return replace(material, **fewer)
