"""The logs that ``bench_batch.py`` scores, by a seeded recipe: the same arguments make the same bytes.

Texts are the labelled messages of ``vocab/messages``, in seeded order. A log of open text has each of them once, and
ends with them. Any other has ``rows`` rows, of which a share repeats earlier texts: ``rows * (1 - share)``
are distinct, the messages first, then two or three of them joined; a repeated text is drawn with weight
1 / (its place + 10), as a few phrases ("all fine today") make up most of a real diary. Days are 0 to 1,500, more
of them early; one row in fifty says them untidily, one in twenty not at all.
"""

from __future__ import annotations

import csv
import itertools
import json
import random
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SEED = 13


def messages() -> list[str]:
    """The distinct texts of the labelled messages, in seeded order."""
    found: dict[str, None] = {}
    for path in sorted((ROOT / "vocab" / "messages").rglob("*.jsonl")):
        entries = map(json.loads, filter(str.strip, path.read_text(encoding="utf-8").split("\n")))
        found |= dict.fromkeys(entry["text"] for entry in entries if "text" in entry)
    texts = list(found)
    random.Random(SEED).shuffle(texts)
    return texts


def write_log(path: Path, rows: int, share: float | None) -> int:
    """Writes a log with a share of repeated texts (None: open text, each once); returns its number of rows."""
    chance = random.Random(SEED)
    texts = _once(rows) if share is None else _repeated(rows, share, chance)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "patient", "days_since_infusion", "message"])
        for number, text in enumerate(texts):
            writer.writerow([number, f"P{chance.randrange(rows // 20 + 1):06}", _days(chance), text])
    return len(texts)


def _once(rows: int) -> list[str]:
    return messages()[:rows]


def _repeated(rows: int, share: float, chance: random.Random) -> list[str]:
    wanted = max(round(rows * (1 - share)), 1)
    known = messages()
    distinct = dict.fromkeys(known[:wanted])
    while len(distinct) < wanted:
        distinct[" ".join(chance.sample(known, chance.choice((2, 2, 3))))] = None
    texts = list(distinct)
    weights = list(itertools.accumulate(1 / (place + 10) for place in range(wanted)))
    texts += chance.choices(texts, cum_weights=weights, k=rows - wanted)
    chance.shuffle(texts)
    return texts


def _days(chance: random.Random) -> str:
    kind = chance.random()
    if kind < 0.05:
        return ""
    days = int(1_500 * chance.random() ** 2)
    return f"about {days // 7 + 2} weeks" if kind < 0.07 else str(days)
