"""A reviewer's sheet becomes ``status: reviewed`` in the files of the rules, for the rules as they were read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from lemtrada_triage.author.workbench import Workbench, Written
from lemtrada_triage.decide.rulebook import Rule
from lemtrada_triage.decide.rulefiles import Prose, Some
from lemtrada_triage.files.yamlfile import YamlFile, did_you_mean
from lemtrada_triage.model import InputError, Problem, RulebookError


class _Sheet(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Agreed(_Sheet):
    """A rule that the reviewer agrees with; ``read`` is its fingerprint in the book that was read."""

    id: str
    read: str


class Remark(_Sheet):
    """What the reviewer would have otherwise, or wants to say; it changes no file."""

    id: str
    remark: Prose


class Sheet(_Sheet):
    """``sign-off.yaml``, as the book makes it."""

    reviewed_by: Prose
    reviewed_on: date
    rules: Some[Agreed]
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class SignedOff:
    """What became of a sheet: the rules that are reviewed now, by file, and the remarks."""

    sheet: Sheet
    files: dict[Path, list[str]]

    def __str__(self) -> str:
        count = sum(map(len, self.files.values()))
        lines = [f"{count} rules reviewed by {self.sheet.reviewed_by} on {self.sheet.reviewed_on}."]
        lines += [f"  {path}: {', '.join(ids)}" for path, ids in self.files.items()]
        if self.sheet.remarks:
            lines += ["Remarks, which change nothing by themselves:"]
            lines += [f"  {remark.id}: {remark.remark}" for remark in self.sheet.remarks]
        return "\n".join(lines)


def fingerprint_of(rule: Rule) -> str:
    """8 hex digits of all that a reviewer reads of a rule, its status apart."""
    cites = [(citation.source, citation.at, citation.edition) for citation in rule.citations]
    read = (
        rule.id, rule.title, rule.level, rule.establishes, rule.condition, rule.because, rule.limits, cites,
        rule.peak, rule.interpretation,
    )  # fmt: skip
    return hashlib.sha256(repr(read).encode()).hexdigest()[:8]


def sign_off(bench: Workbench, path: Path) -> SignedOff:
    """Writes a sheet into the files of the rules.

    Raises RulebookError, and writes nothing, when the sheet has a mistake, or a rule is not as the reviewer read it.
    """
    file = YamlFile(path)
    sheet = file.validated(Sheet)
    if sheet is not None:
        file.problems += _unlike(bench, file, sheet)
    if sheet is None or file.problems:
        raise RulebookError(file.problems)
    return SignedOff(sheet, _written(bench, sheet))


def _unlike(bench: Workbench, file: YamlFile, sheet: Sheet) -> Iterator[Problem]:
    for index, agreed in enumerate(sheet.rules):
        rule = bench.by_id.get(agreed.id)
        at = ("rules", index, "id")
        if rule is None:
            help = did_you_mean(agreed.id, bench.by_id)
            yield file.problem("unknown-rule", f"no rule is called '{agreed.id}'", at, help)
        elif fingerprint_of(rule) != agreed.read:
            what = f"'{agreed.id}' has changed since the reviewer read it"
            yield file.problem("changed-rule", what, at, "make the book anew and have this rule read again")


def _written(bench: Workbench, sheet: Sheet) -> dict[Path, list[str]]:
    files: dict[Path, list[str]] = {}
    for agreed in sheet.rules:
        files.setdefault(bench.rules[agreed.id].file, []).append(agreed.id)
    texts = {path: _all_signed(path.read_text(encoding="utf-8"), bench, ids, sheet) for path, ids in files.items()}
    for path, text in texts.items():  # all or none
        path.write_text(text, encoding="utf-8")
    return files


def _all_signed(text: str, bench: Workbench, ids: list[str], sheet: Sheet) -> str:
    for name in ids:
        text = _signed(text, bench.rules[name], sheet)
    return text


def _signed(text: str, rule: Written, sheet: Sheet) -> str:
    """The text of a file with the status of one rule replaced; every other byte stays."""
    start = re.search(rf"^( *)- id: *[\"']?{re.escape(rule.id)}[\"']? *(#.*)?$", text, re.MULTILINE)
    if start is None:
        raise _by_hand(rule)
    following = re.search(rf"^ {{0,{len(start[1])}}}[^\s]", text[start.end() :], re.MULTILINE)
    end = start.end() + following.start() if following else len(text)
    indent = f"{start[1]}  "
    lines = text[start.start() : end].splitlines()
    status = next((number for number, line in enumerate(lines) if line.startswith(f"{indent}status:")), None)
    if status is None:
        raise _by_hand(rule)
    values = {"status": "reviewed", "reviewed_by": _quoted(sheet.reviewed_by), "reviewed_on": str(sheet.reviewed_on)}
    signed = [f"{indent}{key}: {value}" for key, value in values.items()]
    rest = [line for line in lines[status:] if not line.startswith(tuple(f"{indent}{key}:" for key in values))]
    body = "\n".join([*lines[:status], *signed, *rest])
    return f"{text[: start.start()]}{body}\n{text[end:]}"


def _by_hand(rule: Written) -> InputError:
    what = f"{rule.place}: '{rule.id}' does not begin with '- id:' or has no line 'status:' of its own"
    return InputError(f"{what}, so it cannot be signed by a program: nothing was written; add the three keys by hand")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
