"""Waiting in line: everybody is served once, in order, whoever is interrupted."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from cleargate.log.line import Line


class _Interrupted(BaseException):
    """Somebody pressed Ctrl-C."""


@pytest.fixture
def interrupted() -> Iterator[threading.Event]:
    """SIGUSR1 interrupts the main thread once, wherever it waits; true when it has."""
    done = threading.Event()

    def interrupt(*_: object) -> None:
        if not done.is_set():
            done.set()
            raise _Interrupted

    before = signal.signal(signal.SIGUSR1, interrupt)
    yield done
    signal.signal(signal.SIGUSR1, before)


def test_everybody_is_served_once_and_batches_keep_the_order() -> None:
    line: Line[tuple[int, int]] = Line(most=7)
    batches: list[list[tuple[int, int]]] = []

    def work(thread: int) -> None:
        for turn in range(50):
            line.join((thread, turn), batches.append)

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(work, range(16)))
    served = [one for batch in batches for one in batch]
    assert sorted(served) == [(thread, turn) for thread in range(16) for turn in range(50)]
    assert max(map(len, batches)) <= 7
    for thread in range(16):
        assert [turn for t, turn in served if t == thread] == list(range(50))


def test_whoever_is_interrupted_while_waiting_leaves_the_line(
    interrupted: threading.Event,
) -> None:
    line: Line[str] = Line()
    served: list[str] = []
    main, serving, go_on = threading.main_thread(), threading.Event(), threading.Event()
    assert threading.current_thread() is main and main.ident is not None

    def first(batch: list[str]) -> None:
        serving.set()
        go_on.wait()
        served.extend(batch)

    def interrupt_and_join(name: str) -> None:
        """Join behind the main thread, which is then interrupted."""
        while len(line) < 1:
            pass
        while not interrupted.is_set():  # one that comes just before it waits does not wake it
            signal.pthread_kill(main.ident or 0, signal.SIGUSR1)
        line.join(name, served.extend)

    with ThreadPoolExecutor(2) as threads:
        leader = threads.submit(line.join, "first", first)
        serving.wait()
        other = threads.submit(interrupt_and_join, "third")
        with pytest.raises(_Interrupted):
            line.join("second", served.extend)
        while len(line) < 1:
            pass
        go_on.set()
        leader.result()
        other.result()
    assert served == ["first", "third"]
    line.join("fourth", served.extend)
    assert served[-1] == "fourth"
