"""The learned reader: a small network that knows paraphrase, run by ONNX Runtime.

One text has one answer: texts share a batch only with others of as many tokens, so that none is padded, and nothing in
the network looks across texts. What the network says of a name (a concept or a signal) is a logit; ``thresholds``
makes decisions of it.
"""

from __future__ import annotations

import json
import os
import re
import threading
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lemtrada_triage.files.locate import data_folder
from lemtrada_triage.model import Assertion

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

MODEL, TOKENIZER, ABOUT = "reader.onnx", "tokenizer.json", "reader.json"
MODIFIERS = ("sudden", "gradual", "long_standing", "severe", "lasting", "one_sided")
ASSERTIONS = tuple(Assertion)
Span = tuple[int, int]

_NEEDED = ("onnxruntime", "tokenizers")
_WINDOW, _STRIDE = 254, 190  # tokens; a longer text is read in windows that overlap
MOST_TOKENS = 20_000  # of a text: sixty pages, and two to three seconds on one core
_BATCH = 16
_BROKEN = re.compile("[\ud800-\udfff]")  # halves of characters, which no tokenizer takes
_SHARE = 0.2  # of the heaviest token's weight: what belongs to the words that carried a decision
THRESHOLDS = "thresholds.json"
OUTPUTS = ("counts", "told", "manner")
_ANYBODY = "smith"  # what the network reads for every name, so that no name is a sign to it
NOTHING = -30.0  # the logit of every name for an empty text


class TooLongError(ValueError):
    """A text is longer than the network reads; the message says how long it is."""


def missing(folder: Path) -> str | None:
    """Why there is no learned reader here; None when there is one."""
    if absent := [name for name in _NEEDED if find_spec(name) is None]:
        return f"{' and '.join(absent)} cannot be imported"
    whole = all((folder / name).is_file() for name in (ABOUT, MODEL, TOKENIZER, THRESHOLDS))
    return None if whole else "there is no trained model"


def model_folder() -> Path:
    """The folder of the shipped model, whether it is there or not."""
    return data_folder("vocab") / "model"


@dataclass(frozen=True, slots=True)
class Manner:
    """What the network thinks of one mention: a probability for each assertion and each modifier, and its words."""

    assertions: tuple[float, ...]
    modifiers: tuple[float, ...]
    span: Span

    def assertion(self, counts: bool) -> Assertion:
        """The most likely assertion among those that count, or among those that do not."""
        among = [number for number, assertion in enumerate(ASSERTIONS) if assertion.counts == counts]
        return ASSERTIONS[max(among, key=self.assertions.__getitem__)]


@dataclass(frozen=True, slots=True)
class _Window:
    """The network's output for a part of a text: weights by token, and where the tokens stand."""

    counts: Floats
    told: Floats
    manner: Floats
    offsets: list[Span]


class Opinion:
    """What the network says of one ``text``: ``counts`` and ``told`` are logits, one for each name."""

    __slots__ = ("_manners", "_windows", "counts", "text", "told")

    def __init__(self, text: str, windows: list[_Window], names: int) -> None:
        self.text, self._windows = text, windows
        self._manners: dict[int, Manner] = {}
        self.counts = _largest([_of_all(window.counts) for window in windows], names)
        self.told = _largest([_of_all(window.told) for window in windows], names)

    def manners(self, names: Sequence[int]) -> list[Manner]:
        """Assertion, modifiers and words of some names, each from the window that tells it most clearly."""
        if not self._windows:
            return [_NO_MANNER] * len(names)
        new: dict[int, list[int]] = {}
        for name in names:
            if name not in self._manners:
                new.setdefault(self._clearest(name), []).append(name)
        for number, some in new.items():
            self._manners |= zip(some, self._manners_in(self._windows[number], some), strict=True)
        return [self._manners[name] for name in names]

    def _clearest(self, name: int) -> int:
        """The number of the window that tells a name most clearly."""
        if len(self._windows) == 1:
            return 0
        logits = [float(_of_all(window.told[:, name : name + 1])[0]) for window in self._windows]
        return max(range(len(logits)), key=logits.__getitem__)

    def _manners_in(self, window: _Window, names: list[int]) -> Iterator[Manner]:
        import numpy as np

        # Sums run over the last axis, where they add up in the same order for one name and for many.
        weights = np.ascontiguousarray(window.told[:, names].T)
        share = np.exp(weights - weights.max(axis=1, keepdims=True))
        opinions = np.ascontiguousarray(window.manner.T)
        logits = (share[:, None] * opinions).sum(axis=2) / share.sum(axis=1, keepdims=True)
        said, modified = logits[:, : len(ASSERTIONS)], logits[:, len(ASSERTIONS) :]
        said = np.exp(said - said.max(axis=1, keepdims=True))
        said, modified = said / said.sum(axis=1, keepdims=True), 1 / (1 + np.exp(-modified))
        for one, other, parts in zip(said.tolist(), modified.tolist(), share.tolist(), strict=True):
            yield Manner(tuple(one), tuple(other), self._span(parts, window.offsets))

    def _span(self, share: list[float], offsets: list[Span]) -> Span:
        """The words around the heaviest token that carry a fair part of its weight."""
        first = last = max(range(len(share)), key=share.__getitem__)
        while first > 0 and max(share[max(first - 2, 0) : first]) >= _SHARE:
            first -= 1
        while last + 1 < len(share) and max(share[last + 1 : last + 3]) >= _SHARE:
            last += 1
        return _whole_words(self.text, offsets[first][0], offsets[last][1])


_NO_MANNER = Manner((1.0,) + (0.0,) * (len(ASSERTIONS) - 1), (0.0,) * len(MODIFIERS), (0, 0))


class LearnedReader:
    """Reads texts with the model of a folder; loaded at first use, safe for threads, pickles as its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.about: dict[str, Any] = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        self.names: tuple[str, ...] = tuple(self.about["names"])
        self.number = {name: number for number, name in enumerate(self.names)}
        self._lock = threading.Lock()
        self._ready: tuple[Any, Any, int, int, int] | None = None

    def __reduce__(self) -> tuple[type[LearnedReader], tuple[Path]]:
        return LearnedReader, (self.folder,)

    @property
    def label(self) -> str:
        """Version and hash of the model: ``2026.11.30 (1a2b3c4d5e6f)``."""
        return f"{self.about['version']} ({self.about['hash']})"

    def read(self, text: str, names: Sequence[Span] = ()) -> Opinion:
        """What the network says of a text; ``names`` are the spans of people's names, which are all one to it."""
        return self.read_all([text], [names])[0]

    def read_all(self, texts: Sequence[str], names: Sequence[Sequence[Span]] = ()) -> list[Opinion]:
        """The same for several texts, each as if it were alone. Raises TooLongError for one of over MOST_TOKENS."""
        session, tokenizer, first, last, anybody = self._loaded()
        parts = []
        for number, text in enumerate(texts):
            encoding = tokenizer.encode(_BROKEN.sub(" ", text))
            spans = names[number] if names else ()
            tokens = _unnamed(encoding.ids, encoding.offsets, spans, anybody)
            parts += [_Part(number, [first, *ids, last], offsets) for ids, offsets in _windows(*tokens)]
        windows: list[list[_Window]] = [[] for _ in texts]
        for batch in _batches(parts):
            for part, outputs in zip(batch, _run(session, batch), strict=True):
                windows[part.text].append(_Window(*outputs, part.offsets))
        return [Opinion(text, found, len(self.names)) for text, found in zip(texts, windows, strict=True)]

    def _loaded(self) -> tuple[Any, Any, int, int, int]:
        if self._ready is None:
            with self._lock:
                self._ready = self._ready or _load(self.folder)
        return self._ready


@dataclass(frozen=True, slots=True)
class _Part:
    """What fits into the network at once: (part of) the text with this number, its token ids and their places."""

    text: int
    ids: list[int]
    offsets: list[Span]


def _runtime() -> Any:
    """ONNX Runtime with its telemetry off: later ones keep an id of the machine and send events to their maker."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # asked once, when it is first imported
    import onnxruntime

    onnxruntime.disable_telemetry_events()  # where a program had imported it before
    return onnxruntime


def _load(folder: Path) -> tuple[Any, Any, int, int, int]:
    from tokenizers import Tokenizer

    onnxruntime = _runtime()
    options = onnxruntime.SessionOptions()
    # Each message is small, so that several threads would only wait for each other.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(folder / MODEL), options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    first, last, unknown, anybody = map(tokenizer.token_to_id, ("[CLS]", "[SEP]", "[UNK]", _ANYBODY))
    return session, tokenizer, first, last, unknown if anybody is None else anybody


def _unnamed(
    ids: list[int], offsets: list[Span], names: Sequence[Span], anybody: int
) -> tuple[list[int], list[Span]]:
    """The token ids of a text and their places, with one token, always the same, for each name."""
    if not names:
        return ids, offsets
    kept, places, done = list[int](), list[Span](), 0
    for start, end in names:
        first = bisect_right(offsets, start, done, key=itemgetter(1))
        last = bisect_left(offsets, end, first, key=itemgetter(0))
        if first < last:
            kept += [*ids[done:first], anybody]
            places += [*offsets[done:first], (start, end)]
            done = last
    return kept + ids[done:], places + offsets[done:]


def _windows(ids: list[int], offsets: list[Span]) -> list[tuple[list[int], list[Span]]]:
    """Token ids and their places, in windows that overlap when the text is long; none for an empty text."""
    if len(ids) > MOST_TOKENS:
        raise TooLongError(f"the text has {len(ids):,} tokens, and at most {MOST_TOKENS:,} are read")
    starts = range(0, max(len(ids) - _WINDOW + _STRIDE, 1), _STRIDE) if ids else ()
    return [(ids[start : start + _WINDOW], offsets[start : start + _WINDOW]) for start in starts]


def _batches(parts: list[_Part]) -> Iterable[list[_Part]]:
    alike: dict[int, list[_Part]] = {}
    for part in parts:
        alike.setdefault(len(part.ids), []).append(part)
    for same in alike.values():
        for start in range(0, len(same), _BATCH):
            yield same[start : start + _BATCH]


def _run(session: Any, batch: list[_Part]) -> Iterable[tuple[Floats, Floats, Floats]]:
    """``counts``, ``told`` and ``manner`` by token for each part, [CLS] and [SEP] left out; all are of one length."""
    import numpy as np

    block = np.array([part.ids for part in batch], np.int64)
    return zip(*(output[:, 1:-1] for output in session.run(OUTPUTS, {"ids": block})), strict=True)


def _of_all(weights: Floats) -> Floats:
    """The logits of a text from the weights of its tokens."""
    import numpy as np

    most = weights.max(axis=0)
    return most + np.log(np.exp(weights - most).sum(axis=0))  # type: ignore[no-any-return]


def _largest(logits: list[Floats], names: int) -> Floats:
    import numpy as np

    if not logits:
        return np.full(names, NOTHING, np.float32)
    return logits[0] if len(logits) == 1 else np.maximum.reduce(logits)


def _whole_words(text: str, start: int, end: int) -> Span:
    """The span, widened to whole words."""
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    return start, end
