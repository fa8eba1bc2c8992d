"""Runs `score` as a user would, for the tests of several files."""

from __future__ import annotations

from click.testing import CliRunner, Result

from lemtrada_triage.show.cli import cli


def score(*arguments: object, input: bytes | None = None) -> Result:
    """What `score` with the words reader answers; never with a traceback or an exit status of its own."""
    done = CliRunner().invoke(cli, ["score", *map(str, arguments), "--reader", "words"], input=input)
    assert "Traceback" not in done.output, done.output
    assert done.exit_code in (0, 1, 2), done.exception
    return done
