"""Filters in quarantine: what disagreed about which row, and who is wrong as of now.

An alarm holds everything that the row's decision read. So it can be decided again, by Cedar and by
the filter as this program compiles it: where the two agree now, the fault was mended, or it lies in
the statement or the database; where they do not, it lies in the compiler.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ..agencies.quarantine import Held
from ..agencies.quarantine import held as all_held
from ..law.decide import decide
from ..law.facts import Cast
from ..law.filter import row_filter, shows
from ..law.lower import ShapeError
from ..log.read import entry
from ..model.errors import CheckFailed, PackError
from ..model.request import RowFacts
from ..model.terms import holds
from .pinned import cast_then, read_facts, rebuild

if TYPE_CHECKING:
    from .bench import Bench

Masks = list[str] | None
"""The masks that are open in a row; None: it is not shown."""
_COMPILER: Final = "Cedar and the compiled filter still disagree about it: the compiler is wrong."
_DATABASE: Final = (
    "Cedar and the compiled filter agree about it now, and the database said otherwise then: look "
    "at the statement and the database, or at what was mended since."
)
_GONE: Final = "The facts or the law of then are not there any more."


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A filter in quarantine, and the row that put it there.

    Attributes:
        decision: the entry of the request's decision; ``explain`` shows the statement that ran.
        row: the facts of the row; None when they were expunged.
        database: what the database took to be open in it then, of the masks that were asked.
        cedar: what Cedar said then.
        cedar_now, compiled_now: what Cedar and the filter say now, by the law of then.
        means: what follows.
    """

    held: Held
    decision: int
    row: RowFacts | None = None
    database: Masks = None
    cedar: Masks = None
    cedar_now: Masks = None
    compiled_now: Masks = None
    means: str = _GONE


def held(gate: Bench) -> list[Disagreement]:
    """Every filter in quarantine, the oldest first."""
    return [_looked_into(gate, one) for one in all_held(gate.parts.agencies)]


def _looked_into(gate: Bench, one: Held) -> Disagreement:
    alarm = entry(gate.parts.log, one.alarm)
    decision = int(alarm.leaf.clear["decision"])
    case: dict[str, Any] | None = alarm.values.get("case")
    if case is None:
        return Disagreement(one, decision)
    try:
        facts = read_facts(one.alarm, msgspec.json.encode(case).decode())
        book = gate.law.book(alarm.leaf.under.book)
    except (PackError, CheckFailed):
        return Disagreement(one, decision)
    known = rebuild(entry(gate.parts.log, decision).leaf.clear, facts, alarm.leaf.under.epoch)
    cast = Cast(cast_then(facts, gate.parts.directory.all()))
    custodian, row, asked = book.custodian(one.custodian), facts.row, set(case["asked"])
    by_cedar = shows(decide(book, custodian, cast, known), row)
    cedar_now = None if by_cedar is None else sorted(by_cedar & asked)
    compiled_now: Masks = None
    try:
        law = row_filter(book, custodian, cast, known)
    except ShapeError:
        return Disagreement(one, decision, row, case["opened"], case["cedar"], cedar_now)
    if holds(law.condition, row, one.custodian):
        opened = (m for m, term in law.masks.items() if holds(term, row, one.custodian))
        compiled_now = sorted(asked.intersection(opened))
    means = _DATABASE if cedar_now == compiled_now else _COMPILER
    return Disagreement(
        one, decision, row, case["opened"], case["cedar"], cedar_now, compiled_now, means
    )


def json(one: Disagreement) -> dict[str, Any]:
    """The same for ``--json``."""
    said: dict[str, Any] = msgspec.to_builtins(one)
    return {**said.pop("held"), **said}
