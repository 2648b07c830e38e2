"""A past request as its ten steps, for those whom it concerns and for nobody else."""

from __future__ import annotations

from typing import Any, Final

from ..gate.answer import receipt_json, rule_json
from ..gate.explain import Explained, explain, steps
from ..gate.gate import Gate
from ..log.read import Entry
from ..model.errors import BadUse, NotFound
from ..model.request import Person

CUSTODIANS_ROLES: Final = frozenset({"auditor", "administrator", "officer"})
ALONE: Final = frozenset({"public", "victim"})
"""Roles of people who share an agency in name only: each sees what they asked themselves."""


def explained(gate: Gate, person: Person, leaf: int) -> dict[str, Any]:
    """Entry ``leaf``, or the decision that it followed, as JSON.

    Raises:
        NotFound: there is no such decision, or ``person`` may not see it; the same for both.
    """
    try:
        found = explain(gate, leaf)
    except BadUse:
        raise _nothing() from None
    if not may_see(person, found.decided):
        raise _nothing()
    return _json(found, values=_is_auditor(person, found.decided))


def may_see(person: Person, decided: Entry) -> bool:
    """Whether ``person`` is of the agency that asked, or answers for the custodian."""
    said = decided.leaf.clear
    if person.agency == said["custodian"] and person.role in CUSTODIANS_ROLES:
        return True
    if person.role in ALONE:
        return decided.values.get("person") == person.id
    return bool(person.agency == said["requester_agency"])


def _is_auditor(person: Person, decided: Entry) -> bool:
    """Whoever may have the log whole sees the facts; a refusal must not tell them to others."""
    return person.role == "auditor" and person.agency == decided.leaf.clear["custodian"]


def _nothing() -> NotFound:
    return NotFound("There is no request at this entry that you may see.")


def _json(found: Explained, *, values: bool) -> dict[str, Any]:
    decided = found.decided
    said: dict[str, Any] = {
        "leaf": decided.index,
        "outcome": decided.leaf.clear["outcome"],
        "steps": [
            {"step": number, "name": name, "what": what}
            for number, (name, what) in enumerate(steps(found), 1)
        ],
        "rules": [rule_json(rule) for rule in found.rules],
        "decided": _entry(decided),
        "followed": _entry(found.followed) if found.followed else None,
        "receipt": receipt_json(found.receipt),
    }
    if values:
        said["values"] = decided.values
        if found.filter is not None:
            said["filter"] = found.filter
        said["expunged"] = sorted(decided.expunged)
    return said


def _entry(found: Entry) -> dict[str, Any]:
    leaf = found.leaf
    return {"leaf": found.index, "kind": leaf.kind, "at": leaf.at, "via": leaf.via,
            "book": leaf.under.book, "epoch": leaf.under.epoch, "clear": leaf.clear,
            "entry": leaf.raw.decode()}  # fmt: skip
