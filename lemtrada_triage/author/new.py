"""Files for a new rule or concept, with both cases that each needs: they load and pass as they are, ready to edit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import process

from lemtrada_triage.author.targets import layers_of
from lemtrada_triage.decide.rulebook import CASES, SOURCES, rule_folders
from lemtrada_triage.files.locate import SHIPPED, data_folder
from lemtrada_triage.files.yamlfile import YamlFile, did_you_mean, shown, yaml_files
from lemtrada_triage.model import InputError, Urgency
from lemtrada_triage.triage import Triage

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
    expect: {{level: {leads_to}, fired: [{id}]}}
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
# {label}. The keys are described in CONTRIBUTING.md, "Add a word".
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
    next: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [*(f"made {shown(path)}" for path in self.files), *self.notes]
        return "\n".join([*lines, "Next: edit them, then run:", *(f"  lemtrada-triage {verb}" for verb in self.next)])


@dataclass(frozen=True, slots=True)
class _Target:
    """The folder of rules to write to, and all that decide with it: ``layers`` has itself last."""

    folder: Path
    layers: tuple[Path, ...]

    @property
    def option(self) -> str:
        """How a command names the layers."""
        shipped = data_folder("rules").resolve()
        below = [SHIPPED if layer.resolve() == shipped else shown(layer) for layer in self.layers[:-1]]
        return f"--rules {','.join([*below, shown(self.folder)])}"

    @property
    def ids(self) -> dict[str, Path]:
        """The rules that there are, and where."""
        found: dict[str, Path] = {}
        for path in (path for layer in self.layers if layer.is_dir() for path in yaml_files(layer)):
            value = YamlFile(path).value
            entries = value.get("rules") if isinstance(value, dict) else None
            found |= {str(entry["id"]): path for entry in entries or () if isinstance(entry, dict) and "id" in entry}
        return found

    def triage(self, vocab: Path | None) -> Triage:
        """Decides by the layers, where they have rules yet, else by the shipped ones; words alone read."""
        there = [layer for layer in self.layers if layer.is_dir()]
        return Triage(there if self.ids else None, vocab, engine="direct", reader="words")


def new_rule(name: str, rules: str | None, vocab: Path | None, when: str | None, level: Urgency) -> Made:
    """Files for a rule on the concept ``when`` (guessed from the id if None).

    ``rules`` is the folder to write to, on top of the shipped rules unless it has levels of its own; or several, of
    which the last is written to. Raises InputError for an id that is none or is taken, an unknown concept, or a file
    that is there already.
    """
    target = _target(rules)
    folder, taken = target.folder, target.ids
    _check_id(name, _RULE_ID, "words of small letters and digits, joined by '-' or '_'")
    if name in taken:
        raise InputError(f"there is a rule '{name}' already, in {shown(taken[name])}")
    triage = target.triage(vocab)
    concept = _concept(when, name, triage)
    source, at = _place(folder)
    told, denied = _words_for(concept, triage, () if when else (_words(name),)) or ("", "")
    before = triage.assess(told) if told else triage.assess_facts(triage.facts.of(concept))
    values = {
        "id": name, "title": _words(name).capitalize(), "level": level.value, "when": concept, "source": source,
        "at": at, "fires": f"text: {told}" if told else f"symptoms: [{concept}]",
        "silent": f"text: {denied}" if told else "symptoms: []", "levels": ", ".join(one.value for one in Urgency),
        "leads_to": max(level, before.urgency if taken else level).value,
    }  # fmt: skip
    files = {folder / SOURCES: _SOURCES.format(source=_OWN_SOURCE)} if not (folder / SOURCES).exists() else {}
    files |= {folder / f"{name}.yaml": _RULE.format(**values), folder / f"{name}{CASES}": _RULE_CASES.format(**values)}
    notes = () if when else (f"It stands on the concept '{concept}', guessed from the id: change 'when' if need be.",)
    return Made(_write(files), _next(target, vocab), notes)


def new_concept(name: str, rules: str | None, vocab: Path | None) -> Made:
    """Files for a concept: its words, and a case in which it is told and one in which it is denied.

    ``rules`` as for ``new_rule``; the cases go there. Raises InputError for an id that is none or is taken, or a file
    that is there already.
    """
    words, target = _own_words(vocab), _target(rules)
    _check_id(name, _CONCEPT_ID, "words of small letters and digits, joined by '_'")
    triage = target.triage(words)
    if name in triage.vocabulary.concepts:
        raise InputError(f"there is a concept '{name}' already; see: lemtrada-triage show {name}")
    label = _words(name)
    taken = [draft.concept for draft in triage.read(label).drafts]
    notes = [f'"{label}" is read as {concept} already: give the new concept words of its own.' for concept in taken]
    is_a = _IS_A if "symptom" in triage.vocabulary.concepts else ""
    values = {"id": name, "label": label, "title": label.capitalize(), "is_a": is_a}
    files = {
        words / "concepts" / f"{name}.yaml": _CONCEPT.format(**values),
        target.folder / f"words-{name}{CASES}": _CONCEPT_CASES.format(**values),
    }
    return Made(_write(files), _next(target, words), tuple(notes))


def _next(target: _Target, vocab: Path | None) -> tuple[str, str]:
    """What to run when the files are edited: their check and their cases."""
    words = f" --vocab {shown(vocab)}" if vocab else ""
    folder = shown(target.folder)
    return f"check {folder}{words}", f"test {folder} {target.option}{words}"


def _target(rules: str | None) -> _Target:
    if rules is not None and rules.split(",")[-1] == SHIPPED:
        raise InputError("the shipped rules are not yours to write to: name a folder of your own with --rules")
    given = rule_folders(rules) if rules is not None else [Path("rules")]
    folder = _folder(given[-1] if rules is not None else None, "rules")
    return _Target(folder, tuple(given if len(given) > 1 else layers_of(folder)))


def _own_words(given: Path | None) -> Path:
    """The folder of words to write to; there has to be one, for words do not lie on top of others as rules do."""
    folder = given or Path("vocab")
    if not folder.exists():
        help = f"begin with a copy of the shipped words, {shown(data_folder('vocab'))}, and name it with --vocab"
        raise InputError(f"there is no folder '{folder}': {help}")
    return _folder(folder, "vocab")


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


def _concept(when: str | None, name: str, triage: Triage) -> str:
    """The concept that is asked for, or the one most like a rule's id."""
    if when is not None and when not in triage.vocabulary.concepts:
        help = did_you_mean(when, triage.vocabulary.concepts) or "make it first with: lemtrada-triage new concept"
        raise InputError(f"no concept is called '{when}': {help}")
    if when is not None:
        return when
    spoken = [draft.concept for draft in triage.read(_words(name)).drafts]
    like = process.extractOne(name.replace("-", "_"), sorted(triage.vocabulary.concepts), score_cutoff=70)
    if not spoken and not like:
        help = "say with --when which concept it is about, or make one first with: lemtrada-triage new concept"
        raise InputError(f"no concept sounds like '{name}': {help}")
    return spoken[0] if spoken else str(like and like[0])


def _place(folder: Path) -> tuple[str, str]:
    """A source to begin with, and a place in it that may be cited."""
    value = YamlFile(folder / SOURCES).value if (folder / SOURCES).exists() else None
    sources = [one for one in (value or {}).get("sources", ()) if isinstance(one, dict) and "id" in one]
    free = next((str(one["id"]) for one in sources if not one.get("lines")), None)
    if free or not sources:
        return free or _OWN_SOURCE, "the place where it says so"
    return str(sources[0]["id"]), next(iter(sources[0]["lines"]))


def _words_for(concept: str, triage: Triage, first: Iterable[str]) -> tuple[str, str] | None:
    """A message in which a concept is told and one in which it is denied, if some words of it are read as meant.

    Some words are tried ``first``.
    """
    entry = next(entry for entry in triage.vocabulary.entries if entry.id == concept)
    for term in (*first, entry.label, *entry.terms):
        told, denied = f"I have {term}", f"no {term}"
        plain = re.fullmatch(r"[a-z ]+", term)
        if plain and _counts(triage, told, concept) == {True} and _counts(triage, denied, concept) == {False}:
            return told, denied
    return None


def _counts(triage: Triage, text: str, concept: str) -> set[bool]:
    """Whether the mentions of a concept in a text count."""
    concepts = triage.vocabulary.concepts
    return {draft.assertion.counts for draft in triage.read(text).drafts if concept in concepts[draft.concept].lineage}


def _words(name: str) -> str:
    return name.replace("-", " ").replace("_", " ")


def _write(files: Mapping[Path, str]) -> tuple[Path, ...]:
    if there := [shown(path) for path in files if path.exists()]:
        raise InputError(f"there is a file {there[0]} already: choose another id, or edit that file")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tuple(files)
