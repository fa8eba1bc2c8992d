"""Whatever is remembered is bounded: memory stays flat, however long a program runs and whatever it is told.

What a log is scored with (``batch/``) remembers up to so many texts, cells and lines by itself, and goes with the log.
"""

from __future__ import annotations

import gc
import random
import sys
from collections.abc import Iterator, Sized
from types import FunctionType, ModuleType

import pytest

from lemtrada_triage import Triage
from lemtrada_triage import triage as entrance
from lemtrada_triage.decide import adviser, decider, durable
from lemtrada_triage.read import fold, spelling, words
from lemtrada_triage.read.reader import Reader

LIMIT = 60
BOUNDS = [
    (entrance, "_REMEMBERED"),
    (spelling, "_REMEMBERED"),
    (words, "_REMEMBERED"),
    (fold, "_REMEMBERED"),
    (decider, "REMEMBERED"),
    (durable, "_REMEMBERED"),
    (adviser, "_REMEMBERED"),
    (adviser, "_QUESTIONS_REMEMBERED"),
]
SIGNS = ("fever", "headache", "rash", "chest pain", "cough", "numb face", "bruises", "nausea", "dizzy", "weak leg")
MANNERS = ("", "no ", "sudden ", "bad ", "a year ago i had ", "maybe ")
LETTERS = "bcdfghjklmnpqrstvwxz"


def told(dice: random.Random) -> str:
    """Known signs in new company, words that nobody has seen, odd characters and odd gaps."""
    signs = [dice.choice(MANNERS) + sign for sign in dice.sample(SIGNS, 4)]
    made_up = "".join(dice.choices(LETTERS, k=dice.randrange(5, 12)))
    odd = chr(dice.randrange(0x4E00, 0x9F00)) + "".join(dice.choices("=+*;:/ ", k=6))
    return f"{'. '.join(signs)}. {made_up} {made_up}ache{odd}headache {dice.randrange(9_999)}"


def containers(roots: list[object]) -> Iterator[Sized]:
    """All that holds something and can be reached, without what belongs to Python and to other packages."""
    seen: set[int] = set()
    left = list(roots)
    while left:
        one = left.pop()
        if id(one) in seen or isinstance(one, (str, bytes, int, float, type, ModuleType)):
            continue
        seen.add(id(one))
        if isinstance(one, (dict, list, set)):
            yield one
        if isinstance(one, FunctionType):  # its globals are a module's
            left += [one.__closure__, one.__defaults__, one.__dict__]
        else:
            left += gc.get_referents(one)


def sizes(triage: Triage) -> dict[int, tuple[int, Sized]]:
    ours = [vars(module) for name, module in list(sys.modules.items()) if name.partition(".")[0] == "lemtrada_triage"]
    roots = [triage, *(value for module in ours for name, value in module.items() if not name.startswith("__"))]
    return {id(one): (len(one), one) for one in containers(roots)}


@pytest.mark.parametrize("engine", ["direct", "auto"])
def test_nothing_grows_with_what_is_told(engine: str, triage: Triage, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in BOUNDS:
        monkeypatch.setattr(module, name, LIMIT)
    fresh, dice = Triage.of(Reader(triage.vocabulary), triage.rulebook, engine), random.Random(3)
    for _ in range(300):
        fresh.assess(told(dice), dice.choice([None, 1, 20, 90, 900]))
    before = sizes(fresh)
    for _ in range(300):
        fresh.assess(told(dice), dice.choice([None, 1, 20, 90, 900]))
    grown = [
        (len(one), type(one), str(one)[:200])
        for one, (size, _) in ((one, before.get(id(one), (0, None))) for _, one in sizes(fresh).values())
        if len(one) > max(size, LIMIT)
    ]
    assert grown == []
    assert before


@pytest.mark.parametrize(
    "text",
    [
        "no fever, my arm is numb",
        "my mum had a stroke in 2010. She was in a coma, and I have a rash",
        "if my face droops I will call. Can it cause a rash? Fever: no, cough: yes",
    ],
)
def test_a_reading_is_freed_without_a_search_for_circles(text: str) -> None:
    """A log is scored with hardly any looking for garbage, which would pile up if readings made any."""
    reader = Triage(reader="words")
    reader.read_all([text])
    while gc.collect():  # what other tests left may take several turns
        pass
    gc.disable()
    try:
        readings = reader.read_all([text])
        circles = gc.collect()
    finally:
        gc.enable()
    assert len(readings[0].drafts) > 1
    assert circles == 0
