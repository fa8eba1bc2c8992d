"""Files to begin with: a rule with both cases, or a concept, ready to edit."""

from __future__ import annotations

import re
from pathlib import Path

from lemtrada_triage.model import InputError
from lemtrada_triage.rulebook import CASES
from lemtrada_triage.yamlfile import shown

_RULE = """rules:
  - id: {id}
    title: What the patient is told it may be
    level: contact_provider                # routine, contact_provider, contact_provider_now, get_help_now, call_911
    when: {concept}                        # a concept of the vocabulary, or {{any: [...]}}, {{all: [...]}} ...
    because: One or two sentences for the patient and the nurse, in your own words.
    limits: What the rule cannot tell.
    cite: [{{source: goodrx-lemtrada, at: L85}}]   # a source of sources.yaml, and the place in it
    status: draft
"""
_CASES = """tests:
  - name: It fires for its sign
    given: {{symptoms: [{concept}], days_since_infusion: 40}}
    expect: {{fired: [{id}]}}
  - name: It does not fire without
    given: {{symptoms: [], days_since_infusion: 40}}
    expect: {{not_fired: [{id}]}}
"""
_CONCEPT = """concepts:
  - id: {id}
    label: {label}
    is_a: [symptom]                        # the coarser concepts that it counts as
    terms: [{label}]                       # what patients call it; each must mean the symptom by itself
"""


def new_rule(name: str, folder: Path, concept: str = "symptom") -> list[str]:
    """Writes a rule and its cases into a folder; gives the files as they are shown. Raises InputError as ``_write``."""
    if not re.fullmatch(r"[a-z0-9]+([-_][a-z0-9]+)*", name):
        raise InputError(f"'{name}' is not an id: use small letters and digits, joined by '-' or '_'")
    files = {
        folder / f"{name}.yaml": _RULE.format(id=name, concept=concept),
        folder / f"{name}{CASES}": _CASES.format(id=name, concept=concept),
    }
    return _write(files)


def new_concept(name: str, folder: Path) -> list[str]:
    """Writes a concept into a folder of words; gives the file as it is shown. Raises InputError as ``_write``."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise InputError(f"'{name}' is not an id: use small letters, digits and '_', and begin with a letter")
    return _write({folder / f"{name}.yaml": _CONCEPT.format(id=name, label=name.replace("_", " "))})


def _write(files: dict[Path, str]) -> list[str]:
    """Raises InputError when a file is there already: nothing is written over."""
    for path in files:
        if path.exists():
            raise InputError(f"{shown(path)} is there already: choose another id, or remove it")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [shown(path) for path in files]
