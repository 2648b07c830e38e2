"""Changes documents: added, verified, withdrawn. Only the gate imports this; each takes a ticket.

A document never changes once it is there: what it is, is what was added and checked. A mistake is
withdrawn and added anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from ..model.errors import BadUse, CleargateError, FieldError
from ..model.evidence import Document
from ..model.ids import Random, as_typed, new_id
from ..model.request import Person
from ..model.ticket import Ticket
from ..storage import acts
from ..storage.engine import Connection, Store
from ..storage.times import optional, text
from . import parse, reader

_DIGITS: Final = 5
_TRIES: Final = 20


@dataclass(frozen=True, slots=True)
class Checked:
    """A document after it was verified or withdrawn, for the log: which, what, whose."""

    id: str
    kind: str
    agency: str
    sha256: str


def add(store: Store, ticket: Ticket, person: Person, at: datetime, random: Random) -> str:
    """Do ``evidence:add``: the document that the ticket's request describes. It is unverified.

    Returns:
        Its id, such as ``E-7K2M9``.

    Raises:
        FieldError: a field is not as it must be.
        BadUse: an officer's decision brought by anyone but the custodian's own people.
    """

    def act(conn: Connection) -> str:
        doc = parse.document(ticket.request.subject)
        custodian = ticket.request.custodian
        if doc.kind == "officer-decision":
            if person.agency != custodian or doc.agency not in ("", custodian):
                raise BadUse(f"Only {custodian}'s own people bring a decision of its officers.")
            doc = replace(doc, agency=custodian)
        doc = replace(doc, id=_free_id(conn, random))
        _insert(conn, doc, person, at)
        return doc.id

    return acts.once(store, ticket, "evidence:add", at, str, act)


def verify(
    store: Store,
    ticket: Ticket,
    person: Person,
    at: datetime,
    *,
    adder_may_verify: bool = False,
) -> Checked:
    """Do ``evidence:verify``: ``person`` looked at the document that the target names.

    It counts for the custodian of the request only. Whoever brought a document does not verify it,
    unless the setting ``adder_may_verify`` is on, for an office of one: a paper that opens a cell
    door is seen by two pairs of eyes. The digest given must be that of what was added; where
    nothing was scanned then, the one given now is kept.

    Raises:
        FieldError: no such document, or another digest.
        BadUse: the person is not the custodian's or brought the document, or it is withdrawn,
            expired or verified already.
    """

    def act(conn: Connection) -> Checked:
        custodian = ticket.request.custodian
        found = reader.entry(conn, as_typed(ticket.request.target), custodian)
        if person.agency != custodian:
            raise BadUse(f"Only {custodian}'s own people verify what it relies on.")
        if person.id == found.added_by and not adder_may_verify:
            raise BadUse(f"{person.id} brought {found.document.id}; someone else must verify it.")
        _still_good(found.document, at)
        digest = _same_digest(found.document, parse.digest(ticket.request.subject))
        conn.execute(
            "INSERT INTO verification (document, custodian, verified_by, verified_at, sha256)"
            " VALUES (?, ?, ?, ?, ?)",
            (found.document.id, custodian, person.id, text(at), digest),
        )
        return Checked(found.document.id, found.document.kind, found.document.agency, digest)

    return acts.once(store, ticket, "evidence:verify", at, Checked, act)


def withdraw(store: Store, ticket: Ticket, at: datetime) -> Checked:
    """Do ``evidence:withdraw``: from ``at`` on, the document counts for nothing with anyone.

    Raises:
        FieldError: no such document.
        BadUse: it was withdrawn before.
    """

    def act(conn: Connection) -> Checked:
        id = as_typed(ticket.request.target)
        doc = reader.entry(conn, id, ticket.request.custodian).document
        if doc.withdrawn_at is not None:
            raise BadUse(
                f"{doc.id} was withdrawn at {text(doc.withdrawn_at)}; nothing is left to do."
            )
        conn.execute("UPDATE document SET withdrawn_at = ? WHERE id = ?", (text(at), doc.id))
        return Checked(doc.id, doc.kind, doc.agency, doc.sha256)

    return acts.once(store, ticket, "evidence:withdraw", at, Checked, act)


def _still_good(doc: Document, at: datetime) -> None:
    if doc.withdrawn_at is not None:
        raise BadUse(f"{doc.id} was withdrawn; add the document anew before it is verified.")
    if doc.expires is not None and doc.expires <= at:
        raise BadUse(f"{doc.id} expired at {text(doc.expires)}; it can no longer be verified.")
    if doc.verified_by:
        raise BadUse(f"{doc.id} was verified by {doc.verified_by}; nothing is left to do.")


def _same_digest(doc: Document, given: str) -> str:
    if doc.sha256 and given != doc.sha256:
        raise FieldError(
            "sha256", f"This is not the digest of {doc.id} as it was added; look at that document."
        )
    return given


def _free_id(conn: Connection, random: Random) -> str:
    for _ in range(_TRIES):
        id = new_id("E", _DIGITS, random)
        if not conn.execute("SELECT 1 FROM document WHERE id = ?", (id,)).fetchone():
            return id
    raise CleargateError("No free evidence id was found; the random source repeats itself.")


def _insert(conn: Connection, doc: Document, person: Person, at: datetime) -> None:
    conn.execute(
        "INSERT INTO document (id, kind, form, issued_by, criminal, complete, served,"
        " probable_cause, asks, finds, finds_not, accepts, agency, target, sha256, expires, title,"
        " added_by, added_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            doc.id,
            doc.kind,
            doc.form,
            doc.issued_by,
            doc.criminal,
            doc.complete,
            doc.served,
            doc.probable_cause,
            *(" ".join(sorted(s)) for s in (doc.asks, doc.finds, doc.finds_not, doc.accepts)),
            doc.agency,
            doc.target,
            doc.sha256,
            optional(doc.expires),
            doc.title,
            person.id,
            text(at),
        ),
    )
