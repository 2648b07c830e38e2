"""uvicorn, in this process: listens, says where, and stops without breaking an answer off.

It runs in a thread of its own and installs no signal handler; ``serve`` puts its two back where
they were. On the address of this machine only, unless it is told otherwise: encryption and the
outside world are a proxy's.
"""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from types import FrameType
from typing import Final

import uvicorn
from litestar import Litestar

from ..model.errors import BadUse, CleargateError
from ..settings import Serve
from .wire import Wire, wire

STOPS: Final = (signal.SIGINT, signal.SIGTERM)
_BACKLOG: Final = 128
_FAIR: Final = 1  # connections accepted at once, where other processes accept as well


class Listening:
    """A server that listens.

    Attributes:
        url: where, with the port that was really taken.
        ended: set when it has stopped, for whatever reason.
    """

    def __init__(self, app: Litestar, listener: socket.socket, limits: Serve, at_once: int) -> None:
        self.url = url_of(listener)
        self.ended = threading.Event()
        self._started = threading.Event()
        limited = wire(limits.connections, limits.seconds)
        self._server = _Server(_config(app, limited, limits, at_once), limited, self._started)
        self._listener = listener
        self._thread = threading.Thread(target=self._run, name="http")

    def start(self) -> None:
        """Come back when requests are answered.

        Raises:
            CleargateError: it ended before that.
        """
        self._thread.start()
        self._started.wait()
        if self.ended.is_set():
            raise CleargateError(f"The server at {self.url} ended at its start; see the messages.")

    def stop(self, *, at_once: bool = False) -> None:
        """Take no more requests; those that came in are answered first, unless ``at_once``."""
        self._server.should_exit = True
        self._server.force_exit |= at_once

    def join(self) -> None:
        """Come back when it has stopped."""
        self._thread.join()

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._listener])
        except SystemExit:
            pass  # uvicorn's way to say that it could not start
        finally:
            self.ended.set()
            self._started.set()


class _Server(uvicorn.Server):
    """Says when it has started, so that nobody has to look again and again."""

    def __init__(
        self, config: uvicorn.Config, limited: type[Wire], started: threading.Event
    ) -> None:
        super().__init__(config)
        self._told, self._wire = started, limited

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._told.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._wire.stopping = True
        await super().shutdown(sockets)


@contextmanager
def listening(
    app: Litestar,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    limits: Serve = Serve(),  # noqa: B008
    shared: int | None = None,
) -> Iterator[Listening]:
    """Serve ``app`` for as long as the block runs.

    Args:
        app: from ``make_app``.
        host: address to listen at.
        port: 0 takes any that is free; ``Listening.url`` says which.
        limits: how many connections, and how long requests that came in may take to be answered
            when the block ends.
        shared: the number of a socket that listens already, and that other processes share.

    Raises:
        BadUse: the address cannot be listened at.
    """
    listener = bound(host, port) if shared is None else _Shared(fileno=shared)
    with closing(listener):
        server = Listening(app, listener, limits, _BACKLOG if shared is None else _FAIR)
        try:
            server.start()
            yield server
        finally:
            server.stop()
            server.join()


def serve(
    app: Litestar,
    host: str,
    port: int,
    *,
    limits: Serve = Serve(),  # noqa: B008
    shared: int | None = None,
    ready: Callable[[str], None] = lambda url: None,
    until: Callable[[], object] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM; a second one does not wait for answers.

    To be called in the main thread, where signals arrive.

    Args:
        app: from ``make_app``.
        host: address to listen at.
        port: 0 takes any that is free.
        limits: as for ``listening``.
        shared: as for ``listening``.
        ready: told the address when requests are answered.
        until: waits, in a thread of its own, for another reason to stop.

    Raises:
        BadUse: the address cannot be listened at.
    """
    with listening(app, host, port, limits=limits, shared=shared) as server:

        def stop(number: int, frame: FrameType | None) -> None:
            server.stop(at_once=stopping.is_set())
            stopping.set()

        def wait() -> None:
            if until is not None:
                until()
                server.stop()

        stopping = threading.Event()
        before = {number: signal.signal(number, stop) for number in STOPS}
        threading.Thread(target=wait, name="until", daemon=True).start()
        try:
            ready(server.url)
            server.ended.wait()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class _Shared(socket.socket):
    """A socket that listens already, for more processes than this one."""

    def listen(self, backlog: int = 0, /) -> None:
        """Leave the line as long as it is: asyncio would set it to what it accepts at once."""


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Raises:
        BadUse: the address cannot be listened at.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except (OSError, OverflowError) as fault:
        raise BadUse(
            f"Nothing can listen at {host} port {port} ({fault}); choose another port or address."
        ) from fault
    # asyncio sets this only on sockets made for IPPROTO_TCP by name; what is accepted inherits it.
    # Without it an answer's body waits for the client to acknowledge its head: 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def url_of(listener: socket.socket) -> str:
    """Where a socket listens."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _config(app: Litestar, limited: type[Wire], limits: Serve, at_once: int) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=limited,
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_config=None,
        access_log=False,  # an address holds a leaf's number; diag says what an operator needs
        server_header=False,
        proxy_headers=False,  # nothing is decided by an address, so none is believed
        timeout_graceful_shutdown=limits.seconds,
        backlog=at_once,
    )
