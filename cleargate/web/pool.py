"""A bounded number of threads for the gate's work, and a bounded line before them.

The gate waits for disks, so it never runs in the event loop. Whoever finds the line full is turned
away at once: a request that waits longer than its asker does is work for nobody.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from contextvars import copy_context
from typing import TypeVar

from ..model.errors import OutOfTime, Overloaded

T = TypeVar("T")


class Pool:
    """Threads that stay, so that each store keeps as many connections as there are workers.

    Args:
        workers: how many pieces of work are done at the same time.
        waiting: how many more may wait for a thread.
        seconds: how long a caller waits for its result.
    """

    def __init__(self, workers: int, waiting: int, seconds: float) -> None:
        self._workers, self._seconds = workers, seconds
        self._places = threading.BoundedSemaphore(workers + waiting)
        self._threads: ThreadPoolExecutor | None = None

    @asynccontextmanager
    async def running(self, _: object = None) -> AsyncIterator[None]:
        """Threads for as long as the block runs; at its end, what was begun is finished."""
        self._threads = ThreadPoolExecutor(self._workers, thread_name_prefix="gate")
        try:
            yield
        finally:
            self._threads.shutdown(wait=True, cancel_futures=True)
            self._threads = None

    async def run(self, work: Callable[[], T]) -> T:
        """Do ``work`` in a thread.

        Raises:
            Overloaded: too many wait already; nothing was begun.
            OutOfTime: the time is over; the sentence says whether the work was begun.
        """
        if self._threads is None:
            raise Overloaded("The server is stopping; ask again.")
        if not self._places.acquire(blocking=False):
            raise Overloaded("Too many requests wait to be answered; ask again in a moment.")
        # In the caller's context: what is told of the work carries its request's number.
        begun: Future[T] = self._threads.submit(copy_context().run, work)
        begun.add_done_callback(lambda _: self._places.release())
        result = asyncio.wrap_future(begun)
        result.add_done_callback(lambda r: r.cancelled() or r.exception())  # nobody may be waiting
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.shield(result)
        except TimeoutError:
            if begun.cancel():
                raise OutOfTime(
                    f"No answer was begun within {self._seconds:g} s, so nothing was decided; "
                    "ask again."
                ) from None
            raise OutOfTime(
                f"The answer takes longer than {self._seconds:g} s and goes on without you; what "
                "becomes of it stands in the log. Look there before you ask again."
            ) from None
        finally:
            begun.cancel()  # where the caller went away before a thread was free
