"""Files that were valid and then came to harm: ``check`` always answers, and passes nothing that a loader refuses."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lemtrada_triage.author.cases import CaseFile, opened
from lemtrada_triage.author.check import check
from lemtrada_triage.decide.rulebook import Rulebook
from lemtrada_triage.lexicon.vocabulary import Vocabulary
from lemtrada_triage.model import SourceError
from lemtrada_triage.training.messages import load_messages

BASE = Path(__file__).parent / "golden" / "check" / "base"
FILES = sorted(str(path.relative_to(BASE)) for path in BASE.rglob("*") if path.suffix in (".yaml", ".jsonl"))
PIECES = [
    "", " ", "\t", "\n", ":", ": ", "- ", "-", "[", "]", "{", "}", ",", "#", "'", '"', "&a ", "*a", "!", "!!int ",
    "---\n", "...\n", "%", "@", "?", "? ", "<<: ", "~", "null", "true", "no", "1", "-1", "1e999", "9" * 5000, ".nan",
    "\x00", "\x07", "\ufeff", "\u2028", "é", "[[", "<paper>", "<", ">", "=", "#num", "terms", "rules", "symptom", "fit",
    "id", "concepts", "level", "{any: ", "{none: ", "days", "[]", "{}", '""', "2026-01-31", "\r\n", "\r", "\\",
    "|", ">", "0x1F",
]  # fmt: skip
steps = st.tuples(st.integers(0, 10_000), st.integers(0, 60), st.sampled_from(PIECES))


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pack") / "pack"


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(FILES), harm=st.lists(steps, min_size=1, max_size=4), raw=st.booleans())
@example(name="vocab/words.yaml", harm=[(0, 60, "")], raw=False)
@example(name="vocab/messages/splits.yaml", harm=[(0, 60, "")], raw=False)
@example(name="rules/fits.yaml", harm=[(43, 8, "[a]")], raw=False)
def test_a_mutated_file_is_answered_and_never_passes_where_a_loader_refuses_it(pack, name, harm, raw):
    shutil.rmtree(pack, ignore_errors=True)
    shutil.copytree(BASE, pack)
    text = (pack / name).read_text(encoding="utf-8")
    for place, cut, piece in harm:
        start = place % (len(text) + 1)
        text = text[:start] + piece + text[start + cut :]
    (pack / name).write_bytes(text.encode("cp1252", errors="replace") if raw else text.encode("utf-8"))
    checked = check([pack / "rules", pack / "vocab"])
    assert all(str(problem) for problem in checked.problems)
    if not checked.errors:
        concepts = Vocabulary.load(pack / "vocab").concepts
        Rulebook.load(pack / "rules", concepts)
        load_messages(pack / "vocab" / "messages", concepts)
        assert opened(pack / "rules" / "fits.test.yaml").validated(CaseFile)


def test_what_the_loader_refuses_is_refused_with_the_same_words(pack):
    shutil.rmtree(pack, ignore_errors=True)
    shutil.copytree(BASE, pack)
    (pack / "rules" / "fits.yaml").write_text("rules:\n  - {id: a, when: {any: [fever]}}\n")
    with pytest.raises(SourceError) as caught:
        Rulebook.load(pack / "rules", Vocabulary.load(pack / "vocab").concepts)
    told = {str(problem) for problem in check([pack / "rules"], pack / "vocab").problems}
    assert {str(problem) for problem in caught.value.problems} <= told


BOMBS = {
    "aliases": "a: &a [x, x, x, x, x, x, x, x, x]\n"
    + "".join(f"k{n}: &k{n} [{', '.join([f'*k{n - 1}' if n else '*a'] * 9)}]\n" for n in range(60)),
    "flow": "[" * 400_000,
    "block": "".join(f"{' ' * n}a:\n" for n in range(2_000)),
    "closed flow": "a: " + "[" * 900 + "]" * 900,
    "groups": "groups: {g: [a, b, c, d, e, f, g, h]}\nidioms: [" + " ".join(["<g>"] * 30) + "]\n",
    "many groups": "groups: {g: [" + ", ".join(f"w{n}" for n in range(70)) + "]}\nidioms:\n"
    + "".join(f"  - <g> <g> x{n}\n" for n in range(500)),
    "slots": "slots:\n" + "".join(f"  s{n}: {{includes: [s{n + 1}, s{n + 1}]}}\n" for n in range(200)) + "  s200: {}\n",
    "ancestors": "concepts:\n" + "".join(f"  - {{id: c{n}, label: x, is_a: [c{n + 1}]}}\n" for n in range(3_000)),
    "many mistakes": "concepts:\n" + "  - 3\n" * 100_000,
}  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_file_that_explodes_is_refused_with_little_memory_and_time(tmp_path, bomb):
    """In a process of its own, which is ended when it takes 10 seconds of work or a gigabyte."""
    folder = tmp_path / "vocab"
    folder.mkdir()
    (folder / "words.yaml").write_text(BOMBS[bomb])

    def limits() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))

    command = [sys.executable, "-m", "lemtrada_triage", "check", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=limits)
    assert done.returncode == 1, done.stderr
    assert "error[" in done.stdout
    assert done.stderr == ""
