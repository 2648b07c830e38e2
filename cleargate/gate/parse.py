"""Step 2: what came in, field by field, as a ``Request``; what cannot be one names the field.

Nothing is decided here and nothing is logged: what fails here was not a request.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from ..agencies import parse as agency_fields
from ..agencies import reader
from ..custody import facts as custody_facts
from ..custody import parse as custody_fields
from ..evidence import parse as evidence_fields
from ..model.actions import (
    ACTIONS,
    AGREEMENT_KINDS,
    ASSIST_KINDS,
    FACILITY_USES,
    INQUIRY_NEEDS,
    Action,
    Family,
    Target,
)
from ..model.errors import FieldError, LimitReached
from ..model.fields import near
from ..model.request import Condition, Person, Request
from ..model.words import PURPOSES
from ..records import conditions
from ..records.catalogue import dataset as known_dataset
from ..records.parse import correction, import_order, imported_dataset, sealing
from ..records.tally import countable
from . import sign_off
from .parts import Parts

_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "assist": ASSIST_KINDS,
    "agreement": AGREEMENT_KINDS,
    "facility_access": FACILITY_USES,
    "inquire_status": INQUIRY_NEEDS,
}
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # tabs and new lines are typed
_FREE_OF_PAPERWORK: Final = (Family.ADMIN, Family.SELF)
_OWN_DESK: Final = ("book", "lodge", "serve-copy", "withdraw", "sentence", "schedule-release",
                    "release")  # fmt: skip


class Asked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A request as it comes in. ``represented`` is the agency for whom the answer is wanted."""

    action: str
    represented: str
    purpose: str
    custodian: str = ""
    dataset: str = ""
    target: str = ""
    basis: tuple[str, ...] = ()
    case: str = ""
    attention: str = ""
    reason: str = ""
    kind: str = "none"
    where: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    sort: str = ""
    limit: int = 50
    cursor: str = ""
    count: bool = False
    facets: tuple[str, ...] = ()
    subject: dict[str, str] = {}


def parse(parts: Parts, person: Person, raw: Mapping[str, Any]) -> Request:
    """Every field known, or an error that names the first one that is not.

    Raises:
        FieldError: a field is missing, unknown or malformed.
        LimitReached: more is asked than the settings allow.
    """
    asked = _typed(raw)
    _readable(asked)
    action = _known_action(asked.action)
    purpose = PURPOSES.get(asked.purpose)
    if purpose is None:
        raise FieldError(
            "purpose", f"'{asked.purpose}' is not a purpose{near(asked.purpose, PURPOSES)} "
            f"Known: {', '.join(PURPOSES)}."
        )  # fmt: skip
    parts.directory.agency(asked.represented)
    needs_paper = action.family not in _FREE_OF_PAPERWORK and action.name not in _OWN_DESK
    if needs_paper and purpose.needs_case and not asked.case.strip():
        raise FieldError(
            "case", f"Enter the case number. Purpose {purpose.code}, {purpose.words}, needs one."
        )
    if needs_paper and purpose.needs_attention and not asked.attention.strip():
        raise FieldError(
            "attention",
            f"Enter who will use the answer. Purpose {purpose.code}, {purpose.words}, needs it.",
        )
    _limits(parts, asked)
    dataset = asked.dataset
    where: tuple[Condition, ...] = ()
    if action.target is Target.DATASET:
        found = known_dataset(dataset or "incident")
        dataset = found.name
        where = conditions.parse(asked.where, found)
        for name in asked.columns:
            found.column(name)
        if asked.sort:
            found.sorting(asked.sort)
        for name in asked.facets:
            countable(found, name)
    request = Request(
        action=action.name,
        represented=asked.represented,
        purpose=asked.purpose,
        custodian=_custodian(parts, person, asked, action, dataset),
        dataset=dataset,
        target=asked.target.strip(),
        basis=tuple(dict.fromkeys(asked.basis)),
        case=asked.case.strip(),
        attention=asked.attention.strip(),
        reason=asked.reason.strip(),
        kind=_kind(action, asked.kind),
        where=where,
        columns=asked.columns,
        sort=asked.sort,
        limit=asked.limit,
        cursor=asked.cursor,
        count=asked.count,
        facets=tuple(dict.fromkeys(asked.facets)),
        subject=dict(asked.subject),
    )
    _subject(parts, request)
    return request


def _typed(raw: Mapping[str, Any]) -> Asked:
    known = Asked.__struct_fields__
    for name in raw:
        if name not in known:
            raise FieldError(str(name), f"'{name}' is not a field of a request{near(name, known)}")
    for name in ("represented", "action", "purpose"):
        if not raw.get(name):
            raise FieldError(name, f"'{name}' is missing; every request names it.")
    try:
        return msgspec.convert(raw, Asked)
    except msgspec.ValidationError as fault:
        said, _, place = str(fault).partition(" - at `$.")
        field = place.rstrip("`").partition("[")[0]
        raise FieldError(field, f"'{field}' is not of the right type: {said.lower()}.") from None


def _readable(asked: Asked) -> None:
    """No text holds what is neither seen nor typed: it would stand in the log for ever."""
    texts = {
        f: value for f in Asked.__struct_fields__ if isinstance(value := getattr(asked, f), str)
    }
    texts |= {"where": "".join(asked.where), **asked.subject}
    for name, text in texts.items():
        if _CONTROL.search(text):
            raise FieldError(name, f"'{name}' holds a control character; leave it out.")


def _known_action(name: str) -> Action:
    action = ACTIONS.get(name)
    if action is None or action.family is Family.MASK:
        askable = [a.name for a in ACTIONS.values() if a.family is not Family.MASK]
        raise FieldError("action", f"'{name}' is not an action{near(name, askable)}")
    return action


def _limits(parts: Parts, asked: Asked) -> None:
    if not 1 <= asked.limit <= parts.limits.page:
        raise LimitReached(
            f"A page has 1 to {parts.limits.page} rows; ask for fewer, or raise "
            "limits.page_rows_max.",
            field="limit",
        )
    if len(asked.facets) > parts.limits.facets:
        raise LimitReached(
            f"A search is counted by at most {parts.limits.facets} columns (limits.facets).",
            field="facets",
        )
    if len(asked.basis) > parts.limits.basis:
        raise LimitReached(
            f"A request rests on at most {parts.limits.basis} documents (limits.basis).",
            field="basis",
        )


def _custodian(parts: Parts, person: Person, asked: Asked, action: Action, dataset: str) -> str:
    """Who answers: by the target where it says so, else by name, else the only one there is."""
    found = ""
    if action.target is Target.DATASET:
        found = parts.custodian_of.get(dataset, "")
    elif action.name in ("records:correct", "records:seal"):
        found = parts.custodian_of.get(asked.dataset, "")
    elif action.name == "records:import":
        found = parts.custodian_of.get(imported_dataset(asked.dataset, asked.subject), "")
    elif action.target is Target.BOOKING and asked.target and action.name != "book":
        found = custody_facts.keeper(parts.custody, asked.target).custodian
    known = sorted(set(parts.custodian_of.values()))
    if action.name.startswith("credential:"):
        found = _whose_credential(parts, asked, known)
    if asked.custodian and asked.custodian not in known:
        raise FieldError("custodian", f"'{asked.custodian}' answers for nothing here; known are "
                         f"{', '.join(known)}.")  # fmt: skip
    if found and asked.custodian and found != asked.custodian:
        raise FieldError("custodian", f"This is {found}'s to answer, not {asked.custodian}'s.")
    chosen = asked.custodian or found
    if not chosen and person.agency in known:
        chosen = person.agency
    if not chosen and len(known) == 1:
        chosen = known[0]
    if not chosen:
        raise FieldError("custodian", f"Name who is asked: {' or '.join(known)}.")
    return chosen


def _whose_credential(parts: Parts, asked: Asked, known: list[str]) -> str:
    """A custodian's people are its own administrators' to admit, once it has one."""
    agency = asked.subject.get("agency", "")
    if asked.action == "credential:revoke":
        agency = reader.agency_of_credential(parts.agencies, asked.target.strip().lower())
    own = agency in known and reader.administered(parts.agencies, agency)
    return agency if own else ""


def _kind(action: Action, kind: str) -> str:
    known = _KINDS.get(action.name, ("none",))
    if kind not in known:
        raise FieldError(
            "kind", f"'{kind}' is no kind of {action.name}{near(kind, known)} "
            f"Known: {', '.join(known)}."
        )  # fmt: skip
    return kind


def _subject(parts: Parts, request: Request) -> None:
    """Read the fields of a changing act with the functions that its store will use."""
    action = ACTIONS[request.action]
    if action.two_keys and not request.target:
        raise FieldError("target", f"Name the proposal of {action.name} that two have signed.")
    if action.name in _READERS:
        _READERS[action.name](parts, request)
    elif request.subject and not action.changes:
        raise FieldError("subject", f"{action.name} changes nothing; leave 'subject' out.")


def _new_agency(parts: Parts, request: Request) -> None:
    parent = agency_fields.agency(request.subject).parent
    if parent:
        parts.directory.agency(parent, field="parent")


def _narrowing(parts: Parts, request: Request) -> None:
    agency_fields.narrowing(request.target, request.subject)
    parts.directory.agency(request.target, field="target")


def _new_credential(parts: Parts, request: Request) -> None:
    limits = parts.limits
    new = agency_fields.new_credential(
        request.subject, days=limits.credential_days, longest_days=limits.longest_days
    )
    parts.directory.agency(new.person.agency, field="agency")


def _new_document(parts: Parts, request: Request) -> None:
    document = evidence_fields.document(request.subject)
    if document.agency:
        parts.directory.agency(document.agency, field="agency")


_READERS: Final[Mapping[str, Callable[[Parts, Request], object]]] = {
    "agency:add": _new_agency,
    "agency:narrow": _narrowing,
    "records:lift-quarantine": lambda _, r: agency_fields.lifting(r.target, r.reason),
    "credential:issue": _new_credential,
    "credential:revoke": lambda _, r: agency_fields.credential_id(r.target),
    "evidence:add": _new_document,
    "evidence:verify": lambda _, r: evidence_fields.digest(r.subject),
    "book": lambda _, r: custody_fields.booking(r.target, r.subject),
    "lodge": lambda _, r: custody_fields.lodging(r.subject),
    "hold": lambda _, r: custody_fields.holding(r.subject),
    "withdraw": lambda _, r: custody_fields.withdrawal(r.subject),
    "law:sign-off": lambda _, r: sign_off.fields(r.subject),
    "records:import": lambda _, r: import_order(r),
    "records:correct": lambda _, r: correction(r),
    "records:seal": lambda _, r: sealing(r),
}
"""For each changing act with fields of its own, what reads them."""
