"""Waiting in line: many threads' work done in one go by one of them (group commit)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from ..model.errors import Unavailable

Work = TypeVar("Work")


@dataclass(slots=True, eq=False)
class _Place(Generic[Work]):
    work: Work
    served: bool = False
    dropped: bool = False


class Line(Generic[Work]):
    """Whoever comes first serves all who wait by then; others line up while it works.

    Args:
        most: the largest batch.
    """

    def __init__(self, most: int = 512) -> None:
        self._most = most
        self._changed = threading.Condition()
        self._waiting: list[_Place[Work]] = []
        self._serving = False

    def __len__(self) -> int:
        """How many wait to be served."""
        return len(self._waiting)

    def join(self, work: Work, serve: Callable[[list[Work]], None]) -> None:
        """Come back when ``work`` has been served, by this thread or another.

        Args:
            work: what is to be done.
            serve: does a batch of work, and tells each piece of it what became of it.

        Raises:
            Unavailable: the thread that served it was interrupted.
        """
        place = _Place(work)
        with self._changed:
            self._waiting.append(place)
        while not place.served:
            self._wait_or_serve(place, serve)
        if place.dropped:
            raise Unavailable("The log was interrupted while it wrote; ask again.")

    def _wait_or_serve(self, place: _Place[Work], serve: Callable[[list[Work]], None]) -> None:
        with self._changed:
            while self._serving and not place.served:
                self._changed.wait()
            if place.served:
                return
            self._serving = True
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        dropped = True
        try:
            serve([p.work for p in batch])
            dropped = False
        finally:
            with self._changed:
                for each in batch:
                    each.served, each.dropped = True, dropped
                self._serving = False
                self._changed.notify_all()
