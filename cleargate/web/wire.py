"""HTTP/1.1 on the wire: what uvicorn leaves open, closed.

A connection may not stay without a whole head, send a body that nobody waits for, or leave an
answer unread, for longer than ``serve.seconds``; and there are no more of them in a process than
``serve.connections``. What is turned away here never became a request; it is told why in one
sentence and leaves no entry.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import h11
import msgspec
from uvicorn.protocols.http.h11_impl import H11Protocol

_HEAD: Final = "content-type: application/problem+json\r\nconnection: close\r\n"
_PHRASES: Final = {400: "Bad Request", 408: "Request Timeout", 503: "Service Unavailable"}


class Wire(H11Protocol):
    """One connection.

    Attributes:
        most: connections at the same time.
        patience: seconds that it waits for a head, for an idle sender, and for a reader.
        stopping: the server takes no more requests. A connection may come in even then, where it
            was accepted just before; uvicorn would serve it as long as it goes on asking.
    """

    most = 512
    patience: float = 30
    stopping = False

    _timer: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Turn it away where there are too many."""
        super().connection_made(transport)
        if len(self.connections) > self.most:
            self._turn_away(
                503, "overloaded", f"{self.most} connections are open already "
                "(serve.connections); ask again in a moment.",
            )  # fmt: skip
            return
        if self.stopping:
            self._turn_away(503, "overloaded", "The server is stopping; ask again.")
            return
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take what came; what comes after the end is left."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        self.resume_writing()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The reader is behind: give it its time."""
        super().pause_writing()
        self._stalled = self.loop.call_later(self.patience, self.transport.abort)

    def resume_writing(self) -> None:
        """The reader goes on."""
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
        super().resume_writing()

    def on_response_complete(self) -> None:
        """Wait for the next request anew."""
        self._stop_waiting()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """What cannot be read gets a problem document, as everything else that goes wrong."""
        self._turn_away(
            400, "bad-use", "This is not HTTP/1.1 that can be read, or its head is too long; "
            "send one request with a head of at most 64 KiB.",
        )  # fmt: skip

    def _wait(self) -> None:
        """Give whoever has no request under way a time by which to send one."""
        cycle: Any = self.cycle  # None before the first request, whatever its type says
        if cycle is not None and not cycle.response_complete:
            self._stop_waiting()
        elif self._timer is None:
            self._timer = self.loop.call_later(self.patience, self._too_slow)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_slow(self) -> None:
        if self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
            self._turn_away(
                408, "too-slow", f"No whole head came within {self.patience:g} s (serve.seconds); "
                "send the request anew.",
            )  # fmt: skip
        else:
            self.transport.close()

    def _turn_away(self, status: int, code: str, detail: str) -> None:
        said: dict[str, Any] = {
            "type": f"urn:cleargate:error:{code}", "title": code.replace("-", " "),
            "status": status, "detail": detail,
        }  # fmt: skip
        body = msgspec.json.encode(said)
        head = f"HTTP/1.1 {status} {_PHRASES[status]}\r\n{_HEAD}content-length: {len(body)}"
        self.transport.write(f"{head}\r\n\r\n".encode() + body)
        self.transport.close()


def wire(most: int, patience: float) -> type[Wire]:
    """The protocol of one server, with these limits."""
    return type("Limited", (Wire,), {"most": most, "patience": patience})
