"""A small client of the YAML language server: what an editor would underline in a file, by some schemas."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
# Where .ci/run installs it; one on the PATH will do.
INSTALLED = ROOT / "build" / "language-server" / "node_modules" / ".bin" / "yaml-language-server"


class Underlined(NamedTuple):
    """One remark of the server; line and column begin at 1."""

    line: int
    column: int
    message: str


def missing() -> str | None:
    """Why there is no server to ask; None where there is one."""
    if shutil.which("node") is None:
        return "node is not installed"
    if not INSTALLED.exists() and shutil.which("yaml-language-server") is None:
        return "yaml-language-server is not installed: npm install --prefix build/language-server yaml-language-server"
    return None


class LanguageServer:
    """A running server that is told which schemas are for which files, as an editor's settings would tell it."""

    def __init__(self, root: Path, settings: Mapping[str, Any]) -> None:
        program = str(INSTALLED) if INSTALLED.exists() else str(shutil.which("yaml-language-server"))
        self._process = subprocess.Popen([program, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._number = 0
        self._settings = {"yaml": {"validate": True, "schemaStore": {"enable": False}, **settings}}
        self._ask("initialize", {"processId": None, "rootUri": root.as_uri(), "capabilities": {}})
        self._send({"method": "initialized", "params": {}})
        self._send({"method": "workspace/didChangeConfiguration", "params": {"settings": self._settings}})

    def underlined(self, path: Path) -> list[Underlined]:
        """What is wrong with a file that was not asked for before, in the order of lines."""
        uri = path.as_uri()
        text = path.read_bytes().decode("utf-8", errors="replace")
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        while True:
            message = self._receive()
            found = message.get("params", {})
            if message.get("method") == "textDocument/publishDiagnostics" and found["uri"] == uri:
                break
        starts = [(remark["range"]["start"], remark["message"]) for remark in found["diagnostics"]]
        return sorted(Underlined(start["line"] + 1, start["character"] + 1, said) for start, said in starts)

    def close(self) -> None:
        """Ends it."""
        self._process.terminate()
        self._process.communicate()

    def _ask(self, method: str, params: Mapping[str, Any]) -> None:
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        while self._receive().get("id") != self._number:
            pass

    def _send(self, message: Mapping[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        """The next message; what the server asks of its editor is answered on the way."""
        assert self._process.stdout is not None
        length = 0
        while line := self._process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        if not length:
            raise EOFError("the language server has ended")
        message: dict[str, Any] = json.loads(self._process.stdout.read(length))
        if "id" in message and "method" in message:
            items = message.get("params", {}).get("items", ())
            sections = [self._settings.get(item.get("section", ""), {}) for item in items]
            self._send({"id": message["id"], "result": sections or None})
        return message
