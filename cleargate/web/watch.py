"""The watch over holds: a thread beside the server that ends those whose limit has come."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from ..custody.holds import Incident
from ..gate.gate import Gate
from ..gate.sweep import Sweep
from ..model.errors import CleargateError

Page = Callable[[Sequence[Incident], str], None]
"""Told who must be released now, and what went wrong; one of the two may be empty."""


@contextmanager
def watching_holds(gate: Gate, seconds: float, page: Page) -> Iterator[None]:
    """Look at the holds at once and then every ``seconds``, for as long as the block runs.

    A look that was begun is finished before the block ends. A fault ends one look and not the
    watch: people are held whether the program is whole or not.
    """
    stop, sweep = threading.Event(), Sweep(gate.parts)

    def watch() -> None:
        _look(sweep, page)
        while not stop.wait(seconds):
            _look(sweep, page)

    thread = threading.Thread(target=watch, name="holds", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _look(sweep: Sweep, page: Page) -> None:
    try:
        found, fault = sweep()
    except CleargateError as wrong:
        page((), f"Holds could not be looked at: {wrong.sentence}")
    except Exception as wrong:
        page((), f"Holds could not be looked at ({type(wrong).__name__}); look at each by hand.")
    else:
        if found or fault:
            page(found, f"Not logged yet: {fault.sentence}" if fault else "")
