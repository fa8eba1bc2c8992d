"""Cases of rule authors as tests of pytest, each its own, for who asks for it.

``pytest -p lemtrada_triage.author.pytest_plugin my-rules``, or ``pytest_plugins = [...]`` in a conftest.py. A case
is decided by the rules of the folder that it lies in; one without levels lies on top of the shipped rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lemtrada_triage.author.cases import Case, Outcome, parsed_cases, run_case
from lemtrada_triage.author.targets import layers_of, rules_root
from lemtrada_triage.decide.rulebook import CASES
from lemtrada_triage.files.yamlfile import YamlFile
from lemtrada_triage.model import SourceError
from lemtrada_triage.triage import Triage

_VOCAB = "lemtrada_vocab"
_KEPT = pytest.StashKey[dict[Path, Triage]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """One setting: the vocabulary by which cases are read."""
    parser.addini(_VOCAB, "The folder of the vocabulary by which cases are read; the shipped one if left out.")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.File | None:
    """Takes in files of cases."""
    return CasesFile.from_parent(parent, path=file_path) if file_path.name.endswith(CASES) else None


class CaseFailed(Exception):
    """A case did not go as it should; its outcome says what differs."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(str(outcome))


class CasesFile(pytest.File):
    """One file of cases."""

    def collect(self) -> Iterator[CaseItem]:
        """An item for each case; a mistake in the rules or in the file is told as ``check`` tells it."""
        try:
            triage = self._triage()
            ((file, cases),) = parsed_cases(triage, [self.path])
        except SourceError as error:
            raise self.CollectError(str(error)) from None
        for index, case in enumerate(cases.tests):
            yield CaseItem.from_parent(self, name=case.name, triage=triage, file=file, index=index, case=case)

    def _triage(self) -> Triage:
        kept = self.config.stash.setdefault(_KEPT, {})
        root = rules_root(self.path).resolve()
        if root not in kept:
            vocab = str(self.config.getini(_VOCAB) or "")
            folder = self.config.rootpath / vocab if vocab else None
            kept[root] = Triage(rules=list(layers_of(root)), vocab=folder, reader="words")
        return kept[root]


class CaseItem(pytest.Item):
    """One case."""

    def __init__(self, *, triage: Triage, file: YamlFile, index: int, case: Case, **more: Any) -> None:
        super().__init__(**more)
        self._triage, self._file, self._index, self._case = triage, file, index, case

    def runtest(self) -> None:
        """Runs the case."""
        outcome = run_case(self._triage, self._file, self._index, self._case)
        if not outcome.passed:
            raise CaseFailed(outcome)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The outcome alone: an author has no use for Python's own account."""
        return str(excinfo.value) if isinstance(excinfo.value, CaseFailed) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the case stands."""
        return self.path, self._file.place(("tests", self._index, "name"))[0] - 1, self.name
