"""Files for a new rule or concept, with both cases that each needs: they load and pass as they are, ready to edit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import process

from lemtrada_triage.authoring.workbench import shown
from lemtrada_triage.kept import load_vocabulary
from lemtrada_triage.locate import data_folder
from lemtrada_triage.model import InputError, Urgency
from lemtrada_triage.rulebook import CASES, LEVELS, SOURCES
from lemtrada_triage.text.reader import Reader
from lemtrada_triage.vocabulary import Vocabulary
from lemtrada_triage.yamlfile import YamlFile, did_you_mean, yaml_files

_RULE_ID = re.compile(r"(?!(null|true|false)$)[a-z][a-z0-9]*([-_][a-z0-9]+)*")
_CONCEPT_ID = re.compile(r"(?!(null|true|false)$)[a-z][a-z0-9_]*")
_OWN_SOURCE = "my-source"

_RULE = """\
# {title}. Edit each line; the keys are described in CONTRIBUTING.md, "Add a rule, and its cases".
rules:
  - id: {id}
    title: {title}
    level: {level}   # {levels}
    when: {when}   # a concept; or any: [...], all: [...], {{severe: ...}}, {{sudden: ...}} and so on
    # window: {{from: 0, to: 30}}   # if it holds on some days only
    because: Say in a sentence or two why this matters, for the patient and the nurse.
    limits: Say what this rule cannot tell.
    cite:
      - {{source: {source}, at: {at}}}
    status: draft
"""
_RULE_CASES = """\
# Cases for {id}.yaml: at least one in which the rule fires, and one in which it is silent.
tests:
  - name: {title} is told in these words
    given: {{{fires}}}
    expect: {{level: {level}, fired: [{id}]}}
  - name: {title} is not told here
    given: {{{silent}}}
    expect: {{not_fired: [{id}]}}
"""
_SOURCES = """\
# Every source that a rule of this folder cites: what it is, which edition, and what of it was read.
version: "0.1.0"
sources:
  - id: {source}
    title: The title of your source
    publisher: Who publishes it
    edition: "its date or number"
    read: what of it you have read
"""
_CONCEPT = """\
# {label}. The keys are described in CONTRIBUTING.md, "Add a word or phrase".
concepts:
  - id: {id}
    label: {label}   # what a patient is shown
{is_a}    terms: [{label}]   # the words that patients use; "=word" finds that exact form only
    # never: [...]   # look-alikes: words that sound like it and are something else
"""
_IS_A = "    is_a: [symptom]   # a finer concept counts as every coarser one\n"
_CONCEPT_CASES = """\
# The words of {id}: at least one message in which it is told, and one in which it is denied.
tests:
  - name: {title} is found
    given: {{text: I have {label}}}
    expect: {{mentions: {{{id}: present}}}}
  - name: Denied, {label} does not count
    given: {{text: no {label}}}
    expect: {{mentions: {{{id}: absent}}}}
"""


@dataclass(frozen=True, slots=True)
class Made:
    """What was written, what to do next, and what the author should know."""

    files: tuple[Path, ...]
    next: str
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [*(f"made {shown(path)}" for path in self.files), *self.notes]
        return "\n".join([*lines, f"Next: edit them, then run: {self.next}"])


def new_rule(name: str, rules: Path | None, vocab: Path | None, when: str | None, level: Urgency) -> Made:
    """Files for a rule on the concept ``when`` (guessed from the id if None).

    Raises InputError for an id that is none or is taken, an unknown concept, or a file that is there already.
    """
    folder = _folder(rules, "rules")
    _check_id(name, _RULE_ID, "words of small letters and digits, joined by '-' or '_'")
    _check_free(folder, "rules", name, "rule")
    vocabulary = load_vocabulary() if vocab is None else Vocabulary.load(vocab)
    concept = _concept(when, name, vocabulary)
    files = dict(_registries(folder))
    source, at = _place(folder)
    fires, silent = _given(concept, vocabulary)
    values = {
        "id": name, "title": _words(name).capitalize(), "level": level.value, "when": concept, "source": source,
        "at": at, "fires": fires, "silent": silent, "levels": ", ".join(one.value for one in Urgency),
    }  # fmt: skip
    files |= {folder / f"{name}.yaml": _RULE.format(**values), folder / f"{name}{CASES}": _RULE_CASES.format(**values)}
    notes = () if when else (f"It stands on the concept '{concept}', guessed from the id: change 'when' if need be.",)
    options = "".join(f" --{key} {shown(path)}" for key, path in (("rules", rules), ("vocab", vocab)) if path)
    return Made(_write(files), f"lemtrada-triage test{options}", notes)


def new_concept(name: str, rules: Path | None, vocab: Path | None) -> Made:
    """Files for a concept: its words, and a case in which it is told and one in which it is denied.

    Raises InputError for an id that is none or is taken, or a file that is there already.
    """
    words, cases = _folder(vocab, "vocab"), _folder(rules, "rules")
    _check_id(name, _CONCEPT_ID, "words of small letters and digits, joined by '_'")
    vocabulary = Vocabulary.load(words)
    if name in vocabulary.concepts:
        raise InputError(f"there is a concept '{name}' already; see: lemtrada-triage show {name}")
    label = _words(name)
    taken = [draft.concept for draft in Reader(vocabulary).read(label).drafts]
    notes = [f'"{label}" is read as {concept} already: give the new concept words of its own.' for concept in taken]
    is_a = _IS_A if "symptom" in vocabulary.concepts else ""
    values = {"id": name, "label": label, "title": label.capitalize(), "is_a": is_a}
    files = {
        words / "concepts" / f"{name}.yaml": _CONCEPT.format(**values),
        cases / f"words-{name}{CASES}": _CONCEPT_CASES.format(**values),
    }
    return Made(_write(files), f"lemtrada-triage test --rules {shown(cases)} --vocab {shown(words)}", tuple(notes))


def _folder(given: Path | None, kind: str) -> Path:
    """The folder to write to: never the installed package's."""
    folder = given or Path(kind)
    if given is None and not folder.is_dir():
        raise InputError(f"there is no folder '{kind}' here: say with --{kind} where yours is")
    if folder.exists() and not folder.is_dir():
        raise InputError(f"'{folder}' is a file, not a folder")
    return folder


def _check_id(name: str, form: re.Pattern[str], means: str) -> None:
    if not form.fullmatch(name):
        raise InputError(f"'{name}' is not an id: use {means}")


def _check_free(folder: Path, key: str, name: str, what: str) -> None:
    for path in yaml_files(folder) if folder.is_dir() else ():
        value = YamlFile(path).value
        for entry in (value.get(key) if isinstance(value, dict) else None) or ():
            if isinstance(entry, dict) and entry.get("id") == name:
                raise InputError(f"there is a {what} '{name}' already, in {shown(path)}")


def _concept(when: str | None, name: str, vocabulary: Vocabulary) -> str:
    """The concept that is asked for, or the one most like a rule's id."""
    if when is not None and when not in vocabulary.concepts:
        help = did_you_mean(when, vocabulary.concepts) or "make it first with: lemtrada-triage new concept"
        raise InputError(f"no concept is called '{when}': {help}")
    if when is not None:
        return when
    spoken = [draft.concept for draft in Reader(vocabulary).read(_words(name)).drafts]
    like = process.extractOne(name.replace("-", "_"), sorted(vocabulary.concepts), score_cutoff=70)
    if not spoken and not like:
        help = "say with --when which concept it is about, or make one first with: lemtrada-triage new concept"
        raise InputError(f"no concept sounds like '{name}': {help}")
    return spoken[0] if spoken else str(like and like[0])


def _registries(folder: Path) -> Iterator[tuple[Path, str]]:
    """What a folder of rules needs beside its rules, where it is not there yet."""
    if not (folder / SOURCES).exists():
        yield folder / SOURCES, _SOURCES.format(source=_OWN_SOURCE)
    if not (folder / LEVELS).exists():
        yield folder / LEVELS, (data_folder("rules") / LEVELS).read_text(encoding="utf-8")


def _place(folder: Path) -> tuple[str, str]:
    """A source to begin with, and a place in it that may be cited."""
    value = YamlFile(folder / SOURCES).value if (folder / SOURCES).exists() else None
    sources = [one for one in (value or {}).get("sources", ()) if isinstance(one, dict) and "id" in one]
    free = next((str(one["id"]) for one in sources if not one.get("lines")), None)
    if free or not sources:
        return free or _OWN_SOURCE, "the place where it says so"
    return str(sources[0]["id"]), next(iter(sources[0]["lines"]))


def _given(concept: str, vocabulary: Vocabulary) -> tuple[str, str]:
    """What the two cases hand over: words of the concept that are read as meant, else the symptom itself."""
    reader = Reader(vocabulary)
    entry = next(entry for entry in vocabulary.entries if entry.id == concept)
    for term in (entry.label, *entry.terms):
        if not re.fullmatch(r"[a-z ]+", term):
            continue
        told, denied = f"I have {term}", f"no {term}"
        if _counts(reader, told, concept) == {True} and _counts(reader, denied, concept) == {False}:
            return f"text: {told}", f"text: {denied}"
    return f"symptoms: [{concept}]", "symptoms: []"


def _counts(reader: Reader, text: str, concept: str) -> set[bool]:
    """Whether the mentions of a concept in a text count."""
    concepts = reader.vocabulary.concepts
    return {draft.assertion.counts for draft in reader.read(text).drafts if concept in concepts[draft.concept].lineage}


def _words(name: str) -> str:
    return name.replace("-", " ").replace("_", " ")


def _write(files: Mapping[Path, str]) -> tuple[Path, ...]:
    if there := [shown(path) for path in files if path.exists()]:
        raise InputError(f"there is a file {there[0]} already: choose another id, or edit that file")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tuple(files)
