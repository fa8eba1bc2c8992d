"""No code out of data, no patients' words in logs and errors, and no regular expression that a text can keep busy."""

from __future__ import annotations

import ast
import importlib
import io
import logging
import math
import os
import re
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import pytest
from regexwork import hostile, matches, worst

import lemtrada_triage
from lemtrada_triage import Assessment, InputError, Mention, TreatmentHistory, Triage, TriageError
from lemtrada_triage.batch.log import score
from lemtrada_triage.decide import durable
from lemtrada_triage.read import learned
from lemtrada_triage.triage import LONGEST_TEXT

ROOT = Path(lemtrada_triage.__file__).parent
TINY = Path(__file__).parent / "tiny-model"
SECRET = "zanzibarquux"  # a word that nothing but a patient's text holds

# What makes code or objects out of data, by module; None: what is built in.
LOADERS = {
    "pickle": {"load", "loads", "Unpickler"},
    "marshal": {"load", "loads"},
    "shelve": {"open"},
    "dill": {"load", "loads"},
    "yaml": {
        "load", "load_all", "full_load", "full_load_all", "unsafe_load", "unsafe_load_all",
        "Loader", "FullLoader", "UnsafeLoader", "CLoader", "CFullLoader", "CUnsafeLoader",
    },
    "os": {"system", "popen"},
    None: {"eval", "exec", "compile", "__import__"},
}  # fmt: skip
CLIENTS = {"socket", "ssl", "urllib.request", "http.client", "requests", "httpx", "aiohttp", "ftplib", "smtplib"}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def modules() -> list[Path]:
    return sorted(ROOT.rglob("*.py"))


def imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (name.name for name in node.names)
    if isinstance(node, ast.ImportFrom) and node.module:
        yield node.module
        yield from (f"{node.module}.{name.name}" for name in node.names)


def loads_code(node: ast.AST) -> bool:
    if isinstance(node, ast.keyword):
        return node.arg == "shell" or (node.arg == "weights_only" and ast.unparse(node.value) != "True")
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return node.attr in LOADERS.get(node.value.id, ())
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id in LOADERS[None]
    return any(name.rpartition(".")[2] in LOADERS.get(name.rpartition(".")[0], ()) for name in imported(node))


def places(code: ast.Module) -> list[int]:
    return [node.lineno for node in ast.walk(code) if loads_code(node)]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "code",
    [
        "pickle.loads(data)", "from pickle import loads", "marshal.load(file)", "yaml.load(text, Loader=yaml.Loader)",
        "from yaml import unsafe_load", "yaml.parse(text, Loader=yaml.UnsafeLoader)", "eval(text)", "exec(text)",
        "os.system(text)", "run(text, shell=True)", "torch.load(path, weights_only=False)",
    ],
)  # fmt: skip
def test_code_that_makes_code_out_of_data_would_be_noticed(code: str) -> None:
    assert set(places(ast.parse(code))) == {1}


def test_nothing_in_the_package_makes_code_out_of_data() -> None:
    found = [path.relative_to(ROOT).as_posix() for path in modules() if places(tree(path))]
    assert len(modules()) > 100
    assert found == []


def test_what_runs_the_learned_reader_keeps_no_id_of_the_machine_and_sends_nothing(tmp_path: Path) -> None:
    """Later versions of ONNX Runtime do, unless told otherwise before they are imported; the id is in the home."""
    pytest.importorskip("onnxruntime")
    said = f"from {learned.__name__} import LearnedReader, Path; LearnedReader(Path({str(TINY)!r})).read('a rash')"
    path = os.pathsep.join([str(ROOT.parent), *filter(None, sys.path)])
    settings = {"HOME": str(tmp_path), "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-c", said], env=settings, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.rglob("*")) == []


def test_nothing_in_the_package_speaks_to_a_network() -> None:
    found = {(path.name, name) for path in modules() for node in ast.walk(tree(path)) for name in imported(node)}
    assert {(file, name) for file, name in found if name in CLIENTS} == set()
    assert ("kept.py", "platformdirs") in found


@pytest.mark.parametrize(
    "text",
    [f"{SECRET} cant talk", f"{SECRET}\0\ud800", f"%s {SECRET} {{0}}", f"{SECRET}\n" * 300, f"({SECRET} [ ]"],
)
def test_an_assessment_logs_none_of_the_patients_words(
    triage: Triage, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    with caplog.at_level(logging.DEBUG):
        assert triage.assess(text, 2).urgency is not None
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    ("text", "days", "flags"),
    [
        (SECRET * (LONGEST_TEXT // len(SECRET) + 1), 2, ()),
        (SECRET.encode(), 2, ()),
        ([SECRET], 2, ()),
        (SECRET, -1, ()),
        (SECRET, "soon", ()),
        (SECRET, 2, ("tired",)),
    ],
)
def test_an_error_tells_none_of_the_patients_words(triage: Triage, text: object, days: object, flags: object) -> None:
    with pytest.raises(InputError) as error:
        triage.assess(text, days, flags=flags)  # type: ignore[arg-type]
    assert SECRET not in str(error.value)


@pytest.mark.skipif(durable.missing() is not None, reason="the durable engine is not there")
def test_a_failing_engine_logs_none_of_the_patients_words(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The way of the error is logged, without its message and without what the variables hold."""
    failing = Triage(engine="durable", reader="words")
    monkeypatch.setattr(durable.DurableEngine, "fired", quoting)
    with caplog.at_level(logging.DEBUG):
        failing.assess(f"{SECRET} rash", 2)
    assert "the durable engine failed" in caplog.text and "in quoting" in caplog.text
    assert SECRET not in caplog.text


def quoting(*_: object) -> NoReturn:
    """Fails as another library may: its message holds what it was given."""
    raise ValueError(f"cannot use {SECRET}")


@pytest.mark.skipif(learned.missing(learned.model_folder()) is not None, reason="there is no learned reader")
def test_a_failing_reader_tells_none_of_the_patients_words(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = Triage()
    monkeypatch.setattr(learned.LearnedReader, "read", quoting)
    with caplog.at_level(logging.DEBUG):
        said = both.assess(f"{SECRET} rash", 2)
    assert "the learned reader failed" in caplog.text and "in quoting" in caplog.text
    assert said.readers == ("words", "the learned reader failed: ValueError")
    assert SECRET not in caplog.text


HISTORY = TreatmentHistory([["2026-03-02"]])
MISUSES: dict[str, Callable[[Triage, Assessment], object]] = {
    "a history without its day": lambda triage, said: triage.assess(f"{SECRET} rash", history=HISTORY),
    "a day without a history": lambda triage, said: triage.assess(f"{SECRET} rash", on="2026-03-12"),
    "a history and days": lambda triage, said: triage.assess(f"{SECRET} rash", 3, on="2026-03-12", history=HISTORY),
    "a history that is none": lambda triage, said: triage.assess(SECRET, on="2026-03-12", history=[SECRET]),
    "a day far from treatment": lambda triage, said: triage.assess(SECRET, on="9999-01-01", history=HISTORY),
    "months": lambda triage, said: triage.assess(f"{SECRET} rash", 3, months_since_first=-1),
    "a text that is none, read": lambda triage, said: triage.read([SECRET]),
    "several texts": lambda triage, said: triage.read_all([f"{SECRET} rash", SECRET.encode()]),
    "a span outside": lambda triage, said: triage.assertion(SECRET, 0, len(SECRET) + 1),
    "a question that is not asked": lambda triage, said: triage.answer(said, "no-such-question", "yes"),
    "a choice that is none": lambda triage, said: triage.answer(said, said.ask[0].id, "perhaps"),
    "other rules": lambda triage, said: triage.answer(said.model_copy(update={"rulebook": "x"}), said.ask[0].id, "yes"),
    "a rule that is none": lambda triage, said: triage.why("no-such-rule", said),
    "a result that was changed": lambda triage, said: Assessment(**said.model_dump() | {"urgency": SECRET}),
    "a result with a key more": lambda triage, said: Assessment.model_validate(said.model_dump() | {"x": SECRET}),
    "a result that was cut": lambda triage, said: Assessment.model_validate_json(said.model_dump_json()[:-9]),
    "a mention that was changed": lambda triage, said: Mention(**said.mentions[0].model_dump() | {"start": SECRET}),
    "no patient": lambda triage, said: fhir().bundle(said, "nobody", datetime.now(UTC)),
    "no zone": lambda triage, said: fhir().bundle(said, "Patient/1", datetime.now()),
}


def fhir() -> Any:
    return pytest.importorskip("lemtrada_triage.adapters.fhir", reason="fhir.resources is not installed")


@pytest.mark.parametrize("misuse", MISUSES)
def test_no_misuse_is_answered_with_the_patients_words(triage: Triage, misuse: str) -> None:
    said = triage.assess(f"headache{SECRET} rash, headache of {SECRET}", 2)
    with pytest.raises((TriageError, ValueError)) as error:
        MISUSES[misuse](triage, said)
    assert SECRET not in "".join(traceback.format_exception(error.value))


def test_nothing_is_logged_but_what_these_names_hold() -> None:
    """A new one has to be looked at: it may hold a patient's words, as the message of an error may."""
    names = ("debug", "info", "warning", "error", "exception", "critical", "log")
    calls = [
        call for path in modules() for call in ast.walk(tree(path))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in names
        and ast.unparse(call.func.value) == "_log"
    ]  # fmt: skip
    told = {ast.unparse(given) for call in calls for given in call.args[1:]}
    assert all(isinstance(call.args[0], ast.Constant) and not call.keywords for call in calls)
    assert told == {"warning", "error", "self._engine.name", "decided", "way_of(error)"}


@pytest.mark.parametrize("text", ["pee is \ud800brown", "my face \udfff\ud800 droops", "no \ud83d fever"])
def test_a_half_of_a_character_leaves_a_result_that_can_be_written(triage: Triage, text: str) -> None:
    both = Triage() if learned.missing(learned.model_folder()) is None else triage
    for said in (triage.assess(text, 2), both.assess(text, 2)):
        assert Assessment.model_validate_json(said.model_dump_json()) == said
        shown = re.sub("[\ud800-\udfff]", "\ufffd", text)
        assert all(shown[mention.start : mention.end] == mention.text for mention in said.mentions)


def test_scoring_a_hostile_log_tells_no_words_but_in_the_log_that_it_writes(
    triage: Triage, caplog: pytest.LogCaptureFixture
) -> None:
    log = f'message,days\n"{SECRET}, rash","{SECRET}"\n={SECRET},1,2,3\n{SECRET}\0,2\n"{SECRET} never closed,3\n'
    scored = io.BytesIO()
    with caplog.at_level(logging.DEBUG):
        summary = score(triage, io.BytesIO(log.encode()), scored, "csv")
    assert summary.warnings > 0
    assert SECRET not in caplog.text + repr(summary)
    assert SECRET in scored.getvalue().decode()


def test_a_log_without_a_text_column_is_refused_without_its_cells(triage: Triage) -> None:
    with pytest.raises(InputError) as error:
        score(triage, io.BytesIO(f"a,b\n1,{SECRET}\n".encode()), io.BytesIO(), "csv")
    assert SECRET not in str(error.value)


# Out of proportion by themselves, and in proportion because of what their callers hand over.
GUARDED = {
    "batch.cells._LOOSE": "its cells come with single blanks",
    "read.words._BULLET": "a folded text has no more than a hundred marks or blanks in a row",
}
STAND_IN = "2"  # for a part of an expression that is known at run time alone: escaped words, or a number
WHOLE = {"match", "fullmatch"}
Expression = tuple[re.Pattern[str], bool]


def is_expression(node: ast.AST) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Attribute) and ast.unparse(called.value) == "re" and called.attr != "escape"


def written(argument: ast.expr) -> str | None:
    if isinstance(argument, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else STAND_IN for part in argument.values)  # type: ignore[misc]
    return argument.value if isinstance(argument, ast.Constant) else None  # type: ignore[return-value]


def inside_functions(name: str, code: ast.Module) -> Iterator[tuple[str, Expression]]:
    functions = (node for node in ast.walk(code) if isinstance(node, ast.FunctionDef))
    for call in (node for function in functions for node in ast.walk(function) if is_expression(node)):
        text = written(call.args[0])  # type: ignore[attr-defined]
        assert text is not None, f"{name}:{call.lineno} makes an expression that this test cannot see"  # type: ignore[attr-defined]
        flags = re.MULTILINE if "MULTILINE" in ast.unparse(call) else re.NOFLAG
        yield f"{name}: {text}", (re.compile(text, flags), call.func.attr in WHOLE)  # type: ignore[attr-defined]


def at_the_top(name: str, code: ast.Module) -> Iterator[tuple[str, Expression]]:
    source = ast.unparse(code)
    for variable, value in vars(importlib.import_module(f"lemtrada_triage.{name}")).items():
        for pattern in value if isinstance(value, list) else [value]:
            if isinstance(pattern, re.Pattern):
                used = set(re.findall(rf"\b{variable}\.(\w+)\(", source))
                at = f"{name}.{variable}" if pattern is value else f"{name}.{variable}: {pattern.pattern}"
                yield at, (pattern, bool(used) and used <= WHOLE)


@cache
def expressions() -> dict[str, Expression]:
    """The regular expressions of the package by their place, and whether each is only ever matched from the start."""
    found: dict[str, Expression] = {}
    for path in modules():
        if any(map(is_expression, ast.walk(tree(path)))):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            found |= dict(inside_functions(name, tree(path))) | dict(at_the_top(name, tree(path)))
    return found


def out_of_proportion(pattern: re.Pattern[str], whole: bool) -> bool:
    """Whether each character of a hostile text costs more in a longer one."""
    work = worst(pattern, 48, whole)
    return work == math.inf or work > 1.5 * worst(pattern, 24, whole)


@pytest.mark.parametrize("text", [r"(a+)+$", r"(a|a)*b", r"\s*\n", r"(\d+)*x", r"<.*>", r"a*a*b"])
def test_an_expression_that_a_text_can_keep_busy_would_be_noticed(text: str) -> None:
    assert out_of_proportion(re.compile(text), whole=False)


def test_the_counted_matches_end_where_those_of_python_do() -> None:
    for pattern, _ in expressions().values():
        for text in sorted(hostile(pattern, 3)):
            assert matches(pattern, text) == [found.span() for found in pattern.finditer(text)], (pattern.pattern, text)


def test_the_work_of_every_expression_grows_as_its_text_does() -> None:
    found = expressions()
    calls = [node for path in modules() for node in ast.walk(tree(path)) if is_expression(node)]
    assert len(found) >= len(calls)  # a list of forms is made by one call
    assert {place for place, expression in found.items() if out_of_proportion(*expression)} == GUARDED.keys()
