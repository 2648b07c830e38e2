"""What is known of a request, as Cedar reads it: entities once per epoch, context per document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC
from typing import Any

import cedarpy
import msgspec

from ..model.actions import ACTIONS, Target
from ..model.evidence import NO_DOCUMENT, Document
from ..model.request import Agency, CustodyFacts, Known, Person, RowFacts
from ..model.words import Tri
from .cedar import entity_schema, schema

KINDS = {
    "assist": "assist_kind",
    "agreement": "agreement_kind",
    "facility_access": "facility_use",
    "inquire_status": "inquiry_need",
}
"""Actions that have kinds, and the fact that holds the kind."""
_TYPES = {Target.DATASET: "Record", Target.BOOKING: "Booking", Target.OFFICE: "Office"}
ENFORCES = ("enforces_civil_immigration", "enforces_immigration_crimes")
"""What a law asks of the asker by function, of the person and of its agencies."""

OF_PAPERS = ("kind", "form", "issued_by", "court", "complete", "served", "criminal",
             "probable_cause", "asks")  # fmt: skip
"""What a paper says by itself; whether it is verified depends on the time as well."""

_ROW = tuple(f.name for f in fields(RowFacts))
_CUSTODY = tuple(f.name for f in fields(CustodyFacts))
_THIS = "this"
_NONE = "none"
_KEEP = 4096  # asker and target pairs whose parsed entities are kept; a limit on memory, no more


@dataclass(frozen=True)
class Cast:
    """Every agency that is known, as a tree, under one credential epoch."""

    agencies: Mapping[str, Agency]
    missing: frozenset[str] = field(init=False, repr=False)
    """Parents that are not among the agencies."""
    _base: cedarpy.Entities = field(init=False, repr=False)
    _with: dict[tuple[object, ...], cedarpy.Entities] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        base = cedarpy.Entities.from_json_str(_json(_of_all(self)), schema())
        object.__setattr__(self, "_base", base)
        parents = frozenset(a.parent for a in self.agencies.values() if a.parent)
        object.__setattr__(self, "missing", parents - self.agencies.keys())

    def within(self, agency: str, above: str) -> bool:
        """Whether ``agency`` is ``above`` or one of its parts."""
        seen: set[str] = set()
        while agency and agency not in seen:
            if agency == above:
                return True
            seen.add(agency)
            agency = self.agencies[agency].parent if agency in self.agencies else ""
        return False

    def entities(self, known: Known, documents: Sequence[Document]) -> cedarpy.Entities:
        """The agencies, with the asker, target, documents and custody of one request."""
        papers = tuple((d, d.verified(known.at)) for d in documents)
        request = known.request
        key = (known.person, ACTIONS[request.action].target, request.custodian, request.dataset,
               known.row, papers, known.custody)  # fmt: skip
        found = self._with.get(key)  # another thread may clear the cache at any time
        if found is None:
            if len(self._with) >= _KEEP:
                self._with.clear()
            added = _of_request(known, documents)
            found = self._base.with_added_json_str(_json(added), entity_schema())
            self._with[key] = found
        return found

    def forget(self) -> None:
        """Read every asker, target and paper anew; for measuring."""
        self._with.clear()


def entities(known: Known, cast: Cast, documents: Sequence[Document]) -> list[dict[str, Any]]:
    """Every entity of a request, in Cedar's JSON."""
    return [*_of_all(cast), *_of_request(known, documents)]


def _of_all(cast: Cast) -> list[dict[str, Any]]:
    """What requests have in common, read once: the agencies, no document, nobody in custody."""
    return [
        *map(_agency, cast.agencies.values()),
        _custody(_NONE, CustodyFacts()),
        _document(_NONE, NO_DOCUMENT, Tri.NO),
    ]


def _of_request(known: Known, documents: Sequence[Document]) -> list[dict[str, Any]]:
    request = known.request
    found = [
        _person(known.person),
        _target(ACTIONS[request.action].target, request.custodian, request.dataset, known.row),
    ]
    if known.custody != CustodyFacts():
        found.append(_custody(_THIS, known.custody))
    for number, document in enumerate(documents):
        if document is not NO_DOCUMENT:
            found.append(_document(str(number), document, document.verified(known.at)))
    return found


def asker_enforces(known: Known, fact: str = ENFORCES[0]) -> Tri:
    """By function, of the person, its agency or the one represented: the gravest known answer."""
    said = {getattr(who, fact) for who in (known.person, known.requester, known.represented)}
    if Tri.YES in said:
        return Tri.YES
    return Tri.UNKNOWN if Tri.UNKNOWN in said else Tri.NO


def officer_decisions(known: Known) -> list[Document]:
    """Verified decisions of the custodian's own named officers."""
    return [
        d
        for d in known.documents
        if d.kind == "officer-decision"
        and d.agency == known.request.custodian
        and d.verified(known.at) is Tri.YES
    ]


def accepted(known: Known, action: str) -> bool:
    """Whether a named officer of the custodian accepted this very action, or the opening of it."""
    return any(action in d.accepts for d in officer_decisions(known))


def outside(known: Known, cast: Cast) -> bool:
    """Whether it is asked by, or for, an agency other than the custodian and its parts."""
    own = known.request.custodian
    return not (cast.within(known.requester.id, own) and cast.within(known.represented.id, own))


def verified_tokens(known: Known) -> frozenset[str]:
    """The names of every verified document presented."""
    verified = (d for d in known.documents if d.verified(known.at) is Tri.YES)
    return frozenset(t for d in verified for t in d.tokens())


def presented(known: Known) -> frozenset[str]:
    """The kinds of every document presented, verified or not."""
    return frozenset(d.kind for d in known.documents)


def found(known: Known, which: str) -> frozenset[str]:
    """Named tests that officers' decisions answer: ``finds`` with yes, ``finds_not`` with no."""
    return frozenset(t for d in officer_decisions(known) for t in getattr(d, which))


def unknown_agencies(known: Known, cast: Cast, named: frozenset[str]) -> list[str]:
    """Agencies that a rule (``named``) or the request names and nobody knows.

    An entity that is not there is in no group: a must not on ICE would pass its unknown part by.
    """
    request = known.request
    asking = {known.person.agency, known.requester.id, known.represented.id, request.custodian}
    asking.add(known.row.origin or request.custodian)
    return sorted(cast.missing.union(a for a in named | asking if a not in cast.agencies))


def questions(known: Known, cast: Cast, documents: Sequence[Document]) -> list[dict[str, Any]]:
    """One Cedar request for each document."""
    request = known.request
    context = _context(known, cast)
    asked = {
        "principal": {"type": "Person", "id": known.person.id},
        "action": {"type": "Action", "id": request.action},
        "resource": {"type": _TYPES[ACTIONS[request.action].target], "id": request.custodian},
    }
    return [
        asked | {"context": _json(context | {"document": _ref("Document", name)})}
        for name in (_NONE if d is NO_DOCUMENT else str(n) for n, d in enumerate(documents))
    ]


def _context(known: Known, cast: Cast) -> dict[str, Any]:
    request = known.request
    kinds = dict.fromkeys(KINDS.values(), "none")
    if request.action in KINDS:
        kinds[KINDS[request.action]] = request.kind
    return {
        "at": {"__extn": {"fn": "datetime", "arg": _instant(known)}},
        "requester": _ref("Agency", known.requester.id),
        "represented": _ref("Agency", known.represented.id),
        "outside": outside(known, cast),
        "purpose": request.purpose,
        **{f"asker_{fact}": asker_enforces(known, fact) for fact in ENFORCES},
        "verified": sorted(verified_tokens(known)),
        "presented": sorted(presented(known)),
        "found": sorted(found(known, "finds")),
        "found_not": sorted(found(known, "finds_not")),
        "accepted": accepted(known, request.action),
        "case_given": bool(request.case),
        "custody": _ref("Custody", _NONE if known.custody == CustodyFacts() else _THIS),
        **kinds,
    }


def _instant(known: Known) -> str:
    return known.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _ref(type: str, id: str) -> dict[str, Any]:
    # The schema says where an entity stands; Cedar's {"__entity": …} would say it again, slower.
    return {"type": type, "id": id}


def _entity(type: str, id: str, attrs: dict[str, Any], parent: str = "") -> dict[str, Any]:
    parents = [{"type": type, "id": parent}] if parent else []
    return {"uid": {"type": type, "id": id}, "attrs": attrs, "parents": parents}


def _agency(agency: Agency) -> dict[str, Any]:
    attrs = {
        "kind": agency.kind,
        "sector": agency.sector,
        "state": agency.state,
        "enforces_civil_immigration": agency.enforces_civil_immigration,
        "criminal_justice": agency.criminal_justice,
        "enforces_immigration_crimes": agency.enforces_immigration_crimes,
    }
    return _entity("Agency", agency.id, attrs, agency.parent)


def _person(person: Person) -> dict[str, Any]:
    attrs = {
        "agency": _ref("Agency", person.agency),
        "role": person.role,
        "enforces_civil_immigration": person.enforces_civil_immigration,
        "enforces_immigration_crimes": person.enforces_immigration_crimes,
    }
    return _entity("Person", person.id, attrs)


def _target(target: Target, custodian: str, dataset: str, row: RowFacts) -> dict[str, Any]:
    attrs: dict[str, Any] = {"custodian": _ref("Agency", custodian)}
    if target is Target.DATASET:
        attrs |= {"dataset": dataset, **{name: getattr(row, name) for name in _ROW}}
        attrs |= {"origin": _ref("Agency", row.origin or custodian), "labels": sorted(row.labels)}
    return _entity(_TYPES[target], custodian, attrs)


def _custody(id: str, custody: CustodyFacts) -> dict[str, Any]:
    return _entity("Custody", id, {name: getattr(custody, name) for name in _CUSTODY})


def _document(id: str, document: Document, verified: Tri) -> dict[str, Any]:
    attrs = {name: getattr(document, name) for name in OF_PAPERS}
    attrs |= {"verified": verified, "asks": sorted(document.asks)}
    return _entity("Document", id, attrs)
