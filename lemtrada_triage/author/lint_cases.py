"""What is wrong with files of cases, seen without running them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from lemtrada_triage.author.cases import CaseFile, unknown_names
from lemtrada_triage.author.notes import warned
from lemtrada_triage.decide.conditions import LAST_DAY
from lemtrada_triage.files.yamlfile import Path_, YamlFile
from lemtrada_triage.model import Problem


def lint_cases(
    file: YamlFile,
    parsed: CaseFile,
    rules: frozenset[str] | None,
    concepts: frozenset[str] | None,
    flags: Collection[str],
) -> Iterator[Problem]:
    """Names that do not exist, days that are none, cases that are given twice, and a file without any."""
    if not parsed.tests:
        yield file.problem("no-cases", "there is no case in this file", ("tests",), "add one, or remove the file")
    yield from unknown_names(file, parsed, rules, concepts, flags)
    names: dict[str, int] = {}
    for index, case in enumerate(parsed.tests):
        at: Path_ = ("tests", index)
        days = case.given.days_since_infusion
        if days is not None and not 0 <= days <= LAST_DAY:
            message = f"{days} is not a day: days are whole numbers from 0 to {LAST_DAY}"
            yield file.problem("bad-days", message, (*at, "given", "days_since_infusion"))
        if case.name in names:
            other = file.place(("tests", names[case.name], "name"))[0]
            message = f"two cases are called '{case.name}'"
            yield warned(file.problem("duplicate-case", message, (*at, "name"), f"the other one is in line {other}"))
        names.setdefault(case.name, index)
        both = sorted({*case.expect.fired} & {*case.expect.not_fired})
        for rule in both:
            message = f"'{rule}' cannot both fire and not fire"
            yield file.problem("contradiction", message, (*at, "expect", "not_fired"), "keep one of them")
