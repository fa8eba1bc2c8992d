"""What others need for the same log and the same terms; run by ``bench_batch.py`` in an environment of their own.

    python bench_peers.py LOG.csv TERMS.json MOST

Reads the log, finds terms in each message, and writes it with a column more, as CSV. Prints a line of JSON for each
peer: its name, the rows that it was given (``MOST`` of the log at most, fewer for slow ones), and its seconds; or why
it is not here.
"""

from __future__ import annotations

import csv
import io
import json
import sys
import time
from collections.abc import Callable
from itertools import islice
from typing import Any
from unittest.mock import MagicMock

Find = Callable[[str], Any]


def rapidfuzz_windows(terms: dict[str, str]) -> Find:
    from rapidfuzz import fuzz, process

    by_length: dict[int, list[str]] = {}
    for term in terms:
        by_length.setdefault(len(term.split()), []).append(term)

    def find(text: str) -> set[str]:
        words, found = text.casefold().split(), set()
        for length, candidates in by_length.items():
            for start in range(len(words) - length + 1):
                window = " ".join(words[start : start + length])
                best = process.extractOne(window, candidates, scorer=fuzz.ratio, score_cutoff=88)
                if best:
                    found.add(terms[best[0]])
        return found

    return find


def phrase_matcher(terms: dict[str, str]) -> Find:
    nlp, matcher = _matcher(terms)
    return lambda text: {nlp.vocab.strings[label] for label, _, _ in matcher(nlp.make_doc(text))}


def _matcher(terms: dict[str, str]) -> Any:
    import spacy
    from spacy.matcher import PhraseMatcher

    nlp = spacy.blank("en")
    matcher = PhraseMatcher(nlp.vocab, attr="LOWER")
    for concept in sorted(set(terms.values())):
        matcher.add(concept, [nlp.make_doc(term) for term, name in terms.items() if name == concept])
    return nlp, matcher


def negspacy(terms: dict[str, str]) -> Find:
    from negspacy.negation import Negex  # noqa: F401

    nlp = _ruled(terms)
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("negex", config={"ent_types": sorted(set(terms.values()))})
    return lambda text: {entity.label_ for entity in nlp(text).ents if not entity._.negex}


def _ruled(terms: dict[str, str]) -> Any:
    import spacy

    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler", config={"phrase_matcher_attr": "LOWER"})
    ruler.add_patterns([{"label": concept, "pattern": term} for term, concept in terms.items()])
    return nlp


def medspacy_context(terms: dict[str, str]) -> Find:
    # medspaCy imports QuickUMLS, which cannot be built everywhere, and does without it here.
    sys.modules.setdefault("quickumls", MagicMock())
    import medspacy
    from loguru import logger
    from medspacy.ner import TargetRule

    logger.disable("PyRuSH")  # it tells of every token, which would be what is timed

    nlp = medspacy.load(medspacy_enable=["medspacy_pyrush", "medspacy_target_matcher", "medspacy_context"])
    nlp.get_pipe("medspacy_target_matcher").add([TargetRule(term, concept) for term, concept in terms.items()])
    return lambda text: {entity.label_ for entity in nlp(text).ents if not entity._.is_negated}


# The name, how it is made, and the most rows that it is given.
PEERS: dict[str, tuple[Callable[[dict[str, str]], Find], int]] = {
    "spaCy PhraseMatcher": (phrase_matcher, 1_000_000),
    "negspaCy": (negspacy, 100_000),
    "medspaCy with ConText": (medspacy_context, 2_000),
    "rapidfuzz windows": (rapidfuzz_windows, 100),
}


def seconds(find: Find, log: str, rows: int) -> tuple[int, float]:
    sink = io.StringIO()
    start = time.perf_counter()
    with open(log, encoding="utf-8", newline="") as source:
        reader, writer = csv.DictReader(source), csv.writer(sink)
        given = 0
        for row in islice(reader, rows):
            writer.writerow([*row.values(), " ".join(sorted(find(row["message"])))])
            given += 1
    return given, time.perf_counter() - start


def main(log: str, terms: str, most: str) -> None:
    with open(terms, encoding="utf-8") as file:
        known = json.load(file)
    for name, (make, rows) in PEERS.items():
        try:
            given, spent = seconds(make(known), log, min(rows, int(most)))
        except Exception as error:  # a peer that is not here, or that fails, hides no other
            print(json.dumps({"name": name, "missing": f"{type(error).__name__}: {error}"}), flush=True)
        else:
            print(json.dumps({"name": name, "rows": given, "seconds": spent}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
