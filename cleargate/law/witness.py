"""A row of which a condition holds: the plainest there is, so that a search is decided for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

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
    atoms_of,
    facts_of,
    is_like,
)
from .terms import Terms

Plain = str | int | frozenset[str]
Domain = Callable[[Fact], Sequence[Plain]]
_MOST_LABELS = 4  # of more, only none, each and all are tried


def witness(terms: Terms, term: Term, domain: Domain) -> dict[Fact, Plain] | None:
    """Values for which ``term`` holds, or None when none were found.

    Args:
        domain: the values that a text or an agency may have, and the plain value of a number; the
            plainest first. Numbers and sets are tried where the term turns.
    """
    if isinstance(term, Const):
        return {} if term.value else None
    fact = min(facts_of(term), key=lambda f: f.name)
    for value in dict.fromkeys(_candidates(term, fact, domain)):
        found = witness(terms, given(terms, term, fact, value), domain)
        if found is not None:
            return {fact: value, **found}
    return None


def given(terms: Terms, term: Term, fact: Fact, value: Plain) -> Term:
    """``term`` where ``fact`` is ``value``."""
    match term:
        case And(parts):
            return terms.all(given(terms, p, fact, value) for p in parts)
        case Or(parts):
            return terms.any(given(terms, p, fact, value) for p in parts)
        case Not(atom):
            return terms.neg(given(terms, atom, fact, value))
        case Pair(op, left, right) if fact in (left, right):
            assert not isinstance(value, frozenset)
            if op == "=":
                return terms.one_of(right if fact == left else left, (value,))
            assert isinstance(value, int)
            below = terms.below(left, value) if fact == right else terms.below(right, value + 1)
            return below if fact == right else terms.neg(below)
        case OneOf(read, values) if read == fact:
            return terms.const(value in values)
        case Below(read, bound) if read == fact:
            return terms.const(isinstance(value, int) and value < bound)
        case Holds(read, text) if read == fact:
            return terms.const(isinstance(value, frozenset) and text in value)
        case Like(read, where, text) if read == fact:
            return terms.const(is_like(str(value), where, text))
    return term


def _candidates(term: Term, fact: Fact, domain: Domain) -> Iterator[Plain]:
    yield from domain(fact)
    atoms = [a for a in atoms_of(term) if fact in facts_of(a)]
    if fact.type is FactType.TEXTS:
        texts = sorted({a.text for a in atoms if isinstance(a, Holds)})
        few = len(texts) <= _MOST_LABELS
        for size in range(len(texts) + 1) if few else (0, 1, len(texts)):
            yield from map(frozenset, combinations(texts, size))
    if fact.type in (FactType.LONG, FactType.TIME):
        for atom in atoms:
            match atom:
                case Below(_, bound):
                    yield from (bound - 1, bound)
                case OneOf(_, values):
                    yield from values
