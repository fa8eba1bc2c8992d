"""Codes of terminologies: from the vocabulary into every mention, and from there into what a machine reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lemtrada_triage import Code, Triage, VocabularyError
from lemtrada_triage.lexicon.vocabulary import Vocabulary

HPO = "http://human-phenotype-ontology.org"


def written(folder: Path, codes: str) -> Path:
    text = f"concepts:\n  - {{id: sore, label: a sore, codes: {codes}, terms: [sore]}}\n"
    (folder / "words.yaml").write_text(text, encoding="utf-8")
    return folder


def test_a_mention_has_the_code_of_its_concept_whatever_its_assertion(triage: Triage) -> None:
    mentions = triage.assess("no fever, but I am paralysed").mentions
    assert [(mention.concept, mention.codes) for mention in mentions] == [
        ("fever", (Code(system=HPO, code="HP:0001945"),)),
        ("paralysis", (Code(system=HPO, code="HP:0003470"),)),
    ]


def test_a_concept_that_no_terminology_has_gives_a_mention_without_codes(triage: Triage) -> None:
    assert triage.assess("my face droops").mentions[0].codes == ()


def test_codes_are_in_the_record_that_a_machine_reads(triage: Triage) -> None:
    record = json.loads(triage.assess("fever").model_dump_json())
    assert record["mentions"][0]["codes"] == [{"system": HPO, "code": "HP:0001945"}]


def test_most_concepts_have_a_code_and_no_code_stands_for_two_concepts_that_are_not_kin(triage: Triage) -> None:
    concepts = triage.vocabulary.concepts.values()
    coded = [concept for concept in concepts if concept.codes]
    assert len(coded) / len(concepts) > 0.7
    alike = [
        (one.id, other.id)
        for one in coded
        for other in coded
        if one.id < other.id and one.codes == other.codes and not _kin(one.lineage, other.lineage)
    ]
    assert alike == []


def _kin(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return one[0] in other or other[0] in one


@pytest.mark.parametrize(
    ("codes", "problem"),
    [
        ("{hpo: HP-12}", "'HP-12' is no code of the Human Phenotype Ontology, such as HP:0003474"),
        ("{hpo: HP:00034741}", "is no code of the Human Phenotype Ontology"),
        ("{snomed: 386661006}", "snomed"),
        ("HP:0003474", "codes"),
    ],
)
def test_a_code_that_is_none_is_a_mistake_with_its_place(tmp_path: Path, codes: str, problem: str) -> None:
    with pytest.raises(VocabularyError) as caught:
        Vocabulary.load(written(tmp_path, codes))
    assert problem in str(caught.value)
    assert "words.yaml:2" in str(caught.value)
