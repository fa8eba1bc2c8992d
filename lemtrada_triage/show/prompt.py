"""The interview at a prompt, or from lines of a pipe: one question after the other until nothing is left to ask."""

from __future__ import annotations

from collections.abc import Callable

from lemtrada_triage.model import Assessment, Choice, InputError, Question
from lemtrada_triage.show.explain import headline, level_name
from lemtrada_triage.show.layout import wrapped
from lemtrada_triage.triage import Triage

HELP = "Answer with what stands on the left; Enter alone is for what you cannot tell, and q ends the questions."
_LETTERS = {"y": "yes", "n": "no", "?": "unknown", "": "unknown"}
_ENDS = ("q", "quit", "exit")

Read = Callable[[], str]
Say = Callable[[str], None]


def interview(triage: Triage, assessment: Assessment, read: Read, say: Say | None) -> Assessment:
    """The assessment after all questions that were answered.

    ``read`` gives the next line with its end, or "" when there are no more. ``say`` prints what a person at a prompt
    should see, and lets a wrong answer be given again; without it, a wrong answer raises InputError with its number.
    """
    if say:
        say("\n".join(headline(assessment)))
        say(HELP if assessment.ask else "There is nothing to ask.")
    while assessment.ask:
        question = assessment.ask[0]
        line = _asked(question, read, say)
        if not line or line.strip().lower() in _ENDS:
            break
        assessment = _answered(triage, assessment, question, line.strip(), say)
    return assessment


def _asked(question: Question, read: Read, say: Say | None) -> str:
    if say:
        say("\n".join(["", *wrapped(question.question, ""), *map(_line, question.choices)]))
    return read()


def _line(choice: Choice) -> str:
    key = next((letter for letter, id in _LETTERS.items() if id == choice.id), choice.id)
    return f"  {key:<9} {choice.text}"


def _answered(triage: Triage, before: Assessment, question: Question, line: str, say: Say | None) -> Assessment:
    try:
        after = triage.answer(before, question.id, _LETTERS.get(line.lower(), line))
    except InputError as error:
        if say is None:
            raise InputError(f"answer {len(before.answers) + 1} ({question}): {error}") from None
        say(f"{error}.")
        return before
    if say and after.urgency is not before.urgency:
        say("\n".join(["", f"That makes it: {level_name(after.urgency)}.", *wrapped(after.advice)]))
    return after
