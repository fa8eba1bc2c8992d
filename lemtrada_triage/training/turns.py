"""Takes in the labels of real turns as a reader wrote them, and gives them the form of ``vocab/messages``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lemtrada_triage.model import Problem
from lemtrada_triage.training.messages import PATIENTS, POOLS, MessageError, sha_of


def take_turns(labels: Path, texts: Path, out: Path, pool: str = PATIENTS) -> int:
    """Writes labels that name a line of the pool and words of its text as lines of ``vocab/messages``; their number.

    Lines of a pool of one source need not name it. Raises MessageError for words that are not in the text.
    """
    sole = next((source for source, name in POOLS.items() if name == pool), "")
    path = next(path for path in (texts / "pool" / pool, texts / pool) if path.is_file())
    turns = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    problems: list[Problem] = []
    lines = []
    for number, raw in enumerate(labels.read_text(encoding="utf-8").split("\n"), 1):
        if raw.strip():
            row = json.loads(raw)
            turn = {"source": sole, **turns[row["n"]]}
            lines.append(json.dumps(_taken(row, turn, labels, number, problems)))
    if problems:
        raise MessageError(problems)
    out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(lines)


def _taken(
    row: dict[str, Any], turn: dict[str, Any], path: Path, number: int, problems: list[Problem]
) -> dict[str, Any]:
    text = turn["text"]
    spans = {}
    for concept, words in row.get("spans", {}).items():
        start = text.find(words)
        if start < 0 or not words:
            problems.append(Problem("no-such-words", f"the span of '{concept}' is not in the turn", path, number))
        spans[concept] = [start, start + len(words)]
    return {
        # Only some sources name the consultation; a written question stands for itself.
        "source": turn["source"], "where": turn.get("where") or f"{turn['source']}-{row['n']}", "n": row["n"],
        "sha": sha_of(text), "concepts": row["concepts"], "modifiers": row.get("modifiers", {}), "spans": spans,
    }  # fmt: skip
