"""Makes a symptom log by a seeded recipe, to measure `score` with:

    python tests/benchmarks/symptom_log.py 50000 log.csv [--duplicates 0.7] [--seed 13]

Each row is a message of one to three clauses (a term of the vocabulary, a lead and a tail, one in four with a slip of
the finger, one in five denied) with a day and a patient. ``--duplicates`` is the share of rows whose words were there
before, mostly on another day.
"""

from __future__ import annotations

import argparse
import csv
import random
from pathlib import Path

from lemtrada_triage.lexicon.kept import load_vocabulary

LEADS = ("i have", "had", "woke up with", "since yesterday", "today", "a bit of", "my nurse asked about", "still")
DENIALS = ("no", "no sign of", "never had", "without any")
TAILS = ("", "after lunch", "for three days now", "it comes and goes", "at night", "since the last infusion", "!!")
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def slip(random: random.Random, word: str) -> str:
    """A word with two letters swapped, or one left out or put in."""
    at = random.randrange(len(word) - 1)
    kind = random.randrange(3)
    if kind == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + (random.choice(LETTERS) + word[at:] if kind == 1 else word[at + 1 :])


def clause(random: random.Random, terms: list[str]) -> str:
    """A term with what people put around it."""
    term = random.choice(terms)
    if random.random() < 0.25 and len(term) > 4:
        term = " ".join(slip(random, word) if len(word) > 4 else word for word in term.split())
    lead = random.choice(DENIALS if random.random() < 0.2 else LEADS)
    return f"{lead} {term} {random.choice(TAILS)}".strip()


def message(random: random.Random, terms: list[str]) -> str:
    """One to three clauses, and a number now and then, so that few are alike by chance."""
    said = [clause(random, terms) for _ in range(random.choice((1, 1, 2, 3)))]
    said += [f"bp was {random.randint(95, 150)}/{random.randint(60, 95)}"] * (random.random() < 0.1)
    return ", ".join(said)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("rows", type=int)
    options.add_argument("out", type=Path)
    options.add_argument("--duplicates", type=float, default=0.7)
    options.add_argument("--seed", type=int, default=13)
    given = options.parse_args()
    dice = random.Random(given.seed)
    terms = sorted({term for entry in load_vocabulary().entries for term in entry.terms if term[0].isalpha()})
    terms = [term for term in terms if not set("<#") & set(term)]
    seen: list[str] = []
    with given.out.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["patient", "message", "days_since_infusion", "clinic"])
        for _ in range(given.rows):
            old = seen and dice.random() < given.duplicates
            words = dice.choice(seen) if old else message(dice, terms)
            seen += [] if old else [words]
            day = "" if dice.random() < 0.1 else dice.randint(0, 1500)
            rows.writerow([f"P{dice.randrange(3000):05}", words, day, dice.choice(("North", "South, Main St"))])


if __name__ == "__main__":
    main()
