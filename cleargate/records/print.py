"""Terms as SQL: the second reading of the law's conditions, through SQLAlchemy, for both dialects.

A term is two-valued and its negations stand at its atoms. So each atom is printed by itself, such
that it is true where it holds and false *or NULL* where it does not: below ``AND`` and ``OR`` the
two are one. What a NULL stands for is the place's to say. Traps that are kept out:

- ``LIKE`` and ``GLOB`` read wildcards and, on SQLite, no case: prefixes are compared by ``substr``;
- a column may compare by a collation: where it does, it is told to compare bytes;
- the order of ISO texts is that of bytes, whatever the database's locale;
- every value is a parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import sqlalchemy as sa

from ..model.terms import (
    And,
    Atom,
    Below,
    Const,
    Fact,
    Holds,
    Like,
    Not,
    OneOf,
    Or,
    Pair,
    Term,
    is_like,
)
from ..storage.engine import Dialect

Sql = sa.ColumnElement[Any]
BYTES: Final[dict[Dialect, str]] = {"sqlite": "BINARY", "postgresql": "C"}
"""The collation of each dialect that compares bytes."""


@dataclass(frozen=True, slots=True)
class Ago:
    """The day that many days before today: a value that is known only when the statement runs."""

    days: int

    def on(self, today: date) -> str:
        """The day in ISO form; before the calendar begins, what sorts before every day."""
        try:
            return (today - timedelta(days=self.days)).isoformat()
        except OverflowError:
            return "" if self.days > 0 else "~"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fact of a row stands.

    Attributes:
        value: the column, or an expression for it.
        null: what a NULL stands for; None where there is none.
        is_bytes: a text that compares by its bytes anyway.
        age: the value is an ISO day or time, and the fact is how many whole days ago that was.
        holds: for a set, whether it holds a text.
    """

    value: Sql
    null: str | int | None = None
    is_bytes: bool = True
    age: bool = False
    holds: Callable[[str], Sql] | None = None


@dataclass(frozen=True, slots=True)
class Printer:
    """Prints terms over facts that stand in ``places``, by their paths."""

    places: Mapping[str, Place]
    dialect: Dialect

    def sql(self, term: Term) -> Sql:
        """The condition: true for the rows of which ``term`` holds, for others false or NULL."""
        match term:
            case Const(value):
                return sa.true() if value else sa.false()
            case And(terms):
                return sa.and_(*map(self.sql, terms))
            case Or(terms):
                return sa.or_(*map(self.sql, terms))
            case Not(atom):
                return self._atom(atom, negated=True)
            case _:
                return self._atom(term, negated=False)

    def _atom(self, atom: Atom, *, negated: bool) -> Sql:
        match atom:
            case OneOf(fact, values):
                place = self.places[fact.name]
                if place.age:
                    found = self._aged(place, values, negated=negated)
                else:
                    found = _among(self._text(place), sorted(values), negated=negated)
                return _or_null(found, place, (place.null in values) is not negated)
            case Below(fact, bound):
                place = self.places[fact.name]
                at_null = isinstance(place.null, int) and place.null < bound
                return _or_null(
                    self._below(place, bound, negated=negated), place, at_null is not negated
                )
            case Pair(op, left, right):
                return self._pair(op, left, right, negated=negated)
            case Like(fact, where, text):
                place = self.places[fact.name]
                at_null = place.null is not None and is_like(str(place.null), where, text)
                found = self._like(place, where, text)
                return _or_null(sa.not_(found) if negated else found, place, at_null is not negated)
            case Holds(fact, text):
                holds = self.places[fact.name].holds
                assert holds is not None, fact
                return sa.not_(holds(text)) if negated else holds(text)

    def _text(self, place: Place) -> Sql:
        return place.value if place.is_bytes else sa.collate(place.value, BYTES[self.dialect])

    def _below(self, place: Place, bound: int, *, negated: bool) -> Sql:
        if not place.age:
            return place.value >= sa.literal(bound) if negated else place.value < sa.literal(bound)
        return self._since(place, bound - 1, before=negated)

    def _aged(self, place: Place, ages: Iterable[str | int], *, negated: bool) -> Sql:
        """It happened on one of those days: from n days ago until the day after."""
        days = [int(a) for a in sorted(ages)]
        if negated:
            return sa.and_(
                *(
                    sa.or_(self._since(place, n, before=True), self._since(place, n - 1))
                    for n in days
                )
            )
        return sa.or_(
            *(sa.and_(self._since(place, n), self._since(place, n - 1, before=True)) for n in days)
        )

    def _since(self, place: Place, days: int, *, before: bool = False) -> Sql:
        """On the day so many days ago or later; or before it."""
        value = place.value
        if self.dialect == "postgresql":  # a locale may leave out hyphens and colons
            value = sa.collate(value, BYTES[self.dialect])
        day: Sql = sa.bindparam(None, Ago(days), type_=sa.Text(), unique=True)
        return value < day if before else value >= day

    def _pair(self, op: str, left: Fact, right: Fact, *, negated: bool) -> Sql:
        a, b = (self._whole(self.places[f.name]) for f in (left, right))
        if op == "=":
            return a != b if negated else a == b
        return a >= b if negated else a < b

    def _whole(self, place: Place) -> Sql:
        assert not place.age, "an age is compared with numbers only"
        value = self._text(place)
        return value if place.null is None else sa.func.coalesce(value, sa.literal(place.null))

    def _like(self, place: Place, where: str, text: str) -> Sql:
        value, sought = self._text(place), sa.literal(text)
        if where == "holds":
            found = sa.func.instr if self.dialect == "sqlite" else sa.func.strpos
            return found(value, sought) > 0
        if where == "starts":
            return sa.func.substr(value, _number(1), _number(len(text))) == sought
        if self.dialect == "postgresql":
            return sa.func.right(value, _number(len(text))) == sought
        return sa.func.substr(value, _number(-len(text))) == sought


def _number(number: int) -> Sql:
    """A number of characters in the text: PostgreSQL counts none by a 64-bit parameter."""
    return sa.literal_column(str(number))


def _among(value: Sql, values: list[Any], *, negated: bool) -> Sql:
    # Each value is a parameter of its own: the driver is given the finished text.
    given = [sa.literal(v) for v in values]
    if len(given) == 1:
        return value != given[0] if negated else value == given[0]
    return value.not_in(given) if negated else value.in_(given)


def _or_null(found: Sql, place: Place, holds: bool) -> Sql:
    """``found``, which is NULL for a NULL, and for that what ``holds`` says."""
    if place.null is None or not holds:
        return found
    return sa.or_(found, place.value.is_(None))
