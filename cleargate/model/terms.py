"""Conditions as data: what law leaves open where some facts are not known.

``law`` makes terms and ``records`` prints them; neither knows the other. A term is made by
``law.terms.Terms`` only, which keeps equal terms one object, so that ``is`` is equality.

Every term is two-valued: a fact is never missing. What a database holds as NULL stands for a value,
which the catalogue names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from .decision import RuleRef
from .request import RowFacts


class FactType(StrEnum):
    """What a fact of a row is. Agencies are named by their ids."""

    TEXT = "text"
    LONG = "long"
    BOOL = "bool"
    TIME = "time"
    """Milliseconds since 1970 in UTC, as Cedar's ``datetime``."""
    AGENCY = "agency"
    TEXTS = "texts"


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact, named by the path by which rules read it: ``resource.sealed``."""

    name: str
    type: FactType

    @property
    def words(self) -> str:
        """The fact as a reader of one row would call it."""
        return self.name.removeprefix("resource.").replace("_", " ")


@dataclass(frozen=True, slots=True, eq=False)
class Const:
    """True or false, whatever the row."""

    value: bool


@dataclass(frozen=True, slots=True, eq=False)
class OneOf:
    """The fact is one of ``values``, of which there is at least one."""

    fact: Fact
    values: frozenset[str | int]


@dataclass(frozen=True, slots=True, eq=False)
class Below:
    """The number or time is below ``bound``."""

    fact: Fact
    bound: int


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two facts of one type: equal, or the left one below the right one."""

    op: Literal["=", "<"]
    left: Fact
    right: Fact


@dataclass(frozen=True, slots=True, eq=False)
class Like:
    """The text starts with, ends with or holds ``text``, case and all."""

    fact: Fact
    where: Literal["starts", "ends", "holds"]
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Holds:
    """The set of texts has ``text`` in it."""

    fact: Fact
    text: str


Atom = OneOf | Below | Pair | Like | Holds


@dataclass(frozen=True, slots=True, eq=False)
class Not:
    """The atom does not hold."""

    atom: Atom


@dataclass(frozen=True, slots=True, eq=False)
class And:
    """All of them hold."""

    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Or:
    """At least one of them holds."""

    terms: tuple[Term, ...]


Term = Const | Atom | Not | And | Or


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of one rule when everything but the row is known.

    Attributes:
        section: the action or mask that it speaks to.
        words: when it fires, in words about the row.
    """

    section: str
    rule: RuleRef
    words: str


@dataclass(frozen=True, slots=True, eq=False)
class RowFilter:
    """Which rows a request may see, and which of their masks are open. Made by ``law.filter``.

    Attributes:
        book: version of the law that it was made from.
        condition: the row is shown.
        masks: mask → when it is open in a row that is shown.
        told: the row is withheld, and that there is one may be told.
        facts: every fact of a row that a rule reads, or that hides a row.
        example: a row that is shown, a plain one if it can be; where none is, a plain one.
        left: every rule in force that may fire for some row, with what is left of it.
        digest: SHA-256 of the law's version, whose records, what for, and every condition, hex.
    """

    book: str
    condition: Term
    masks: Mapping[str, Term]
    told: Term
    facts: tuple[Fact, ...]
    example: RowFacts
    left: tuple[Left, ...] = ()
    digest: str = ""


def atoms_of(term: Term) -> Iterator[Atom]:
    """The atoms of ``term``, negated or not."""
    match term:
        case And(terms) | Or(terms):
            for each in terms:
                yield from atoms_of(each)
        case Not(atom):
            yield atom
        case OneOf() | Below() | Pair() | Like() | Holds():
            yield term


def facts_of(term: Term) -> frozenset[Fact]:
    """The facts that ``term`` reads."""
    return frozenset(f for atom in atoms_of(term) for f in _facts(atom))


def _facts(atom: Atom) -> tuple[Fact, ...]:
    match atom:
        case Pair(_, left, right):
            return (left, right)
        case OneOf(fact) | Below(fact) | Like(fact) | Holds(fact):
            return (fact,)


def is_like(value: str, where: str, text: str) -> bool:
    """What ``Like`` says of ``value``."""
    if where == "starts":
        return value.startswith(text)
    return value.endswith(text) if where == "ends" else text in value


def holds(term: Term, row: RowFacts, custodian: str) -> bool:
    """Whether the term is true of a row, of a custodian where the row has no other origin."""

    def of(fact: Fact) -> Any:
        value = getattr(row, fact.name.removeprefix("resource."))
        return (value or custodian) if fact.type is FactType.AGENCY else value

    match term:
        case Const(value):
            return value
        case And(terms):
            return all(holds(t, row, custodian) for t in terms)
        case Or(terms):
            return any(holds(t, row, custodian) for t in terms)
        case Not(atom):
            return not holds(atom, row, custodian)
        case OneOf(fact, values):
            return of(fact) in values
        case Below(fact, bound):
            return bool(of(fact) < bound)
        case Pair(op, left, right):
            return bool(of(left) == of(right) if op == "=" else of(left) < of(right))
        case Like(fact, where, text):
            return is_like(of(fact), where, text)
        case Holds(fact, text):
            return text in of(fact)


def as_json(term: Term) -> list[Any]:
    """A term written one way, whichever order its parts were made in."""
    match term:
        case Const(value):
            return ["always" if value else "never"]
        case And(terms) | Or(terms):
            parts = sorted((as_json(t) for t in terms), key=repr)
            return ["and" if isinstance(term, And) else "or", *parts]
        case Not(atom):
            return ["not", as_json(atom)]
        case OneOf(fact, values):
            return ["one of", fact.name, *sorted(values, key=repr)]
        case Below(fact, bound):
            return ["below", fact.name, bound]
        case Pair(op, left, right):
            return [op, left.name, right.name]
        case Like(fact, where, text):
            return [where, fact.name, text]
        case Holds(fact, text):
            return ["has", fact.name, text]


def in_words(term: Term) -> str:
    """A term as a reader of the law would say it."""
    match term:
        case Const(value):
            return "always" if value else "never"
        case And(terms) | Or(terms):
            word = " and " if isinstance(term, And) else " or "
            return word.join(_inside(t) for t in terms)
        case Not(atom):
            return _atom(atom, " not")
        case _:
            return _atom(term, "")


def _inside(term: Term) -> str:
    words = in_words(term)
    return f"({words})" if isinstance(term, And | Or) else words


def _atom(atom: Atom, no: str) -> str:
    match atom:
        case OneOf(fact, values):
            if fact.type is FactType.BOOL:
                return f"{fact.words} is{no} so"
            return f"{fact.words} is{no} {' or '.join(str(v) for v in sorted(values))}"
        case Below(fact, bound):
            return f"{fact.words} is{no} below {bound}"
        case Pair(op, left, right):
            return f"{left.words} is{no} {'the same as' if op == '=' else 'below'} {right.words}"
        case Like(fact, where, text):
            verb = {"starts": "start with", "ends": "end with", "holds": "hold"}[where]
            first, _, rest = verb.partition(" ")
            said = f"does not {verb}" if no else f"{first}s {rest}".rstrip()
            return f"{fact.words} {said} '{text}'"
        case Holds(fact, text):
            return f"{fact.words} {'do not hold' if no else 'hold'} '{text}'"
