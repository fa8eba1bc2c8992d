"""Whether a name in a harmless sentence changes its level. Run by hand:

    python tests/benchmarks/people.py [words|both] [SECONDS] [SEED]

All first names and the 20,000 commonest surnames of the package ``names`` go through the sentences of
``tests/test_names.py``, in random order until the time (600 seconds) is over. It prints how many sentences change
their level against the same with "Smith", and the names that do so most often: surnames that are a sign's own word
(Rash, Stroke) are expected among those without a title before them.
"""

from __future__ import annotations

import itertools
import random
import sys
import time
from collections import Counter
from pathlib import Path

from lemtrada_triage import Triage, Urgency

sys.path.insert(0, str(Path(__file__).parent.parent))
from test_names import SENTENCES, TITLED, _listed

WORST = 20
AT_ONCE = 256


def main(reader: str = "both", seconds: float = 600, seed: int = 1) -> None:
    triage = Triage(reader=reader)
    dice = random.Random(seed)
    names = [*_listed("dist.female.first", 1), *_listed("dist.male.first", 1), *_listed("dist.all.last", 1)]
    sentences = [*SENTENCES, *TITLED]
    plain = {sentence: triage.assess(sentence.format("Smith"), 2).urgency for sentence in sentences}
    pairs = list(itertools.product(names, sentences))
    dice.shuffle(pairs)
    changed, alarms, tried, end = Counter[str](), Counter[str](), 0, time.monotonic() + seconds
    while tried < len(pairs) and time.monotonic() < end:
        some = pairs[tried : tried + AT_ONCE]
        readings = triage.read_all([sentence.format(name) for name, sentence in some])
        for (name, sentence), reading in zip(some, readings, strict=True):
            counting = [(draft.concept, draft.modifiers) for draft in reading.drafts if draft.assertion.counts]
            urgency = triage.verdict(tuple(dict.fromkeys(counting)), reading.signals, 2, ()).urgency
            changed[name] += urgency is not plain[sentence]
            alarms[name] += urgency is Urgency.CALL_911
        tried += len(some)
    lost = sum(changed.values())
    print(f"{reader}: {tried} sentences with {len(names)} names; {lost} change their level ({lost / tried:.3%}),")
    print(f"{sum(alarms.values())} to 911; names that ever do: {sum(count > 0 for count in changed.values())}")
    print(", ".join(f"{name} {count}" for name, count in changed.most_common(WORST) if count))


if __name__ == "__main__":
    main(*sys.argv[1:2], *map(float, sys.argv[2:3]), *map(int, sys.argv[3:4]))
