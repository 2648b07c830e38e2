"""Several processes behind one port: started, watched, replaced when one dies, ended together.

All of them accept from the one socket that is bound here, so that a dead worker loses only what it
had in hand: its clients see the connection break, and what it had decided without answering is
reported by the log's recovery. Each is a fresh interpreter, for a fork would share the stores' file
handles. A worker whose supervisor is gone sees its standard input end, and stops.
"""

from __future__ import annotations

import logging
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue
from types import FrameType
from typing import Final, Literal

from ..model.errors import CleargateError
from .serve import STOPS

READY: Final = b"ready\n"
"""What a worker writes to its standard output when it answers."""

_GRACE: Final = 5.0  # seconds beyond those that answers may take, for closing stores
_LONGEST_PAUSE: Final = 10.0
_TRIES: Final = 8

diag = logging.getLogger("cleargate.diag.workers")


@dataclass(frozen=True, slots=True)
class _Event:
    """Something that happened to the worker at a place, or to all."""

    what: Literal["ready", "ended", "start", "stop", "kill"]
    place: int = 0


@dataclass
class Workers:
    """The processes of one server.

    Attributes:
        command: what a worker is started with; the number of its socket follows.
        count: how many.
        listener: bound, and listening.
        environment: of each worker.
        seconds: how long requests that came in may take to be answered at the end.
        ready: called once, when all of them answer.
        ended: told the process id of each that has ended.
        died: called when one ended that was not told to.
    """

    command: Sequence[str]
    count: int
    listener: socket.socket
    environment: Mapping[str, str]
    seconds: float
    ready: Callable[[], None]
    ended: Callable[[int], None]
    died: Callable[[], None]
    _events: SimpleQueue[_Event] = field(default_factory=SimpleQueue)
    _running: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)
    _answering: set[int] = field(default_factory=set)
    _timers: list[threading.Timer] = field(default_factory=list)
    _failures: int = 0
    _told: bool = False
    _stopping: bool = False

    @property
    def answering(self) -> int:
        """How many answer now."""
        return len(self._answering)

    def run(self) -> None:
        """Serve until SIGINT or SIGTERM; a second one does not wait for answers.

        To be called in the main thread, where signals arrive.

        Raises:
            CleargateError: they end again and again before they answer.
        """
        before = {number: signal.signal(number, self._signal) for number in STOPS}
        try:
            for place in range(self.count):
                self._start(place)
            self._attend()
        finally:
            for timer in self._timers:
                timer.cancel()
            for process in self._running.values():  # only after a fault
                process.kill()
                process.wait()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _attend(self) -> None:
        while self._running or not self._stopping:
            event = self._events.get()
            match event.what:
                case "ready":
                    self._now_answers(event.place)
                case "ended":
                    self._has_ended(event.place)
                case "start" if not self._stopping:
                    self._start(event.place)
                case "stop":
                    self._stop()
                case "kill":
                    diag.error("Some processes did not end in time and were killed.")
                    self._tell_all(signal.SIGKILL)

    def _now_answers(self, place: int) -> None:
        self._answering.add(place)
        self._failures = 0
        if not self._told and self.answering == self.count:
            self._told = True
            self.ready()

    def _has_ended(self, place: int) -> None:
        answered = self._gone(place)
        if self._stopping:
            return
        self._failures += not answered
        if self._failures > _TRIES or not (self._told or answered):
            self._stopping = True
            self._tell_all(signal.SIGKILL)
            raise CleargateError("The server's processes end at their start; see what they said.")
        pause = min(_LONGEST_PAUSE, 2**self._failures / 10) if self._failures else 0.0
        self._later(pause, _Event("start", place))

    def _stop(self) -> None:
        self._tell_all(signal.SIGTERM)  # a second one does not wait for answers
        if not self._stopping:
            self._stopping = True
            self._later(self.seconds + _GRACE, _Event("kill"))

    def _signal(self, number: int, frame: FrameType | None) -> None:
        self._events.put(_Event("stop"))

    def _start(self, place: int) -> None:
        number = self.listener.fileno()
        process = subprocess.Popen(
            [*self.command, str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=(number,),
            env=dict(self.environment),
            start_new_session=True,  # Ctrl-C is for the supervisor, which tells them
        )
        self._running[place] = process
        threading.Thread(target=self._follow, args=(place, process), daemon=True).start()

    def _follow(self, place: int, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        if process.stdout.readline() == READY:
            self._events.put(_Event("ready", place))
        process.wait()
        self._events.put(_Event("ended", place))

    def _gone(self, place: int) -> bool:
        """Put away what is left of a worker; whether it had answered."""
        process = self._running.pop(place)
        answered = place in self._answering
        self._answering.discard(place)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        self.ended(process.pid)
        if not self._stopping:
            code = process.returncode
            how = f"signal {-code}" if code < 0 else f"exit code {code}"
            diag.error("A process ended by %s; another takes its place.", how,
                       extra={"worker": process.pid, "code": "worker-ended"})  # fmt: skip
            self.died()
        return answered

    def _tell_all(self, number: int) -> None:
        for process in self._running.values():
            process.send_signal(number)

    def _later(self, seconds: float, event: _Event) -> None:
        timer = threading.Timer(seconds, self._events.put, (event,))
        timer.daemon = True
        self._timers.append(timer)
        timer.start()
