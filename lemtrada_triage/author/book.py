"""The rulebook as a web site for clinicians to review: static pages that need no network and no server.

What is on the pages is worked out here, how they look is in ``templates/``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lemtrada_triage.author import uses
from lemtrada_triage.author.axis import Axis, Bar
from lemtrada_triage.author.show import frame_text
from lemtrada_triage.author.signoff import fingerprint_of
from lemtrada_triage.author.uncovered import Covered, covered
from lemtrada_triage.author.workbench import CaseAt, Workbench, Written
from lemtrada_triage.decide.conditions import FINDING, Condition, Fact, names, parts_of, wording
from lemtrada_triage.decide.rulebook import Rule
from lemtrada_triage.lexicon.vocabulary import Concept, ConceptEntry
from lemtrada_triage.model import InputError, Urgency
from lemtrada_triage.show.explain import fact_name, level_name, links

_TEMPLATES = Path(__file__).parent / "templates"
_PAGES = ("index", "days", "sources", "uncovered", "sign-off")
_FILES = ("style.css", "search.js", "sign-off.js")


@dataclass(frozen=True, slots=True)
class Node:
    """A condition for a page: its words, where they lead, its parts."""

    text: str
    href: str
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class RulePage:
    """A rule and all that a reviewer wants to see beside it."""

    rule: Rule
    written: Written
    topic: str
    href: str
    fingerprint: str
    condition: Node
    bars: list[Bar]
    fires: list[CaseAt]
    silent: list[CaseAt]
    rests_on: list[Rule]
    used_by: list[Rule]

    @property
    def level(self) -> str:
        """The level's id, or ``finding``."""
        return self.rule.level.value if self.rule.level else "finding"

    @property
    def sources(self) -> dict[str, list[str]]:
        """The places that it cites, by source."""
        found: dict[str, list[str]] = {}
        for cite in self.rule.citations:
            found.setdefault(cite.source, []).append(cite.at)
        return found

    @property
    def reviewer(self) -> str:
        """Who has reviewed it, and when; empty for a draft."""
        raw = self.written.raw
        return f"{raw['reviewed_by']}, {raw['reviewed_on']}" if self.rule.status == "reviewed" else ""


@dataclass(frozen=True, slots=True)
class ConceptPage:
    """A concept with its wordings, and the rules that it can make hold."""

    concept: Concept
    entry: ConceptEntry
    href: str
    finer: list[str]
    rules: Mapping[str, list[Rule]]
    numbers: list[str]
    frames: list[str]


class Book:
    """All pages of a workbench; ``copies`` (``id=file``) lend the words of a source's lines to the local pages."""

    def __init__(self, bench: Workbench, copies: Iterable[str] = ()) -> None:
        self.bench = bench
        self.axis = Axis(bench.rulebook)
        self.covered: list[Covered] = covered(bench, copies)
        self._rule_href = {
            one.id: f"rules-{topic}.html#{one.id}" for topic, ids in bench.topics().items() for one in ids
        }
        self._concept_href = {
            one.id: f"words-{chapter}.html#{one.id}" for chapter, ids in bench.chapters().items() for one in ids
        }

    @cached_property
    def topics(self) -> dict[str, list[RulePage]]:
        """The rules by topic, in the order of the files."""
        return {topic: [self._rule(one, topic) for one in ids] for topic, ids in self.bench.topics().items()}

    @cached_property
    def chapters(self) -> dict[str, list[ConceptPage]]:
        """The concepts by the file of their words."""
        return {chapter: [self._concept(one) for one in ids] for chapter, ids in self.bench.chapters().items()}

    @cached_property
    def rules(self) -> list[RulePage]:
        """All rules."""
        return [rule for rules in self.topics.values() for rule in rules]

    @property
    def counts(self) -> Counter[str]:
        """How many rules lead to what, and how many are reviewed."""
        return Counter([rule.level for rule in self.rules] + [rule.rule.status for rule in self.rules])

    def rule_href(self, rule: Rule | str) -> str:
        """Where a rule stands."""
        return self._rule_href[rule if isinstance(rule, str) else rule.id]

    def concept_href(self, concept: str) -> str:
        """Where a concept stands."""
        return self._concept_href.get(concept, "")

    def source_href(self, source: str, place: str = "") -> str:
        """Where a source, or a registered line of it, stands."""
        lines = self.bench.rulebook.sources[source].lines
        return f"uncovered.html#{source}-{place}" if lines and place in lines else f"sources.html#{source}"

    def _rule(self, written: Written, topic: str) -> RulePage:
        rule = self.bench.by_id[written.id]
        fires, silent = self.bench.cases_of(rule.id)
        return RulePage(
            rule=rule,
            written=written,
            topic=topic,
            href=self.rule_href(rule),
            fingerprint=fingerprint_of(rule),
            condition=self._node(rule.condition),
            bars=self.axis.bars(rule),
            fires=fires,
            silent=silent,
            rests_on=[one for finding in uses.findings_of(rule) for one in uses.establishing(self.bench, finding)],
            used_by=uses.resting_on(self.bench, rule.establishes) if rule.establishes else [],
        )

    def _node(self, condition: Condition) -> Node:
        concept = uses.concept_of(condition.name) if isinstance(condition, Fact) else None
        href = self.concept_href(concept) if concept else ""
        return Node(wording(condition), href, tuple(map(self._node, parts_of(condition))))

    def _concept(self, written: Written) -> ConceptPage:
        concept, entry = self.bench.vocabulary.concepts[written.id], self.bench.entries[written.id]
        return ConceptPage(
            concept=concept,
            entry=entry,
            href=self.concept_href(concept.id),
            finer=uses.finer(self.bench, concept.id),
            rules=uses.rules_reached(self.bench, concept.id),
            numbers=uses.measures_of(self.bench, concept.id),
            frames=[frame_text(frame) for frame in entry.frames],
        )

    def search_data(self) -> list[dict[str, str]]:
        """What the search looks through: title ``t``, kind ``k``, address ``u``, and further words ``w``."""
        return [*self._searched_rules(), *self._searched_concepts(), *self._searched_sources()]

    def _searched_rules(self) -> Iterator[dict[str, str]]:
        for page in self.rules:
            rule = page.rule
            words = [rule.id, rule.because, rule.limits, *map(fact_name, sorted(names(rule.condition)))]
            words += [f"{one.source} {one.at}" for one in rule.citations]
            yield {"t": rule.title, "k": level_title(page.level), "u": page.href, "w": " ".join(words)}

    def _searched_concepts(self) -> Iterator[dict[str, str]]:
        for page in (page for pages in self.chapters.values() for page in pages):
            words = " ".join([page.concept.id.replace("_", " "), *page.entry.terms]).replace("=", "")
            yield {"t": page.concept.label, "k": "words", "u": page.href, "w": words}

    def _searched_sources(self) -> Iterator[dict[str, str]]:
        for one in self.bench.rulebook.sources.values():
            yield {"t": one.title, "k": "source", "u": self.source_href(one.id), "w": f"{one.id} {one.publisher}"}


def level_title(level: str) -> str:
    """A level or "finding" for a reader."""
    return "finding" if level == "finding" else level_name(Urgency(level))


def write_book(bench: Workbench, folder: Path, copies: Iterable[str] = ()) -> list[Path]:
    """Writes the site into a folder, which is made, and says which files. Raises InputError without Jinja2."""
    if find_spec("jinja2") is None:
        raise InputError("the book needs Jinja2: pip install 'lemtrada-triage[author]'")
    book = Book(bench, copies)
    render = _renderer(book)
    pages = {name: render(f"{name}.html", page=name) for name in _PAGES}
    pages |= {f"rules-{name}": render("rules.html", page=name, rules=rules) for name, rules in book.topics.items()}
    pages |= {f"words-{name}": render("words.html", page=name, words=words) for name, words in book.chapters.items()}
    data = json.dumps(book.search_data(), ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    files = {f"{name}.html": text for name, text in pages.items()} | {"search-data.js": f"SEARCH = {data};\n"}
    files |= {name: (_TEMPLATES / name).read_text(encoding="utf-8") for name in _FILES}
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in files]


def _renderer(book: Book) -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {"level": level_title, "fact": fact_name, "links": links, "title": _title}
    environment.globals |= {"book": book, "bench": book.bench, "rulebook": book.bench.rulebook, "FINDING": FINDING}
    environment.globals["urgencies"] = sorted(Urgency, reverse=True)
    return lambda name, **values: environment.get_template(name).render(**values)


def _title(name: str) -> str:
    """The name of a file as a heading: ``Infusion reaction``."""
    words = name.removeprefix("concepts-").replace("-", " ").replace("_", " ")
    return words[:1].upper() + words[1:]
