"""Problems as text for a person, JSON for a program, and the formats of GitHub and of SARIF viewers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from lemtrada_triage.author.check import Checked
from lemtrada_triage.model import Problem

# Of one kind of warning, so many are shown in full; the rest is counted.
_SHOWN = 20


def as_text(checked: Checked) -> str:
    """Every problem with its line, the word underlined, and the closing count."""
    return "\n\n".join([*_blocks(checked), _closing(checked)])


def _blocks(checked: Checked) -> Iterator[str]:
    seen: Counter[str] = Counter()
    for problem in checked.problems:
        seen[problem.code] += 1
        if problem.severity == "error" or seen[problem.code] <= _SHOWN:
            yield str(problem)
    for code, count in seen.items():
        warnings = [problem for problem in checked.problems if problem.code == code and problem.severity == "warning"]
        if warnings and count > _SHOWN:
            yield f"... and {count - _SHOWN} more of the kind {code}"


def _closing(checked: Checked) -> str:
    elsewhere = f"; {_counted(checked.elsewhere, 'problem')} in other files" if checked.elsewhere else ""
    if not checked.problems:
        return f"No mistakes found{elsewhere}."
    return f"{_counted(checked.errors, 'error')}, {_counted(checked.warnings, 'warning')}{elsewhere}."


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def as_json(checked: Checked) -> str:
    """An object with the problems, one object each; lines and columns begin at 1."""
    return json.dumps({"problems": [_plain(problem) for problem in checked.problems]}, indent=2)


def _plain(problem: Problem) -> dict[str, Any]:
    names = ("severity", "code", "message", "path", "line", "column", "width", "help")
    return {name: getattr(problem, name) for name in names}


def as_github(checked: Checked) -> str:
    """Workflow commands, which GitHub shows beside the lines of a change."""
    return "\n".join(map(_command, checked.problems))


def _command(problem: Problem) -> str:
    told = f"{problem.message} ({problem.help})" if problem.help else problem.message
    place = f"file={_property(problem.path)},line={problem.line},col={problem.column}"
    end = f"endColumn={problem.column + problem.width}"
    return f"::{problem.severity} {place},{end},title={_property(problem.code)}::{_escaped(told)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def as_sarif(checked: Checked) -> str:
    """SARIF 2.1.0, one run."""
    codes = sorted({problem.code for problem in checked.problems})
    driver = {"name": "lemtrada-triage check", "rules": [{"id": code} for code in codes]}
    results = [_result(problem, codes.index(problem.code)) for problem in checked.problems]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    return json.dumps({"$schema": schema, "version": "2.1.0", "runs": [run]}, indent=2)


def _result(problem: Problem, rule: int) -> dict[str, Any]:
    told = f"{problem.message}. Help: {problem.help}." if problem.help else f"{problem.message}."
    region = {
        "startLine": problem.line,
        "startColumn": problem.column,
        "endColumn": problem.column + max(problem.width, 1),
    }
    place = {"physicalLocation": {"artifactLocation": {"uri": problem.path}, "region": region}}
    level = problem.severity
    return {"ruleId": problem.code, "ruleIndex": rule, "level": level, "message": {"text": told}, "locations": [place]}


FORMATS: dict[str, Callable[[Checked], str]] = {
    "text": as_text,
    "json": as_json,
    "github": as_github,
    "sarif": as_sarif,
}
