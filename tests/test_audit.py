"""``make audit`` fails where something is known against a package, and never passes in silence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parent.parent / ".ci" / "audit.py"
SOUND = {"name": "click", "version": "8.1.7", "vulns": []}
FAULT = {"id": "PYSEC-2020-1", "fix_versions": ["6.0.1"], "aliases": [], "description": ""}
FAULTY = {"name": "pyyaml", "version": "5.1", "vulns": [FAULT]}
OURS = {"name": "lemtrada-triage", "skip_reason": "distribution marked as editable"}
UNREACHABLE = "raise type('ConnectionError', (OSError,), {})('Max retries exceeded: Failed to resolve')"


def says(*packages: dict[str, object]) -> str:
    return f"import json; print(json.dumps({{'dependencies': {list(packages)!r}, 'fixes': []}}))"


@pytest.mark.parametrize(
    ("pip_audit", "status", "told"),
    [
        (says(SOUND, OURS), 0, ["lemtrada-triage: not audited", "1 packages audited, 0 faults known"]),
        (says(SOUND, FAULTY), 1, ["pyyaml 5.1: PYSEC-2020-1; mended in: 6.0.1", "2 packages audited, 1 faults known"]),
        (says(OURS), 1, ["0 packages audited"]),
        (UNREACHABLE, 0, ["audit SKIPPED, nothing was audited: the database cannot be reached from here"]),
        ("raise ValueError('of its own')", 1, ["of its own"]),
        ("", 1, []),
    ],
)
def test_an_audit_says_what_it_did(tmp_path: Path, pip_audit: str, status: int, told: list[str]) -> None:
    (tmp_path / "pip_audit.py").write_text(f"import sys\nassert sys.argv[-2:] == ['--path', 'there']\n{pip_audit}\n")
    command = [sys.executable, str(SCRIPT), "there"]
    done = subprocess.run(command, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True)
    assert done.returncode == status, done.stderr
    assert all(line in done.stdout + done.stderr for line in told)
    assert ("SKIPPED" in done.stdout) == (pip_audit == UNREACHABLE)
