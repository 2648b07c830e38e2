"""The law of one request as a condition on rows: which are shown, and which masks open in each.

The same steps as ``decide``, over terms and with the row open: what is left of each rule, what
``combine`` makes of it for each document, which documents count. Beyond them a row that is sealed,
a juvenile's or expunged, or not known to be neither, is shown only where its own mask opens as
well: what no rule opens nobody sees.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from ..model.actions import ACTIONS, ROW_MASKS
from ..model.decision import Decision
from ..model.evidence import NO_DOCUMENT
from ..model.request import Known, RowFacts
from ..model.terms import And, Fact, FactType, Left, RowFilter, Term, as_json, facts_of, in_words
from ..model.words import Outcome, Tri
from . import facts
from .book import Book, Compiled, Custodian
from .combine import TRUTH, Algebra, B, Question, combine
from .decide import counting, question
from .facts import Cast
from .lower import Lowering
from .rules import Rule
from .terms import Terms
from .witness import Plain, witness
from .world import World, worlds

_ROW = "resource."
_TOLD = "see:withheld"
Said = dict[str, list[tuple[Rule, Term]]]
"""Section → the rules in force that may fire, each with its condition."""


def row_filter(book: Book, custodian: Custodian, cast: Cast, known: Known) -> RowFilter:
    """Which rows ``known`` may see. Where nothing can be decided, none.

    Raises:
        ShapeError: a rule cannot be searched; ``check`` refuses such a pack.
    """
    terms, known = Terms(), replace(known, row=RowFacts())
    action = ACTIONS[known.request.action]
    compiled = book.compiled(custodian, action.name)
    if facts.unknown_agencies(known, cast, compiled.agencies):
        nothing = RowFilter(book.version, terms.false, {}, terms.false, (), RowFacts())
        return replace(nothing, digest=_digest(nothing, custodian, action.name))
    documents = known.documents or (NO_DOCUMENT,)
    there = worlds(terms, cast, known, documents, row_open=True)
    said = [_said(terms, world, compiled, known) for world in there]

    def opening(section: str) -> list[Term]:
        ask = question(ACTIONS[section], custodian, known)
        return [_opens(each.get(section, ()), ask, terms) for each in said]

    read = _facts(said)
    opens = counting(documents, opening(action.name), known.at, terms)
    masks = {mask: terms.any(map(terms.both, opens, opening(mask))) for mask in action.masks}
    shown = terms.all(
        (
            terms.any(opens),
            _not_hidden(lambda fact: terms.one_of(fact, (Tri.NO,)), masks.__getitem__, terms),
            *_known_agencies(terms, cast, read),
        )
    )
    told = terms.any(counting(documents, opening(_TOLD), known.at, terms))
    made = RowFilter(
        book=book.version,
        condition=shown,
        masks={mask: _of_shown(terms, opens, shown) for mask, opens in masks.items()},
        told=terms.both(terms.neg(shown), told),
        facts=read,
        example=_example(terms, shown, cast, custodian),
        left=tuple(_left(terms, said)),
    )
    return replace(made, digest=_digest(made, custodian, action.name))


def _digest(made: RowFilter, custodian: Custodian, action: str) -> str:
    masks = {mask: as_json(term) for mask, term in sorted(made.masks.items())}
    said = [made.book, custodian.id, action, as_json(made.condition), masks, as_json(made.told)]
    return sha256(json.dumps(said).encode()).hexdigest()


def shows(decision: Decision, row: RowFacts) -> frozenset[str] | None:
    """What Cedar's decision about one row comes to: the masks that open; None: not shown."""

    def plain(fact: Fact) -> bool:
        return bool(getattr(row, fact.name.removeprefix(_ROW)) is Tri.NO)

    seen = decision.outcome.opens and _not_hidden(plain, decision.masks.__contains__, TRUTH)
    return decision.masks if seen else None


def _of_shown(terms: Terms, mask: Term, shown: Term) -> Term:
    """When the mask is open, of the rows that are shown."""
    known = set(shown.terms if isinstance(shown, And) else (shown,))
    return terms.all(
        t for t in (mask.terms if isinstance(mask, And) else (mask,)) if t not in known
    )


def _not_hidden(plain: Callable[[Fact], B], opens: Callable[[str], B], alg: Algebra[B]) -> B:
    """No fact hides the row, or the mask of each one that does is open."""
    return alg.all(
        alg.any((plain(Fact(_ROW + name, FactType.TEXT)), opens(mask)))
        for name, mask in ROW_MASKS.items()
    )


def _said(terms: Terms, world: World, compiled: Compiled, known: Known) -> Said:
    lowering, found = Lowering(terms, world), Said()
    for name, template in compiled.templates.items():
        rule = compiled.rules[name]
        if rule.in_force(known.at) and (when := lowering.policy(template)) is not terms.false:
            found.setdefault(name.partition("|")[0], []).append((rule, when))
    return found


def _opens(rules: Sequence[tuple[Rule, Term]], ask: Question[bool], terms: Terms) -> Term:
    of_terms = Question(
        ask.action, ask.own_pack, ask.lowest, ask.stands_in, terms.const(ask.officer)
    )
    outcome = combine(rules, of_terms, terms).outcome
    return terms.any((outcome[Outcome.REQUIRE], outcome[Outcome.PERMIT]))


def _facts(said: Sequence[Said]) -> tuple[Fact, ...]:
    """What any rule that may fire reads of a row, and what hides one."""
    terms = (term for each in said for rules in each.values() for _, term in rules)
    hiding = (Fact(_ROW + name, FactType.TEXT) for name in ROW_MASKS)
    read = {*hiding, *(fact for term in terms for fact in facts_of(term))}
    return tuple(sorted(read, key=lambda f: f.name))


def _known_agencies(terms: Terms, cast: Cast, read: Iterable[Fact]) -> Iterator[Term]:
    """A row of an agency that nobody knows is unavailable, where a rule asks for its agency."""
    return (terms.one_of(f, cast.agencies) for f in read if f.type is FactType.AGENCY)


def _example(terms: Terms, shown: Term, cast: Cast, custodian: Custodian) -> RowFacts:
    plain = RowFacts(origin=custodian.id)

    def domain(fact: Fact) -> list[Plain]:
        first = getattr(plain, fact.name.removeprefix(_ROW))
        if fact.type is FactType.TEXT:
            return [first, *Tri]
        return [first, *cast.agencies] if fact.type is FactType.AGENCY else [first]

    found: dict[str, Any] = {
        fact.name.removeprefix(_ROW): Tri(str(value)) if fact.type is FactType.TEXT else value
        for fact, value in (witness(terms, shown, domain) or {}).items()
    }
    return replace(RowFacts(), **found)


def _left(terms: Terms, said: Sequence[Said]) -> Iterator[Left]:
    when: dict[tuple[str, Rule], list[Term]] = {}
    for each in said:
        for section, rules in each.items():
            for rule, term in rules:
                when.setdefault((section, rule), []).append(term)
    for (section, rule), found in when.items():
        yield Left(section, rule.ref, in_words(terms.any(found)))
