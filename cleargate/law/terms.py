"""Boolean terms, made so that equal ones are one object and simple ones stay small.

Terms are in negation normal form: only atoms are negated. Conjunction and disjunction are each
other's dual, and every rule below is written once for both:

- constants, duplicates and complements;
- sets of equalities: ``sealed in {yes, no} and sealed != no`` is ``sealed = yes``;
- absorption, ``a and (a or b)`` is ``a``, and with a complement, ``a and (not a or b)`` is
  ``a and b``;
- common factors: ``(a and b) or (a and c)`` is ``a and (b or c)``.

``Terms`` is an algebra as ``combine`` wants one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce
from typing import Literal

from ..model.terms import (
    And,
    Below,
    Const,
    Fact,
    FactType,
    Holds,
    Like,
    Not,
    OneOf,
    Or,
    Pair,
    Term,
)

_LEAST, _MOST = -(2**63), 2**63 - 1
_Join = type[And] | type[Or]
_DUAL: dict[_Join, _Join] = {And: Or, Or: And}


class Terms:
    """A family of hash-consed terms; terms of two families must not be mixed."""

    def __init__(self) -> None:
        self._made: dict[tuple[object, ...], Term] = {}
        self._number: dict[Term, int] = {}
        self._not: dict[Term, Term] = {}
        self.true: Term = self._keep((True,), lambda: Const(True))
        self.false: Term = self._keep((False,), lambda: Const(False))

    def const(self, value: bool) -> Term:
        return self.true if value else self.false

    # --- atoms ------------------------------------------------------------------------------

    def one_of(self, fact: Fact, values: Iterable[str | int]) -> Term:
        """The fact is one of ``values``; never, if there are none."""
        kept = frozenset(values)
        if not kept:
            return self.false
        return self._keep((OneOf, fact, kept), lambda: OneOf(fact, kept))

    def below(self, fact: Fact, bound: int) -> Term:
        """The fact is below ``bound``; all are below what no 64 bits hold."""
        if not _LEAST < bound <= _MOST:
            return self.const(bound > _MOST)
        return self._keep((Below, fact, bound), lambda: Below(fact, bound))

    def pair(self, op: Literal["=", "<"], left: Fact, right: Fact) -> Term:
        """Two facts compared."""
        if left == right:
            return self.const(op == "=")
        if op == "=" and right.name < left.name:
            left, right = right, left
        return self._keep((Pair, op, left, right), lambda: Pair(op, left, right))

    def like(self, fact: Fact, where: Literal["starts", "ends", "holds"], text: str) -> Term:
        """The text starts with, ends with or holds ``text``; all do if it is empty."""
        if not text:
            return self.true
        return self._keep((Like, fact, where, text), lambda: Like(fact, where, text))

    def holds(self, fact: Fact, text: str) -> Term:
        """The set of texts has ``text`` in it."""
        return self._keep((Holds, fact, text), lambda: Holds(fact, text))

    # --- the algebra ------------------------------------------------------------------------

    def all(self, xs: Iterable[Term]) -> Term:
        return self._join(And, xs)

    def any(self, xs: Iterable[Term]) -> Term:
        return self._join(Or, xs)

    def both(self, x: Term, y: Term) -> Term:
        """``all`` of two."""
        return self.all((x, y))

    def neg(self, x: Term) -> Term:
        """The opposite, with every negation moved down to the atoms."""
        found = self._not.get(x)
        if found is None:
            found = self._negated(x)
            self._not[x], self._not[found] = found, x
        return found

    def iff(self, x: Term, y: Term) -> Term:
        """Both or neither."""
        return self.any((self.all((x, y)), self.all((self.neg(x), self.neg(y)))))

    # --- how --------------------------------------------------------------------------------

    def _keep(self, key: tuple[object, ...], make: Callable[[], Term]) -> Term:
        # The class of a value is part of the key, since True == 1 in Python.
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = make()
            self._number[found] = len(self._number)
        return found

    def _negated(self, x: Term) -> Term:
        match x:
            case Const(value):
                return self.const(not value)
            case And(terms):
                return self.any(self.neg(t) for t in terms)
            case Or(terms):
                return self.all(self.neg(t) for t in terms)
            case Not(atom):
                return atom
            case _:
                return self._keep((Not, x), lambda: Not(x))

    def _join(self, kind: _Join, xs: Iterable[Term]) -> Term:
        unit, zero = (self.true, self.false) if kind is And else (self.false, self.true)
        parts: dict[Term, None] = {}
        for x in xs:
            if x is zero:
                return zero
            if x is not unit:
                parts.update(dict.fromkeys(x.terms if isinstance(x, kind) else (x,)))
        if len(parts) > 1:
            parts = self._equalities(kind, parts)
        if zero in parts or any(self.neg(p) in parts for p in parts):
            return zero
        parts.pop(unit, None)
        smaller = self._absorbed(kind, parts)
        if smaller != list(parts):
            return self._join(kind, smaller)
        if factored := self._factored(kind, smaller):
            return self._join(kind, factored)
        return self._made_of(kind, smaller, unit)

    def _made_of(self, kind: _Join, parts: list[Term], unit: Term) -> Term:
        if len(parts) < 2:
            return parts[0] if parts else unit
        ordered = tuple(sorted(parts, key=self._number.__getitem__))
        return self._keep((kind, *ordered), lambda: kind(ordered))

    def _equalities(self, kind: _Join, parts: dict[Term, None]) -> dict[Term, None]:
        """Every ``OneOf`` of one fact, negated or not, made one."""
        by_fact: dict[Fact, list[Term]] = {}
        for part in parts:
            atom = part.atom if isinstance(part, Not) else part
            if isinstance(atom, OneOf):
                by_fact.setdefault(atom.fact, []).append(part)
        for fact, same in by_fact.items():
            if len(same) > 1:
                for part in same:
                    del parts[part]
                parts[self._merged(kind, fact, same)] = None
        return parts

    def _merged(self, kind: _Join, fact: Fact, same: list[Term]) -> Term:
        sets = [_as_set(t) for t in same]
        if kind is Or:  # the union is the complement of the intersection of the complements
            sets = [(values, not left_out) for values, left_out in sets]
        values, left_out = reduce(_both, sets)
        if kind is Or:
            left_out = not left_out
        found = self.one_of(fact, values)
        return self.neg(found) if left_out else found

    def _absorbed(self, kind: _Join, parts: Iterable[Term]) -> list[Term]:
        """Without what another part implies, and without what another part rules out."""
        dual, known, kept = _DUAL[kind], set(parts), []
        inside = {p: frozenset(p.terms) for p in known if isinstance(p, dual)}
        for part in parts:
            if not isinstance(part, dual):
                kept.append(part)
                continue
            inner = inside[part]
            if not inner.isdisjoint(known) or any(other < inner for other in inside.values()):
                continue
            open_ = [t for t in part.terms if self.neg(t) not in known]
            kept.append(part if len(open_) == len(inner) else self._join(dual, open_))
        return kept

    def _factored(self, kind: _Join, parts: list[Term]) -> list[Term]:
        """The parts with what all compound ones share written once; empty if nothing is shared."""
        dual = _DUAL[kind]
        compound = [p for p in parts if isinstance(p, dual)]
        if len(compound) < 2:
            return []
        shared = reduce(set.intersection, (set(p.terms) for p in compound))
        if not shared:
            return []
        rests = [self._join(dual, (t for t in p.terms if t not in shared)) for p in compound]
        factors = sorted(shared, key=self._number.__getitem__)
        together = self._join(dual, (*factors, self._join(kind, rests)))
        return [*(p for p in parts if not isinstance(p, dual)), together]


def _as_set(term: Term) -> tuple[frozenset[str | int], bool]:
    """The values of an equality, and whether they are the ones left out."""
    if isinstance(term, Not):
        assert isinstance(term.atom, OneOf)
        return term.atom.values, True
    assert isinstance(term, OneOf)
    return term.values, False


def _both(
    x: tuple[frozenset[str | int], bool], y: tuple[frozenset[str | int], bool]
) -> tuple[frozenset[str | int], bool]:
    """The intersection of two sets, each given by its values or by those it leaves out."""
    (a, a_out), (b, b_out) = x, y
    if a_out and b_out:
        return a | b, True
    if a_out:
        return b - a, False
    return (a - b if b_out else a & b), False


BOOL_TRUE = frozenset((1,))
"""The values of a fact that is true: ``OneOf`` names it as a number."""


def is_true(terms: Terms, fact: Fact) -> Term:
    """A fact of type ``BOOL`` as a term."""
    assert fact.type is FactType.BOOL
    return terms.one_of(fact, BOOL_TRUE)
