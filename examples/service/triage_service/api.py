"""The paths for apps: what is known, one message, the interview, and what is due."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from lemtrada_triage import Assessment, Triage, __version__
from lemtrada_triage.history.follow_up import FollowUp
from triage_service.dates import Courses, On
from triage_service.problems import documented
from triage_service.settings import LONGEST_TEXT


def _whole(value: object) -> object:
    """JSON knows no whole numbers of their own: 5.0 is 5."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Days = Annotated[int, Field(ge=0, le=36_500, strict=True), BeforeValidator(_whole)]
_REFUSALS = documented(400, 408, 413, 422, 429)


class Form(BaseModel):
    """What a client sends: nothing but the keys that are named."""

    model_config = ConfigDict(extra="forbid")


class PatientMessage(Form):
    """A patient's words, and what is known of the patient: days since the last infusion, or ``history`` with ``on``."""

    text: str = Field(max_length=LONGEST_TEXT, examples=["no fever but my left arm went numb"])
    days_since_infusion: Days | None = None
    history: Courses | None = None
    on: On | None = None
    flags: list[str] = Field(default=[], max_length=20)

    @model_validator(mode="after")
    def _one_way_to_tell_the_day(self) -> Self:
        if (self.history is None) != (self.on is None):
            raise PydanticCustomError("history_and_on", "'history' and 'on' belong together")
        if self.history is not None and self.days_since_infusion is not None:
            raise PydanticCustomError("history_or_days", "give 'days_since_infusion', or 'history' with 'on': not both")
        return self


class Answer(Form):
    """The answer to one question of ``ask``: the question's id, and a choice's id or a number of days."""

    question: str = Field(max_length=200)
    choice: Annotated[str, Field(max_length=200)] | Days


class Interview(PatientMessage):
    """A message with all answers so far, in the order given: the service itself remembers nothing."""

    answers: list[Answer] = Field(default=[], max_length=20)


class History(Courses):
    """A history of treatment, and the day that is asked about."""

    on: On
    flags: list[str] = Field(default=[], max_length=20)


class Pack(BaseModel):
    """What the rules are about."""

    medicine: str
    days_since: str
    ask_days: str
    flags: list[str]
    disclaimer: str


class Health(BaseModel):
    """That the service answers, and with which versions."""

    status: str
    version: str
    rulebook: str
    vocabulary: str
    engine: str
    readers: list[str]


def routes(triage: Triage) -> APIRouter:
    """The paths of one ``Triage``."""
    router = APIRouter()

    @router.get("/health", tags=["service"])
    def health() -> Health:
        """Ready: rules and words are loaded."""
        said = triage.assess("")
        return Health(
            status="ok",
            version=__version__,
            rulebook=said.rulebook,
            vocabulary=said.vocabulary,
            engine=said.engine,
            readers=list(said.readers),
        )

    @router.get("/v1/pack", tags=["triage"])
    def pack() -> Pack:
        """What the rules are about, and what may be told of a patient."""
        medicine = triage.rulebook.medicine
        return Pack(
            medicine=medicine.name,
            days_since=medicine.days_since,
            ask_days=medicine.ask_days,
            flags=list(medicine.flags),
            disclaimer=triage.rulebook.disclaimer,
        )

    @router.post("/v1/assess", tags=["triage"], response_model=Assessment, responses=_REFUSALS)
    def assess(message: PatientMessage, request: Request) -> Response:
        """How soon the patient needs care, and why."""
        return _written(_assessed(triage, message), message, request)

    @router.post("/v1/interview", tags=["triage"], response_model=Assessment, responses=_REFUSALS)
    def interview(message: Interview, request: Request) -> Response:
        """The assessment once questions of ``ask`` are answered, one after the other."""
        said = _assessed(triage, message)
        for given in message.answers:
            said = triage.answer(said, given.question, given.choice)
        return _written(said, message, request)

    @router.post("/v1/follow-up", tags=["triage"], responses=_REFUSALS)
    def follow_up(history: History) -> FollowUp:
        """What is due for a patient on a day, and when, each line with its sources."""
        return triage.follow_up(history.history(), on=history.on, flags=frozenset(history.flags))

    return router


def _assessed(triage: Triage, message: PatientMessage) -> Assessment:
    history = message.history.history() if message.history else None
    flags = frozenset(message.flags)
    return triage.assess(message.text, message.days_since_infusion, flags, on=message.on, history=history)


def _written(said: Assessment, message: PatientMessage, request: Request) -> Response:
    """The whole result; it was checked when it was made, so it is not checked again."""
    request.state.told.update(
        characters=len(message.text),
        urgency=said.urgency.value,
        understood=said.understood,
        rulebook=said.rulebook,
    )
    return Response(said.model_dump_json(), media_type="application/json")
