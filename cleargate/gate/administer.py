"""What two must sign: drafted, shown, proposed, signed, done. The doing is a request like any
other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ..agencies import proposals, reader
from ..agencies.parse import new_credential
from ..agencies.proposals import Proposal
from ..evidence import reader as evidence
from ..law import cut_off
from ..law.book import Book
from ..law.put_in_force import install
from ..log.order import Order, check
from ..model.errors import BadUse
from ..model.request import Person, Request
from .answer import Answer
from .gate import Gate


@dataclass(frozen=True, slots=True)
class Signing:
    """A proposal after a signature, and the answer when that signature was the last needed."""

    proposal: Proposal
    answer: Answer | None


def preview_cut_off(
    gate: Gate, custodian: str, agency: str, excepted: Sequence[str], keep: bool = False
) -> cut_off.Effect:
    """Who would lose what, decided road by road under both books. Nothing is put in force.

    Args:
        gate: with the book in force.
        custodian: whose records and custody the agency is cut off from.
        agency: with all its parts.
        excepted: parts that keep their access.
        keep: keep the drafted texts, so that they can be proposed.
    """
    gate.parts.directory.agency(agency, field="agency")
    for part in excepted:
        gate.parts.directory.agency(part, field="except")
        if not gate.cast().within(part, agency):
            raise BadUse(f"{part} is no part of {agency}; only a part can be excepted.")
    before = gate.book()
    with TemporaryDirectory() as folder:
        after = cut_off.draft(before, custodian, agency, excepted, Path(folder))
        at = gate.parts.clock()
        found = cut_off.effect(before, after, custodian, gate.cast(), agency, excepted, at)
        if keep:
            install(gate.parts.law, after)
    return found


def propose_cut_off(
    gate: Gate, person: Person, custodian: str, agency: str, excepted: Sequence[str]
) -> Proposal:
    """Write the cut-off down for two administrators to sign.

    Raises:
        BadUse: higher law voids it; the sentence names the rule.
    """
    found = preview_cut_off(gate, custodian, agency, excepted, keep=True)
    if found.voided_by:
        by = found.voided_by[0].by
        raise BadUse(
            f"{by.cite} voids this cut-off ({by.id}: {by.summary}); it cannot be signed here."
        )
    arguments = {
        "agency": agency,
        "except": ",".join(excepted),
        "book": found.book.version,
        "from": gate.parts.log.versions().book,
        "accept_unreviewed": "yes",
    }
    return _propose(gate, person, "agency:cut-off", custodian, arguments)


def propose_book(
    gate: Gate, person: Person, custodian: str, book: Book, *, unreviewed: bool
) -> Proposal:
    """Write a new book down for two to sign; counsel's sign-offs of what reads the same come along.

    Raises:
        BadUse: rules await counsel's review and ``unreviewed`` was not accepted.
        PackError: the book has mistakes.
    """
    book = book.signed_off(gate.book().sign_offs)
    waiting = [r.id for p in book.packs.values() for r in p.rules if r.review]
    if waiting and not unreviewed:
        raise BadUse(
            f"{len(waiting)} rules await review by counsel, {waiting[0]} among them; have them "
            "reviewed, or say --accept-unreviewed."
        )
    install(gate.parts.law, book)
    arguments = {
        "book": book.version,
        "from": gate.parts.log.versions().book,
        "accept_unreviewed": "yes" if unreviewed else "no",
    }
    return _propose(gate, person, "law:put-in-force", custodian, arguments)


def propose_expunging(gate: Gate, person: Person, custodian: str, order: Order) -> Proposal:
    """Write down what a court orders to be forgotten, for two to sign.

    Raises:
        FieldError: the log has no such entry, or there is no such order.
    """
    evidence.show(gate.parts.evidence, order.document, custodian=custodian)
    check(gate.parts.log, order)
    arguments = {
        "order": order.document,
        "entries": ",".join(map(str, order.entries)),
        "fields": ",".join(order.fields),
    }
    return _propose(gate, person, "log:expunge", custodian, arguments)


def propose(
    gate: Gate, person: Person, action: str, custodian: str, arguments: Mapping[str, str]
) -> Proposal:
    """Write any other act that needs two keys down for signing."""
    return _propose(gate, person, action, custodian, arguments)


def _propose(
    gate: Gate, person: Person, action: str, custodian: str, arguments: Mapping[str, str]
) -> Proposal:
    if person.agency != custodian:
        raise BadUse(
            f"Only {custodian}'s own people propose this; {person.id} is {person.agency}'s."
        )
    given = {k: v for k, v in arguments.items() if v}
    store, now, lifetime = gate.parts.agencies, gate.parts.clock(), gate.parts.limits.proposal
    return proposals.propose(store, person, action, custodian, given, now, lifetime=lifetime)


def propose_renewal(gate: Gate, public: bytes, days: int | None) -> Proposal:
    """Write a new credential for whoever holds a signing key down, whose own one may have run out.

    A key says who someone is and gives nothing: the act is decided by the custodian's own pack, and
    two sign it, unless there never was a second administrator. A credential that was revoked is not
    renewed by its holder.

    Args:
        public: a signing key in force, 32 bytes.
        days: how long it is to last; None for what the settings say.

    Raises:
        FieldError: the key is nobody's.
        BadUse: its holder is no administrator, or their newest credential was revoked.
    """
    store = gate.parts.agencies
    person = reader.person(store, proposals.signer_of(store, public))
    if not proposals.may_sign(person.role, "credential:issue"):
        raise BadUse(f"{person.id} is no administrator; one of them must issue the credential.")
    if not reader.may_renew(store, person.id):
        raise BadUse(
            f"The credential of {person.id} was revoked; another administrator must issue one."
        )
    given = {
        "person": person.id,
        "agency": person.agency,
        "role": person.role,
        "enforces_civil_immigration": person.enforces_civil_immigration,
        "enforces_immigration_crimes": person.enforces_immigration_crimes,
        "public_key": public.hex(),
        "days": str(days) if days else "",
    }
    limits = gate.parts.limits
    new_credential(
        {k: v for k, v in given.items() if v},
        days=limits.credential_days,
        longest_days=limits.longest_days,
    )
    return _propose(gate, person, "credential:issue", person.agency, given)


def sign(gate: Gate, id: str, person: str, signature: bytes, via: str) -> Signing:
    """Add a signature; with the last that is needed, the act is asked for as whoever proposed it.

    The act goes the road of every request: decided by the custodian's own pack, logged, done.
    """
    store = gate.parts.agencies
    found = proposals.sign(store, id, person, signature, gate.parts.clock())
    two = proposals.needs_two_keys(store, found.action, found.arguments.get("role", ""))
    enough = found.signed_by(proposals.NEEDED if two else 1)
    return Signing(found, ask_for(gate, found, via) if enough else None)


def ask_for(gate: Gate, found: Proposal, via: str) -> Answer:
    """Ask for what has all its signatures, as whoever proposed it."""
    proposer = reader.person(gate.parts.agencies, found.proposed_by)
    request = Request(
        action=found.action,
        represented=found.custodian,
        purpose="ADM",
        custodian=found.custodian,
        target=found.id,
        subject=dict(found.arguments),
        basis=tuple(id for id in [found.arguments.get("order", "")] if id),
    )
    return gate.ask(proposer, request, via)
