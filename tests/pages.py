"""The pages that people read, run as they stand: each block of a page in order, in one folder, as a reader would.

- A block with a file's name (``yaml my-rules/a.yaml``, or a ``:caption:``) is that file.
- ``python`` without a name runs in the page's own module; a ``text`` block after it is what it printed.
- ``console`` has commands behind ``$``, each with what it prints; one shown without an output has only to work.
- ``sh`` has commands that have only to work.

UPDATE_README=1 writes the outputs that the pages show anew.
"""

from __future__ import annotations

import io
import os
import re
import runpy
import shlex
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import NamedTuple

from click.testing import CliRunner

from lemtrada_triage.show.cli import cli

PLAIN = dict.fromkeys(("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "COLUMNS"))  # no terminal, whatever runs the tests
UPDATE = bool(os.environ.get("UPDATE_README"))
SERVER, USUAL = "triage_service.serve", "127.0.0.1:8000"
_BLOCK = re.compile(r"^```(?P<head>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_CAPTION = re.compile(r"\A:caption: (\S+)\n\n?")


class Block(NamedTuple):
    """A fenced block: its language, the file that it is (or ""), its text, and the whole of it as it stands."""

    kind: str
    file: str
    body: str
    whole: str


def blocks(page: str) -> Iterator[Block]:
    """The fenced blocks of a page, but for those that only lay the page out."""
    for found in _BLOCK.finditer(page):
        head, body = found["head"].removeprefix("{code-block} "), found["body"]
        if head.startswith("{"):
            continue
        kind, _, file = head.partition(" ")
        caption = _CAPTION.match(body)
        yield Block(kind, caption[1] if caption else file, body[caption.end() :] if caption else body, found[0])


def commands(body: str) -> list[tuple[str, str]]:
    """(command, what it prints) of each line with a prompt."""
    parts = [part.partition("\n") for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]]
    return [(command, output) for command, _, output in parts]


class Session:
    """Runs the blocks of one page in a folder, which must be the current one."""

    def __init__(self, path: Path, environment: dict[str, str], address: str = USUAL) -> None:
        self.path, self.text = path, path.read_text(encoding="utf-8")
        self._module: dict[str, object] = {"__name__": path.stem}
        self._environment, self._address = environment, address
        self._printed: str | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self.outputs: list[tuple[str, str]] = []
        self.wrong: list[str] = []

    def run(self) -> None:
        """Runs all of it; ``wrong`` says then what was printed and is not what the page shows."""
        try:
            for block in blocks(self.text):
                self._run(block)
        finally:
            if self._server:
                self._server.terminate()
                self._server.wait()
        if UPDATE:
            self.path.write_text(self.text, encoding="utf-8")

    def _run(self, block: Block) -> None:
        printed, self._printed = self._printed, None
        if block.file:
            Path(block.file).parent.mkdir(parents=True, exist_ok=True)
            Path(block.file).write_text(block.body, encoding="utf-8")
        elif block.kind == "python":
            self._printed = self._python(block.body)
        elif block.kind == "text":
            assert printed is not None, f"nothing runs before what is said to be printed: {block.body[:60]}"
            self._compare("python", block, block.body, printed)
        elif block.kind in ("console", "sh"):
            for command, shown in commands(block.body) if block.kind == "console" else _lines(block.body):
                self._command(block, command, shown)
        else:
            raise AssertionError(f"{self.path.name}: nobody runs this block:\n{block.whole}")

    def _python(self, code: str) -> str:
        with redirect_stdout(io.StringIO()) as out:
            exec(compile(code.replace(USUAL, self._address), str(self.path), "exec"), self._module)
        return out.getvalue()

    def _command(self, block: Block, command: str, shown: str) -> None:
        if SERVER in command:
            self._serve(command)
            return
        status, printed = self._result(command)
        self.outputs.append((command, printed))
        if shown:
            self._compare(f"$ {command}", block, shown, printed)
        elif status != 0:
            self.wrong.append(f"$ {command}\nexit status {status}\n{printed}")

    def _result(self, command: str) -> tuple[int, str]:
        """The exit status of a command, and all that it prints; what Python can do is done in this process."""
        words = shlex.split(command)
        if words[0] == "lemtrada-triage" and not set(words) & {"|", ">", "&&", "<"}:
            result = CliRunner(env=PLAIN).invoke(cli, words[1:])
            return result.exit_code, result.output
        if words[0] == "python" and len(words) == 2:
            with redirect_stdout(io.StringIO()) as out:
                runpy.run_path(words[1], run_name="__main__")
            return 0, out.getvalue()
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command], env=self._environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout

    def _serve(self, command: str) -> None:
        """Starts the example service, and goes on as soon as it answers."""
        port = {"TRIAGE_PORT": self._address.rpartition(":")[2], "TRIAGE_WORKERS": "1"}
        self._server = subprocess.Popen(
            ["bash", "-ec", re.sub(r"(python -m)", r"exec \1", command)], env=self._environment | port,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        end = time.monotonic() + 400
        while time.monotonic() < end:
            try:
                urllib.request.urlopen(f"http://{self._address}/health", timeout=5).close()
                return
            except OSError:
                assert self._server.poll() is None, "the service stopped"
                time.sleep(0.5)
        raise AssertionError("the service does not answer")

    def _compare(self, what: str, block: Block, shown: str, printed: str) -> None:
        if printed == shown:
            return
        if UPDATE:
            start = "" if what == "python" else f"{what}\n"
            before = block.whole if what == "python" else f"{what}\n{shown}"
            after = block.whole.replace(shown, printed) if what == "python" else f"{start}{printed}"
            self.text = self.text.replace(before, after, 1)
        else:
            self.wrong.append(f"{what}\n--- shown\n{shown}--- printed\n{printed}")


def _lines(body: str) -> list[tuple[str, str]]:
    """The commands of a shell block, without remarks."""
    whole = [line.split("  #")[0].strip() for line in body.splitlines()]
    return [(line, "") for line in whole if line and not line.startswith("#")]


def shell_environment(folder: Path, cache: Path) -> dict[str, str]:
    """What a command in a shell sees: this Python and the library as they are here, and pip without a network.

    What a page installs goes into an environment that the page has made: here, pip only says what it would do.
    """
    bin = folder / "bin"
    bin.mkdir()
    ours = f"PYTHONPATH={shlex.quote(os.pathsep.join(filter(None, sys.path)))}"
    here = {"python3": "", "python": ours, "lemtrada-triage": ours, "pip": ""}
    for name, setting in here.items():
        module = {"lemtrada-triage": "-m lemtrada_triage", "pip": "-m pip"}.get(name, "")
        last = " --dry-run" if name == "pip" else ""
        line = f'{setting} exec {shlex.quote(sys.executable)} {module} "$@"{last}'
        (bin / name).write_text(f"#!/bin/sh\n{line.strip()}\n", encoding="utf-8")
        (bin / name).chmod(0o755)
    return os.environ | {
        "PATH": f"{bin}{os.pathsep}{os.environ['PATH']}",
        # What is installed, without what is in work: an environment that a page makes imports what it installs.
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path.endswith("site-packages")),
        "LEMTRADA_TRIAGE_CACHE": str(cache),
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # as pip has it: "no isolation" is off
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_QUIET": "1",
    }
