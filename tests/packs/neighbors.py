"""Worked requests side by side: which rules fired in each, and in how many facts two differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from cleargate.law.book import Book, Custodian
from cleargate.law.decide import Failed, ask_cedar
from cleargate.law.facts import Cast
from cleargate.law.scenarios import Paper, Scenario, Stage, as_known, place
from cleargate.model.evidence import NO_DOCUMENT

_PLAIN = (
    "action",
    "custodian",
    "role",
    "purpose",
    "case",
    "kind",
    "dataset",
    "at",
    "own_grants",
    "own_rules",
)
_PAPER = tuple(f for f in Paper.__struct_fields__ if f not in ("kind", "form", "issued_by"))


@dataclass(frozen=True)
class Fired:
    """A worked request, and every rule that Cedar says fired in it, struck or not."""

    scenario: Scenario
    rules: frozenset[str]


def fired(book: Book, pack: str, stage: Stage, scenarios: Sequence[Scenario]) -> list[Fired]:
    """The rules of each scenario: for the act, for the masks, and the duties."""
    found = []
    placed: dict[tuple[object, ...], tuple[Custodian, Cast]] = {}
    for scenario in scenarios:
        key = (scenario.custodian, scenario.own_grants, scenario.own_rules)
        if key not in placed:
            placed[key] = place(book, pack, stage, scenario)
        custodian, cast = placed[key]
        known = as_known(scenario, custodian, cast)
        compiled = book.compiled(custodian, scenario.action)
        firings = ask_cedar(compiled, cast, known, known.documents or (NO_DOCUMENT,))
        told = [f for f in firings if not isinstance(f, Failed)]
        assert len(told) == len(firings), scenario.name
        rules = frozenset(r.id for f in told for rs in f.sections.values() for r in rs)
        found.append(Fired(scenario, rules))
    return found


def pairs(results: Sequence[Fired], rule: str) -> Iterator[tuple[Scenario, Scenario]]:
    """A request in which ``rule`` fires, and one that differs in one fact, in which it does not."""
    having = [r.scenario for r in results if rule in r.rules]
    lacking = [r.scenario for r in results if rule not in r.rules]
    return ((a, b) for a, b in product(having, lacking) if differences(a, b) == 1)


def differences(a: Scenario, b: Scenario) -> int:
    """In how many facts two requests differ.

    Who asks and for whom is one fact where each asks for itself. Which paper it is (its kind, form
    and issuer) is one fact, and so is a paper more or less.
    """
    count = _apart(a, b, _PLAIN)
    for one, other in ((a.custody, b.custody), (a.row, b.row)):
        count += sum(bool(one.get(f) != other.get(f)) for f in one.keys() | other.keys())
    own = [s.represented in ("", s.asker) for s in (a, b)]
    count += a.asker != b.asker if all(own) else (a.asker != b.asker) + (_for(a) != _for(b))
    return count + _papers(list(a.documents), list(b.documents))


def _for(scenario: Scenario) -> str:
    return scenario.represented or scenario.asker


def _papers(ours: list[Paper], theirs: list[Paper]) -> int:
    for paper in list(ours):
        if paper in theirs:
            ours.remove(paper)
            theirs.remove(paper)
    alike = sum(_paper(a, b) for a, b in zip(ours, theirs, strict=False))
    return alike + abs(len(ours) - len(theirs))


def _paper(a: Paper, b: Paper) -> int:
    return bool(_apart(a, b, ("kind", "form", "issued_by"))) + _apart(a, b, _PAPER)


def _apart(a: object, b: object, names: Sequence[str]) -> int:
    return sum(1 for name in names if getattr(a, name) != getattr(b, name))
