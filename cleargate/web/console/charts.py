"""Charts as numbers that a template draws: classes and attributes only, no style in the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from ...model.words import Outcome

ABOVE: Final = (Outcome.PERMIT, Outcome.REQUIRE)
BELOW: Final = (Outcome.REFUSE, Outcome.NO_AUTHORITY, Outcome.CONFLICT, Outcome.UNAVAILABLE)
WIDE, NARROW = 780, 350
LEFT, RIGHT = 42, 112
_TOP, _HEIGHT, _BELOW_AXIS = 34, 220, 34
BAR: Final = 380


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened on a day, in words."""

    day: date
    words: str


@dataclass(frozen=True, slots=True)
class Mark:
    """One rectangle: where it is and what it means."""

    x: float
    y: float
    width: float
    height: float
    outcome: Outcome
    count: int
    day: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """A word at a place; ``anchor`` as in SVG."""

    x: float
    y: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Columns:
    """Requests for each day: answered above the line, not answered below it."""

    width: int
    height: float
    base: float
    marks: tuple[Mark, ...]
    ticks: tuple[Label, ...]
    days: tuple[Label, ...]
    sides: tuple[tuple[Outcome, Label], ...]
    events: tuple[Label, ...]


def columns(
    days: Sequence[tuple[date, Mapping[Outcome, int]]], names: Sequence[str],
    events: Sequence[Event], width: int = WIDE,
) -> Columns:  # fmt: skip
    """The chart of ``days``, each with its name; ``width`` is that of the drawing."""
    up = max((sum(c[o] for o in ABOVE) for _, c in days), default=0)
    down = max((sum(c[o] for o in BELOW) for _, c in days), default=0)
    step = nice_step(max(up, down, 1))
    up_ticks, down_ticks = -(-max(up, 1) // step), -(-down // step)
    unit = _HEIGHT / ((up_ticks + down_ticks) * step)
    base = _TOP + up_ticks * step * unit
    room = (width - LEFT - RIGHT) / len(days)
    marks: list[Mark] = []
    for k, ((_, counts), name) in enumerate(zip(days, names, strict=True)):
        x, wide = LEFT + k * room + room * 0.1, room * 0.8
        marks += _stack(x, wide, base, unit, counts, name)
    bottom = base + down_ticks * step * unit
    ticks = [
        Label(LEFT - 8, base - n * step * unit, str(abs(n) * step), "end")
        for n in range(-down_ticks, up_ticks + 1)
    ]
    shown = range(len(days) - 1, -1, -7)
    return Columns(
        width=width,
        height=bottom + _BELOW_AXIS,
        base=base,
        marks=tuple(marks),
        ticks=tuple(ticks),
        days=tuple(Label(LEFT + (k + 0.5) * room, bottom + 22, names[k]) for k in sorted(shown)),
        sides=tuple(_sides(width, base, days)),
        events=tuple(_events(days, events, room)),
    )


def bars(counts: Mapping[str, int], most: int) -> list[Mark]:
    """One line of a table as a bar of outcomes, ``BAR`` wide for ``most``."""
    made, x = [], 0.0
    for outcome in (*ABOVE, *BELOW):
        count = counts.get(outcome, 0)
        if count:
            width = max(BAR * count / most, 2.0)
            made.append(Mark(round(x, 1), 0, round(width, 1), 12, outcome, count))
            x += width
    return made


def nice_step(most: int) -> int:
    """A round step that makes at most about five lines."""
    scale = 1
    while True:
        for step in (scale, 2 * scale, 5 * scale):
            if most <= 5 * step:
                return step
        scale *= 10


def _stack(
    x: float, width: float, base: float, unit: float, counts: Mapping[Outcome, int], name: str
) -> list[Mark]:
    made, y = [], base
    for outcome in ABOVE:
        height = counts[outcome] * unit
        y -= height
        if height:
            made.append(Mark(round(x, 1), round(y, 1), round(width, 1), round(height, 1),
                             outcome, counts[outcome], name))  # fmt: skip
    y = base
    for outcome in BELOW:
        height = counts[outcome] * unit
        if height:
            made.append(Mark(round(x, 1), round(y, 1), round(width, 1), round(height, 1),
                             outcome, counts[outcome], name))  # fmt: skip
        y += height
    return made


def _sides(
    width: int, base: float, days: Sequence[tuple[date, Mapping[Outcome, int]]]
) -> list[tuple[Outcome, Label]]:
    """The outcomes' names at the right, each on its side of the line, none over another."""
    there = {o for _, c in days for o in Outcome if c[o]}
    x = width - RIGHT + 10
    above = [o for o in ABOVE if o in there]
    below = [o for o in BELOW if o in there]
    made = [(o, Label(x, base - 12 - 18 * k, "", "start")) for k, o in enumerate(above)]
    return made + [(o, Label(x, base + 18 + 18 * k, "", "start")) for k, o in enumerate(below)]


def _events(
    days: Sequence[tuple[date, Mapping[Outcome, int]]], events: Sequence[Event], room: float
) -> list[Label]:
    place = {day: k for k, (day, _) in enumerate(days)}
    made = []
    for event in events:
        if event.day in place:
            x = round(LEFT + place[event.day] * room, 1)
            late = place[event.day] > len(days) / 2
            made.append(Label(x, 16, event.words, "end" if late else "start"))
    return made
