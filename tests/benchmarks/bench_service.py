"""The example service beside the library that it serves, in one run, on messages that neither has read before. By hand:

    python tests/benchmarks/bench_service.py [ROUNDS] [--reader both|words] [--clients N] [--each N]

A round is some messages read by ``Triage`` in one thread, then others sent to a service of one worker by clients that
keep their connections. Prints both rates, their ratio, the median of the latency and its 99th percentile at that load,
and then how many requests were lost while the service restarted twice under the same load.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from batch_log import ROOT, SEED, messages

from lemtrada_triage import Triage

SERVICE = ROOT / "examples" / "service"
STARTED, STOPPED = b"Application startup complete", b"Finished server process"
HEADERS = {"content-type": "application/json"}


def new_texts() -> Iterator[str]:
    """The labelled messages, then mixtures of them."""
    dice, known = random.Random(SEED), messages()
    yield from known
    while True:
        yield " ".join(dice.sample(known, 2))


@contextmanager
def service(reader: str) -> Iterator[tuple[subprocess.Popen[bytes], int, Path]]:
    """The service as it is run, with one worker: its parent process, its port, its log."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port = asked.getsockname()[1]
    told = {"PORT": str(port), "READER": reader, "RATE": "1000000/second", "WORKERS": "1", "DRAIN": "2"}
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("wb") as out:
            run = [sys.executable, "-m", "triage_service.serve"]
            environment = os.environ | {f"TRIAGE_{name}": value for name, value in told.items()}
            process = subprocess.Popen(run, cwd=SERVICE, env=environment, stdout=out, stderr=out)
        try:
            wait(log, STARTED, 1)
            yield process, port, log
        finally:
            process.terminate()
            process.wait()


def wait(log: Path, event: bytes, times: int) -> None:
    while log.read_bytes().count(event) < times:
        time.sleep(0.1)


class Client:
    """One connection that is kept, and opened anew where the service said that it closes it."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(self, text: str) -> float:
        """The seconds that an answer took. Raises OSError or HTTPException where there was none."""
        began = time.perf_counter()
        self.connection.request("POST", "/v1/assess", json.dumps({"text": text}), HEADERS)
        answer = self.connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise OSError(f"status {answer.status}")
        return time.perf_counter() - began


def sent(clients: list[Client], texts: list[str]) -> list[float]:
    """How long each answer took; each client sends its share, one after the other."""
    shares = [texts[number :: len(clients)] for number in range(len(clients))]
    with ThreadPoolExecutor(len(clients)) as pool:
        found = pool.map(lambda pair: [pair[0].ask(text) for text in pair[1]], zip(clients, shares, strict=True))
        return [spent for some in found for spent in some]


def beside_the_library(rounds: int, each: int, reader: str, clients: list[Client], texts: Iterator[str]) -> None:
    triage = Triage(reader=reader)
    for text in ("warm", "my face droops"):
        triage.assess(text)
        sent(clients, [text] * len(clients))
    pairs, latencies = [], []
    for _ in range(rounds):
        some = [next(texts) for _ in range(each)]
        began = time.perf_counter()
        for text in some:
            triage.assess(text)
        halfway = time.perf_counter()
        latencies += sent(clients, some)
        pairs.append((each / (halfway - began), each / (time.perf_counter() - halfway)))
    library, served = (statistics.median(rates) for rates in zip(*pairs, strict=True))
    ratio = statistics.median(of_service / of_library for of_library, of_service in pairs)
    middle, last = statistics.median(latencies), statistics.quantiles(latencies, n=100)[98]
    print(f"library {library:7,.0f} messages/s, reader {reader}, one thread")
    print(f"service {served:7,.0f} messages/s, one worker, {len(clients)} clients: {ratio:.2f} x the library")
    print(f"latency {middle * 1000:7.1f} ms median, {last * 1000:.1f} ms 99th percentile: {last / middle:.1f} x")


def while_it_restarts(
    process: subprocess.Popen[bytes], port: int, log: Path, clients: int, texts: Iterator[str]
) -> None:
    over, lock = threading.Event(), threading.Lock()
    answered, lost = [], []

    def ask() -> None:
        client = Client(port)
        while not over.is_set():
            with lock:
                text = next(texts)
            try:
                answered.append(client.ask(text))
            except (OSError, http.client.HTTPException) as error:
                lost.append(repr(error))
                client = Client(port)

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for restarts in (1, 2):
        process.send_signal(signal.SIGHUP)
        wait(log, STARTED, restarts + 1)
        wait(log, STOPPED, restarts)
    over.set()
    for thread in threads:
        thread.join()
    print(f"restart {len(answered):7,} requests answered during two restarts, {len(lost)} lost {sorted(set(lost))[:3]}")


def main() -> None:
    asked = argparse.ArgumentParser(description="Measures the example service beside the library.")
    asked.add_argument("rounds", nargs="?", type=int, default=9)
    asked.add_argument("--reader", default="both")
    asked.add_argument("--clients", type=int, default=4)
    asked.add_argument("--each", type=int, default=300)
    given = asked.parse_args()
    texts = new_texts()
    with service(given.reader) as (process, port, log):
        clients = [Client(port) for _ in range(given.clients)]
        beside_the_library(given.rounds, given.each, given.reader, clients, texts)
        while_it_restarts(process, port, log, given.clients, texts)


if __name__ == "__main__":
    main()
