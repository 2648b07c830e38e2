"""A term read slowly: what it says of one assignment of values to facts, atom by atom."""

from __future__ import annotations

from collections.abc import Callable

from cleargate.law.world import Attributes, Entity, Time, Value, World
from cleargate.model.terms import (
    And,
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
)

Plain = str | int | frozenset[str]


def says(term: Term, of: Callable[[Fact], Plain]) -> bool:
    """Whether ``term`` holds where each fact is as ``of`` says."""
    match term:
        case Const(value):
            return value
        case And(terms):
            return all(says(t, of) for t in terms)
        case Or(terms):
            return any(says(t, of) for t in terms)
        case Not(atom):
            return not says(atom, of)
        case OneOf(fact, values):
            return of(fact) in values
        case Below(fact, bound):
            return int(str(of(fact))) < bound
        case Pair("=", left, right):
            return of(left) == of(right)
        case Pair(_, left, right):
            return int(str(of(left))) < int(str(of(right)))
        case Like(fact, where, text):
            whole = str(of(fact))
            if where == "starts":
                return whole.startswith(text)
            return whole.endswith(text) if where == "ends" else text in whole
        case Holds(fact, text):
            found = of(fact)
            assert isinstance(found, frozenset)
            return text in found


def reader(world: World) -> Callable[[Fact], Plain]:
    """The value of each fact in a world in which all is known, found by its path."""

    def of(fact: Fact) -> Plain:
        first, *rest = fact.name.split(".")
        value: Value = world.variables[first]
        for name in rest:
            attributes = world.attributes[value] if isinstance(value, Entity) else value
            assert isinstance(attributes, Attributes)
            value = attributes[name]
        return _plain(value)

    return of


def _plain(value: Value) -> Plain:
    match value:
        case Time(ms):
            return ms
        case Entity(_, id):
            return id
        case Const(truth):
            return int(truth)
        case frozenset():
            return frozenset(str(v) for v in value)
        case str() | int():
            return value
    raise AssertionError(value)
