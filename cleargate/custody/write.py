"""Changes custody, by ticket. Only the gate imports this; ``release``, which needs none, is apart.

Whom an act is about, on which documents and until when, comes from the ticket's request and
decision, which were logged, and from nowhere else. Each act is one transaction with its leaf, done
once (``storage.acts``), and writes the duties that its decision carries.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ..model.decision import Decision, DocumentDecision
from ..model.errors import CleargateError, FieldError, TicketRefused
from ..model.ids import Random, new_id
from ..model.receipt import Receipt
from ..model.ticket import Ticket
from ..model.words import Tri
from ..storage import acts
from ..storage.engine import Connection, Store
from ..storage.times import optional, text
from . import bookings, holds, limits, papers, parse
from .bookings import Booking
from .dispositions import Disposition
from .holds import Incident
from .limits import Ending

_TRIES: Final = 20


@dataclass(frozen=True, slots=True)
class Held:
    """A hold that was made.

    Attributes:
        since: when the person would otherwise have been released, UTC; every clock starts there.
        until: when it ends, UTC; None until a court says so.
        documents: the papers that it rests on. The others presented were declined.
        rules: for each paper, whose limit ends it.
        incidents: an earlier hold of this person had run out and nobody had noticed.
    """

    booking: str
    since: datetime
    until: datetime | None
    documents: tuple[str, ...]
    rules: tuple[str, ...]
    incidents: tuple[Incident, ...] = ()


@dataclass(frozen=True, slots=True)
class Changed:
    """What was done to a booking's papers.

    Attributes:
        held_still: whether a hold runs. When none does, the person is released on the ordinary
            terms.
        incidents: as in ``Held``.
    """

    booking: str
    documents: tuple[str, ...]
    held_still: bool
    incidents: tuple[Incident, ...] = ()


def book(store: Store, ticket: Ticket, at: datetime, random: Random) -> str:
    """Do ``book``: take in the person that the request describes. Returns the booking's number.

    Raises:
        FieldError: a field is not as it must be, or the number is taken.
        TicketRefused: the facility is another custodian's.
    """

    def act(conn: Connection) -> str:
        new = parse.booking(ticket.request.target, ticket.request.subject)
        _own_facility(conn, new.facility, ticket.request.custodian)
        id = _number(conn, new.id, at, random)
        _insert(conn, id, new, at)
        papers.owe(conn, ticket.leaf, ticket.decision, bookings.get(conn, id), at)
        return id

    return acts.once(store, ticket, "book", at, str, act)


def lodge(store: Store, ticket: Ticket, at: datetime) -> Changed:
    """Do ``lodge``: put the documents of the basis with the booking. It keeps nobody.

    Raises:
        FieldError: no such booking, no document, one that is lodged there already, or the one
            that it supersedes is not.
    """

    def act(conn: Connection) -> Changed:
        booking, incidents = _kept(conn, ticket, at)
        before = parse.lodging(ticket.request.subject)
        for document in _basis(ticket):
            if papers.disposition(conn, booking.id, document) is not None:
                raise FieldError("basis", f"{document} is lodged with {booking.id} already.")
            papers.lodge(conn, ticket, document, at)
        if before:
            _end_paper(conn, booking.id, (before,), Disposition.SUPERSEDED, at)
        return _changed(conn, ticket, booking, ticket.request.basis, incidents, at)

    return acts.once(store, ticket, "lodge", at, Changed, act)


def hold(store: Store, ticket: Ticket, at: datetime) -> Held:
    """Do ``hold``: keep a person who would otherwise be released, on each document that opens.

    It is asked when the person would otherwise be released, and every clock starts then: at the
    request's ``otherwise_released``, at an earlier time that was written down before, at the latest
    at ``at``. To ask again, or on another paper, starts no clock anew. Law: 8 CFR 287.7(d).

    Raises:
        FieldError: no such booking, a paper that was taken back, or every limit has passed.
        BadUse: a document carries no limit, or one that is not known.
    """

    def act(conn: Connection) -> Held:
        booking, incidents = _kept(conn, ticket, at)
        since = _eligible(conn, booking, ticket, at)
        papers.decline(conn, booking.id, ticket.leaf, ticket.decision, at)
        kept = _not_over(conn, booking, ticket.decision, since, at)
        for doc, ending in kept:
            if doc.document:
                papers.lodge(conn, ticket, doc.document, at)
                opened = Disposition.NONE_RECORDED
                papers.dispose(conn, booking.id, (doc.document,), opened, at)
            holds.begin(conn, ticket.leaf, doc.document, booking.id, since, ending, at)
        papers.owe(conn, ticket.leaf, ticket.decision, booking, at)
        ends = [ending.until for _, ending in kept]
        return Held(
            booking=booking.id,
            since=since,
            until=None if None in ends else max(e for e in ends if e is not None),
            documents=tuple(doc.document for doc, _ in kept),
            rules=tuple(ending.limit.rule.id for _, ending in kept),
            incidents=incidents,
        )

    return acts.once(store, ticket, "hold", at, Held, act)


def serve_copy(store: Store, ticket: Ticket, at: datetime) -> Changed:
    """Do ``serve-copy``: the person was given a copy of the documents of the basis.

    Raises:
        FieldError: no such booking, or a document that is not lodged there.
    """

    def act(conn: Connection) -> Changed:
        parse.nothing(ticket.request.subject)
        booking, incidents = _kept(conn, ticket, at)
        papers.must_be_lodged(conn, booking.id, _basis(ticket))
        conn.executemany(
            "UPDATE lodged SET served_at = coalesce(served_at, ?)"
            " WHERE document = ? AND booking = ?",
            [(text(at), document, booking.id) for document in ticket.request.basis],
        )
        conn.execute(
            "UPDATE duty SET done_at = ?"
            " WHERE booking = ? AND name = 'serve-copy' AND done_at IS NULL",
            (text(at), booking.id),
        )
        return _changed(conn, ticket, booking, ticket.request.basis, incidents, at)

    return acts.once(store, ticket, "serve-copy", at, Changed, act)


def withdraw(store: Store, ticket: Ticket, at: datetime) -> Changed:
    """Do ``withdraw``: the documents of the basis ask for nothing any more, and their holds end.

    Raises:
        FieldError: no such booking, or a document that is not lodged there.
    """

    def act(conn: Connection) -> Changed:
        why = parse.withdrawal(ticket.request.subject)
        booking, incidents = _kept(conn, ticket, at)
        _end_paper(conn, booking.id, _basis(ticket), why, at)
        return _changed(conn, ticket, booking, ticket.request.basis, incidents, at)

    return acts.once(store, ticket, "withdraw", at, Changed, act)


def transfer(store: Store, ticket: Ticket, at: datetime) -> Changed:
    """Do ``transfer``: hand the person over to the agency represented.

    The documents that opened it are honored; of the others nothing is said by this.

    Raises:
        FieldError: no such booking, or the person has left.
    """

    def act(conn: Connection) -> Changed:
        parse.nothing(ticket.request.subject)
        booking, incidents = _kept(conn, ticket, at)
        holds.end(conn, booking.id, at, bookings.TRANSFERRED)
        opened = tuple(d.document for d in ticket.decision.documents if d.outcome.opens)
        papers.dispose(conn, booking.id, opened, Disposition.HONORED, at)
        conn.execute(
            "UPDATE booking SET status = ?, ended_at = ?, receiver = ? WHERE id = ?",
            (bookings.TRANSFERRED, text(at), ticket.request.represented, booking.id),
        )
        holds.close_incidents(conn, booking.id, at)
        return _changed(conn, ticket, booking, opened, incidents, at)

    return acts.once(store, ticket, "transfer", at, Changed, act)


def sentence(store: Store, ticket: Ticket, at: datetime) -> Changed:
    """Do ``sentence``: a court sentenced the person; from here on rules see a sentenced person.

    Raises:
        FieldError: no such booking, or the person has left.
    """

    def act(conn: Connection) -> Changed:
        parse.nothing(ticket.request.subject)
        booking, incidents = _kept(conn, ticket, at)
        conn.execute("UPDATE booking SET sentenced = ? WHERE id = ?", (Tri.YES, booking.id))
        return _changed(conn, ticket, booking, (), incidents, at)

    return acts.once(store, ticket, "sentence", at, Changed, act)


def schedule_release(store: Store, ticket: Ticket, at: datetime) -> Changed:
    """Do ``schedule-release``: say when the person is to leave, or say it anew. It releases nobody.

    Raises:
        FieldError: no such booking, the person has left, or no time is given.
    """

    def act(conn: Connection) -> Changed:
        when, public = parse.schedule(ticket.request.subject)
        booking, incidents = _kept(conn, ticket, at)
        conn.execute(
            "UPDATE booking SET release_scheduled = ?, release_public = ? WHERE id = ?",
            (text(when), public or booking.release_public, booking.id),
        )
        return _changed(conn, ticket, booking, (), incidents, at)

    return acts.once(store, ticket, "schedule-release", at, Changed, act)


def decline(store: Store, booking: str, decision: Decision, receipt: Receipt, at: datetime) -> None:
    """Record what a refused ``hold`` means for each paper: declined, by which rules; and duties.

    It takes no ticket, for a refusal makes none, and it keeps nobody. Run again with the same entry
    it changes nothing.

    Raises:
        FieldError: no such booking.
        TicketRefused: the decision opens, or is about something else than a hold.
    """
    if decision.outcome.opens or decision.action != "hold":
        raise TicketRefused("Only a hold that was not permitted is declined.")
    with store.write() as conn:
        found = bookings.get(conn, booking)
        papers.decline(conn, found.id, receipt.index, decision, at)
        papers.owe(conn, receipt.index, decision, found, at)


def owe(store: Store, booking: str, decision: Decision, receipt: Receipt, at: datetime) -> None:
    """Write down the duties of a decision that no act here follows: duties hang on events.

    Run again with the same entry it changes nothing.

    Raises:
        FieldError: no such booking.
    """
    with store.write() as conn:
        papers.owe(conn, receipt.index, decision, bookings.get(conn, booking), at)


def _kept(conn: Connection, ticket: Ticket, at: datetime) -> tuple[Booking, tuple[Incident, ...]]:
    """The ticket's booking, and what a sweep would have found: an act must not hide it."""
    booking = bookings.kept_by_ticket(conn, ticket)
    return booking, holds.end_past_limit(conn, at, booking=booking.id)


def _own_facility(conn: Connection, facility: str, custodian: str) -> None:
    row = conn.execute("SELECT custodian FROM facility WHERE id = ?", (facility,)).fetchone()
    if row is None:
        raise FieldError("facility", f"No facility is called '{facility}'; see the settings.")
    if row[0] != custodian:
        raise TicketRefused(f"{facility} is {row[0]}'s, not {custodian}'s; ask {row[0]}.")


def _number(conn: Connection, given: str, at: datetime, random: Random) -> str:
    if given:
        if bookings.find(conn, given) is not None:
            raise FieldError("target", f"There is a booking '{given}'; choose another number.")
        return given
    for _ in range(_TRIES):
        id = new_id(f"B-{at:%y}", 5, random)
        if bookings.find(conn, id) is None:
            return id
    raise CleargateError("No free booking number was found; the random source repeats itself.")


def _insert(conn: Connection, id: str, new: parse.NewBooking, at: datetime) -> None:
    conn.execute(
        "INSERT INTO booking (id, facility, name, born, address, phone, immigration_status,"
        " charges, booked_at, release_scheduled, release_public, sentenced, secure,"
        " housed_for_immigration, victim_or_witness, status)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            id,
            new.facility,
            new.name,
            new.born,
            new.address,
            new.phone,
            new.immigration_status,
            new.charges,
            text(new.booked_at or at),
            optional(new.release_scheduled),
            new.release_public,
            new.sentenced,
            new.secure,
            new.housed_for_immigration,
            new.victim_or_witness,
            bookings.IN_CUSTODY,
        ),
    )


def _basis(ticket: Ticket) -> tuple[str, ...]:
    if not ticket.request.basis:
        raise FieldError("basis", "No document is named; give its evidence id as basis.")
    return ticket.request.basis


def _end_paper(
    conn: Connection, booking: str, documents: Iterable[str], why: Disposition, at: datetime
) -> None:
    for document in documents:
        papers.must_be_lodged(conn, booking, (document,))
        papers.dispose(conn, booking, (document,), why, at)
        holds.end(conn, booking, at, why, document=document)


def _eligible(conn: Connection, booking: Booking, ticket: Ticket, at: datetime) -> datetime:
    given = parse.holding(ticket.request.subject)
    since = min(t for t in (at, given, booking.eligible_at) if t is not None)
    conn.execute("UPDATE booking SET eligible_at = ? WHERE id = ?", (text(since), booking.id))
    return since


def _not_over(
    conn: Connection, booking: Booking, decision: Decision, since: datetime, at: datetime
) -> list[tuple[DocumentDecision, Ending]]:
    """The documents on which the person may still be held, each with its own ending."""
    kept = []
    for doc in decision.documents:
        if not doc.outcome.opens:
            continue
        papers.must_still_ask(conn, booking.id, doc.document)
        ending = limits.shortest(doc.limits, since, booking.zone)
        if ending.until is None or ending.until > at:
            kept.append((doc, ending))
    if not kept:
        raise FieldError("target", f"The time to hold {booking.id} is over; release.")
    return kept


def _changed(
    conn: Connection,
    ticket: Ticket,
    booking: Booking,
    documents: Iterable[str],
    incidents: tuple[Incident, ...],
    at: datetime,
) -> Changed:
    papers.owe(conn, ticket.leaf, ticket.decision, booking, at)
    held = holds.running(conn, booking.id)
    return Changed(booking.id, tuple(documents), held, incidents)
