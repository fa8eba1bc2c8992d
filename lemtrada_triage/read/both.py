"""Both readers over one text: the words reader, the learned reader, and the limits that decide between them."""

from __future__ import annotations

import json
import logging
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from lemtrada_triage.failures import way_of
from lemtrada_triage.lexicon.vocabulary import Vocabulary
from lemtrada_triage.model import InputError
from lemtrada_triage.read.join import Limits, Policy, Told, join
from lemtrada_triage.read.learned import MODIFIERS, THRESHOLDS, LearnedReader, Opinion, TooLongError, missing
from lemtrada_triage.read.message import Reading
from lemtrada_triage.read.shared import learned_reader

_log = logging.getLogger("lemtrada_triage")
_ANEW = "choose its limits anew with `lemtrada-triage calibrate`"
# So many limits a row must have at least: without the one that says whether a sign is urgent, it would be none.
_WITH_URGENT, _MODIFIER = Limits._fields.index("urgent") + 1, Limits._fields.index("keep") + 1
_AT_ONCE = 128  # what the network says of a text is some ten thousand numbers until the readings are joined


class TextReader(Protocol):
    """What reads a text: the words reader (``reader.Reader``), or ``BothReaders``."""

    def read(self, text: str) -> Reading: ...

    def names(self, text: str) -> Sequence[tuple[int, int]]: ...


@dataclass(frozen=True, slots=True)
class Scale:
    """Makes a probability of a logit: ``slope`` and ``shift`` were fitted on messages that nobody trained on."""

    slope: float = 1.0
    shift: float = 0.0

    def probability(self, logit: float) -> float:
        return 1 / (1 + math.exp(-max(min(self.slope * logit + self.shift, 60.0), -60.0)))

    def logit(self, probability: float) -> float:
        """The network's logit for a probability."""
        within = min(max(probability, 1e-9), 1 - 1e-9)
        return (math.log(within / (1 - within)) - self.shift) / self.slope


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What ``thresholds.json`` holds beside its figures: how sure the model is, and from where on that counts."""

    counts: Scale
    told: Scale
    policy: Policy

    @classmethod
    def load(cls, folder: Path) -> Thresholds:
        """Those of a model's folder. Raises InputError, which names the file and the row that cannot be used."""
        path = folder / THRESHOLDS
        try:
            return cls.of(json.loads(path.read_text(encoding="utf-8")))
        except InputError as error:
            raise InputError(f"{path}: {error}") from None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(f"{path}: these are no limits of a model ({error!r}); {_ANEW}") from None

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Thresholds:
        """Those of the parsed file."""
        policy = Policy(
            names={name: _limits(name, row, _WITH_URGENT) for name, row in kept["names"].items()},
            modifiers={name: _limits(name, kept["modifiers"][name], _MODIFIER) for name in MODIFIERS},
            close=_number("close", kept["close"], 1, math.inf),
            told=_number("told", kept["told"], 0, 1),
        )
        return cls(_scale("counts", kept["scales"]["counts"]), _scale("told", kept["scales"]["told"]), policy)


class BothReaders:
    """Reads with both readers, and falls back to words alone if the learned one fails."""

    def __init__(
        self, words: TextReader, learned: LearnedReader, thresholds: Thresholds, vocabulary: Vocabulary
    ) -> None:
        self.words, self.learned, self.thresholds = words, learned, thresholds
        self.concepts = vocabulary.concepts
        policy, known = thresholds.policy, {*vocabulary.concepts, "signal:unread_complaint", "signal:not_english"}
        self._known = [(name, number) for name, number in learned.number.items() if name in known & set(policy.names)]

    def read(self, text: str) -> Reading:
        """All mentions of a text, by the policy at the head of ``read.join``."""
        reading = self.words.read(text)
        try:
            opinion = self.learned.read(text, self.words.names(text))
        except TooLongError as error:
            return replace(reading, failed=f"no learned reader: {error}")
        except Exception as error:  # whatever befalls the second reader, the first has read the text
            _log.warning("read by words alone: the learned reader failed\n%s", way_of(error))
            return replace(reading, failed=f"the learned reader failed: {type(error).__name__}")
        return self.joined(reading, opinion)

    def names(self, text: str) -> Sequence[tuple[int, int]]:
        """Where the names of people stand in a text."""
        return self.words.names(text)

    def read_all(self, texts: Sequence[str]) -> list[Reading]:
        """The readings of several texts, each as if it were alone; quicker, as texts of like length share a run."""
        order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
        found: dict[int, Reading] = {}
        for start in range(0, len(order), _AT_ONCE):
            numbers = order[start : start + _AT_ONCE]
            found |= zip(numbers, self._read_some([texts[number] for number in numbers]), strict=True)
        return [found[number] for number in range(len(texts))]

    def _read_some(self, texts: list[str]) -> list[Reading]:
        try:
            opinions = self.learned.read_all(texts, list(map(self.words.names, texts)))
        except Exception:  # only the text that it fails on is read by words alone
            return [self.read(text) for text in texts]
        return [self.joined(self.words.read(text), opinion) for text, opinion in zip(texts, opinions, strict=True)]

    @property
    def unknown(self) -> tuple[str, ...]:
        """The concepts of the vocabulary that the model does not know, but for the root of all."""
        return tuple(sorted(set(self.concepts) - set(self.learned.names) - {"symptom"}))

    def joined(self, reading: Reading, opinion: Opinion) -> Reading:
        """One reading of the words reader's and of what the network says."""
        return join(opinion.text, reading, self._told(reading, opinion), self.thresholds.policy, self._lineage)

    def _lineage(self, name: str) -> tuple[str, ...]:
        concept = self.concepts.get(name)
        return concept.lineage if concept else (name,)

    def _told(self, reading: Reading, opinion: Opinion) -> dict[str, Told]:
        """The names worth a word: those of the reading, and those near a limit."""
        counts, told = self._floors
        worth = ((opinion.counts >= counts) | (opinion.told >= told)).nonzero()[0].tolist()
        numbers = dict.fromkeys(worth)
        numbers |= dict.fromkeys(
            [self.learned.number[draft.concept] for draft in reading.drafts if draft.concept in self.learned.number]
        )
        numbers |= dict.fromkeys(self._signals)
        scales = self.thresholds
        manners = opinion.manners(list(numbers))
        return {
            self.learned.names[number]: Told(
                self.learned.names[number],
                scales.counts.probability(float(opinion.counts[number])),
                scales.told.probability(float(opinion.told[number])),
                manner,
            )
            for number, manner in zip(numbers, manners, strict=True)
        }

    @cached_property
    def _signals(self) -> list[int]:
        return [number for name, number in self._known if name.startswith("signal:")]

    @cached_property
    def _floors(self) -> tuple[Any, Any]:
        """For each name the logits from which on it may matter: near ``find`` or told."""
        import numpy as np

        counts = np.full(len(self.learned.names), np.inf, np.float32)
        told = np.full(len(self.learned.names), np.inf, np.float32)
        policy = self.thresholds.policy
        for name, number in self._known:
            limits = policy.names[name]
            odds = limits.find / max(1 - limits.find, 1e-9) / (policy.close if limits.urgent else 1.0)
            counts[number] = self.thresholds.counts.logit(odds / (1 + odds))
            told[number] = self.thresholds.told.logit(policy.told)
        return counts, told


def _limits(name: str, row: Sequence[Any], least: int) -> Limits:
    """The limits of a name, at least so many of them; the others may be left out (see ``Limits``).

    Raises InputError for a row that is none, or of another version's, which would mean something else.
    """
    known = Limits._fields
    if not isinstance(row, list) or not least <= len(row) <= len(known):
        given = len(row) if isinstance(row, list) else repr(row)
        raise InputError(
            f"{name}: a row has {least} to {len(known)} limits ({', '.join(known)}), not {given}: "
            f"the model is of another version; {_ANEW}"
        )
    for field, limit in zip(known, row, strict=False):
        is_right = isinstance(limit, bool) if field == "urgent" else _is_number(limit) and 0 <= limit <= 1
        if not is_right:
            wanted = "true or false" if field == "urgent" else "a probability, from 0 to 1"
            raise InputError(f"{name}: '{field}' must be {wanted}, not {limit!r}; {_ANEW}")
    return Limits(*row)


def _scale(name: str, row: Sequence[Any]) -> Scale:
    """The scale of a name. Raises InputError for one that no probability could be made with."""
    if not isinstance(row, list) or len(row) != 2 or not all(map(_is_number, row)) or row[0] <= 0:
        raise InputError(f"scales: {name} must be a slope above 0 and a shift, not {row!r}; {_ANEW}")
    return Scale(*row)


def _number(name: str, value: Any, least: float, most: float) -> float:
    if not _is_number(value) or not least <= value <= most:
        wanted = f"a number from {least} to {most}" if most < math.inf else f"a number from {least} on"
        raise InputError(f"'{name}' must be {wanted}, not {value!r}; {_ANEW}")
    return float(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def both_readers(words: TextReader, folder: Path, vocabulary: Vocabulary) -> tuple[TextReader, tuple[str, ...]]:
    """Both readers and their names; words alone, with the reason, where the folder holds no model that can run."""
    if reason := missing(folder):
        return words, ("words", f"no learned reader: {reason}")
    both = BothReaders(words, learned_reader(folder), Thresholds.load(folder), vocabulary)
    return both, ("words", f"learned {both.learned.label}")
