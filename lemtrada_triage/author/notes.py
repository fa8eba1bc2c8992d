"""Small helpers for those who look for mistakes."""

from __future__ import annotations

from lemtrada_triage.model import Problem


def warned(problem: Problem) -> Problem:
    """The problem as a warning: what it is about can be loaded all the same."""
    problem.severity = "warning"
    return problem
