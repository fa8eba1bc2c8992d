"""How fast messages are read and decided, as ratios of CPU time to a floor of the same run. Run by hand:

    python tests/benchmarks/bench_assess.py [READER]

The floor is the least that any reader does: fold a message, cut it into words, look each word up. "New" messages are
met for the first time, after as many others; "rows" are the same in a log, scored without results of their own.
"read" reads messages anew whose words are known; "assess" is given messages that it has read before.
Starts are held against a bare "import pydantic": from what is kept, for the first time, and with an author's folder.
"""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from lemtrada_triage import Triage
from lemtrada_triage.batch.core import Case, Scorer

ROOT = Path(__file__).resolve().parents[2]
WORD = re.compile(r"\w+")
ROUNDS = 7


def messages() -> list[str]:
    """Every text of the rule cases, and everyday sentences."""
    texts = (ROOT / "tests" / "everyday.txt").read_text(encoding="utf-8").splitlines()
    for path in sorted((ROOT / "rules").glob("*.test.yaml")):
        cases = yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]
        texts += [case["given"]["text"] for case in cases if "text" in case["given"]]
    return texts * 4


def labelled() -> list[str]:
    """Messages of many writers, each once, in an order that mixes the writers."""
    files = sorted((ROOT / "vocab" / "messages").glob("*.jsonl"))
    rows = [json.loads(line) for path in files for line in path.read_text(encoding="utf-8").splitlines()]
    return sorted({row["text"] for row in rows if isinstance(row.get("text"), str)}, key=lambda text: text[::-1])


def timed(run: Callable[[], object]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def floor_of(texts: list[str]) -> Callable[[], None]:
    table = dict.fromkeys(word for text in texts for word in WORD.findall(text.casefold()))

    def floor() -> None:
        for text in texts:
            for word in WORD.findall(text.casefold()):
                table.get(word)

    return floor


def first_met(name: str, run: Callable[[list[str]], object], texts: list[str]) -> None:
    """Prints how long some texts take that were not met before, after as many others."""
    half = len(texts) // 2
    run(texts[:half])
    new = texts[half:]
    spent, least = timed(lambda: run(new)), statistics.median(timed(floor_of(new)) for _ in range(ROUNDS))
    print(f"{name:8} {len(new) / spent:10,.0f} messages/s {spent / least:6.1f} x the floor ({len(new)} messages)")


def cpu(program: str, **settings: str) -> float:
    """The CPU time of a process that runs a program."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", program], check=True, env=os.environ | settings)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def starts(reader: str) -> None:
    """Prints what the start of a program with one ``Triage`` costs."""
    with tempfile.TemporaryDirectory() as folder:
        own = shutil.copytree(ROOT / "vocab", Path(folder) / "own", ignore=shutil.ignore_patterns("messages", "model"))
        program = f"from lemtrada_triage import Triage; Triage(reader={reader!r}).assess('my face is drooping')"
        own_words = program.replace("(", f"(vocab={str(own)!r}, ", 1)
        kinds = {"start": program, "first": program, "own": own_words}
        bare = statistics.median(cpu("import pydantic") for _ in range(ROUNDS))
        for kind, one in kinds.items():
            caches = [f"{folder}/cache{number if kind == 'first' else ''}" for number in range(ROUNDS)]
            spent = statistics.median(cpu(one, LEMTRADA_TRIAGE_CACHE=cache) for cache in caches)
            print(f"{kind:8} {spent:10.2f} s of CPU to a result {spent / bare:6.1f} x a bare 'import pydantic'")


def main() -> None:
    reader = sys.argv[1] if len(sys.argv) > 1 else "both"
    texts = messages()
    triage = Triage(reader=reader)
    first_met("new", lambda some: [triage.assess(text) for text in some], labelled())
    scorer = Scorer(Triage(reader=reader))
    first_met("rows", lambda some: scorer.score([Case(text) for text in some]), labelled())
    floor = floor_of(texts)
    parts: dict[str, Callable[[], object]] = {
        "read": lambda: [triage.read(text) for text in texts],
        "assess": lambda: [triage.assess(text) for text in texts],
    }
    print(f"{len(texts)} messages of {sum(map(len, texts)) / len(texts):.0f} characters, median of {ROUNDS} rounds")
    for name, run in parts.items():
        run()
        pairs = [(timed(run), timed(floor)) for _ in range(ROUNDS)]
        rate = len(texts) / statistics.median(spent for spent, _ in pairs)
        ratio = statistics.median(spent / least for spent, least in pairs)
        print(f"{name:8} {rate:10,.0f} messages/s {ratio:6.1f} x the floor")
    starts(reader)


if __name__ == "__main__":
    main()
