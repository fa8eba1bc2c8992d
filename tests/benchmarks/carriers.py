"""Whether red flags keep their level in harmless company. Run by hand:

    python tests/benchmarks/carriers.py [words|both] [SECONDS] [SEED]

Every term of the vocabulary that alone gives one of the two highest levels at day 1 is put before, behind, between
harmless sentences, first names, and the noun carriers of ``tests/test_carriers.py``. It takes random pairs of a term
and a carrier until the time (150 seconds) is over, and prints how many lose their level, and the worst carriers and
terms. The level that a term must keep is the one that it has by itself: that of the words reader, whose terms these
are, or of both readers, where theirs is lower.
"""

from __future__ import annotations

import itertools
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from lemtrada_triage import Triage, Urgency

sys.path.insert(0, str(Path(__file__).parent.parent))
from test_carriers import COUNTING

DAY = 1
WORST = 20
OLD = "since 2019"  # what is so old is rightly less urgent
HARMLESS = (
    "It is raining here today.",
    "The sun is out at last.",
    "We had snow on Sunday.",
    "It was windy all weekend.",
    "The forecast says fog.",
    "My appointment is on Tuesday.",
    "I see the nurse on Friday.",
    "The clinic moved to the second floor.",
    "Thank you for the letter.",
    "I have a question about parking.",
    "My next blood test is in May.",
    "I could not get through on the phone.",
    "Sorry to bother you.",
    "Hello, good morning.",
    "Hi there, hope you are well.",
    "Kind regards.",
    "Many thanks for your help.",
    "Please let me know.",
    "My sister is visiting us.",
    "The children are at school.",
    "My brother moved to Leeds.",
    "We are looking after the grandchildren.",
    "My daughter starts college in the autumn.",
    "Our neighbours have a new puppy.",
    "My cousin got married in June.",
    "Dad is in the garden.",
    "We are going to Spain in July.",
    "The train was late again.",
    "I drove to the coast yesterday.",
    "The flight leaves at noon.",
    "We booked a cottage by the lake.",
    "I went by bus this morning.",
    "The hotel was lovely.",
    "We came home on Saturday.",
    "I baked a cake for the party.",
    "We had soup for lunch.",
    "I am making tea.",
    "Dinner was nice.",
    "The shops were busy.",
    "I work in an office.",
    "I am on holiday this week.",
    "My boss has been kind.",
    "I teach at the village school.",
    "The meeting was moved.",
    "We painted the kitchen.",
    "The washing machine was delivered.",
    "I was watering the plants.",
    "The cat is asleep on the sofa.",
    "I was reading a book.",
    "There is football on the television.",
    "I was watching a film.",
    "The choir meets on Thursdays.",
    "I am 43 years old.",
    "I live in Bristol.",
    "I have had MS since 2011.",
    "My infusion was yesterday.",
    "I take vitamin D.",
    "I am writing from my phone.",
    "My email address has changed.",
    "The form is filled in.",
    "My insurance has approved it.",
    "This is my first message.",
    "I hope this is the right place to ask.",
)
NAMES = (
    "Anna Ben Carla David Emma Frank Grace Henry Isla Jack Karen Liam Maria Noah Olivia Peter Quentin Rosa Sam "
    "Tina Ursula Victor Wendy Xavier Yvonne Zoe Ahmed Bianca Chloe Dmitri Elif Fatima Giovanni Hana Ivan Joy "
    "Kofi Lena Mohammed Nadia Omar Priya Rahul Sofia Tariq Uma Vikram Will Yusuf Zara Faith Hope Mark Rob Sue "
    "Pat Dawn Ray Bill Rose "
)
NOUN_CARRIERS = [
    carrier.replace("{noun}", "{}")
    for group in COUNTING.values()
    for carrier in group
    if OLD not in carrier and "{noun}" in carrier
]
URGENT = frozenset({Urgency.GET_HELP_NOW, Urgency.CALL_911})


# A term with one of these is a sentence, or half of one, and no noun: nobody has "side effects included can't stand".
CLAUSAL = {
    "i", "im", "ive", "me", "my", "myself", "he", "him", "his", "himself", "she", "her", "hers", "herself", "they",
    "them", "their", "it", "its", "you", "your", "yourself", "who", "is", "are", "was", "were", "be", "been", "am",
    "cant", "cannot", "can", "could", "couldnt", "wont", "dont", "doesnt", "didnt", "isnt", "arent", "wasnt", "wouldnt",
    "not", "to",
}  # fmt: skip


def fits(term: str, carrier: str) -> bool:
    """Whether a term can stand in a carrier: a clause has no place where a noun is wanted."""
    return carrier not in NOUN_CARRIERS or CLAUSAL.isdisjoint(term.casefold().replace("'", "").split())


def carriers() -> list[str]:
    """Texts with one gap for a sign."""
    made = [carrier for text in HARMLESS for carrier in (f"{text} {{}}", f"{{}}. {text}")]
    made += [f"{one} {{}}. {other}" for one, other in itertools.pairwise(HARMLESS)]
    for name in NAMES.split():
        made += [f"{name} here, {{}}", f"Hi {name}, {{}}", f"{{}}. Thanks, {name}"]
    return made + NOUN_CARRIERS


def red_flags(triage: Triage) -> dict[str, Urgency]:
    """The terms that alone give one of the two highest levels, by words and by a reader, with the lower of the two."""
    words = Triage(reader="words")
    terms = {term.replace("=", "") for entry in triage.vocabulary.entries for term in entry.terms if "#" not in term}
    levels = {term: min(one.assess(term, DAY).urgency for one in (words, triage)) for term in sorted(terms)}
    return {term: level for term, level in levels.items() if level in URGENT}


def pairs(dice: random.Random, terms: list[str], texts: list[str], seconds: float) -> Iterator[tuple[str, str]]:
    """Random pairs until the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pair = dice.choice(terms), dice.choice(texts)
        if fits(*pair):
            yield pair


def show(title: str, lost: Counter[str], asked: Counter[str]) -> None:
    print(f"\n{title}")
    for name, count in lost.most_common(WORST):
        print(f"  {count:5} of {asked[name]:5}  {name}")


def main(reader: str = "words", seconds: float = 150, seed: int = 1) -> None:
    triage, dice = Triage(reader=reader), random.Random(seed)
    levels, texts = red_flags(triage), carriers()
    print(f"{reader}: {len(levels)} red flags, {len(texts)} carriers")
    asked, lost, lost_terms, asked_terms = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for term, carrier in pairs(dice, list(levels), texts, seconds):
        asked[carrier] += 1
        asked_terms[term] += 1
        if triage.assess(carrier.format(term), DAY).urgency < levels[term]:
            lost[carrier] += 1
            lost_terms[term] += 1
    print(f"{lost.total()} of {asked.total()} lose their level ({lost.total() / max(asked.total(), 1):.2%})")
    show("Worst carriers", lost, asked)
    show("Worst terms", lost_terms, asked_terms)


if __name__ == "__main__":
    main(*sys.argv[1:2], *map(float, sys.argv[2:3]), *map(int, sys.argv[3:4]))
