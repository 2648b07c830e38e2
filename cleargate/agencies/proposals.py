"""What needs two keys: proposed as exact bytes, signed by two, then done once.

A proposal is the canonical JSON of what is to be done. Each signer signs those bytes, so a proposal
that was changed by one byte has no signatures. No ticket is needed to propose or sign, for neither
does anything: the act itself is a request like any other, and ``taken`` refuses it unless the
proposal that it names is complete.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ..model.actions import ACTIONS
from ..model.errors import BadUse, FieldError, TicketRefused
from ..model.ids import as_typed, crockford
from ..model.request import Person
from ..model.ticket import Ticket
from ..storage.engine import Connection, Store
from ..storage.times import optional_time, text, time
from . import reader

CONTEXT: Final = b"cleargate-proposal/v1\n"
"""Signed before the proposal's bytes, so that no other signature of the same key passes for one."""

LIFETIME: Final = timedelta(days=7)
NEEDED: Final = 2
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Signed:
    """One signature: who, with which public key (32 bytes), when."""

    person: str
    public: bytes
    signature: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Proposal:
    """Something that two must sign.

    Attributes:
        id: ``P-`` and 80 bits of the digest of ``data``.
        data: the canonical JSON that is signed.
        custodian: by whose law it will be decided.
        arguments: the act's ``Request.subject``, field by field. The act's ``target`` is the
            proposal, so what it is about stands here.
        signatures: those that hold now: of keys in force, by persons who may sign this.
        executed_leaf: the entry that it was used for; None while it was not.
    """

    id: str
    data: bytes
    action: str
    custodian: str
    arguments: Mapping[str, str]
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime
    signatures: tuple[Signed, ...] = ()
    executed_at: datetime | None = None
    executed_leaf: int | None = None

    @property
    def ready(self) -> bool:
        """Whether two different persons have signed with two different keys."""
        return self.signed_by(NEEDED)

    def signed_by(self, needed: int) -> bool:
        """Whether so many different persons have signed with as many different keys."""
        persons = {s.person for s in self.signatures}
        keys = {s.public for s in self.signatures}
        return len(persons) >= needed and len(keys) >= needed

    @property
    def message(self) -> bytes:
        """What a signer signs."""
        return CONTEXT + self.data


def needs_two_keys(store: Store, action: str, role: str = "") -> bool:
    """Whether ``action`` needs a proposal that two have signed.

    ``role`` is that of the person whom ``credential:issue`` serves. The first administrator adds
    the second alone; every later one needs two keys. All who ever were one count, so that revoking
    the others does not bring back the time when one was enough.
    """
    with store.read() as conn:
        return two_keys(conn, action, role)


def two_keys(conn: Connection, action: str, role: str) -> bool:
    """``needs_two_keys`` in an open transaction."""
    if ACTIONS[action].two_keys:
        return True
    if action != "credential:issue" or role != "administrator":
        return False
    (ever,) = conn.execute("SELECT count(*) FROM person WHERE role = 'administrator'").fetchone()
    return int(ever) >= NEEDED


def propose(
    store: Store,
    person: Person,
    action: str,
    custodian: str,
    arguments: Mapping[str, str],
    at: datetime,
    *,
    lifetime: timedelta = LIFETIME,
) -> Proposal:
    """Write down what two are asked to sign. The same again, at the same time, changes nothing.

    Args:
        store: agencies.db.
        person: who proposes; they sign like anyone else.
        action: what is to be done.
        custodian: by whose law it will be decided.
        arguments: what the act's request will carry as its ``subject``.
        at: now, UTC.
        lifetime: how long it can be signed and executed; a setting.

    Raises:
        FieldError: no such action, or an argument that JSON cannot hold in one way only.
    """
    if action not in ACTIONS:
        raise FieldError("action", f"'{action}' is not an action.")
    said = {
        "action": action,
        "custodian": custodian,
        "arguments": dict(arguments),
        "proposed_by": person.id,
        "proposed_at": text(at),
        "expires_at": text(at + lifetime),
    }
    data = _canonical(said, arguments)
    with store.write() as conn:
        conn.execute(
            "INSERT INTO proposal (id, bytes) VALUES (?, ?) ON CONFLICT (id) DO NOTHING",
            (proposal_id(data), data),
        )
        return read(conn, proposal_id(data))


def proposal(store: Store, id: str) -> Proposal:
    """The proposal ``id`` with the signatures that hold now.

    Raises:
        FieldError: there is none.
        BadUse: its stored bytes are not those that the id was made of.
    """
    with store.read() as conn:
        return read(conn, id)


def waiting(store: Store, at: datetime) -> tuple[Proposal, ...]:
    """The proposals that can still be signed or executed, the oldest first."""
    with store.read() as conn:
        ids = conn.execute("SELECT id FROM proposal WHERE executed_leaf IS NULL").fetchall()
        found = (read(conn, id) for (id,) in ids)
        open_ = [p for p in found if at < p.expires_at]
    return tuple(sorted(open_, key=lambda p: (p.proposed_at, p.id)))


def sign(store: Store, id: str, person: str, signature: bytes, at: datetime) -> Proposal:
    """Add ``person``'s Ed25519 ``signature`` (64 bytes) over ``Proposal.message``.

    Raises:
        FieldError: no such proposal, or the person holds no key that made this signature.
        BadUse: the proposal was executed or has expired, or the person may not sign it.
    """
    with store.write() as conn:
        found = read(conn, id)
        _still_open(found, at)
        signer = reader.person_row(conn, person)
        if signer is None or not may_sign(signer.role, found.action):
            raise BadUse(f"{person} may not sign {found.id}; an administrator must.")
        public = _key_that_made(conn, found, person, signature)
        conn.execute(
            "INSERT INTO signature (proposal, public, signature, signed_at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (proposal, public) DO NOTHING",
            (found.id, public, signature, text(at)),
        )
        return read(conn, found.id)


def signer_of(store: Store, public: bytes) -> str:
    """The person whose signing key in force ``public`` (32 bytes) is.

    Raises:
        FieldError: it is nobody's.
    """
    with store.read() as conn:
        row = conn.execute(
            "SELECT person FROM signing_key WHERE public = ? AND ended_at IS NULL", (public,)
        ).fetchone()
    if row is None:
        raise FieldError("key", "This key is registered for nobody; use the one that was issued.")
    return str(row[0])


def execute(store: Store, ticket: Ticket, at: datetime) -> Proposal:
    """Use up the proposal that ``ticket``'s request names, before its act in another store.

    The ticket is not spent: the act spends it. Run again with the same entry it changes nothing.

    Raises:
        As ``taken``.
    """
    with store.write() as conn:
        return taken(conn, ticket, at)


def taken(conn: Connection, ticket: Ticket, at: datetime, *, needed: int = NEEDED) -> Proposal:
    """``execute`` in an open transaction, when so many have signed.

    Raises:
        FieldError: the request's target is not a proposal.
        BadUse: it has expired, was executed for another entry, or lacks a signature.
        TicketRefused: the request asks anything else than what was signed.
    """
    found = read(conn, ticket.request.target)
    if found.executed_leaf == ticket.leaf:
        return found
    _still_open(found, at)
    request = ticket.request
    asked = (request.action, request.custodian, dict(request.subject))
    if asked != (found.action, found.custodian, dict(found.arguments)):
        raise TicketRefused(f"This request is not what {found.id} proposes; ask exactly that.")
    if not found.signed_by(needed):
        missing = needed - len({s.person for s in found.signatures})
        raise BadUse(f"{found.id} lacks {missing} of {needed} signatures; run 'cleargate sign'.")
    conn.execute(
        "UPDATE proposal SET executed_at = ?, executed_leaf = ? WHERE id = ?",
        (text(at), ticket.leaf, found.id),
    )
    return read(conn, found.id)


def may_sign(role: str, action: str) -> bool:
    """Administrators sign everything; counsel signs what is law."""
    return role == "administrator" or (role == "counsel" and action.startswith("law:"))


def proposal_id(data: bytes) -> str:
    """The id of the proposal whose bytes are ``data``."""
    return f"P-{crockford(hashlib.sha256(data).digest()[:10])}"


def read(conn: Connection, id: str) -> Proposal:
    """The proposal ``id``, in an open transaction; every signature is checked again."""
    row = conn.execute(
        "SELECT id, bytes, executed_at, executed_leaf FROM proposal WHERE id = ?", (as_typed(id),)
    ).fetchone()
    if row is None:
        raise FieldError("target", f"There is no proposal '{id}'; 'cleargate sign DIR' lists them.")
    if proposal_id(row[1]) != row[0]:
        raise BadUse(f"The stored bytes of {row[0]} were changed; propose it anew.")
    said: dict[str, Any] = json.loads(row[1])
    return Proposal(
        id=row[0],
        data=row[1],
        action=said["action"],
        custodian=said["custodian"],
        arguments=said["arguments"],
        proposed_by=said["proposed_by"],
        proposed_at=time(said["proposed_at"]),
        expires_at=time(said["expires_at"]),
        signatures=_holding(conn, row[0], row[1], said["action"]),
        executed_at=optional_time(row[2]),
        executed_leaf=row[3],
    )


def _holding(conn: Connection, id: str, data: bytes, action: str) -> tuple[Signed, ...]:
    rows = conn.execute(
        "SELECT k.person, s.public, s.signature, s.signed_at, p.role FROM signature s"
        " JOIN signing_key k ON k.public = s.public JOIN person p ON p.id = k.person"
        " WHERE s.proposal = ? AND k.ended_at IS NULL ORDER BY s.signed_at, k.person",
        (id,),
    )
    return tuple(
        Signed(person, public, signature, time(at))
        for person, public, signature, at, role in rows
        if may_sign(role, action) and _made(public, signature, CONTEXT + data)
    )


def _key_that_made(conn: Connection, proposal: Proposal, person: str, signature: bytes) -> bytes:
    keys = conn.execute(
        "SELECT public FROM signing_key WHERE person = ? AND ended_at IS NULL", (person,)
    )
    for (public,) in keys.fetchall():
        if _made(public, signature, proposal.message):
            return bytes(public)
    raise FieldError(
        "signature", f"This is not {person}'s signature over {proposal.id}; sign its bytes."
    )


def _made(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _still_open(proposal: Proposal, at: datetime) -> None:
    if proposal.executed_leaf is not None:
        raise BadUse(f"{proposal.id} was executed by entry {proposal.executed_leaf}; propose anew.")
    if proposal.expires_at <= at:
        raise BadUse(f"{proposal.id} expired at {text(proposal.expires_at)}; propose it anew.")


def _canonical(said: Mapping[str, Any], arguments: Mapping[str, str]) -> bytes:
    """RFC 8785 for what occurs here: texts only, and names whose order is that of their bytes."""
    for name, value in arguments.items():
        if not _NAME.fullmatch(name):
            raise FieldError(name, f"'{name}' is not a name of an argument.")
        if not value.isprintable():
            raise FieldError(name, f"'{name}' holds what cannot be shown; leave it out.")
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
