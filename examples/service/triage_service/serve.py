"""Runs the service: ``python -m triage_service.serve``. A SIGHUP restarts it, and no request is lost.

The parent process holds the listening socket. On SIGHUP uvicorn starts each new worker before it stops the old one;
that one stops listening, answers what it has, and closes a connection only after an answer that says so, or after
silence.
"""

from __future__ import annotations

import logging.config

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.supervisors import Multiprocess

from triage_service.logs import CONFIG
from triage_service.settings import Settings


class Draining(HttpToolsProtocol):
    """Closes a connection only after an answer that says so, or once it was silent for a while.

    Otherwise idle connections are closed at once, and a request that is on its way is lost.
    """

    draining = False

    def shutdown(self) -> None:
        """Told when the worker stops: a request that waits for its answer is the last of its connection."""
        self.draining = True
        if self.cycle is not None and not self.cycle.response_started:
            self.cycle.keep_alive = False
        else:
            self.loop.call_later(Settings.from_environment().drain, super().shutdown)

    def on_headers_complete(self) -> None:
        """A request that comes while the worker stops is the last one, too."""
        super().on_headers_complete()
        if self.draining and self.cycle is not None:
            self.cycle.keep_alive = False


def main() -> None:
    """Serves until it is told to stop."""
    settings = Settings.from_environment()
    logging.config.dictConfig(CONFIG)
    config = uvicorn.Config(
        "triage_service.app:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        http=Draining,
        ws="none",
        access_log=False,
        log_config=CONFIG,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=30,
        timeout_worker_healthcheck=120,
    )
    Multiprocess(config, sockets=[config.bind_socket()]).run()


if __name__ == "__main__":
    main()
