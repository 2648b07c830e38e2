"""Clocks of holds on one axis: how much of each limit is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ...custody.held import Held, Hold

WIDTH = 300


@dataclass(frozen=True, slots=True)
class Clock:
    """One hold's clock.

    Attributes:
        whole, run: widths of the limit and of what is over, in the drawing's units.
    """

    hold: Hold
    whole: int
    run: int


def clocks(held: Held, now: datetime) -> Sequence[Clock]:
    """The clocks of the holds that run and have an end, on one axis."""
    timed = [(h, h.until) for h in held.running if h.until is not None]
    if not timed:
        return ()
    start = min(h.since for h, _ in timed)
    axis = (max(until for _, until in timed) - start).total_seconds() or 1
    made = []
    for hold, until in timed:
        whole = (until - hold.since).total_seconds() / axis
        run = min(max((now - hold.since).total_seconds() / axis, 0), whole)
        made.append(Clock(hold, round(WIDTH * whole), round(WIDTH * run)))
    return made
