"""One policy as a term over the facts that are open.

This is Cedar's evaluator (Cutler et al., OOPSLA 2024, section 3) in a world of which some facts are
not known. An expression comes to its *choices*, values with the condition under which each is the
one; where nothing is open there is a single choice under ``true``. The choices of a boolean
expression are one term. With all known the term is ``true`` or ``false``, as Cedar says; tests hold
the two together. What is open is the world's to say: with the row open, what is left of a rule is
what a search asks of each row; with everything open, it is the rule as a formula.

The language is that of packs (DESIGN, section 5); its policies are validated against the schema, so
that none can err. What no database can be asked is a ``ShapeError`` that quotes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from cedarpy import pst

from ..model.terms import Fact, FactType, Term
from . import cedar
from .terms import Terms, is_true
from .world import Attributes, Cases, Entity, Time, Value, World, moment


class ShapeError(ValueError):
    """An expression that cannot be searched: the sentence quotes it and says what to write."""

    def __init__(self, expr: pst.Expr, instead: str) -> None:
        super().__init__(f"'{cedar.quoted(expr)}' cannot be searched: {instead}")


Choice = tuple[Term, Value]

_CLASS = {FactType.TEXT: str, FactType.LONG: int, FactType.TIME: Time, FactType.AGENCY: Entity}


class Lowering:
    """Policies of one world as terms of one family.

    Args:
        thorough: look also at what the known facts decide already, as a check must, for which the
            facts stand only for their types.
    """

    def __init__(self, terms: Terms, world: World, *, thorough: bool = False) -> None:
        self.terms, self.world, self.thorough = terms, world, thorough

    def policy(self, policy: pst.Template) -> Term:
        """When the policy applies. Its action is the caller's to match.

        Raises:
            ShapeError: something in it cannot be searched.
        """
        parts = [
            self._scope("principal", policy.principal),
            self._scope("resource", policy.resource),
        ]
        for clause in policy.clauses:
            if self.terms.false in parts and not self.thorough:
                break
            holds = self.truth(clause.expr)
            parts.append(holds if isinstance(clause, pst.When) else self.terms.neg(holds))
        return self.terms.all(parts)

    def _scope(
        self, name: Literal["principal", "resource"], said: pst.PrincipalOrResourceConstraint
    ) -> Term:
        var = pst.Var(name)
        match said:
            case pst.ScopeEq(pst.EntityUid() as uid):
                return self.truth(pst.BinaryOp("eq", var, pst.EntityLit(uid)))
            case pst.ScopeIn(pst.EntityUid() as uid):
                return self.truth(pst.BinaryOp("in", var, pst.EntityLit(uid)))
            case pst.ScopeIs(type):
                return self.truth(pst.Is(var, type, None))
            case pst.ScopeIsIn(type, pst.EntityUid() as uid):
                return self.truth(pst.Is(var, type, pst.EntityLit(uid)))
        return self.terms.true

    def truth(self, expr: pst.Expr) -> Term:
        """A boolean expression as one term."""
        match expr:
            case pst.BoolLit(value):
                return self.terms.const(value)
            case pst.UnaryOp("not", arg):
                return self.terms.neg(self.truth(arg))
            case pst.BinaryOp("and" | "or" as op, left, right):
                return self._and_or(op, left, right)
            case pst.IfThenElse() | pst.GetAttr():
                pass
            case pst.BinaryOp() | pst.Like() | pst.Is() | pst.HasAttr():
                return self.terms.any(self._tests(expr))
            case _:
                raise ShapeError(expr, "compare facts with literals")
        return self.terms.any(
            self.terms.all((when, self._as_term(expr, v))) for when, v in self.choices(expr)
        )

    def _and_or(self, op: str, left: pst.Expr, right: pst.Expr) -> Term:
        first = self.truth(left)
        decided = self.terms.false if op == "and" else self.terms.true
        if first is decided and not self.thorough:  # Cedar does not look further either
            return first
        both = (first, self.truth(right))
        return self.terms.all(both) if op == "and" else self.terms.any(both)

    def _as_term(self, expr: pst.Expr, value: Value) -> Term:
        if isinstance(value, Term):
            return value
        raise ShapeError(expr, "a condition is true or false")

    def _tests(self, expr: pst.Expr) -> Iterator[Term]:
        """A test of one or two values, for each choice of them."""
        match expr:
            case pst.BinaryOp(op, left, right):
                for when, a in self.choices(left):
                    for also, b in self.choices(right):
                        yield self.terms.all((when, also, self._binary(expr, op, a, b)))
            case pst.Like(base, pattern):
                for when, a in self.choices(base):
                    yield self.terms.all((when, self._like(expr, a, pattern)))
            case pst.Is(base, type, inside):
                holds = self._is(base, type)
                if inside is not None and (self.thorough or holds is not self.terms.false):
                    inner = self.truth(pst.BinaryOp("in", base, inside))
                    holds = self.terms.all((holds, inner))
                yield holds
            case pst.HasAttr(base, (attr, *more)):
                for when, a in self.choices(base):
                    has = self.terms.const(attr in self._attributes(expr, a))
                    if more and has is self.terms.true:
                        has = self.truth(pst.HasAttr(pst.GetAttr(base, attr), tuple(more)))
                    yield self.terms.all((when, has))

    # --- values -----------------------------------------------------------------------------

    def choices(self, expr: pst.Expr) -> list[Choice]:
        """The values that ``expr`` may have, each with its condition."""
        match expr:
            case pst.StringLit(value) | pst.LongLit(value):
                return self._one(value)
            case pst.EntityLit(uid):
                return self._one(_entity(uid))
            case pst.Var(name):
                return self._one(self.world.variables[name])
            case pst.UnaryOp("datetime", pst.StringLit(text)):
                return self._one(moment(text))
            case pst.GetAttr(base, attr):
                return [
                    c for when, v in self.choices(base) for c in self._attr(expr, when, v, attr)
                ]
            case pst.IfThenElse(test, yes, no):
                return self._branches(test, yes, no)
            case pst.Set(elements):
                return self._one(frozenset(self._element(expr, e) for e in elements))
            case pst.BoolLit() | pst.BinaryOp() | pst.Like() | pst.Is() | pst.HasAttr():
                return self._one(self.truth(expr))
            case pst.UnaryOp("not"):
                return self._one(self.truth(expr))
        raise ShapeError(expr, "compare facts with literals")

    def _one(self, value: Value) -> list[Choice]:
        return [(self.terms.true, value)]

    def _branches(self, test: pst.Expr, yes: pst.Expr, no: pst.Expr) -> list[Choice]:
        when, found = self.truth(test), []
        for condition, branch in ((when, yes), (self.terms.neg(when), no)):
            if self.thorough or condition is not self.terms.false:
                found += [(self.terms.all((condition, c)), v) for c, v in self.choices(branch)]
        return found

    def _element(self, whole: pst.Expr, element: pst.Expr) -> Value:
        """An element of a set: a literal or a fact."""
        found = self.choices(element)
        if len(found) == 1 and not isinstance(found[0][1], Attributes | frozenset):
            return found[0][1]
        raise ShapeError(whole, "a set holds literals; compare the fact with each of them")

    def _attr(self, expr: pst.Expr, when: Term, base: Value, attr: str) -> Iterator[Choice]:
        if isinstance(base, Fact):  # an open agency: one choice for each value that it has
            by_value: dict[Value, list[str]] = {}
            for agency in self.world.agencies:
                value = self._attributes(expr, agency)[attr]
                by_value.setdefault(value, []).append(agency.id)
            for value, ids in by_value.items():
                yield self.terms.all((when, self.terms.one_of(base, ids))), value
            return
        known = self._attributes(expr, base)
        if attr not in known:
            raise ShapeError(expr, "there is no such fact")
        match known[attr]:
            case Cases() as cases:
                yield from ((self.terms.all((when, also)), value) for also, value in cases)
            case Fact(_, FactType.BOOL) as fact:
                yield when, is_true(self.terms, fact)
            case value:
                yield when, value

    def _attributes(self, expr: pst.Expr, base: Value) -> Attributes:
        match base:
            case Entity():
                return self.world.attributes.get(base, Attributes())
            case Fact(_, FactType.AGENCY):
                return self.world.attributes[self.world.agencies[0]]
            case Attributes():
                return base
        raise ShapeError(expr, "only an entity or the context has facts")

    # --- tests of values --------------------------------------------------------------------

    def _binary(self, expr: pst.Expr, op: str, a: Value, b: Value) -> Term:
        match op:
            case "eq":
                return self._equal(expr, a, b)
            case "not_eq":
                return self.terms.neg(self._equal(expr, a, b))
            case "less":
                return self._less(expr, a, b)
            case "greater":
                return self._less(expr, b, a)
            case "greater_eq":
                return self.terms.neg(self._less(expr, a, b))
            case "less_eq":
                return self.terms.neg(self._less(expr, b, a))
            case "in":
                return self._in(expr, a, b)
            case "contains":
                return self._contains(expr, a, b)
        raise ShapeError(expr, f"{op} is not in the language of packs")

    def _equal(self, expr: pst.Expr, a: Value, b: Value) -> Term:
        if isinstance(a, Term) or isinstance(b, Term):
            if isinstance(a, Term) and isinstance(b, Term):
                return self.terms.iff(a, b)
            return self.terms.false
        if isinstance(b, Fact) and not isinstance(a, Fact):
            a, b = b, a
        if not isinstance(a, Fact):
            self._named(expr, a, b)
            return self.terms.const(type(a) is type(b) and a == b)
        if FactType.TEXTS in (a.type, b.type if isinstance(b, Fact) else a.type):
            raise ShapeError(expr, "ask what a set contains, one text at a time")
        if isinstance(b, Fact):
            return self.terms.pair("=", a, b) if a.type is b.type else self.terms.false
        return self._among(a, (b,))

    def _named(self, expr: pst.Expr, *values: Value) -> None:
        if any(isinstance(v, Entity) and v in self.world.nameless for v in values):
            raise ShapeError(expr, "law names agencies, not persons or papers")

    def _among(self, fact: Fact, values: Iterable[Value]) -> Term:
        """The fact is one of ``values``; those of another type it is not."""
        kept = (v for v in values if type(v) is _CLASS[fact.type])
        return self.terms.one_of(fact, [_plain(v) for v in kept if _agency_or_plain(v)])

    def _less(self, expr: pst.Expr, a: Value, b: Value) -> Term:
        match a, b:
            case Fact(), Fact():
                return self.terms.pair("<", a, b)
            case Fact(), int() | Time():
                return self.terms.below(a, _number(b))
            case int() | Time(), Fact():  # a < fact: the fact is not below a + 1
                return self.terms.neg(self.terms.below(b, _number(a) + 1))
            case ((int() | Time()), (int() | Time())):
                return self.terms.const(_number(a) < _number(b))
        raise ShapeError(expr, "only numbers and times have an order")

    def _in(self, expr: pst.Expr, a: Value, b: Value) -> Term:
        if isinstance(b, frozenset):
            return self.terms.any(self._in(expr, a, each) for each in sorted(b, key=str))
        match a, b:
            case Entity(), Entity():
                self._named(expr, a, b)
                return self.terms.const(b in self.world.above(a))
            case Entity(), Fact(_, FactType.AGENCY):
                return self._among(b, self.world.above(a))
            case Fact(_, FactType.AGENCY), Entity():
                return self.terms.one_of(a, (b.id, *self.world.inside(b)))
            case Fact(_, FactType.AGENCY), Fact(_, FactType.AGENCY):
                further = (  # each agency is in itself: only what is above it is left to list
                    self.terms.all(
                        (self._among(a, (e,)), self._among(b, self.world.above(e) - {e}))
                    )
                    for e in self.world.agencies
                )
                return self.terms.any((self.terms.pair("=", a, b), *further))
        raise ShapeError(expr, "only agencies are in one another")

    def _contains(self, expr: pst.Expr, a: Value, b: Value) -> Term:
        match a, b:
            case frozenset(), _ if not isinstance(b, frozenset):
                return self.terms.any(self._equal(expr, each, b) for each in sorted(a, key=str))
            case Fact(_, FactType.TEXTS), str():
                return self.terms.holds(a, b)
        raise ShapeError(expr, "contains takes a literal")

    def _like(self, expr: pst.Expr, a: Value, pattern: tuple[pst.PatternElem, ...]) -> Term:
        inner = "".join(c.value for c in pattern if isinstance(c, pst.Char))
        first = bool(pattern) and isinstance(pattern[0], pst.Wildcard)
        last = bool(pattern) and isinstance(pattern[-1], pst.Wildcard)
        if any(isinstance(p, pst.Wildcard) for p in pattern[1:-1]):
            raise ShapeError(expr, "like takes a prefix, a suffix or a contained text")
        if len(pattern) == 1 and first:
            inner, last = "", True
        match a:
            case str():
                return self.terms.const(_matches(a, inner, first, last))
            case Fact(_, FactType.TEXT) if not (first or last):
                return self.terms.one_of(a, (inner,))
            case Fact(_, FactType.TEXT):
                if first and last:
                    return self.terms.like(a, "holds", inner)
                return self.terms.like(a, "ends" if first else "starts", inner)
        raise ShapeError(expr, "like is asked of a text")

    def _is(self, base: pst.Expr, type: pst.EntityType) -> Term:
        found = []
        for when, value in self.choices(base):
            match value:
                case Entity(name, _):
                    found.append(self.terms.all((when, self.terms.const(name == str(type)))))
                case Fact(_, FactType.AGENCY):
                    found.append(self.terms.all((when, self.terms.const(str(type) == "Agency"))))
                case _:
                    raise ShapeError(base, "only an entity has a type")
        return self.terms.any(found)


def _entity(uid: pst.EntityUid) -> Entity:
    return Entity(str(uid.type), uid.id)


def _agency_or_plain(value: Value) -> bool:
    return not isinstance(value, Entity) or value.type == "Agency"


def _plain(value: Value) -> str | int:
    match value:
        case Time(ms):
            return ms
        case Entity(_, id):
            return id
        case str() | int():
            return value
    raise AssertionError(value)


def _number(value: int | Time) -> int:
    return value.ms if isinstance(value, Time) else value


def _matches(text: str, inner: str, first: bool, last: bool) -> bool:
    if first and last:
        return inner in text
    if first:
        return text.endswith(inner)
    return text.startswith(inner) if last else text == inner
