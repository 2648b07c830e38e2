"""A cut-off as law: a new version of the custodian's own pack, and the roads that it closes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ..model.actions import ACTIONS, Action, Family
from ..model.decision import RuleRef, Struck
from ..model.errors import BadUse
from ..model.evidence import Document
from ..model.request import Known, Person, Request
from ..model.words import Outcome, Tri
from . import cedar
from .amend import amended
from .book import Book
from .changes import document_for
from .decide import decide
from .facts import Cast

_TEMPLATE = """// Cut off by two administrators' keys. Undone only by a new version that two sign.

@id("{id}")
@cite("Own pack: permanent cut-off of {agency}")
@summary("Must not answer {agency} or any part of it, asking for itself or through another{save}")
forbid (principal, action in Action::"any", resource)
when {{
  {requester} ||
  {represented}
}};
"""


@dataclass(frozen=True, slots=True)
class Road:
    """One way in which an agency may ask: who, for whom, what, on which evidence."""

    requester: str
    represented: str
    action: str
    basis: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Crossing:
    """A road before and after the cut-off, and the rules that decide it after."""

    road: Road
    before: Outcome
    after: Outcome
    deciding: tuple[RuleRef, ...]
    voided_by: tuple[Struck, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """What a cut-off would do, by trying every road that the rules tell apart.

    Attributes:
        closed: roads that open now and would not; of roads with the same asker and action, those
            with the fewest papers.
        open_still: roads that higher law keeps open: a court's order, a higher *must*.
        shut_already: how many roads do not open even now.
        voided_by: rules of higher law that strike the cut-off, undisputed; it must not be signed.
        disputed: roads that would end in conflict.
    """

    agency: str
    excepted: tuple[str, ...]
    book: Book
    closed: tuple[Crossing, ...]
    open_still: tuple[Crossing, ...]
    disputed: tuple[Crossing, ...]
    shut_already: int
    voided_by: tuple[Struck, ...]


def rule_text(agency: str, excepted: Sequence[str]) -> str:
    """The rule that cuts ``agency`` and its parts off, save ``excepted`` and theirs."""

    def side(who: str) -> str:
        save = "".join(f' && !(context.{who} in Agency::"{e}")' for e in excepted)
        return f'(context.{who} in Agency::"{agency}"{save})'

    return _TEMPLATE.format(
        id=rule_id(agency),
        agency=agency,
        save=f", save {' and '.join(excepted)}" if excepted else "",
        requester=side("requester"),
        represented=side("represented"),
    )


def rule_id(agency: str) -> str:
    """The id of the rule that cuts ``agency`` off, within its pack."""
    return "cut-off-" + "".join(c if c.isalnum() else "-" for c in agency.lower())


def draft(book: Book, custodian: str, agency: str, excepted: Sequence[str], folder: Path) -> Book:
    """The book with the cut-off in ``custodian``'s own pack, its texts drafted in ``folder``.

    Raises:
        BadUse: that agency is cut off already, or it is the custodian itself.
        PackError: no pack is the custodian's own.
    """
    own = book.custodian(custodian).own_pack
    if agency == custodian:
        raise BadUse(f"{custodian} cannot cut itself off.")
    if book.rule(f"{own}/{rule_id(agency)}") is not None:
        raise BadUse(f"{agency} is cut off already, by {own}/{rule_id(agency)}.")
    return amended(book, own, rule_id(agency), rule_text(agency, excepted), folder)


def effect(
    before: Book, after: Book, custodian: str, cast: Cast, agency: str, excepted: Sequence[str],
    at: datetime,
) -> Effect:  # fmt: skip
    """Decide every road under both books."""
    crossings = list(_cross(before, after, custodian, cast, agency, at))
    own = after.custodian(custodian).own_pack
    cut = f"{own}/{rule_id(agency)}"
    voided = {
        s.by.id: s for c in crossings for s in c.voided_by if s.rule.id == cut and not s.by.disputed
    }
    return Effect(
        agency=agency,
        excepted=tuple(excepted),
        book=after,
        closed=_smallest(c for c in crossings if c.before.opens and not c.after.opens),
        open_still=_smallest(c for c in crossings if c.after.opens),
        disputed=_smallest(c for c in crossings if c.after is Outcome.CONFLICT),
        shut_already=sum(not c.before.opens and not c.after.opens for c in crossings),
        voided_by=tuple(voided.values()),
    )


def _smallest(crossings: Iterable[Crossing]) -> tuple[Crossing, ...]:
    """Without those that only bring more papers than another, to the same end by the same rules."""
    found: dict[tuple[object, ...], list[Crossing]] = {}
    for c in sorted(crossings, key=lambda c: len(c.road.basis)):
        road = c.road
        same = found.setdefault((road.action, road.requester, road.represented), [])
        if not any(set(less.road.basis) <= set(road.basis) for less in same):
            same.append(c)
    return tuple(c for same in found.values() for c in same)


def _cross(
    before: Book, after: Book, custodian: str, cast: Cast, agency: str, at: datetime
) -> Iterator[Crossing]:
    old, new = before.custodian(custodian), after.custodian(custodian)
    for road in roads(before, custodian, cast, agency):
        known = _known(road, custodian, cast, at)
        decided = decide(after, new, cast, known)
        yield Crossing(
            road,
            decide(before, old, cast, known).outcome,
            decided.outcome,
            decided.deciding,
            tuple(s for s in decided.struck if s.how == "protects"),
        )


def roads(book: Book, custodian: str, cast: Cast, agency: str) -> Iterator[Road]:
    """Each part of ``agency`` asking for itself, and another agency asking for it, for every
    action of outside agencies, on no evidence, on each kind that a rule reads, and on all of them.
    """
    parts = [a for a in cast.agencies if cast.within(a, agency)]
    other = next(
        (a.id for a in cast.agencies.values()
         if a.criminal_justice is Tri.YES and a.enforces_civil_immigration is Tri.NO
         and not cast.within(a.id, custodian)),
        "",
    )  # fmt: skip
    askers = [(p, p) for p in parts] + [(other, p) for p in parts if other]
    for action in ACTIONS.values():
        if not action.outside_groups:
            continue
        for basis in _bases(book, custodian, action):
            for requester, represented in askers:
                yield Road(requester, represented, action.name, basis)


def _bases(book: Book, custodian: str, action: Action) -> list[tuple[str, ...]]:
    compiled = book.compiled(book.custodian(custodian), action.name)
    tokens = sorted(
        {
            word
            for rule in compiled.rules.values()
            for path, word in cedar.literals(rule.clauses)
            if path == "context.verified" or (path == "context.document.kind" and word != "none")
        }
    )
    singles = [(t,) for t in (*tokens, "officer-decision")]
    return [(), *dict.fromkeys(singles), (*tokens, "officer-decision")]


def _known(road: Road, custodian: str, cast: Cast, at: datetime) -> Known:
    person = Person("someone", road.requester, "officer",
                    cast.agencies[road.requester].enforces_civil_immigration)  # fmt: skip
    family = ACTIONS[road.action].family
    request = Request(
        action=road.action,
        represented=road.represented,
        purpose="C",
        custodian=custodian,
        dataset="incident" if family is Family.RECORDS else "",
        case="a case",
    )
    documents = tuple(_document(t, road.action, custodian, at) for t in road.basis)
    return Known(
        at=at,
        person=person,
        requester=cast.agencies[road.requester],
        represented=cast.agencies[road.represented],
        request=request,
        documents=documents,
    )


def _document(token: str, action: str, custodian: str, at: datetime) -> Document:
    document = document_for(token, action)
    if document.kind == "officer-decision":
        document = replace(
            document, agency=custodian, accepts=frozenset((action,)), issued_by="custodian-officer"
        )
    elif document.kind in ("judicial-warrant", "court-order") and document.court == "none":
        document = replace(document, issued_by="federal-magistrate")
    elif document.kind in ("detainer", "administrative-warrant"):
        document = replace(document, issued_by="immigration-officer")
    return document.as_verified("(supposed)", at)
