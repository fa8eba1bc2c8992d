"""How fast messages are read and decided, as ratios to a floor of the same run. Run by hand:

    python tests/benchmarks/bench_assess.py

The floor is the least that any reader does: fold a message, cut it into words, look each word up.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from lemtrada_triage import Triage

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


def timed(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def main() -> None:
    texts = messages()
    triage = Triage()
    table = dict.fromkeys(word for text in texts for word in WORD.findall(text.casefold()))

    def floor() -> None:
        for text in texts:
            for word in WORD.findall(text.casefold()):
                table.get(word)

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
    program = "from lemtrada_triage import Triage; Triage().assess('my face is drooping')"
    bare = [timed(lambda: subprocess.run([sys.executable, "-c", "import pydantic"], check=True)) for _ in range(ROUNDS)]
    full = [timed(lambda: subprocess.run([sys.executable, "-c", program], check=True)) for _ in range(ROUNDS)]
    ratio = statistics.median(full) / statistics.median(bare)
    print(f"start-up {statistics.median(full):10.2f} s to the first result {ratio:6.1f} x a bare 'import pydantic'")


if __name__ == "__main__":
    main()
