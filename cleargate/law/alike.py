"""Which requests are decided alike: those that agree in everything that the rules for them read.

A decision is a function of the facts that it reads. The rules for an action read some ten of them,
found in their syntax trees; ``combine`` reads a few more, named in ``Alike.key``. What no rule
reads cannot change what is decided, so two requests with one key have one outcome, by the same
rules, with the same masks. A number that rules only compare with bounds counts by which bounds it
lies between, and of labels those count that a rule asks for. Where a rule reads something in a way
that is not known here, all facts are the key.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from operator import attrgetter
from typing import Any, Final

from cedarpy import pst

from ..model.actions import ACTIONS
from ..model.evidence import NO_DOCUMENT, SUPPORTING, Document
from ..model.request import CustodyFacts, Known, RowFacts
from ..model.words import Tri
from . import facts
from .book import Compiled
from .cedar import path_of, walk
from .facts import Cast

Getter = Callable[[Known, Cast, Document], object]

_FIXED: Final = ("action", "resource", "resource.custodian")
"""What is the same for every request of a compiled set: it was compiled for them."""
_AGENCIES: Final = ("context.requester", "context.represented", "principal.agency",
                    "resource.origin")  # fmt: skip
"""Whatever a rule reads below these is known by the agency's name, within one cast."""
_COMPARISONS: Final = ("less", "less_eq", "greater", "greater_eq", "eq", "not_eq")


@dataclass(frozen=True, slots=True)
class Alike:
    """What the rules of one compiled set read of a request.

    Attributes:
        named: the agencies that the rules name.
        sections: the action and the masks that its answer may open.
        read: what gives each fact of a request that is read; None: all of them.
        of_paper: the same for each paper that is decided.
    """

    named: frozenset[str]
    sections: frozenset[str]
    read: tuple[Getter, ...] | None
    of_paper: tuple[Getter, ...]

    @classmethod
    def of(cls, compiled: Compiled, action: str) -> Alike:
        """What the policies of ``compiled``, which are those for ``action``, read."""
        trees = tuple({t.id: t for t in compiled.templates.values()}.values())
        clauses = tuple(t.clauses for t in trees)
        paths = frozenset(_paths(clauses)) - set(_FIXED)
        getters = {path: _getter(path, clauses) for path in sorted(paths)}
        about = frozenset((action, *ACTIONS[action].masks))
        strange = {str(u.type) for u in pst.entity_uids(trees)} - {"Agency", "Action"}
        if strange or any(g is None for g in getters.values()):
            return cls(compiled.agencies, about, None, ())
        paper = "context.document."
        return cls(
            compiled.agencies,
            about,
            tuple(g for p, g in getters.items() if g and not p.startswith(paper)),
            tuple(g for p, g in getters.items() if g and p.startswith(paper)),
        )

    def key(self, known: Known, cast: Cast) -> tuple[object, ...]:
        """What two requests for one action of one custodian must share to be decided alike.

        Beside what the rules read: the day, on which rules begin and end; agencies that are named
        and unknown; the kind of help, which says whose grant it needs; what officers accepted; and
        of each paper whether it asks for something and whether it is verified.
        """
        documents = known.documents or (NO_DOCUMENT,)
        if self.read is None:
            return (known.at, replace(known.person, credential=""), known.requester,
                    known.represented, known.request, documents, known.custody, known.row,
                    self._unknown(known, cast))  # fmt: skip
        accepted = [d.accepts & self.sections for d in facts.officer_decisions(known)]
        return (
            known.at.date(),
            self._unknown(known, cast),
            known.request.kind,
            frozenset().union(*accepted),
            *[get(known, cast, NO_DOCUMENT) for get in self.read],
            *[self._paper(known, cast, d) for d in documents],
        )

    def _paper(self, known: Known, cast: Cast, document: Document) -> tuple[object, ...]:
        verified = document.verified(known.at) is Tri.YES
        read = [get(known, cast, document) for get in self.of_paper]
        return (document.kind in SUPPORTING, document.kind == "none", verified, *read)

    def _unknown(self, known: Known, cast: Cast) -> tuple[str, ...]:
        return tuple(facts.unknown_agencies(known, cast, self.named))


def _paths(node: object) -> Iterator[str]:
    """Every fact that is read, by its longest name."""
    if path := path_of(node):
        yield path
    elif isinstance(node, tuple):
        for item in node:
            yield from _paths(item)
    elif is_dataclass(node) and not isinstance(node, type):
        for each in fields(node):
            yield from _paths(getattr(node, each.name))


def _getter(path: str, clauses: object) -> Getter | None:
    """What gives a fact of a request; None for one that is not known here."""
    name = next((a for a in _AGENCIES if path.startswith(f"{a}.")), path)
    get = _GETTERS.get(name)
    if get and name in _NUMBERS:
        bounds = list(_bounds(path, clauses))
        if len(bounds) == sum(p == path for p in _paths(clauses)):  # it is read in no other way
            return _between(get, sorted(set(bounds)))
    if get and name == _LABELS:
        asked = list(_asked(path, clauses))
        if len(asked) == sum(p == path for p in _paths(clauses)):
            return lambda known, cast, document: known.row.labels.intersection(asked)
    return get


def _asked(path: str, clauses: object) -> Iterator[str]:
    """The text in each question whether the fact contains one."""
    for node in walk(clauses):
        match node:
            case pst.BinaryOp("contains", side, pst.StringLit(text)) if path_of(side) == path:
                yield text


def _bounds(path: str, node: object) -> Iterator[int]:
    """The number in each comparison of the fact with a number."""
    match node:
        case pst.BinaryOp(op, pst.LongLit(bound), side) if op in _COMPARISONS:
            if path_of(side) == path:
                yield bound
        case pst.BinaryOp(op, side, pst.LongLit(bound)) if op in _COMPARISONS:
            if path_of(side) == path:
                yield bound
    if isinstance(node, tuple):
        for item in node:
            yield from _bounds(path, item)
    elif is_dataclass(node) and not isinstance(node, type):
        for each in fields(node):
            yield from _bounds(path, getattr(node, each.name))


def _between(number: Getter, bounds: list[int]) -> Getter:
    def place(known: Known, cast: Cast, document: Document) -> object:
        value: Any = number(known, cast, document)
        return bisect_left(bounds, value), bisect_right(bounds, value)

    return place


def _known(name: str) -> Getter:
    get = attrgetter(name)
    return lambda known, cast, document: get(known)


def _enforces(fact: str) -> Getter:
    return lambda known, cast, document: facts.asker_enforces(known, fact)


def _of_paper(name: str) -> Getter:
    get = attrgetter(name)
    return lambda known, cast, document: get(document)


_GETTERS: Final[dict[str, Getter]] = {
    "context.at": _known("at"),
    "context.requester": _known("requester.id"),
    "context.represented": _known("represented.id"),
    "context.outside": lambda known, cast, document: facts.outside(known, cast),
    "context.purpose": _known("request.purpose"),
    **{f"context.asker_{fact}": _enforces(fact) for fact in facts.ENFORCES},
    "context.verified": lambda known, cast, document: facts.verified_tokens(known),
    "context.presented": lambda known, cast, document: facts.presented(known),
    "context.found": lambda known, cast, document: facts.found(known, "finds"),
    "context.found_not": lambda known, cast, document: facts.found(known, "finds_not"),
    "context.accepted": lambda known, cast, document: facts.accepted(known, known.request.action),
    "context.case_given": lambda known, cast, document: bool(known.request.case),
    **{f"context.{kind}": _known("request.kind") for kind in facts.KINDS.values()},
    **{f"context.custody.{f.name}": _known(f"custody.{f.name}") for f in fields(CustodyFacts)},
    **{f"context.document.{fact}": _of_paper(fact) for fact in facts.OF_PAPERS},
    "context.document.verified": lambda known, cast, document: document.verified(known.at),
    "principal.agency": _known("person.agency"),
    "principal.role": _known("person.role"),
    **{f"principal.{fact}": _known(f"person.{fact}") for fact in facts.ENFORCES},
    "resource.dataset": _known("request.dataset"),
    **{f"resource.{f.name}": _known(f"row.{f.name}") for f in fields(RowFacts)},
}
_LABELS: Final = "resource.labels"
_NUMBERS: Final = ("context.custody.days_to_release", "resource.days_old")
