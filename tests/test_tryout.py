"""``try``: what an author sees of a message typed at the prompt."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from lemtrada_triage.author.tryout import Tryout, missing
from lemtrada_triage.decide.conditions import All, Any, Days, Fact, Nothing
from lemtrada_triage.show.cli import cli

pytestmark = pytest.mark.usefixtures("words_loaded_once")


@pytest.fixture
def tried(triage) -> Tryout:
    return Tryout(triage)


def test_a_message_is_answered_with_mentions_cues_and_fired_rules(tried):
    answer = tried.answer("my left arm went numb, no fever")
    assert answer.startswith("CALL 911\n")
    assert '"fever": fever (absent, because of "no")' in answer
    assert "  stroke: call 911 (" in answer


def test_both_readers_are_heard_where_both_read():
    result = CliRunner().invoke(cli, ["try"], input="my left arm went numb\n")
    assert result.exit_code == 0
    assert "words reader: present" in result.output
    assert "learned reader: present" in result.output


def test_a_rule_that_lacks_one_thing_is_shown_with_it(tried):
    assert "gallbladder-signs: with fever or nausea or vomiting" in tried.answer("belly pain")


def test_a_rule_of_other_days_is_shown_with_them(tried):
    tried.answer(":day 40")
    assert "stroke-confusion-near-infusion: on another day (days 0-3)" in tried.answer("I am confused")
    tried.answer(":day 2")
    assert "stroke-confusion-near-infusion: finding" in tried.answer("I am confused")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (":day 12", "Days since the last infusion: 12."),
        (":day two weeks", "Days since the last infusion: 14."),
        (":day soon", "error: 'soon' is not a whole number"),
        (":day", "Days since the last infusion: not known."),
        (":day -3", "error: '-3' is not a whole number"),
        (":flag pregnant", "Flags: pregnant."),
        (":flag nonsense", "error: unknown flag 'nonsense'"),
        (":why stroke", "error: type a message first"),
        (":nonsense", "error: ':nonsense' is no command"),
        (":", "Type a message"),
        (":help", "Type a message"),
    ],
)
def test_a_command_is_answered_and_a_wrong_one_is_explained(tried, line, said):
    assert tried.answer(line).startswith(said)


def test_why_shows_the_whole_condition_and_refuses_an_unknown_rule(tried):
    tried.answer(":day 9")
    tried.answer("I am confused")
    assert "no  days 0-3" in tried.answer(":why stroke-confusion-near-infusion")
    assert tried.answer(":why strok") == "error: no rule is called 'strok'"


def test_a_pipe_is_answered_line_by_line_and_quit_ends_it():
    result = CliRunner().invoke(cli, ["try", "--reader", "words", "--day", "2"], input="fever\n\n:quit\nchoking\n")
    assert result.exit_code == 0
    assert "> fever\nGET HELP NOW" in result.output
    assert "choking" not in result.output


FEVER, COUGH = Fact("fever"), Fact("cough")


@pytest.mark.parametrize(
    ("condition", "facts", "day", "said"),
    [
        (All((FEVER, COUGH)), {"fever"}, 3, "with cough"),
        (All((FEVER, COUGH)), {"fever", "cough"}, 3, ""),
        (All((FEVER, COUGH)), set(), 3, ""),
        (All((Days(0, 3), FEVER)), {"fever"}, 9, "on another day (days 0-3)"),
        (All((Days(0, 3), FEVER)), {"fever"}, None, ""),
        (All((FEVER, Nothing((COUGH,)))), {"fever", "cough"}, 3, "without cough"),
        (All((FEVER, Any((COUGH, Fact("sudden:rash"))))), {"fever"}, 3, "with cough or sudden rash"),
        (All((FEVER, COUGH, Fact("rash"))), {"fever"}, 3, ""),
    ],
)
def test_what_a_condition_lacks_is_one_thing_or_nothing_is_said(condition, facts, day, said):
    assert missing(condition, frozenset(facts), day) == said
