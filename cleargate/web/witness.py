"""A witness over HTTP: one address, ``POST /add-checkpoint`` (C2SP tlog-witness).

It stands by itself, on a machine of whoever runs it: no jurisdiction, no database, no framework.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from ..log.witness import MAX_REQUEST, Reply, WitnessBook
from ..model.errors import CleargateError

PATH: Final = "/add-checkpoint"
_MOST_THREADS: Final = 64


class WitnessServer(ThreadingHTTPServer):
    """Answers until it is shut down.

    Args:
        address: host and port; port 0 takes any that is free.
        book: what the witness has seen.
        seconds: how long a request may take to come in.
        clock: now, in seconds since 1970.
    """

    daemon_threads = True
    request_queue_size = _MOST_THREADS

    def __init__(
        self,
        address: tuple[str, int],
        book: WitnessBook,
        *,
        seconds: float = 10.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.book, self.clock = book, clock

        class Handler(_Handler):
            timeout = seconds

        super().__init__(address, Handler)

    @property
    def url(self) -> str:
        """Where it listens."""
        host = self.server_address[0]
        return f"http://{host if isinstance(host, str) else host.decode()}:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: WitnessServer
    server_version = "witness"
    sys_version = ""

    def do_POST(self) -> None:
        self._reply(self._answer())

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: what was signed is in the book."""

    def _answer(self) -> Reply:
        length = self.headers.get("Content-Length", "")
        if self.path != PATH:
            return Reply(404, f"Send a checkpoint to {PATH}.\n")
        if not length.isdigit():
            return Reply(411, "Say how long the request is.\n")
        if int(length) > MAX_REQUEST:
            return Reply(413, f"A request has at most {MAX_REQUEST} bytes.\n")
        try:
            body = self.rfile.read(int(length))
            return self.server.book.add_checkpoint(body, int(self.server.clock()))
        except TimeoutError:
            return Reply(408, "The request did not come in within its time.\n")
        except CleargateError as fault:
            return Reply(fault.status if fault.status >= 500 else 500, f"{fault.sentence}\n")

    def _reply(self, reply: Reply) -> None:
        data = reply.text.encode()
        self.close_connection = True
        self.send_response(reply.status)
        kind = reply.media_type
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if kind == "text/plain" else kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
