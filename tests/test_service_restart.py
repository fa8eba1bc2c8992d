"""The example service restarts under load and loses no request, and stops when it is told to."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

for needed in ("fastapi", "limits", "uvicorn", "httptools"):
    pytest.importorskip(needed, reason=f"{needed} is not installed")
httpx = pytest.importorskip("httpx", reason="httpx is not installed")
pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="this system has no SIGHUP")

STARTED, STOPPED = "Application startup complete", "Finished server process"
SERVICE = Path(__file__).resolve().parent.parent / "examples" / "service"


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


class Service:
    """The service as it is run, in processes of its own."""

    def __init__(self, log: Path) -> None:
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        self.log = log
        settings = {"PORT": str(port), "READER": "words", "RATE": "1000000/second", "WORKERS": "1", "DRAIN": "1"}
        environment = os.environ | {f"TRIAGE_{name}": value for name, value in settings.items()}
        command = [sys.executable, "-m", "triage_service.serve"]
        with log.open("wb") as out:
            self.process = subprocess.Popen(command, cwd=SERVICE, env=environment, stdout=out, stderr=out)

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]

    def times(self, event: str) -> int:
        return self.log.read_text(encoding="utf-8").count(event)

    def wait(self, event: str, times: int = 1, seconds: float = 400) -> None:
        end = time.monotonic() + seconds
        while self.times(event) < times and time.monotonic() < end:
            time.sleep(0.5)
        told = [line for line in self.lines() if line["event"] != "request"]
        assert self.times(event) >= times, told


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = Service(tmp_path / "log")
    try:
        service.wait(STARTED)
        yield service
    finally:
        service.process.terminate()  # and with it the workers, which a kill would leave behind
        service.process.wait()


def ask(address: str, over: threading.Event, answers: list[int], failures: list[str]) -> None:
    """One message after the other on connections that are kept open, as an app does."""
    with httpx.Client(base_url=address, timeout=60) as client:
        while not over.is_set():
            try:
                answers.append(client.post("/v1/assess", json={"text": "my face droops"}).status_code)
                over.wait(0.02)
            except httpx.HTTPError as error:
                failures.append(repr(error))


def test_no_request_is_lost_while_it_restarts_and_its_log_is_json_without_the_text(service: Service) -> None:
    over, answers, failures = threading.Event(), [], []
    clients = [
        threading.Thread(target=ask, args=(service.address, over, answers, failures), daemon=True) for _ in range(4)
    ]
    for client in clients:
        client.start()
    try:
        for restarts in (1, 2):
            service.process.send_signal(signal.SIGHUP)
            service.wait(STARTED, restarts + 1)
            service.wait(STOPPED, restarts)
    finally:
        over.set()
    for client in clients:
        client.join()
    assert failures == []
    assert set(answers) == {200}
    requests = [line for line in service.lines() if line["event"] == "request"]
    assert len(requests) == len(answers)
    assert "droops" not in service.log.read_text(encoding="utf-8")
    service.process.terminate()
    assert service.process.wait(60) == 0
