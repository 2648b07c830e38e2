"""Charts as numbers that a template draws: classes and attributes only, no style in the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

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
    laid = _laid(counts, (*ABOVE, *BELOW), BAR / most, 2.0)
    return [_mark(at, 0, wide, 12, outcome, count) for outcome, count, at, wide in laid]


def _laid(
    counts: Mapping[Any, int], outcomes: Sequence[Outcome], unit: float, least: float = 0.0
) -> Iterator[tuple[Outcome, int, float, float]]:
    """Outcomes that there are, one after another: each with its count, place and length."""
    at = 0.0
    for outcome in outcomes:
        if count := counts.get(outcome, 0):
            length = max(count * unit, least)
            yield outcome, count, at, length
            at += length


def _mark(
    x: float, y: float, width: float, height: float, outcome: Outcome, count: int, day: str = ""
) -> Mark:
    """A rectangle to a tenth of the drawing's unit."""
    return Mark(round(x, 1), round(y, 1), round(width, 1), round(height, 1), outcome, count, day)


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
) -> Iterator[Mark]:
    """One day: upwards from the line what was answered, downwards what was not."""
    for outcome, count, at, high in _laid(counts, ABOVE, unit):
        yield _mark(x, base - at - high, width, high, outcome, count, name)
    for outcome, count, at, high in _laid(counts, BELOW, unit):
        yield _mark(x, base + at, width, high, outcome, count, name)


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
