"""Clocks of holds on one axis: how much of each limit is over, and which days do not count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from ...custody.held import Held, Hold
from ...custody.limits import counts

WIDTH = 300
_EXCLUDING = "excluding"


@dataclass(frozen=True, slots=True)
class Clock:
    """One hold's clock.

    Attributes:
        start: where it begins on the axis, in the drawing's units, as all that follows.
        whole, run: widths of the limit and of what is over.
        off: days within it that its limit does not count, each as its place and width.
    """

    hold: Hold
    start: int
    whole: int
    run: int
    off: tuple[tuple[int, int], ...] = ()


def clocks(held: Held, now: datetime) -> Sequence[Clock]:
    """The clocks of the holds that run and have an end, on one axis."""
    timed = [(h, h.until) for h in held.running if h.until is not None]
    if not timed:
        return ()
    start = min(h.since for h, _ in timed)
    axis = (max(until for _, until in timed) - start).total_seconds() or 1

    def wide(span: timedelta) -> int:
        return round(WIDTH * span.total_seconds() / axis)

    made = []
    for hold, until in timed:
        run = min(max(now - hold.since, timedelta(0)), until - hold.since)
        off = tuple(
            (wide(a - start), wide(b - a)) for a, b in _off(hold, until, ZoneInfo(held.timezone))
        )
        place = wide(hold.since - start)
        made.append(Clock(hold, place, wide(until - hold.since), wide(run), off))
    return made


def _off(hold: Hold, until: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """The days between that a limit leaves out: weekends and federal holidays (8 CFR 287.7(d))."""
    if _EXCLUDING not in hold.limit:
        return
    day = hold.since.astimezone(zone).date()
    while (begins := datetime.combine(day, time.min, zone)) < until:
        ends = datetime.combine(day + timedelta(days=1), time.min, zone)
        if not counts(day):
            yield max(begins, hold.since), min(ends, until)
        day += timedelta(days=1)
