"""The engines by name: durable-rules, or the direct one, which decides the same."""

from __future__ import annotations

import logging
from typing import Protocol

from lemtrada_triage.decide import durable
from lemtrada_triage.decide.direct import DirectEngine
from lemtrada_triage.decide.durable import DurableEngine
from lemtrada_triage.decide.rulebook import Rulebook
from lemtrada_triage.model import InputError

ENGINES = ("auto", "durable", "direct")

_log = logging.getLogger("lemtrada_triage")


class Engine(Protocol):
    """Finds the rules that hold for the facts on a day."""

    name: str

    def fired(self, facts: frozenset[str], day: int) -> frozenset[str]: ...


def engine_of(rulebook: Rulebook, name: str, direct: DirectEngine) -> Engine:
    """The engine of a name for a rulebook; ``direct`` is its direct one.

    ``auto``, and ``durable`` where durable-rules refuses the rulebook, may be the direct engine. Raises InputError for
    another name, or for ``durable`` where durable-rules cannot be imported.
    """
    if name not in ENGINES:
        raise InputError(f"unknown engine {name!r}; choose from {', '.join(ENGINES)}")
    reason = durable.missing()
    if name == "durable" and reason:
        raise InputError(f"the durable engine is not available: {reason}. Use engine='direct', which decides the same")
    if name == "direct" or reason:
        return direct
    try:
        return DurableEngine(rulebook)
    except Exception as error:  # an EngineLimit, or a rulebook that trips the compiler: the meaning is the same
        _log.warning("all cases are decided by the direct engine: %s", error)
        return direct
