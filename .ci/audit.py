"""Asks a public database (OSV) what is known against the packages in a folder: python .ci/audit.py SITE-PACKAGES

Needs pip-audit. The exit status is 1 where something is known against one of them, or where pip-audit fails. Where the
database cannot be reached nothing is audited, and that is said.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

OPTIONS = ("--vulnerability-service", "osv", "--format", "json", "--progress-spinner", "off", "--skip-editable")
UNREACHABLE = ("ConnectionError", "ConnectTimeout", "ReadTimeout", "ServiceError", "ProxyError", "SSLError")


def main(folder: str) -> int:
    """Prints what was found, and gives the exit status."""
    command = [sys.executable, "-m", "pip_audit", *OPTIONS, "--path", folder]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.stdout.strip():
        return tell(json.loads(done.stdout)["dependencies"])
    why = (done.stderr.strip().splitlines() or ["pip-audit said nothing"])[-1]
    if any(kind in why for kind in UNREACHABLE):
        print(f"audit SKIPPED, nothing was audited: the database cannot be reached from here ({why[:200]})")
        return 0
    print(done.stderr, file=sys.stderr)
    return 1


def tell(packages: list[dict[str, Any]]) -> int:
    """What is known against each package, and which could not be asked about."""
    asked = [one for one in packages if "skip_reason" not in one]
    known = [(one, found) for one in asked for found in one["vulns"]]
    for one, found in known:
        mended = ", ".join(found["fix_versions"]) or "none yet"
        print(f"{one['name']} {one['version']}: {found['id']}; mended in: {mended}")
    for one in packages:
        if "skip_reason" in one:
            print(f"{one['name']}: not audited: {one['skip_reason']}")
    print(f"{len(asked)} packages audited, {len(known)} faults known")
    return int(bool(known) or not asked)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
