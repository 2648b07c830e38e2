"""Worked requests: a pack's scenarios, decided by the book and held against what they expect."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from ..model.actions import ACTIONS
from ..model.decision import Decision
from ..model.errors import PackError
from ..model.evidence import EVIDENCE_KINDS, FORMS, ISSUERS, Document
from ..model.request import Agency, CustodyFacts, Known, Person, Request, RowFacts
from ..model.words import PURPOSES, Layer, Outcome, RuleKind, Tri
from . import cedar, rules
from .book import RAISED, Book, Custodian
from .decide import decide
from .facts import Cast

_WHEN = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
_CHECKED = datetime(2026, 1, 2, tzinfo=UTC)
OWN = "own"
T = TypeVar("T")


class Paper(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One document of a scenario. ``verified`` is true unless it is said."""

    kind: str
    form: str = "none"
    issued_by: str = "unknown"
    verified: bool = True
    complete: Tri = Tri.YES
    served: Tri = Tri.UNKNOWN
    criminal: Tri = Tri.UNKNOWN
    probable_cause: Tri = Tri.UNKNOWN
    asks: frozenset[str] = frozenset()
    finds: frozenset[str] = frozenset()
    finds_not: frozenset[str] = frozenset()
    accepts: frozenset[str] = frozenset()


class Scenario(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One worked request.

    Attributes:
        custodian: a custodian of ``cast.toml``, whose own pack is silent; or an agency with a pack.
        asker: the requester's agency; ``represented`` is the same unless it is said.
        own_grants: actions that a silent own pack is taken to grant.
        own_rules: rules in Cedar that it is taken to hold.
        expect: the outcome. A pack's scenario says both; a request of the matrix neither.
        rules: rules that it must rest on; ``not_fired``: rules that must not fire.
        documents_expect: the outcome of each document by itself.
    """

    name: str
    action: str
    custodian: str = ""
    expect: Outcome | None = None
    asker: str = "ICE-ERO"
    represented: str = ""
    role: str = "officer"
    purpose: str = "CIV-IMM"
    case: str = ""
    kind: str = "none"
    dataset: str = "incident"
    at: datetime = _WHEN
    documents: tuple[Paper, ...] = ()
    custody: dict[str, Tri | int] = {}
    row: dict[str, Any] = {}
    own_grants: tuple[str, ...] = ()
    own_rules: str = ""
    rules: tuple[str, ...] = ()
    fired: tuple[str, ...] = ()
    not_fired: tuple[str, ...] = ()
    duties: tuple[str, ...] = ()
    masks: tuple[str, ...] | None = None
    documents_expect: tuple[Outcome, ...] = ()
    review: bool | None = None
    worked_case: str = ""
    note: str = ""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    scenario: list[Scenario] = []


class _Member(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    kind: str = "other"
    sector: str = "local"
    state: str = ""
    ori: str = ""
    parent: str = ""
    enforces_civil_immigration: Tri = Tri.UNKNOWN
    enforces_immigration_crimes: Tri = Tri.UNKNOWN
    criminal_justice: Tri = Tri.UNKNOWN
    real: bool = False


class _Custodian(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    kinds: frozenset[str]


class _CastFile(msgspec.Struct, forbid_unknown_fields=True):
    agency: dict[str, _Member]
    custodian: dict[str, _Custodian] = {}


@dataclass(frozen=True, slots=True)
class Stage:
    """The agencies of ``cast.toml``, and custodians by the plain words that scenarios use.

    Attributes:
        custodians: word → the kinds of custodian that it is.
        words: word → what it is in words.
        real: agencies that there are; the others are invented for requests.
    """

    agencies: dict[str, Agency]
    custodians: dict[str, frozenset[str]]
    words: dict[str, str] = field(default_factory=dict)
    real: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Result:
    """A scenario with what was decided, and each difference from what it expects."""

    pack: str
    scenario: Scenario
    decision: Decision
    differences: tuple[str, ...]


def read_stage(path: Path) -> Stage:
    """The shared cast.

    Raises:
        PackError: it is not TOML of that form.
    """
    file = _decode(path, _CastFile)
    agencies = {
        id: Agency(id, **{f: getattr(m, f) for f in m.__struct_fields__ if f != "real"})
        for id, m in file.agency.items()
    }
    kinds = {id: c.kinds for id, c in file.custodian.items()}
    words = {id: c.name for id, c in file.custodian.items()}
    return Stage(agencies, kinds, words, frozenset(id for id, m in file.agency.items() if m.real))


def read_scenarios(folder: Path) -> tuple[Scenario, ...]:
    """The scenarios of the pack in ``folder``.

    Raises:
        PackError: a scenario is malformed or names an unknown action or purpose.
    """
    found = tuple(_decode(folder / "scenarios.toml", _File).scenario)
    mistakes = [
        f"{folder.name}/scenarios.toml: '{s.name}': {wrong}"
        for s in found
        for wrong in (*_incomplete(s), *_wrong(s))
    ]
    if mistakes:
        raise PackError(mistakes)
    return found


def read_requests(path: Path) -> tuple[Scenario, ...]:
    """Worked requests of no pack, without custodian and expectation: what the matrix asks.

    Raises:
        PackError: one is malformed or names an unknown action or purpose.
    """
    found = tuple(_decode(path, _File).scenario)
    if mistakes := [f"{path.name}: '{s.name}': {wrong}" for s in found for wrong in _wrong(s)]:
        raise PackError(mistakes)
    return found


def run(book: Book, pack: str, stage: Stage, scenarios: Sequence[Scenario]) -> Iterator[Result]:
    """Decide each scenario as the custodian that it names, bound by ``pack`` and all above it."""
    placed: dict[tuple[object, ...], tuple[Custodian, Cast]] = {}  # each is compiled once
    for scenario in scenarios:
        key = (scenario.custodian, scenario.own_grants, scenario.own_rules)
        if key not in placed:
            placed[key] = place(book, pack, stage, scenario)
        custodian, cast = placed[key]
        known = as_known(scenario, custodian, cast)
        decision = decide(book, custodian, cast, known)
        yield Result(pack, scenario, decision, tuple(_differences(scenario, decision)))


def place(book: Book, pack: str, stage: Stage, scenario: Scenario) -> tuple[Custodian, Cast]:
    """The custodian of a scenario under ``pack``, and the agencies that it happens among."""
    owners = {a: custodian_agency(a, a) for a in book.custodians()}
    if scenario.custodian in owners:
        return book.custodian(scenario.custodian), Cast(stage.agencies | owners)
    if scenario.custodian not in stage.custodians:
        known = ", ".join(sorted(stage.custodians))
        raise PackError([f"{pack}/scenarios.toml: '{scenario.name}': no custodian "
                         f"{scenario.custodian}; known are {known}."])  # fmt: skip
    here = custodian_agency("CUSTODIAN", scenario.custodian)
    bound = book.bound("CUSTODIAN", stage.custodians[scenario.custodian], [pack], OWN)
    extra = (*map(own_grant, scenario.own_grants), *_own_rules(pack, scenario))
    bound = Custodian(bound.id, OWN, bound.kinds, (*bound.rules, *extra))
    return bound, Cast(stage.agencies | owners | {here.id: here})


def custodian_agency(id: str, name: str) -> Agency:
    """A custodian as an agency."""
    return Agency(id, name, "law-enforcement", criminal_justice=Tri.YES,
                  enforces_civil_immigration=Tri.NO,
                  enforces_immigration_crimes=Tri.NO)  # fmt: skip


def own_grant(action: str) -> rules.Rule:
    """A supposed grant of ``action`` in a custodian's own pack."""
    return _own(action, "grant", '@grant @limit("court") permit')


def own_bar(action: str) -> rules.Rule:
    """A supposed prohibition of it there."""
    return _own(action, "bar", "forbid")


@cache
def _own(action: str, kind: str, head: str) -> rules.Rule:
    text = (
        f'@id("{kind}-{action.replace(":", "-").replace("_", "-")}") @cite("own pack") '
        f'@summary("A {kind} of our own pack, supposed") {head} '
        f'(principal, action == Action::"{action}", resource);'
    )
    return rules.read(cedar.PolicyText(text, 1), OWN, "own", Layer.AGENCY, [])


def _own_rules(pack: str, scenario: Scenario) -> Iterator[rules.Rule]:
    for text in cedar.split(scenario.own_rules):
        try:
            yield rules.read(text, OWN, "own", Layer.AGENCY, [])
        except rules.RuleMistake as mistake:
            place = f"{pack}/scenarios.toml: '{scenario.name}': own_rules: this rule"
            raise PackError([f"{place} {mistake}."]) from None


def as_known(scenario: Scenario, custodian: Custodian, cast: Cast) -> Known:
    """The scenario as step 3 of a request would give it."""
    asker = cast.agencies.get(scenario.asker)
    represented = cast.agencies.get(scenario.represented or scenario.asker)
    if scenario.asker == "custodian":
        asker = represented = cast.agencies[custodian.id]
    if asker is None or represented is None:
        wrong = scenario.asker if asker is None else scenario.represented
        raise PackError([f"Scenario '{scenario.name}': cast.toml has no agency {wrong}."])
    request = Request(
        action=scenario.action,
        represented=represented.id,
        purpose=scenario.purpose,
        custodian=custodian.id,
        dataset=scenario.dataset,
        case=scenario.case,
        kind=scenario.kind,
    )
    person = Person(
        "someone",
        asker.id,
        scenario.role,
        enforces_civil_immigration=asker.enforces_civil_immigration,
        enforces_immigration_crimes=asker.enforces_immigration_crimes,
    )
    return Known(
        at=scenario.at,
        person=person,
        requester=asker,
        represented=represented,
        request=request,
        documents=tuple(_document(p, i, custodian.id) for i, p in enumerate(scenario.documents, 1)),
        custody=CustodyFacts(**scenario.custody),  # type: ignore[arg-type]
        row=msgspec.convert(scenario.row, RowFacts),
    )


def _document(paper: Paper, number: int, custodian: str) -> Document:
    document = Document(
        id=f"E-{number}",
        kind=paper.kind,
        form=paper.form,
        issued_by=paper.issued_by,
        complete=paper.complete,
        served=paper.served,
        criminal=paper.criminal,
        probable_cause=paper.probable_cause,
        asks=paper.asks,
        finds=paper.finds,
        finds_not=paper.finds_not,
        accepts=paper.accepts,
        agency=custodian if paper.kind == "officer-decision" else "",
    )
    return (
        replace(document, verified_by="R. Ames", verified_at=_CHECKED)
        if paper.verified
        else document
    )


def _differences(scenario: Scenario, decision: Decision) -> Iterator[str]:
    if decision.outcome is not scenario.expect:
        rests = ", ".join(r.id for r in decision.deciding) or decision.why
        yield f"expected {scenario.expect}, decided {decision.outcome} ({rests})"
    deciding = {r.id for r in decision.deciding}
    fired = {r.id for r in decision.fired}
    yield from (f"does not rest on {r}" for r in scenario.rules if r not in deciding)
    yield from (f"{r} did not fire" for r in scenario.fired if r not in fired)
    yield from (f"{r} fired" for r in scenario.not_fired if r in fired)
    due = {d.name for d in decision.duties}
    yield from (f"the duty {d} did not arise" for d in scenario.duties if d not in due)
    if scenario.masks is not None and set(scenario.masks) != decision.masks:
        yield f"opened {sorted(decision.masks)}, not {sorted(scenario.masks)}"
    each = tuple(d.outcome for d in decision.documents)
    if scenario.documents_expect and scenario.documents_expect != each:
        yield f"documents decided {', '.join(each)}"
    if scenario.review is not None and scenario.review != decision.unreviewed:
        yield f"rests on unreviewed rules: {decision.unreviewed}"


def _incomplete(scenario: Scenario) -> Iterator[str]:
    if not scenario.custodian:
        yield "says no custodian."
    if scenario.expect is None:
        yield "says no expect."


def _wrong(scenario: Scenario) -> Iterator[str]:
    if scenario.action not in ACTIONS:
        yield f"{scenario.action} is no action."
    if scenario.purpose not in PURPOSES:
        yield f"{scenario.purpose} is no purpose."
    facts = set(CustodyFacts.__dataclass_fields__)
    yield from (f"{f} is no fact of custody." for f in scenario.custody if f not in facts)
    yield from _wrong_row(scenario.row)
    for paper in scenario.documents:
        if paper.kind not in EVIDENCE_KINDS:
            yield f"{paper.kind} is no kind of evidence."
        if paper.form not in FORMS or paper.issued_by not in ISSUERS:
            yield f"{paper.form} or {paper.issued_by} is no form or issuer."


def _wrong_row(row: dict[str, Any]) -> Iterator[str]:
    yield from (f"{f} is no fact of a row." for f in row if f not in cedar.ROW_FACTS)
    try:
        msgspec.convert(row, RowFacts)
    except msgspec.ValidationError as fault:
        yield f"its row: {fault}."


def _decode(path: Path, type: type[T]) -> T:
    place = f"{path.parent.name}/{path.name}"
    try:
        return msgspec.toml.decode(path.read_bytes().removeprefix(BOM_UTF8), type=type)
    except FileNotFoundError:
        raise PackError([f"{place}: is missing; every pack has worked requests."]) from None
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise PackError([f"{place}: {fault}."]) from None


def rules_without_scenarios(book: Book, pack: str, results: Sequence[Result]) -> list[str]:
    """Rules of ``pack`` that fire in no scenario, but duties whose event no request raises."""
    fired = {r.id for x in results for r in x.decision.fired}
    fired |= {d.rule.id for x in results for d in x.decision.duties}
    fired |= {r.id for x in results for _, rs in x.decision.mask_rules for r in rs}
    return sorted(
        r.id
        for r in book.packs[pack].rules
        if r.id not in fired and not (r.kind is RuleKind.DUTY and r.on not in RAISED)
    )
